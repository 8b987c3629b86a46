/* Memory against speed as a figure. */
#ifndef VISUALIZE_TRADEOFF_DRAW_H
#define VISUALIZE_TRADEOFF_DRAW_H

#include "visualize/figure/figure_style.h"
#include "visualize/tradeoff/tradeoff.h"

#include <cairo/cairo.h>

enum tradeoff_names {
    TRADEOFF_NAMES_FRONT,
    TRADEOFF_NAMES_ALL,
    TRADEOFF_NAMES_NONE,
};

struct tradeoff_figure {
    const struct tradeoff *tradeoff;
    enum tradeoff_names names;
    const char *title; /* or NULL */
};

/* In inches. */
double tradeoff_natural_height(const struct tradeoff_figure *figure,
                               const struct figure_style *style, double width_inch);

/* For struct figure: `context` is a struct tradeoff_figure. Fails where a name of the front has no
 * room beside its point. */
void tradeoff_draw(cairo_t *cairo, double width_pt, double height_pt, void *context);

#endif
