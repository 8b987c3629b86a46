/* Allocated memory over time, real and simulated, of one rank: a panel, and the figure made of one.
 */
#ifndef VISUALIZE_COMPARISON_TIMELINE_H
#define VISUALIZE_COMPARISON_TIMELINE_H

#include "schemas/support/memory_text.h"
#include "visualize/comparison/pair.h"
#include "visualize/figure/axes.h"

#include <cairo/cairo.h>

struct timeline {
    const struct comparison_pair *pair;
    double gpu_mb; /* the GPU's memory: a line, where the curves come near it; 0: not known */
    enum comparison_alignment alignment;
    bool show_theory;
    bool alone;                       /* one run, without a simulation beside it */
    const char *title;                /* above the panel, or NULL */
    double title_pt;                  /* room for it, at least */
    double dpi;                       /* how fine curves need be */
    const struct axes_range *figures; /* MB, what the y axis holds; NULL: its own values */
    const struct axes_range *times;   /* what the time axis holds; NULL: its own */
    const struct memory_unit *unit;   /* of the y axis; NULL: the one that fits */
};

/* From 0 to the end of the longest of them, in the time axis' unit. */
struct axes_range timeline_times(const struct timeline *timelines, size_t count);

/* From the least to the largest value of all panels, MB, with the GPU's memory where that is drawn:
 * `figures` of those that stand beside each other to be compared. */
struct axes_range timeline_figures(const struct timeline *timelines, size_t count);

/* The range of the y axis, in the unit that fits the largest value: from 0, or from a round number
 * below the values where these lie far from 0; with room above the curves for the peaks' labels.
 * `tick` gets the distance of its ticks.
 */
struct axes_range timeline_range(const struct timeline *timeline, double height_pt,
                                 struct memory_unit *unit, double *tick);

/* The height of a title above a panel of that width. */
double timeline_title_height(cairo_t *cairo, const char *title, double width, bool y_title);

/* What a panel takes more across where its y axis is named. */
double timeline_title_room(void);

/* Draws the panel, axes and labels and all, into a rectangle of the page. `axis_titles`: whether
 * the y axis is named. The legend is not part of it. */
void timeline_draw_panel(cairo_t *cairo, struct axes_rectangle place, double page_width_pt,
                         double page_height_pt, const struct timeline *wanted, bool y_title);

/* The keys of the kinds of lines that the timelines have; draws (or only measures) them and returns
 * their height. */
double timeline_draw_legend(cairo_t *cairo, double left, double top, double width,
                            const struct timeline *timelines, size_t count, bool draw);

/* For struct figure: `context` is a struct timeline. */
void timeline_draw(cairo_t *cairo, double width_pt, double height_pt, void *context);

#endif
