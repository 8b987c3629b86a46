/* Colours of the layers: safe for colour-blind readers, and neighbours differ in lightness. */
#ifndef VISUALIZE_SNAPSHOT_STYLE_H
#define VISUALIZE_SNAPSHOT_STYLE_H

#include "visualize/figure/colour.h"
#include "visualize/figure/legend.h"
#include "visualize/figure/words.h"

#include <stdbool.h>

/* A category's, which is the same in every figure; without a context (NULL), as it usually is. */
struct colour style_category(cairo_t *cairo, int category);

/* The name of a category in the legend, and the word by which an author replaces it. */
const char *style_category_text(cairo_t *cairo, int category);
enum word style_category_word(int category);

/* The colour of the layer with this number, where layers are no categories. */
struct colour style_layer(cairo_t *cairo, size_t layer);

/* How an area is filled. Colours come in pairs of one lightness: of each pair one is hatched, so
 * that they are told apart in grey print. */
enum style_hatch { STYLE_PLAIN, STYLE_RISING, STYLE_FALLING, STYLE_DOTS };
struct style_fill {
    struct colour colour;
    enum style_hatch hatch;
};
struct style_fill style_category_fill(cairo_t *cairo, int category);
struct style_fill style_layer_fill(cairo_t *cairo, size_t layer);

/* Fills the path, hatched unless the author wants none. An edge is a thin white line around it, for
 * areas that are not as thin themselves. */
void style_fill_path(cairo_t *cairo, struct style_fill fill, bool edge);

/* Draws the legend's box of a fill (the context, a struct style_fill). */
void style_draw_key(cairo_t *cairo, double width, double height, void *context);

/* The same for a dashed line. */
void style_draw_line_key(cairo_t *cairo, double width, double height, void *context);

#endif
