/* --x, --y, --facet and --over, for every command that draws a heatmap. */
#ifndef VISUALIZE_HEATMAP_AXES_OPTIONS_H
#define VISUALIZE_HEATMAP_AXES_OPTIONS_H

#include "schemas/support/options.h"
#include "visualize/heatmap/grid.h"

/* The rows; their target is a struct heatmap_axes, which holds the usual axes before. */
extern const struct option_row HEATMAP_AXES_OPTIONS[];

/* Once all is read: ends the command where a dimension has two places. */
void heatmap_axes_check(const struct heatmap_axes *axes);

#endif
