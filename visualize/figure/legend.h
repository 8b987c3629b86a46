/* A row of keys that says what the marks of a figure mean. */
#ifndef VISUALIZE_FIGURE_LEGEND_H
#define VISUALIZE_FIGURE_LEGEND_H

#include "visualize/figure/text.h"

#include <stddef.h>

struct legend_entry {
    const char *text;
    /* Draws the key into a box of that size whose top left corner is the origin; NULL: no key. */
    void (*draw_key)(cairo_t *cairo, double width, double height, void *context);
    void *context;
};

enum { LEGEND_MOST = 64 };

/* Draws the entries from the left, in as many lines as the width asks for, all about equally long
 * and centred in it; returns the height used, which is 0 where the author wants no legend. Without
 * a context to draw in (`draw` false) it only measures. */
double legend_layout(cairo_t *cairo, double left, double top, double width,
                     const struct legend_entry *entries, size_t count,
                     const struct text_style *wanted, bool draw);

#endif
