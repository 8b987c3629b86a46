/* All that a report shows, gathered from folders of traces and a sweep's logs. */
#ifndef VISUALIZE_REPORT_REPORT_H
#define VISUALIZE_REPORT_REPORT_H

#include "schemas/sweep_log/sweep_log.h"
#include "visualize/findings/findings.h"
#include "visualize/heatmap/layout.h"
#include "visualize/report/series.h"

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
    int64_t sequence_length; /* 0: not known */
    const char *title;
    unsigned jobs;
};

/* A trace whose timeline is shown. */
struct report_rank {
    const struct trace_file *file;
    enum report_role role;
    size_t configuration; /* of the findings */
    struct report_series series;
};

struct report {
    const struct report_options *options;
    size_t file_count, unreadable; /* traces */
    size_t warning_count;
    char **warnings;             /* what was left out, by name and with the reason */
    size_t rank_count, left_out; /* timelines that are shown, and traces whose are not */
    size_t reduced;              /* timelines of which not all samples are shown */
    struct report_rank *ranks;   /* by configuration, rank and role */
    struct findings findings;
    struct heatmap_grid grid;
    bool has_grid; /* names without TP and PP have none, and so have mixed runs */
    struct fault grid_fault;
    struct heatmap_figure heatmap;
    struct report_data *data; /* what all this points into */
};

/* `done`: as trace_set_read has it, over `total` files; may be NULL. */
bool report_gather(const struct report_options *options, struct report *report,
                   void (*begin)(void *context, size_t total), trace_done_fn done, void *context,
                   struct fault *fault);
void report_free(struct report *report);

/* The configuration (of the findings) that a cell of the heatmap shows; SIZE_MAX: none. */
size_t report_configuration_of_cell(const struct report *report, const struct heatmap_cell *cell);

/* How a configuration ended, for people: by the log, else "traced". */
const char *report_outcome_text(const struct finding_configuration *of);

/* Writes BASE.html and BASE.pdf. */
bool report_write_html(const struct report *report, const char *path, struct fault *fault);
bool report_write_pdf(const struct report *report, const char *path, struct fault *fault);

#endif
