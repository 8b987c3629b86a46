/* Names beside points: placed so that none covers another, a mark, or an edge. */
#ifndef VISUALIZE_FIGURE_LABELS_H
#define VISUALIZE_FIGURE_LABELS_H

#include "visualize/figure/axes.h"
#include "visualize/figure/text.h"

struct label {
    double x, y; /* the point, on the page */
    const char *text;
    double across, up; /* the side of the point on which it would rather be: -1 to 1 each */
    /* Set by labels_place. */
    bool placed;
    bool led; /* it stands apart: a thin line leads to its point */
    struct axes_rectangle box;
};

/* Finds a place for each label, the first ones first, within the rectangle; `taken` are places that
 * they must not cover (the marks of all points among them). Returns how many have found none. */
size_t labels_place(cairo_t *cairo, struct label *labels, size_t count,
                    const struct text_style *style, struct axes_rectangle within,
                    const struct axes_rectangle *taken, size_t taken_count);

/* Draws those that have a place. */
void labels_draw(cairo_t *cairo, const struct label *labels, size_t count,
                 const struct text_style *style);

#endif
