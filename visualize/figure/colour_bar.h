/* The bar that says which colour is which amount. */
#ifndef VISUALIZE_FIGURE_COLOUR_BAR_H
#define VISUALIZE_FIGURE_COLOUR_BAR_H

#include "visualize/figure/axes.h"
#include "visualize/figure/colour_map.h"

#include <stdbool.h>

struct colour_bar {
    const struct colour_map *map;
    struct axes_range range; /* its ends are numbered, whatever they are */
    double tick;             /* between the other numbers */
    double size_pt;          /* of the numbers */
    bool lies; /* from left to right, numbers below; else upwards, numbers at the right */
};

/* Draws it into a rectangle; the numbers stand beside that. */
void colour_bar_draw(cairo_t *cairo, struct axes_rectangle place, const struct colour_bar *bar);

/* A round distance of numbers for a bar of that length, in points. */
double colour_bar_tick(const struct colour_bar *bar, double length);

/* What the ticks and the widest number take beside a standing bar. */
double colour_bar_room(cairo_t *cairo, const struct colour_bar *bar);

#endif
