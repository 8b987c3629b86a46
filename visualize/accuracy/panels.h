/* The two panels of the accuracy figure. */
#ifndef VISUALIZE_ACCURACY_PANELS_H
#define VISUALIZE_ACCURACY_PANELS_H

#include "schemas/support/memory_text.h"
#include "visualize/accuracy/output.h"
#include "visualize/figure/axes.h"
#include "visualize/figure/mark.h"

#include <cairo/cairo.h>

#define ACCURACY_CURVE_PT 1.1
#define ACCURACY_RULE_PT  0.6
#define ACCURACY_MARK_PT  4.2

/* How far off is close; the widest first. The greys lie behind the points of one panel and behind
 * the curves of the other. */
enum { ACCURACY_BANDS = 2 };
struct accuracy_band {
    double percent;
    struct colour grey;
};
extern const struct accuracy_band ACCURACY_BAND[ACCURACY_BANDS];

struct accuracy_page {
    cairo_t *cairo;
    double width_pt, height_pt;
    const struct accuracy_result *result;
    bool logarithmic;        /* the scatter's axes */
    struct memory_unit unit; /* of them */
};

/* The unit of the largest figure, unless the author chose one. */
struct memory_unit accuracy_unit(cairo_t *cairo, const struct accuracy_result *result);

/* What of the legend the scatter needs. */
struct accuracy_shown {
    bool limit;  /* the GPU's memory is within its scale */
    bool beyond; /* a prediction of what ran out of memory is not */
};
struct accuracy_shown accuracy_shown_by(const struct accuracy_page *page);

/* Predicted over measured. What ran out of memory has no measured figure: it stands in a strip to
 * the right, at the height of what was predicted. */
void accuracy_draw_scatter(const struct accuracy_page *page, struct axes_rectangle space);

/* How many points are at most so far off, a curve a predictor. */
void accuracy_draw_cdf(const struct accuracy_page *page, struct axes_rectangle space);

/* Gives panels that stand one above the other equal edges. */
void accuracy_align_panels(const struct accuracy_page *page, struct axes_rectangle *scatter,
                           struct axes_rectangle *cdf);

#endif
