/* The words beside a heatmap: titles of its axes and panels, and the values along them. */
#ifndef VISUALIZE_HEATMAP_AXIS_TEXT_H
#define VISUALIZE_HEATMAP_AXIS_TEXT_H

#include "schemas/configuration/axis.h"

#include <cairo/cairo.h>

enum { HEATMAP_TITLE_FORMS = 3, HEATMAP_TITLE_TEXT = 80 };

/* "Tensor parallel size (TP)", "TP size", "TP": from the longest to the shortest. */
struct heatmap_axis_title {
    char forms[HEATMAP_TITLE_FORMS][HEATMAP_TITLE_TEXT];
};
struct heatmap_axis_title heatmap_axis_title(size_t dimension);

/* "CP 2", as a panel's title. Returns the buffer. */
char *heatmap_panel_title(const struct axis *facet, size_t panel, char text[HEATMAP_TITLE_TEXT]);

/* The width of the widest of an axis' values, in points. */
double heatmap_widest_value(cairo_t *cairo, const struct axis *axis, double size_pt);

#endif
