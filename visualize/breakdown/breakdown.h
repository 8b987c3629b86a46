/* What a rank's memory goes to: a bar of parts for each pipeline stage, rank or configuration, and
 * what was measured beside it. Draws nothing. */
#ifndef VISUALIZE_BREAKDOWN_BREAKDOWN_H
#define VISUALIZE_BREAKDOWN_BREAKDOWN_H

#include "schemas/snapshot/categories.h"
#include "schemas/support/fault.h"
#include "tracer/estimator/model/settings.h"
#include "visualize/runs/runs.h"
#include "visualize/snapshot/analysis.h"

enum breakdown_by { BREAKDOWN_BY_STAGE, BREAKDOWN_BY_RANK, BREAKDOWN_BY_CONFIGURATION };

/* The categories of memory, and the two parts that traces know. */
enum {
    BREAKDOWN_STATIC = MEMORY_CATEGORIES, /* what stays between iterations */
    BREAKDOWN_ABOVE,                      /* what the peak has above it */
    BREAKDOWN_PARTS,
};

/* Where the parts come from. */
enum breakdown_source {
    BREAKDOWN_ESTIMATED, /* expected peak, by a model */
    BREAKDOWN_SNAPSHOTS, /* the allocator's blocks at the peak */
    BREAKDOWN_TRACES,    /* static memory and peak */
};

struct breakdown_bar {
    char *name; /* "0", "TP 2, PP 64" */
    bool has_configuration;
    struct configuration configuration;
    double parts_mb[BREAKDOWN_PARTS]; /* 0: nothing of it */
    double total_mb;                  /* NAN: there is no bar, for what nobody knows */
    double measured_mb;               /* beside the bar; NAN: not known */
    enum trace_measure measure;       /* of what was measured */
    enum heatmap_status status;       /* of a configuration */
    size_t ranks;                     /* whose largest figure the measured one is */
};

struct breakdown {
    enum breakdown_by by;
    enum breakdown_source source;
    size_t count;
    struct breakdown_bar *bars;
    dimension_set naming; /* the configurations' columns */
    double gpu_mb;        /* 0: not given */
    size_t warning_count;
    char **warnings;
};

/* "parameters", ..., "static", "above static". */
const char *breakdown_part_text(int part);

/* The parts of an expected peak: a category for each term. They sum up to it; what has been freed
 * by then is missing from the part that it was of. */
void breakdown_parts_of(const gmt_expected_memory *expected, double parts_mb[BREAKDOWN_PARTS]);

/* A bar a pipeline stage, by a model and a configuration of it; the measured peaks are the largest
 * of each stage's ranks, where the runs have traces. */
bool breakdown_make_stages(struct breakdown *breakdown, const struct model_settings *model,
                           const struct configuration *configuration, const struct runs *runs,
                           struct fault *fault);

/* A bar a stage, rank or configuration of traces: by the model where there is one (of each
 * configuration its most loaded stage), else static memory and what the peak has above it. By stage
 * or rank the traces must be of one configuration. */
bool breakdown_make_traces(struct breakdown *breakdown, enum breakdown_by by,
                           const struct runs *runs, struct fault *fault);

/* A bar a snapshot (or a device of one), by rank where their names tell it; measured peaks are
 * those of the traces of these ranks. */
bool breakdown_make_snapshots(struct breakdown *breakdown, const struct file_analysis *files,
                              size_t count, const struct runs *runs, struct fault *fault);

void breakdown_free(struct breakdown *breakdown);

#endif
