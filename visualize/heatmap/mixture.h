/* Unlike runs are never merged: may these configurations stand in one figure, and each in a place
 * of its own? */
#ifndef VISUALIZE_HEATMAP_MIXTURE_H
#define VISUALIZE_HEATMAP_MIXTURE_H

#include "visualize/heatmap/candidates.h"

/* Sizes that follow from others in a sweep (DP, the batch) may differ from cell to cell; so may the
 * axes. False where others do: the fault names them, and a --where for each kind. */
bool mixture_check_figure(const struct candidates *candidates, const struct heatmap_axes *axes,
                          struct fault *fault);

/* May these stand for one cell? They must differ in a dimension of `over`, and beside it only in
 * what follows from others. */
bool mixture_check_cell(const struct candidate *const *list, size_t count,
                        const struct heatmap_axes *axes, struct fault *fault);

#endif
