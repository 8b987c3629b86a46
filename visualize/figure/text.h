/* Text on a figure: one family, sizes in points at print size, measured before it is drawn. Letters
 * that the family lacks come from other fonts; where none has them, the figure warns. */
#ifndef VISUALIZE_FIGURE_TEXT_H
#define VISUALIZE_FIGURE_TEXT_H

#include "visualize/figure/colour.h"

#include <stdbool.h>

enum {
    TEXT_SIZE_LABEL = 8, /* points */
    TEXT_SIZE_LEAST = 6,
};

struct text_style {
    double size_pt;
    bool bold;
    struct colour ink;
};

struct text_extent {
    double width, height; /* points; height is the line's, the same for every text of a size */
    double ink_left, ink_top, ink_width, ink_height; /* where the glyphs really are, within it */
};

/* The usual family: TeX Gyre Termes, else Liberation Serif, else what fontconfig gives for
 * "serif". Owned by the kit. */
const char *text_family(void);

/* Whether fontconfig has a family of exactly that name. */
bool text_family_is_there(const char *family);

/* The least size that can be read on the printed page, in the drawing's points. */
double text_size_least(cairo_t *cairo);

struct text_extent text_measure(cairo_t *cairo, const char *text, const struct text_style *style);

/* How far below its line's top a text stands, points. */
double text_baseline(cairo_t *cairo, const char *text, const struct text_style *style);

/* Draws a line of text. (x, y) is the point of its box that the alignments name: 0 is left or top,
 * 0.5 the middle, 1 right or bottom. Invalid UTF-8 is shown as U+FFFD. */
void text_draw(cairo_t *cairo, double x, double y, double align_x, double align_y, const char *text,
               const struct text_style *style);

/* As text_draw, turned a quarter left around (x, y), to be read from the right side of the page. */
void text_draw_upwards(cairo_t *cairo, double x, double y, double align_x, double align_y,
                       const char *text, const struct text_style *style);

/* The same for a text that has so much room: it is set smaller where it needs to be, and where the
 * least size does not fit either, the figure fails. */
void text_draw_within(cairo_t *cairo, double x, double y, double align_x, double align_y,
                      double room, const char *text, const struct text_style *style);
void text_draw_upwards_within(cairo_t *cairo, double x, double y, double align_x, double align_y,
                              double room, const char *text, const struct text_style *style);

/* A title: centred in a width, smaller or in up to three lines where it needs to be; where that is
 * not enough, the figure fails. Draws it (or only measures) and returns its height. */
double text_draw_title(cairo_t *cairo, double left, double top, double width, const char *text,
                       const struct text_style *style, bool draw);

#endif
