/* All that a report shows, gathered from folders of traces and a sweep's logs. */
#ifndef VISUALIZE_REPORT_REPORT_H
#define VISUALIZE_REPORT_REPORT_H

#include "schemas/sweep_log/sweep_log.h"
#include "visualize/findings/findings.h"
#include "visualize/heatmap/layout.h"
#include "visualize/report/series.h"

enum report_role { REPORT_REAL, REPORT_SIMULATED }; /* what a trace is of */

struct report_source {
    const char *path;
    enum report_role role;
};

struct report_options {
    const char *log_dir; /* or NULL */
    size_t source_count;
    struct report_source sources[3];
    struct tag_filter filter;
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
    size_t file_count, unreadable;
    char **warnings;             /* the unreadable ones, by name */
    size_t rank_count, left_out; /* timelines that are shown, and traces whose are not */
    size_t reduced;              /* timelines of which not all samples are shown */
    struct report_rank *ranks;   /* by configuration, role and rank */
    struct findings findings;
    struct heatmap_grid grid;
    bool has_grid; /* names without TP and PP have none, and so have mixed runs */
    char grid_fault[256];
    struct heatmap_figure heatmap;
    struct report_parts *parts; /* what all this points into */
};

/* `done`: as trace_folder_read has it, over `total` files; may be NULL. */
bool report_gather(const struct report_options *options, struct report *report,
                   void (*begin)(void *context, size_t total), trace_done_fn done, void *context,
                   struct fault *fault);
void report_free(struct report *report);

/* Writes BASE.html and BASE.pdf. */
bool report_write_html(const struct report *report, const char *path, struct fault *fault);
bool report_write_pdf(const struct report *report, const char *path, struct fault *fault);

#endif
