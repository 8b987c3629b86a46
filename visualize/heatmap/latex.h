/* The heatmap's figures as a table of a paper: LaTeX, with booktabs' rules. */
#ifndef VISUALIZE_HEATMAP_LATEX_H
#define VISUALIZE_HEATMAP_LATEX_H

#include "visualize/heatmap/layout.h"

/* Writes a row per configuration that something mentions: its sizes along the figure's axes, its
 * outcome, and the figures of its cell, in the figure's unit, words and decimals. */
bool heatmap_latex_write(const struct heatmap_figure *figure, const struct figure_style *style,
                         const char *path, struct fault *fault);

#endif
