/* What accuracy comes to, for people, for papers and for programs. */
#ifndef VISUALIZE_ACCURACY_OUTPUT_H
#define VISUALIZE_ACCURACY_OUTPUT_H

#include "visualize/accuracy/errors.h"
#include "visualize/figure/figure_style.h"

#include <stdio.h>

struct accuracy_result {
    const struct accuracy *accuracy;
    const struct accuracy_errors *errors; /* of each predictor */
    double gpu_mb;                        /* 0: not given */
};

/* A line a predictor, and a table of what fits where a limit is given. */
void accuracy_print(FILE *stream, const struct accuracy_result *result);

/* Predictors that are known by name go by the author's word for them. */
const char *accuracy_predictor_text(const struct figure_style *style, const char *name);

/* A row a predictor, as the path's ending says: .csv, .tex (the table that a paper prints, in the
 * author's words and decimals), or .json, which has the points, too (accuracy.schema.json). */
bool accuracy_write_table(const struct accuracy_result *result, const struct figure_style *style,
                          const char *path, struct fault *fault);

/* A row a point, as .csv: what was measured and predicted, with the errors. */
bool accuracy_write_points(const struct accuracy_result *result, const char *path,
                           struct fault *fault);

#endif
