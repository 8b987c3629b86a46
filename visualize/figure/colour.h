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
extern const struct colour
    COLOUR_OUTCOME; /* the ground of what has no figure: out of memory, ... */
extern const struct colour COLOUR_OUTLINE; /* thin lines around things */
extern const struct colour COLOUR_FAINT;   /* the same, quieter than any data */

/* CIELAB, of the white of sRGB (D65). */
struct lab {
    double lightness, a, b;
};
struct lab lab_from_colour(struct colour colour);
struct colour colour_from_lab(struct lab lab); /* held to what sRGB has */

/* The same hue, `amount` (0 to 1) of the way to black. */
struct colour colour_darker(struct colour colour, double amount);

/* WCAG 2 contrast ratio, 1 to 21. It depends on the colours' luminance alone, so that it is the
 * same in luminance grey. */
double colour_contrast(struct colour a, struct colour b);

/* Black or white, whichever reads better on the ground: never below 4.58. */
struct colour colour_ink(struct colour ground);

void colour_set(cairo_t *cairo, struct colour colour);

#endif
