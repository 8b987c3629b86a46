/* How far predictions are off, and how often they said rightly what fits. */
#ifndef VISUALIZE_ACCURACY_ERRORS_H
#define VISUALIZE_ACCURACY_ERRORS_H

#include "schemas/support/fault.h"
#include "visualize/accuracy/points.h"

/* Of one predictor, over the points that have both figures. Errors are in percent of what was
 * measured: predicted / measured - 1. NAN where there is no such point. */
struct accuracy_errors {
    size_t count;
    double mean;                /* of the absolute errors: MAPE */
    double median, p90;         /* of the absolute errors */
    double worst;               /* the one that is farthest off, with its sign */
    const char *worst_name;     /* whose that is; borrowed from the points; NULL without any */
    double bias;                /* mean of the errors with their sign */
    double within_5, within_10; /* percent of the points */
    double *sorted;             /* the absolute errors, ascending */

    /* Configurations, by whether they were predicted to fit into the GPU's memory (first), and
     * whether they did (second): what ran out of memory did not. All 0 without a limit. */
    size_t fits[2][2];
    double right; /* percent of these; NAN without any */
};

/* `gpu_mb`: the GPU's memory, 0: not given. A prediction at the limit fits. False when out of
 * memory. Free with accuracy_errors_free. */
bool accuracy_errors_of(const struct accuracy *accuracy, size_t predictor, double gpu_mb,
                        struct accuracy_errors *errors, struct fault *fault);
void accuracy_errors_free(struct accuracy_errors *errors);

/* The error of a point in percent; NAN where a figure is missing or nothing was measured. */
double accuracy_error(const struct accuracy_point *point, size_t predictor);

/* Did it fit: it ran (within the limit, where its figure is known), or it ran out of memory. False
 * where nobody knows. */
bool accuracy_did_fit(const struct accuracy_point *point, double gpu_mb, bool *fitted);

#endif
