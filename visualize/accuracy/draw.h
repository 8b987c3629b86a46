/* Accuracy as a figure: predicted over measured, and how the errors are distributed. */
#ifndef VISUALIZE_ACCURACY_DRAW_H
#define VISUALIZE_ACCURACY_DRAW_H

#include "visualize/accuracy/output.h"
#include "visualize/figure/figure_style.h"

#include <cairo/cairo.h>

enum accuracy_panels {
    ACCURACY_BOTH,
    ACCURACY_SCATTER,
    ACCURACY_CDF,
};

struct accuracy_figure {
    struct accuracy_result result;
    enum accuracy_panels panels;
    bool logarithmic;  /* the scatter's axes */
    const char *title; /* or NULL */
};

/* The height that suits a width, in inches: panels stand side by side where there is room. */
double accuracy_natural_height(const struct accuracy_figure *figure,
                               const struct figure_style *style, double width_inch);

/* For struct figure: `context` is a struct accuracy_figure. */
void accuracy_draw(cairo_t *cairo, double width_pt, double height_pt, void *context);

#endif
