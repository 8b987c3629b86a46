/* The overview's upper part: a bar for each rank's peak, or, with many ranks, their errors sorted.
 */
#ifndef VISUALIZE_COMPARISON_PEAKS_H
#define VISUALIZE_COMPARISON_PEAKS_H

#include "schemas/support/memory_text.h"
#include "visualize/comparison/summary.h"
#include "visualize/figure/axes.h"

#include <cairo/cairo.h>

/* Grouped bars: real, simulated, theory where recorded; the static part of a bar is darker. */
void peaks_draw_bars(cairo_t *cairo, struct axes_rectangle place, double page_width_pt,
                     double page_height_pt, const struct comparison_row *rows, size_t count,
                     const struct memory_unit *unit);

/* The highest of all bars, MB; 0 without any. */
double peaks_highest_mb(const struct comparison_row *rows, size_t count);

/* The error of each rank's peak, in percent, from the least to the largest; the outliers named. */
void peaks_draw_errors(cairo_t *cairo, struct axes_rectangle place, double page_width_pt,
                       double page_height_pt, const struct comparison_row *rows, size_t count);

#endif
