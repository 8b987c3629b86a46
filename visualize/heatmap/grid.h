/* What a heatmap shows, in numbers: from traces and sweep logs to cells. Draws nothing, reads
 * nothing. */
#ifndef VISUALIZE_HEATMAP_GRID_H
#define VISUALIZE_HEATMAP_GRID_H

#include "schemas/configuration/axis.h"
#include "schemas/configuration/filter.h"
#include "schemas/metrics/metrics.h"
#include "schemas/support/fault.h"
#include "schemas/sweep_log/sweep_log.h"
#include "schemas/trace_folder/trace_set.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Several ranks of a configuration: whose value stands for it. */
enum heatmap_reduce {
    HEATMAP_REDUCE_MAX, /* the rank that runs out first decides */
    HEATMAP_REDUCE_MEAN,
    HEATMAP_REDUCE_RANK0,
};

enum heatmap_status {
    HEATMAP_NONE, /* planned, or not mentioned anywhere */
    HEATMAP_SUCCESS,
    HEATMAP_OOM,
    HEATMAP_FAILED,
    HEATMAP_TOO_LARGE, /* it was not run: theory says that it does not fit */
    HEATMAP_STATUS_COUNT,
};

enum { HEATMAP_NOTE = 48 };

struct heatmap_cell {
    struct configuration configuration; /* where nothing mentions it: the axes' values alone */
    bool mentioned;                     /* some line or file names it */
    bool impossible;                    /* its sizes cannot be: not in the world size, say */
    enum heatmap_status status;
    double actual_mb, theory_mb, static_mb; /* NAN: not recorded */
    double reserved_mb;                     /* by the allocator; NAN: not recorded, or not read */
    double expected_mb;                     /* by the model; NAN without one */
    size_t ranks;                           /* trace files that were read */
    size_t iterations;                      /* the most of any of them */
    const char *file;                       /* the name of the file whose peak stands, or NULL */
    int64_t peak_iteration;                 /* the iteration of that peak, where there is a file */
    enum trace_measure peak_measure;        /* what the peaks measure that count */
    bool peak_sampled;
    double step_ms, tflops;  /* of the metrics' table; NAN: not known */
    double tokens_a_gpu;     /* a second, as it follows from the step's time; NAN: not known */
    double mfu;              /* a share of the GPU's arithmetic; NAN: not known */
    double value, second;    /* what is shown, in the metric's unit; NAN: nothing */
    bool overflow;           /* ran, though theory is at or over the limit */
    char note[HEATMAP_NOTE]; /* which of several it is: "EP 8"; or "" */
};

/* A cell of which nothing is known. */
struct heatmap_cell heatmap_blank_cell(void);

/* Which of the configurations that differ in a dimension stands for all. */
struct heatmap_over {
    size_t dimension;
    bool worst;
};

/* The values of a dimension along its axis, "8,4,2,1": from the left, or from below. */
struct heatmap_order {
    size_t dimension;
    const char *values;
};

enum { HEATMAP_MOST_OVER = 8, HEATMAP_MOST_ORDERS = 8 };

/* What lies along the sides. */
struct heatmap_axes {
    size_t x, y;
    size_t facet; /* a panel for each of its values; DIMENSION_COUNT: one panel */
    size_t over_count;
    struct heatmap_over over[HEATMAP_MOST_OVER];
    size_t order_count;
    struct heatmap_order orders[HEATMAP_MOST_ORDERS];
};

struct heatmap_metric;

struct heatmap_grid {
    struct heatmap_axes axes;
    const struct heatmap_metric *metric;    /* what the cells show; borrowed */
    struct axis x, y, facet;                /* their values; without a facet it has no value */
    size_t panel_count;                     /* at least 1 */
    size_t cell_count;                      /* of all panels */
    struct heatmap_cell *cells;             /* panel by panel, row by row: see heatmap_cell_at */
    size_t by_status[HEATMAP_STATUS_COUNT]; /* configurations, by heatmap_status */
    size_t shown_count;      /* configurations that have a cell: with `over` not all of them */
    dimension_set differing; /* beside the axes, in what the cells shown differ */
    size_t warning_count;
    char **warnings;   /* runs that did not end well, ... */
    bool warning_lost; /* out of memory: the grid is not built then */
};

struct model_settings;

struct heatmap_input {
    const struct trace_set *set; /* read; may be NULL: logs alone */
    const struct sweep_log *log; /* may be NULL: traces alone */
    const struct filter *filter; /* chooses among the log's lines; may be NULL */
    struct heatmap_axes axes;
    enum heatmap_reduce reduce;
    double limit_mb;                     /* the GPU's memory; NAN: not known */
    const struct heatmap_metric *metric; /* what cells show */
    const struct metrics *metrics;       /* step times and throughput; may be NULL */
    const struct model_settings *model;  /* theory where traces lack it; may be NULL */
    double peak_tflops;                  /* the GPU's arithmetic; 0: not given */
};

/* PP to the right, TP upwards, one panel. */
struct heatmap_axes heatmap_usual_axes(void);

/* Builds the grid. Fails where nothing is there to show, where no trace's name has a place on the
 * axes, and where unlike runs are mixed: the fault names the dimensions in which they differ, and
 * options that resolve it. The grid borrows file names from the set. */
bool heatmap_grid_build(const struct heatmap_input *input, struct heatmap_grid *grid,
                        struct fault *fault);
void heatmap_grid_free(struct heatmap_grid *grid);

const struct heatmap_cell *heatmap_cell_at(const struct heatmap_grid *grid, size_t panel,
                                           size_t y_index, size_t x_index);

/* "success", "oom", "failed", "too large", "none". */
const char *heatmap_status_text(enum heatmap_status status);

/* The dimensions that tell a cell from the others, for people: TP and PP, where they are the axes.
 */
dimension_set heatmap_axis_dimensions(const struct heatmap_grid *grid);

#endif
