/* Colours of the layers: safe for colour-blind readers, and neighbours differ in lightness. */
#ifndef VISUALIZE_SNAPSHOT_STYLE_H
#define VISUALIZE_SNAPSHOT_STYLE_H

#include "visualize/figure/colour.h"
#include "visualize/figure/legend.h"

#include <stdbool.h>

/* A category's, which is the same in every figure. */
const struct colour *style_category(int category);

/* The colour of the layer with this number, where layers are no categories. */
const struct colour *style_layer(size_t layer);

/* Draws the legend's box of a colour (the context, a struct colour). */
void style_draw_key(cairo_t *cairo, double width, double height, void *context);

/* The same for a dashed line. */
void style_draw_line_key(cairo_t *cairo, double width, double height, void *context);

#endif
