/* A breakdown as a figure: stacked bars, with what was measured as a mark on each. */
#ifndef VISUALIZE_BREAKDOWN_DRAW_H
#define VISUALIZE_BREAKDOWN_DRAW_H

#include "visualize/breakdown/breakdown.h"
#include "visualize/figure/figure_style.h"

#include <cairo/cairo.h>

struct breakdown_figure {
    const struct breakdown *breakdown;
    const char *title; /* or NULL */
};

/* In inches: taller where names stand upright. */
double breakdown_natural_height(const struct breakdown_figure *figure,
                                const struct figure_style *style, double width_inch);

/* For struct figure: `context` is a struct breakdown_figure. */
void breakdown_draw(cairo_t *cairo, double width_pt, double height_pt, void *context);

#endif
