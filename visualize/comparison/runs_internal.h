/* Shared by runs.c, which chooses the runs, and refusals.c, which says why they cannot be compared.
 */
#ifndef VISUALIZE_COMPARISON_RUNS_INTERNAL_H
#define VISUALIZE_COMPARISON_RUNS_INTERNAL_H

#include "visualize/comparison/runs.h"

/* The conditions of a filter that are asked of one side; returns the dimensions of those that are
 * not. */
dimension_set filter_of_side(const struct trace_set listed[COMPARISON_SIDES],
                             const struct filter *filter, int side, struct filter *asked);

/* Each of them sets the fault and returns false. */
bool refuse_several(const struct comparison_runs *runs, int side, struct fault *fault);
bool refuse_incompatible(const struct comparison_runs *runs, struct fault *fault);

#endif
