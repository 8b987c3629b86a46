/* Axes and curves, drawn by PLplot into the figure's own cairo context.
 *
 * All lengths are points on the page, y downwards from the top as in the rest of the kit. One set
 * of axes at a time: PLplot's stream is the process's. What PLplot cannot draw makes the figure
 * fail (figure_fail), and with it figure_write and figure_render.
 */
#ifndef VISUALIZE_FIGURE_AXES_H
#define VISUALIZE_FIGURE_AXES_H

#include "visualize/figure/colour.h"

#include <cairo/cairo.h>
#include <stddef.h>

struct axes_rectangle {
    double left, top, width, height;
};

struct axes_range {
    double least, most;
};

enum axes_dash {
    AXES_SOLID,
    AXES_DASHED,
    AXES_DOTTED,
};

/* Which sides carry what; combine. */
enum axes_side {
    AXES_LINE_NEAR = 1 << 0, /* the bottom or left line */
    AXES_LINE_FAR = 1 << 1,  /* the top or right line */
    AXES_NUMBERS_NEAR = 1 << 2,
    AXES_NUMBERS_FAR = 1 << 3,
};

struct axes_scale {
    struct axes_range range;
    double tick;  /* between labelled ticks; 0: none */
    int subticks; /* parts of a tick; 0 or 1: none between */
    unsigned sides;
};

/* Calls `draw` to draw on a page of that size, with the functions that follow and nothing else.
 * Where PLplot's cairo device is missing or fails, `draw` is not called, or does not return. */
void axes_draw_on(cairo_t *cairo, double page_width, double page_height,
                  void (*draw)(void *context), void *context);

/* Frames a part of the page and gives it coordinates, for what follows. */
void axes_frame(struct axes_rectangle place, struct axes_range x, struct axes_range y);

/* Lines, ticks and numbers around the frame; numbers in `size_pt`, by the kit itself, so that they
 * are text like every other. */
void axes_draw(const struct axes_scale *x, const struct axes_scale *y, double size_pt,
               struct colour ink, double width_pt);

/* A curve through the points, cut at the frame. */
void axes_curve(size_t count, const double *x, const double *y, struct colour ink, double width_pt,
                enum axes_dash dash);

/* A round distance (1, 2 or 5 times a power of ten) that cuts the range into at most
 * `most_parts`; 0 for an empty range. */
double axes_round_tick(struct axes_range range, int most_parts);

/* The number at a tick, with as many decimals as the distance of the ticks needs. Returns the
 * buffer. */
enum { AXES_NUMBER = 48 };
const char *axes_number_text(double value, double tick, char text[AXES_NUMBER]);

/* The room that the widest of an axis' numbers takes across. */
double axes_numbers_width(cairo_t *cairo, struct axes_range range, double tick, double size_pt);

#endif
