/* An SVG as the kit wants it, from the one that cairo makes. */
#ifndef VISUALIZE_FIGURE_SVG_IMAGE_H
#define VISUALIZE_FIGURE_SVG_IMAGE_H

#include <stdbool.h>
#include <stdio.h>

struct svg_text {
    double matrix[6]; /* from the text's space, whose x axis it stands on, to the page's */
    double size;
    const char *family; /* and others like it follow */
    bool bold;
    double red, green, blue;
    double align;     /* 0: it begins at the origin, 0.5: it is centred there, 1: it ends there */
    const char *text; /* valid UTF-8 */
};

/* Writes a text element: cairo would write outlines, which can be neither searched nor changed. */
void svg_image_put_text(FILE *texts, const struct svg_text *text);

/* Writes the SVG that cairo `made` with the text elements above all else, and the title (or NULL).
 * cairo numbers its elements through the whole process; they are numbered from 1 here, so that the
 * same figure gives the same bytes. False when out of memory. */
bool svg_image_write(const char *made, const char *texts, const char *title, FILE *stream);

#endif
