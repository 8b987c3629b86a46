/* All ranks at a glance: their peaks side by side, and the timelines of a few. */
#ifndef VISUALIZE_COMPARISON_OVERVIEW_H
#define VISUALIZE_COMPARISON_OVERVIEW_H

#include "visualize/comparison/summary.h"
#include "visualize/comparison/timeline.h"

enum {
    OVERVIEW_MOST_BARS = 32, /* ranks; past it their errors are drawn, sorted */
    OVERVIEW_TIMELINES = 3,
};

struct overview {
    const struct comparison_row *rows;
    size_t count;
    const struct timeline *timelines; /* titled, of the representative ranks */
    size_t timeline_count;
    const char *title; /* or NULL */
};

/* Which rows are represented: the first and the last pipeline stage, and the worst predicted rank,
 * each once. `world_size` and `pp`: from the names' tags, or 0 where they do not tell. Returns how
 * many; `chosen` gets their indices, ascending. */
size_t overview_choose(const struct comparison_row *rows, size_t count, int64_t world_size,
                       int64_t pp, size_t chosen[OVERVIEW_TIMELINES]);

double overview_natural_height(const struct overview *overview, double width_inch);

/* For struct figure: `context` is a struct overview. */
void overview_draw(cairo_t *cairo, double width_pt, double height_pt, void *context);

#endif
