/* All that a report shows, gathered from folders of traces and a sweep's logs. */
#ifndef VISUALIZE_REPORT_REPORT_H
#define VISUALIZE_REPORT_REPORT_H

#include "schemas/support/options.h"
#include "schemas/sweep_log/sweep_log.h"
#include "visualize/comparison/summary.h"
#include "visualize/findings/findings.h"
#include "visualize/heatmap/layout.h"
#include "visualize/report/series.h"
#include "visualize/snapshot/analysis.h"

struct model_settings;

enum report_role { REPORT_REAL, REPORT_SIMULATED, REPORT_ROLES }; /* what a trace is of */

enum { REPORT_MOST_FOLDERS = 2 };

struct report_options {
    const char *log_dir; /* or NULL */
    size_t folder_count[REPORT_ROLES];
    char *folders[REPORT_ROLES][REPORT_MOST_FOLDERS];
    struct filter filter;
    struct heatmap_axes axes;
    struct iteration_choice iterations;
    double gpu_gb;
    int64_t sequence_length;            /* 0: not known */
    const struct model_settings *model; /* of --model, for theory and expected peak; or NULL */
    struct option_texts snapshots;      /* files and folders of PyTorch's */
    const char *title;
    unsigned jobs;
};

/* How a configuration's run went, as far as memory goes. */
enum report_outcome {
    REPORT_FITS, /* it ran, within the GPU's memory */
    REPORT_OVER, /* it ran, on a larger GPU: its peak is over --gpu-memory */
    REPORT_RAN,  /* it ran; how much GPU memory it took is not known */
    REPORT_OUT_OF_MEMORY,
    REPORT_FAILED,
    REPORT_NOT_RUN, /* planned, or left out */
    REPORT_OUTCOMES,
};

/* A configuration of the traces, of the logs, or of both: a row of the table. MB; NAN: not known.
 */
struct report_configuration {
    struct configuration configuration;
    char text[CONFIGURATION_TEXT]; /* "TP 2, PP 64, DP 64", and what tells it from the others */
    size_t finding;                /* its place among the findings' configurations; SIZE_MAX: no
                                      trace of it was read */
    enum report_outcome outcome;
    size_t ranks; /* traces that were read */
    double peak_mb, theory_mb, expected_mb, tokens_per_gb;
    enum trace_measure peak_measure; /* of the peak */
    bool against_theory;             /* it ran, though theory is at or over the GPU's memory */
    char why[128];                   /* how a run ended that did not end well, in words; or "" */
    char *line;  /* of the sweep's log, of a run that did not end well; or NULL */
    char *words; /* what the run's own log said at its end; or NULL */
    char *log;   /* that log, within the sweep's folder; or NULL */
};

/* A trace whose timeline is shown. */
struct report_rank {
    const struct trace_file *file;
    enum report_role role;
    size_t configuration; /* a row */
    int64_t stage;        /* of its pipeline; -1: not known */
    size_t turn;          /* of a configuration's ranks those of lower ones are shown first */
    double peak_mb;       /* NAN: not known */
    struct report_series series;
};

/* A real run beside its simulation. */
struct report_comparison {
    size_t configuration; /* a row */
    size_t count;
    struct comparison_row *rows; /* ranks that both have, ascending */
    struct comparison_overall overall;
    char *conclusion; /* what the simulation's figures are worth, in a sentence */
    dimension_set not_known[COMPARISON_SIDES]; /* by the names of this side's traces */
};

struct report {
    const struct report_options *options;
    char *answer;                  /* the whole in a sentence or two */
    size_t file_count, unreadable; /* traces */
    size_t warning_count;
    char **warnings; /* what was left out, by name and with the reason */
    size_t configuration_count;
    struct report_configuration *configurations;
    size_t comparison_count;
    struct report_comparison *comparisons; /* where there is a simulation */
    size_t rank_count, left_out;           /* timelines that are shown, and traces whose are not */
    size_t reduced;                        /* timelines of which not all samples are shown */
    struct report_rank *ranks;             /* by configuration, rank and role */
    size_t snapshot_count;
    struct file_analysis *snapshots; /* of ranks in ascending order */
    struct findings findings;
    struct heatmap_grid grid;
    bool has_grid; /* several cells: names without TP and PP have none, and so have mixed runs */
    struct fault grid_fault; /* why there is none; "" where there is one configuration alone */
    struct heatmap_figure heatmap;
    struct report_data *data; /* what all this points into */
};

/* `done`: as trace_set_read has it, over `total` files; may be NULL. */
bool report_gather(const struct report_options *options, struct report *report,
                   void (*begin)(void *context, size_t total), trace_done_fn done, void *context,
                   struct fault *fault);
void report_free(struct report *report);

/* The row that a cell of the heatmap shows; SIZE_MAX: none. */
size_t report_configuration_of_cell(const struct report *report, const struct heatmap_cell *cell);

/* The row of a finding. */
size_t report_configuration_of_finding(const struct report *report, const struct finding *finding);

/* "fits", "out of memory". */
const char *report_outcome_text(enum report_outcome outcome);

/* Writes BASE.html and BASE.pdf. */
bool report_write_html(const struct report *report, const char *path, struct fault *fault);
bool report_write_pdf(const struct report *report, const char *path, struct fault *fault);

#endif
