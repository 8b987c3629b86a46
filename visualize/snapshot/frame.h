/* The frame that the figures of snapshots share: memory upwards, something to the right, a legend
 * above. */
#ifndef VISUALIZE_SNAPSHOT_FRAME_H
#define VISUALIZE_SNAPSHOT_FRAME_H

#include "schemas/support/memory_text.h"
#include "visualize/figure/axes.h"
#include "visualize/figure/legend.h"

struct frame {
    const char *title; /* or NULL */
    const struct legend_entry *entries;
    size_t entry_count;
    const char *x_title;
    struct axes_range x;
    double x_tick; /* 0: no numbers */
    double most_mb;
    double room_pt; /* above that, for a label */
    /* Set by frame_place. */
    struct memory_unit unit; /* of the memory upwards */
    struct axes_rectangle plot;
    struct axes_range y;
    double y_tick;
};

/* Draws title and legend, and finds the plot's place and range below them. */
void frame_place(struct frame *frame, cairo_t *cairo, double width_pt, double height_pt);

/* Draws the lines, numbers and titles, over what was drawn in the plot. */
void frame_draw(struct frame *frame, cairo_t *cairo, double width_pt, double height_pt);

static inline double frame_y(const struct frame *frame, double mb)
{
    return frame->plot.top + frame->plot.height * (1 - mb / frame->unit.mb / frame->y.most);
}

static inline double frame_x(const struct frame *frame, double value)
{
    return frame->plot.left +
           frame->plot.width * (value - frame->x.least) / (frame->x.most - frame->x.least);
}

#endif
