/* A configuration's run, put together from the files that tell of it: logs, event files, series,
 * tables. log_forms.md has the forms. */
#ifndef SWEEP_IMPORT_IMPORTED_RUN_H
#define SWEEP_IMPORT_IMPORTED_RUN_H

#include "schemas/configuration/megatron_arguments.h"
#include "schemas/metrics/metrics.h"
#include "schemas/sweep_log/sweep_log.h"
#include "schemas/trace/trace.h"
#include "schemas/trace/trace_name.h"

/* What a file said of a rank's memory at one time. Figures that it did not say are NAN. */
struct import_report {
    int64_t rank; /* below 0: not told; import_run_find_ranks */
    int64_t iteration;
    double time_s, allocated_mb, peak_mb, reserved_mb, device_mb;
    enum trace_measure measure; /* of allocated_mb: the allocator, or the device */
    bool of_series;             /* of an event file: a log that tells of the same stands */
    double began_s;             /* of a series: when its file was begun; the later one stands */
    size_t place;               /* in the run: reports of one iteration keep their order */
};

/* Whose the reports are that tell no rank: which rank writes such a file. */
enum import_writer {
    IMPORT_WRITER_NOT_KNOWN,
    IMPORT_WRITER_LAST_RANK,  /* Megatron-LM, Megatron-Bridge */
    IMPORT_WRITER_FIRST_RANK, /* NeMo, DeepSpeed */
    IMPORT_WRITER_OF_STAGE,   /* torchtitan: rank 0, unless there is a pipeline */
    IMPORT_WRITER_GPUS,       /* nvidia-smi: the reports' ranks are GPUs of one machine */
};

struct import_run {
    struct megatron_arguments arguments; /* as the log's block says them */
    struct configuration told;           /* what other frameworks' lines say of sizes */
    struct configuration configuration;  /* what the run was; see import_run_place */
    enum import_writer writer;
    bool of_pipeline; /* its figures may be the largest of all stages, not one rank's */
    bool local;       /* its ranks count on one machine */
    bool of_series;   /* read from an event file or the like, which may repeat what a log tells */
    bool alone;       /* a test's recorded values: never one run with another file's */
    size_t report_count, step_count;
    struct import_report *reports;
    double *step_ms, *tflops; /* as they were logged */
    size_t tflops_count;
    double theory_mb;
    bool finished, failed, oom;
    double elapsed_s; /* of the iterations so far */
    int64_t last_iteration;
    double capacity_mb; /* the GPU's memory; NAN: not said */
    char device[128];   /* its name; "": not said */
};

void import_run_begin(struct import_run *run);
void import_run_free(struct import_run *run);

/* For readers; false when out of memory. The report's place is set here. */
bool import_run_add_report(struct import_run *run, struct import_report report);

/* An iteration that was logged, with its time and throughput where they were said. One that was
 * logged before (several ranks in one file) counts once. False when out of memory. */
bool import_run_add_iteration(struct import_run *run, int64_t iteration, double step_ms,
                              double tflops);

/* Finds the run's configuration: from the arguments, a folder of run_sweep's in the log's path, and
 * what the user gave. False where its TP and PP are not known. */
bool import_run_place(struct import_run *run, const struct configuration *given, const char *path);

/* Gives the reports that tell no rank theirs: by who writes such files, or as the user gave it
 * (`given`, below 0: not given). The fault says what to give where that is not known. */
bool import_run_find_ranks(struct import_run *run, int64_t given, const char *path,
                           struct fault *fault);

/* Leaves out reports of ranks that a job of the configuration's world size does not have; returns
 * how many. */
size_t import_run_drop_impossible(struct import_run *run);

bool import_run_same(const struct import_run *a, const struct import_run *b);

/* Whether two files of one configuration may be taken together: not where one measures the device
 * and one the allocator, not where one is a test's recorded values, and not where the ranks of both
 * count on a machine, so that one number is of two ranks. The fault says why. */
bool import_run_may_join(const struct import_run *a, const struct import_run *b, const char *path,
                         struct fault *fault);

/* Adds what another file of the same configuration tells; `more` is empty afterwards. */
bool import_run_join(struct import_run *run, struct import_run *more);

/* What the run comes to. */
struct sweep_entry import_run_entry(const struct import_run *run, int64_t number);
/* Whether it has reports, and in none of them what tensors occupied. */
bool import_run_has_no_peak(const struct import_run *run);

/* False when out of memory. */
bool import_run_metrics(const struct import_run *run, struct metrics_row *row);

/* Writes its ranks' traces; *traces grows by their number. */
bool import_run_write(const struct import_run *run, const char *folder, size_t *traces,
                      struct fault *fault);

#endif
