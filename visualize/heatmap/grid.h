/* What a TP x PP heatmap shows, in numbers: from traces and sweep logs to cells. Draws nothing,
 * reads nothing. */
#ifndef VISUALIZE_HEATMAP_GRID_H
#define VISUALIZE_HEATMAP_GRID_H

#include "schemas/metrics/metrics.h"
#include "schemas/support/fault.h"
#include "schemas/sweep_log/sweep_log.h"
#include "schemas/trace/trace.h"
#include "schemas/trace_folder/trace_folder.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What one trace file says about its run. MB; NAN where not recorded. */
struct trace_figures {
    bool read; /* false: the file could not be read, and nothing below counts */
    double peak_mb, theory_mb, static_mb; /* the largest over the iterations */
    size_t iterations;
    enum trace_ending ending;
};

struct trace_figures trace_figures_of(const struct trace *trace);

/* Several ranks of a configuration: which figure stands for it. */
enum heatmap_reduce {
    HEATMAP_REDUCE_MAX, /* the rank that runs out first decides */
    HEATMAP_REDUCE_MEAN,
    HEATMAP_REDUCE_RANK0,
};

enum heatmap_status {
    HEATMAP_NONE, /* planned, or never heard of */
    HEATMAP_SUCCESS,
    HEATMAP_OOM,
    HEATMAP_FAILED,
    HEATMAP_TOO_LARGE, /* it was not run: theory says that it does not fit */
    HEATMAP_STATUS_COUNT,
};

struct heatmap_cell {
    int64_t tp, pp, dp;                      /* dp: -1 where not known */
    int64_t micro_batches, micro_batch_size; /* these too */
    enum heatmap_status status;
    double actual_mb, theory_mb, static_mb; /* NAN: not recorded */
    size_t ranks;                           /* trace files that were read */
    size_t iterations;                      /* the most of any of them */
    const char *file;                       /* the name of the file whose peak stands, or NULL */
    double step_ms, tflops;                 /* of the metrics' table; NAN: not known */
    double value, second;                   /* what is shown, in the metric's unit; NAN: nothing */
    bool overflow;                          /* ran, though theory is at or over the limit */
};

struct heatmap_grid {
    size_t tp_count, pp_count;
    int64_t *tp, *pp;                       /* ascending */
    struct heatmap_cell *cells;             /* row by row: cells[tp_index * pp_count + pp_index] */
    size_t by_status[HEATMAP_STATUS_COUNT]; /* configurations heard of, by heatmap_status */
    size_t warning_count;
    char **warnings; /* duplicates, runs that did not end well, ... */
};

struct heatmap_metric;
struct model_settings;

struct heatmap_input {
    const struct trace_folder *folder;   /* may be NULL: logs alone */
    const struct trace_figures *figures; /* one a file of the folder */
    const struct sweep_log *log;         /* may be NULL: traces alone */
    const struct tag_filter *filter;     /* chooses among the log's lines; may be NULL */
    enum heatmap_reduce reduce;
    double limit_mb;                     /* the GPU's memory */
    const struct heatmap_metric *metric; /* what cells show */
    const struct metrics *metrics;       /* step times and throughput; may be NULL */
    const struct model_settings *model;  /* theory where traces lack it; may be NULL */
};

/* Builds the grid. Fails where nothing is there to show, where a trace's name lacks tp or pp and
 * there is no other, and where runs of different world sizes or models are mixed; the fault lists
 * them. The grid borrows file names from the folder. */
bool heatmap_grid_build(const struct heatmap_input *input, struct heatmap_grid *grid,
                        struct fault *fault);
void heatmap_grid_free(struct heatmap_grid *grid);

const char *heatmap_status_text(enum heatmap_status status);

#endif
