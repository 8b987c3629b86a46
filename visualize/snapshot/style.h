/* Colours of the layers: safe for colour-blind readers, and neighbours differ in lightness. */
#ifndef VISUALIZE_SNAPSHOT_STYLE_H
#define VISUALIZE_SNAPSHOT_STYLE_H

#include "visualize/figure/colour.h"
#include "visualize/figure/legend.h"

#include <stdbool.h>

/* A category's, which is the same in every figure; without a context (NULL), as it usually is. */
struct colour style_category(cairo_t *cairo, int category);

/* The name of a category in the legend. */
const char *style_category_text(cairo_t *cairo, int category);

/* The colour of the layer with this number, where layers are no categories. */
struct colour style_layer(cairo_t *cairo, size_t layer);

/* Draws the legend's box of a colour (the context, a struct colour). */
void style_draw_key(cairo_t *cairo, double width, double height, void *context);

/* The same for a dashed line. */
void style_draw_line_key(cairo_t *cairo, double width, double height, void *context);

#endif
