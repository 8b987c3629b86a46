/* Peaks of memory now against those of a baseline: which configurations, stages and ranks rose? A
 * check for CI. Draws nothing, reads nothing. baseline.md has the rules. */
#ifndef VISUALIZE_BASELINE_BASELINE_H
#define VISUALIZE_BASELINE_BASELINE_H

#include "schemas/trace_folder/trace_set.h"

/* Whether a peak has one to be held against, and why not. */
enum baseline_state {
    BASELINE_COMPARED,
    BASELINE_NEW,        /* the baseline has none */
    BASELINE_MISSING,    /* the baseline has one, and now there is none */
    BASELINE_UNFINISHED, /* a run did not end well, so that its peak may be of a part of it */
    BASELINE_MEASURES,   /* the two measure different things */
};

/* A largest peak on both sides, MB; NAN: none. */
struct baseline_peaks {
    double before_mb, now_mb;
};

struct baseline_rank {
    int64_t rank, stage; /* stage below 0: not known */
    enum baseline_state state;
    struct baseline_peaks peaks;
};

struct baseline_stage {
    int64_t stage;
    struct baseline_peaks peaks; /* over its ranks that were compared */
};

struct baseline_configuration {
    const struct configuration *configuration; /* now, or of the baseline where it is missing */
    char text[CONFIGURATION_TEXT];
    enum baseline_state state;   /* compared, new or missing */
    dimension_set not_known;     /* dimensions that only one side knows */
    bool sampled, was_sampled;   /* of the peaks now, and before: some are those of samples */
    enum trace_measure measure;  /* of the peaks now */
    struct baseline_peaks peaks; /* over the ranks that were compared */
    size_t rank_count, stage_count;
    struct baseline_rank *ranks;   /* by their number */
    struct baseline_stage *stages; /* by their number; none where no stage is known */
};

struct baseline {
    size_t count;
    struct baseline_configuration *list; /* those of now, then those that are missing */
};

/* Both sets have been read; they outlive the comparison. Fails when out of memory, where a
 * configuration fits several of the other side that differ (the fault names the dimensions), and
 * where none fits any. */
bool baseline_make(const struct trace_set *now, const struct trace_set *before,
                   struct baseline *baseline, struct fault *fault);
void baseline_free(struct baseline *baseline);

/* now / before - 1; NAN where one is not known. */
double baseline_change(const struct baseline_peaks *peaks);

/* Risen by more than the share `limit`. */
bool baseline_rose(const struct baseline_peaks *peaks, double limit);

/* Of a configuration: how many of its ranks rose, and how many have a peak before that could not be
 * compared. */
size_t baseline_ranks_risen(const struct baseline_configuration *of, double limit);
size_t baseline_ranks_left(const struct baseline_configuration *of);

#endif
