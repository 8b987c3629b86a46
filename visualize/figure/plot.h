/* The frame of a chart: two axes with their titles, in a part of the page. */
#ifndef VISUALIZE_FIGURE_PLOT_H
#define VISUALIZE_FIGURE_PLOT_H

#include "visualize/figure/axes.h"

#include <stdbool.h>

struct plot {
    struct axes_rectangle space; /* what it may take of the page, in points */
    const char *x_title, *y_title;
    struct axes_range x, y;
    bool logarithmic;         /* both axes, whose ranges are then above 0 */
    const char *const *names; /* below x, in place of numbers: one each at 0.5, 1.5, ...; or NULL */
    size_t name_count;
    /* Set by plot_place. */
    struct axes_rectangle inside; /* within the axes */
    double x_tick, y_tick;
    bool names_upright; /* they have no room side by side */
};

/* Finds the place within the axes. Where columns of panels are to have equal edges, set `space` of
 * each by hand afterwards, or place them alike. */
void plot_place(cairo_t *cairo, struct plot *plot);

/* Draws lines, numbers or names, and the axes' titles: over what was drawn inside. */
void plot_draw(cairo_t *cairo, double page_width, double page_height, const struct plot *plot);

/* The place of a value on the page. */
double plot_x(const struct plot *plot, double value);
double plot_y(const struct plot *plot, double value);

/* "GPU memory (80 GB)", for the legend. Returns the buffer. */
enum { PLOT_LIMIT = 128 };
const char *plot_limit_text(cairo_t *cairo, double limit_mb, char text[PLOT_LIMIT]);

/* Nothing that is drawn from here on to cairo_restore leaves the place within the axes. */
void plot_clip(cairo_t *cairo, const struct plot *plot);

/* The same for logarithmic axes, from a least value above 0. */
struct axes_range plot_range_of_decades(double least, double most);

/* A range from 0 that holds the value, with some room above it. */
struct axes_range plot_range_to(double most);

/* The same, up to the next round number where that is near, so that the axis ends at a number. */
struct axes_range plot_range_to_number(double most);

/* A range that holds both with some room around: from 0 where the least is nearer to 0 than to the
 * most, so that differences between values far from 0 can be seen. */
struct axes_range plot_range_around(double least, double most);

#endif
