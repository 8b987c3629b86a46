/* Colours, and the arithmetic of what can be read on them. */
#ifndef VISUALIZE_FIGURE_COLOUR_H
#define VISUALIZE_FIGURE_COLOUR_H

#include <cairo/cairo.h>

/* sRGB, each 0 to 1. */
struct colour {
    double red, green, blue;
};

extern const struct colour COLOUR_WHITE;
extern const struct colour COLOUR_BLACK;
extern const struct colour COLOUR_OOM;     /* the ground of a cell that has no figure */
extern const struct colour COLOUR_OUTLINE; /* thin lines around things */
extern const struct colour COLOUR_HOT;     /* the full end of the ramp */

/* From white at 0 to COLOUR_HOT at 1, through CIELAB, so that equal steps of memory look like equal
 * steps of lightness, in grey print too. Shares outside 0..1 are held to the ends. */
struct colour colour_ramp(double share);

/* The same for a dark page: from little more than its ground to a bright red. */
struct colour colour_ramp_on_dark(double share);

/* The same hue, `amount` (0 to 1) of the way to black. */
struct colour colour_darker(struct colour colour, double amount);

/* WCAG 2 contrast ratio, 1 to 21. */
double colour_contrast(struct colour a, struct colour b);

/* Black or white, whichever reads better on the ground: never below 4.58. */
struct colour colour_ink(struct colour ground);

void colour_set(cairo_t *cairo, struct colour colour);

#endif
