/* Figures of snapshots: memory over time, and what was in it at the peaks. */
#ifndef VISUALIZE_SNAPSHOT_DRAW_H
#define VISUALIZE_SNAPSHOT_DRAW_H

#include "visualize/figure/figure.h"
#include "visualize/figure/figure_options.h"
#include "visualize/snapshot/analysis.h"

struct snapshot_figure {
    const struct file_analysis *files; /* with courses of snapshot_draw_columns */
    size_t count;
    const struct figure_options *options;
    figure_written_fn written; /* or NULL */
};

/* Into how many columns courses are to be reduced for these options. */
size_t snapshot_draw_columns(const struct figure_options *options);

/* Writes BASE.png, ... (memory over time, of the device with the largest peak) and, where there are
 * several devices, BASE_peaks.png, ... (a bar for each of them). */
bool snapshot_draw(const struct snapshot_figure *figure, const char *base, struct fault *fault);

#endif
