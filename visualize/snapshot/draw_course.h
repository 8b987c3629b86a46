/* Memory over time, stacked by category or by site. */
#ifndef VISUALIZE_SNAPSHOT_DRAW_COURSE_H
#define VISUALIZE_SNAPSHOT_DRAW_COURSE_H

#include "visualize/snapshot/analysis.h"

#include <cairo/cairo.h>

struct course_figure {
    const struct device_analysis *device;
    const char *title; /* or NULL */
};

/* For struct figure: `context` is a struct course_figure. */
void course_draw(cairo_t *cairo, double width_pt, double height_pt, void *context);

#endif
