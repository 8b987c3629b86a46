/* The heatmap's drawing routine. Reads nothing but the figure that it is given. */
#ifndef VISUALIZE_HEATMAP_DRAW_H
#define VISUALIZE_HEATMAP_DRAW_H

#include "visualize/heatmap/layout.h"

/* The ground that a cell is filled with (hatching comes on top). */
struct colour heatmap_ground(const struct heatmap_figure *figure, const struct colour_map *map,
                             const struct heatmap_cell *cell);

/* The map of the metric, unless the author chose another. */
const struct colour_map *heatmap_map(cairo_t *cairo, const struct heatmap_figure *figure);

/* For struct figure: `context` is a struct heatmap_figure. */
void heatmap_draw(cairo_t *cairo, double width_pt, double height_pt, void *context);

#endif
