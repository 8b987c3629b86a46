/* Which two runs are compared: of a folder of real traces and one of simulated traces those that
 * --where chooses, one configuration each, compatible with each other. Lists folders, reads no
 * trace. */
#ifndef VISUALIZE_COMPARISON_RUNS_H
#define VISUALIZE_COMPARISON_RUNS_H

#include "schemas/trace_folder/trace_set.h"
#include "visualize/comparison/agreement.h"

struct comparison_runs {
    char *folders[COMPARISON_SIDES];
    const struct filter *filter;
    struct trace_set listed[COMPARISON_SIDES]; /* every trace of the folder */
    struct trace_set chosen[COMPARISON_SIDES]; /* those of the filter */
    struct agreement agreement;
};

/* Lists both folders. A condition of the filter that no run of one side meets and one of the other
 * side does is asked of that other side alone: names of real and of simulated traces do not say the
 * same things, and what both say is compared in any case. Fails where a folder cannot be read. Free
 * with comparison_runs_free in any case. The folders' names and the filter are only lent. */
bool comparison_runs_list(struct comparison_runs *runs, char *const folders[COMPARISON_SIDES],
                          const struct filter *filter, struct fault *fault);

/* Fails where a side has no trace, holds several configurations, or is not compatible with the
 * other; the fault names the dimensions and, where there is one, a --where that helps. Fills the
 * agreement. */
bool comparison_runs_check(struct comparison_runs *runs, struct fault *fault);

void comparison_runs_free(struct comparison_runs *runs);

#endif
