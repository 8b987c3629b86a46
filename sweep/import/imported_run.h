/* A configuration's run, put together from the logs that tell of it. */
#ifndef SWEEP_IMPORT_IMPORTED_RUN_H
#define SWEEP_IMPORT_IMPORTED_RUN_H

#include "schemas/configuration/megatron_arguments.h"
#include "schemas/metrics/metrics.h"
#include "schemas/sweep_log/sweep_log.h"
#include "schemas/trace/trace_name.h"
#include "sweep/import/log_line.h"
#include "sweep/outcome/output_scan.h"

/* A memory report. */
struct import_report {
    int64_t rank, iteration;
    double time_s, allocated_mb, peak_mb, reserved_mb;
    double device_mb; /* NAN: not said */
    size_t place;     /* in the run: reports of one iteration keep their order */
};

struct import_run {
    struct megatron_arguments arguments; /* as the log's block says them */
    struct configuration configuration;  /* what the run was; see import_run_place */
    size_t report_count, step_count;
    struct import_report *reports;
    double *step_ms, *tflops; /* as they were logged */
    size_t tflops_count;
    double theory_mb;
    bool finished, failed, oom;
    double elapsed_s; /* of the iterations so far */
    int64_t last_iteration;
};

void import_run_begin(struct import_run *run);
void import_run_free(struct import_run *run);

/* Reads a whole log, streamed. Fails where it cannot be read. */
bool import_run_read(struct import_run *run, const char *path, struct fault *fault);

/* Finds the run's configuration: from the arguments, a folder of run_sweep's in the log's path, and
 * what the user gave. False where its TP and PP are not known. */
bool import_run_place(struct import_run *run, const struct configuration *given, const char *path);

/* Leaves out reports of ranks that a job of the configuration's world size does not have; returns
 * how many. */
size_t import_run_drop_impossible(struct import_run *run);

/* Adds what another log of the same configuration tells; `more` is empty afterwards. */
bool import_run_join(struct import_run *run, struct import_run *more);
bool import_run_same(const struct import_run *a, const struct import_run *b);

/* What the run comes to. */
struct sweep_entry import_run_entry(const struct import_run *run, int64_t number);
/* False when out of memory. */
bool import_run_metrics(const struct import_run *run, struct metrics_row *row);

/* Writes its ranks' traces; *count says how many. */
bool import_run_write(const struct import_run *run, const char *folder, size_t *count,
                      struct fault *fault);

#endif
