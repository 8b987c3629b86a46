/* A drawn page as a PNG file. */
#ifndef VISUALIZE_FIGURE_PNG_IMAGE_H
#define VISUALIZE_FIGURE_PNG_IMAGE_H

#include <cairo/cairo.h>
#include <stdbool.h>
#include <stdio.h>

/* Writes an image surface of format RGB24 or ARGB32, with its resolution, so that it has its size
 * in inches where it is placed, and its title (UTF-8, or NULL). False where memory runs out or the
 * stream does not take it (ferror tells which). */
bool png_image_write(cairo_surface_t *surface, double dpi, const char *title, FILE *stream);

#endif
