/* A figure: a drawing routine and a size. The same routine makes the PNG, the PDF, the SVG and the
 * EPS. */
#ifndef VISUALIZE_FIGURE_FIGURE_H
#define VISUALIZE_FIGURE_FIGURE_H

#include "schemas/support/fault.h"

#include <cairo/cairo.h>
#include <stdbool.h>
#include <stdio.h>

#define FIGURE_POINTS_PER_INCH    72.0
#define FIGURE_DOUBLE_COLUMN_INCH 7.0
#define FIGURE_SINGLE_COLUMN_INCH 3.33

enum figure_format {
    FIGURE_PNG = 1 << 0,
    FIGURE_PDF = 1 << 1,
    FIGURE_SVG = 1 << 2,
    FIGURE_EPS = 1 << 3,
};

struct figure_style;

/* As warnx does: a line for people. */
typedef void (*figure_warn_fn)(const char *format, ...);

struct figure {
    double width_inch, height_inch;
    unsigned formats;                 /* figure_format bits */
    double dpi;                       /* of the PNG */
    const char *title;                /* metadata; may be NULL */
    const struct figure_style *style; /* NULL: the kit's own */
    figure_warn_fn warn; /* told of what is drawn, but not as it should be; NULL: nobody */
    /* Draws in points, from the top left corner, on a white page. Called once a format; draws the
     * same each time. */
    void (*draw)(cairo_t *cairo, double width_pt, double height_pt, void *context);
    void *context;
};

/* Called with each file that has been written. */
typedef void (*figure_written_fn)(void *context, const char *path);

/* Writes BASE.png, BASE.pdf, BASE.svg, BASE.eps, as the formats say, each whole or not at all. The
 * same figure gives the same bytes: there is no clock in them, unless SOURCE_DATE_EPOCH sets one.
 * An SVG's texts are texts, to be searched and changed. */
bool figure_write(const struct figure *figure, const char *base, figure_written_fn written,
                  void *written_context, struct fault *fault);

/* The figure in one format, into a stream: for documents that figures are parts of. */
bool figure_render(const struct figure *figure, enum figure_format format, FILE *stream,
                   struct fault *fault);

/* The height that a figure of that width wants, in inches: `height` says it in points, and measures
 * texts in the context that it gets. */
double figure_natural_height(const struct figure_style *style, double width_inch,
                             double (*height)(cairo_t *cairo, double width_pt, void *context),
                             void *context);

/* For drawing routines, printf-like: the figure cannot be drawn whole. figure_write and
 * figure_render then fail with the first such text; the rest may be drawn or not. */
void figure_fail(cairo_t *cairo, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* "png,pdf,svg,eps" in any order, without empty parts or repeats; 0 where it is not such a list. */
#define FIGURE_FORMATS "png,pdf,svg,eps"
unsigned figure_formats_parse(const char *text);

/* `path` without a known extension (.png, .pdf, .svg, .eps), in new memory. */
char *figure_base(const char *path);

#endif
