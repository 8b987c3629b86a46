/* What was allocated at the peak, by category: a bar for each rank. */
#ifndef VISUALIZE_SNAPSHOT_DRAW_PEAKS_H
#define VISUALIZE_SNAPSHOT_DRAW_PEAKS_H

#include "visualize/snapshot/analysis.h"

#include <cairo/cairo.h>

struct peak_bar {
    char name[24]; /* the rank, or what else tells it */
    const struct device_analysis *device;
};

struct peaks_figure {
    const struct peak_bar *bars;
    size_t count;
    bool are_ranks;    /* else names are the files' numbers */
    const char *title; /* or NULL */
};

/* For struct figure: `context` is a struct peaks_figure. */
void peaks_draw(cairo_t *cairo, double width_pt, double height_pt, void *context);

#endif
