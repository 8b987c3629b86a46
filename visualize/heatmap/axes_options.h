/* --x, --y, --facet and --over, for every command that draws a heatmap: an argp child. */
#ifndef VISUALIZE_HEATMAP_AXES_OPTIONS_H
#define VISUALIZE_HEATMAP_AXES_OPTIONS_H

#include "visualize/heatmap/grid.h"

#include <argp.h>

/* Its input is a struct heatmap_axes, which it fills with the usual axes first. */
extern const struct argp heatmap_axes_argp;

/* The options' names, for a command that sorts its arguments itself; ended by NULL. */
extern const char *const HEATMAP_AXES_FLAGS[];

#endif
