/* The comparison's figures as a table of a paper: LaTeX, with booktabs' rules. */
#ifndef VISUALIZE_COMPARISON_LATEX_H
#define VISUALIZE_COMPARISON_LATEX_H

#include "visualize/comparison/summary.h"
#include "visualize/figure/figure_style.h"

/* Writes a row per rank: both peaks, how far the simulated one is off, and theory where any rank
 * has it; in one unit, which the author chose or which fits the largest. */
bool comparison_latex_write(const struct comparison_row *rows, size_t count,
                            const struct figure_style *style, const char *path,
                            struct fault *fault);

#endif
