/* The order of the values along a heatmap's axes, where the author wants another than their own. */
#ifndef VISUALIZE_HEATMAP_ORDER_H
#define VISUALIZE_HEATMAP_ORDER_H

#include "visualize/heatmap/grid.h"

/* "tp=8,4,2,1": adds it to the axes' orders. The text stays the caller's, and is used later. */
bool heatmap_order_parse(const char *text, struct heatmap_axes *axes, struct fault *fault);

/* Puts the values of a built grid in the order that its axes say, and its cells with them. Values
 * that an order does not name stand behind, in their own order. Fails where it names one that the
 * grid does not have. */
bool heatmap_order_apply(struct heatmap_grid *grid, struct fault *fault);

#endif
