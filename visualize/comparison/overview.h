/* All ranks at a glance: their peaks side by side, and the timelines of a few. */
#ifndef VISUALIZE_COMPARISON_OVERVIEW_H
#define VISUALIZE_COMPARISON_OVERVIEW_H

#include "visualize/comparison/summary.h"
#include "visualize/comparison/timeline.h"
#include "visualize/figure/figure_style.h"

enum {
    OVERVIEW_MOST_BARS = 32, /* ranks; past it their errors are drawn, sorted */
    OVERVIEW_TIMELINES = 3,
};

struct overview {
    const struct comparison_row *rows;
    size_t count;
    const struct timeline *timelines; /* titled, of the ranks that overview_choose chose */
    size_t timeline_count;
    const char *title; /* or NULL */
};

/* Which ranks get a timeline: the first one, the first of the last pipeline stage (the last rank
 * where the configuration does not say where the stages begin), and the worst predicted one, each
 * once. Returns how many; `chosen` gets the indices of their rows, ascending. */
size_t overview_choose(const struct comparison_row *rows, size_t count,
                       const struct configuration *configuration,
                       size_t chosen[OVERVIEW_TIMELINES]);

/* "Rank 6 (last stage)": which rank a timeline is of, and why that one; in the author's words,
 * where the style has some. */
enum { OVERVIEW_TITLE = 160 };
void overview_title(const struct comparison_row *rows, size_t count,
                    const struct configuration *configuration, size_t row,
                    const struct figure_style *style, char title[OVERVIEW_TITLE]);

double overview_natural_height(const struct overview *overview, const struct figure_style *style,
                               double width_inch);

/* For struct figure: `context` is a struct overview. */
void overview_draw(cairo_t *cairo, double width_pt, double height_pt, void *context);

#endif
