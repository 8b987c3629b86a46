/* Do the traces and logs of a folder belong to one sweep? Draws nothing, reads nothing. */
#ifndef VISUALIZE_HEATMAP_VARIANTS_H
#define VISUALIZE_HEATMAP_VARIANTS_H

#include "visualize/heatmap/grid.h"

/* True where all traces (and the logs' lines, as far as they tell) are of one world size, model and
 * micro-batch size; else the fault lists the kinds that were found, with the --where that chooses.
 */
bool variants_agree(const struct heatmap_input *input, struct fault *fault);

/* Whether --where chooses a log's line. A tag that lines do not have is no reason to refuse. */
bool variants_choose_entry(const struct tag_filter *filter, const struct sweep_entry *entry);

/* Calls `found` for every trace that has the tp, pp and rank of another. */
void variants_duplicates(const struct heatmap_input *input,
                         void (*found)(void *context, const struct trace_file *first,
                                       const struct trace_file *second),
                         void *context);

#endif
