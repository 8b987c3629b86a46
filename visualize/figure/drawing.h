/* What the kit knows of the drawing at hand; it hangs on the cairo context. Of the kit's own use.
 */
#ifndef VISUALIZE_FIGURE_DRAWING_H
#define VISUALIZE_FIGURE_DRAWING_H

#include "visualize/figure/figure.h"
#include "visualize/figure/figure_style.h"

struct drawing {
    const struct figure_style *style; /* never NULL */
    struct fault *fault;              /* NULL: only measured */
    figure_warn_fn warn;              /* or NULL */
    FILE *texts;                      /* of an SVG: where its texts go; else NULL */
};

void drawing_attach(cairo_t *cairo, struct drawing *drawing);

/* Never NULL. */
const struct drawing *drawing_of(cairo_t *cairo);

/* Warns of the figure, once the figure has someone to tell; printf-like. */
void drawing_warn(cairo_t *cairo, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
