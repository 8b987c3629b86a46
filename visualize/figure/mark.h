/* Marks of points, and looks of series: told apart by shape as well as by colour. */
#ifndef VISUALIZE_FIGURE_MARK_H
#define VISUALIZE_FIGURE_MARK_H

#include "visualize/figure/axes.h"

#include <stdbool.h>

enum mark_shape {
    MARK_CIRCLE,
    MARK_SQUARE,
    MARK_TRIANGLE,
    MARK_DIAMOND,
    MARK_TRIANGLE_DOWN,
    MARK_CROSS, /* what failed */
};

struct mark {
    enum mark_shape shape;
    struct colour colour;
    double size_pt; /* across */
    bool hollow;
};

/* Draws it with a thin white edge, so that marks on each other stay apart. */
void mark_draw(cairo_t *cairo, double x, double y, const struct mark *mark);

/* For legend entries: `context` is a struct mark. */
void mark_draw_key(cairo_t *cairo, double width, double height, void *context);

/* The same: a filled box of a colour, which is the context. */
void fill_draw_key(cairo_t *cairo, double width, double height, void *context);

struct series_style {
    enum mark_shape shape;
    enum axes_dash dash;
    struct colour colour;
};

enum { SERIES_STYLES = 6 };

/* The looks of the `index`-th of `count` series; they begin again behind the last. Colours are told
 * apart by the colour-blind and, with the shapes, in grey. */
struct series_style series_style(cairo_t *cairo, size_t index, size_t count);

/* Sets a line's dashes in the context; solid ends them. */
void line_set_dash(cairo_t *cairo, enum axes_dash dash);

/* A series in a legend: its line, its mark, or both; for its entries `context` is one. */
struct series_key {
    struct series_style style;
    double line_pt, mark_pt; /* 0: without */
};
void series_draw_key(cairo_t *cairo, double width, double height, void *context);

#endif
