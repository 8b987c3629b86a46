/* The legend of an overview: one key for each side and level, of its bars and its lines. */
#ifndef VISUALIZE_COMPARISON_KEYS_H
#define VISUALIZE_COMPARISON_KEYS_H

#include "visualize/comparison/style.h"
#include "visualize/comparison/summary.h"
#include "visualize/comparison/timeline.h"

/* Draws (or only measures) them and returns their height. `bars`: the rows are drawn as bars. */
double comparison_keys_draw(cairo_t *cairo, double left, double top, double width,
                            const struct comparison_row *rows, size_t count, bool bars,
                            const struct timeline *timelines, size_t timeline_count, bool draw);

#endif
