/* An EPS as the kit wants it, from the one that cairo makes. */
#ifndef VISUALIZE_FIGURE_EPS_IMAGE_H
#define VISUALIZE_FIGURE_EPS_IMAGE_H

#include <stdio.h>

/* Writes the EPS that cairo `made` (text) with the page as its bounding box, where cairo would have
 * the ink's, with the title (or NULL), and with the date, or, where that is "", without one. */
void eps_image_write(const char *made, const char *title, const char *date, double width_pt,
                     double height_pt, FILE *stream);

#endif
