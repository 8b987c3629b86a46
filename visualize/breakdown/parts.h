/* How the parts of a bar look: told apart by colour, and in grey print by lightness and hatching.
 */
#ifndef VISUALIZE_BREAKDOWN_PARTS_H
#define VISUALIZE_BREAKDOWN_PARTS_H

#include "visualize/figure/axes.h"
#include "visualize/figure/words.h"

/* Fills a piece of a bar, with a thin white line around it. */
void parts_fill(cairo_t *cairo, int part, struct axes_rectangle piece);

/* "parameters", ..., as the author calls them. */
const char *parts_text(cairo_t *cairo, int part);

/* The word by which an author replaces it. */
enum word parts_word(int part);

/* For legend entries: `context` is an int, the part. */
void parts_draw_key(cairo_t *cairo, double width, double height, void *context);

#endif
