/* Step curves: a figure that holds from one sample to the next, reduced to what a page can show. */
#ifndef VISUALIZE_FIGURE_STEPS_H
#define VISUALIZE_FIGURE_STEPS_H

#include <stdbool.h>
#include <stddef.h>

struct steps {
    size_t count;
    double *x, *y;
};

/* The corners of the steps through samples that ascend in x; the last holds until `end`. Of the
 * samples within one of `columns` equal parts of [x[0], end] only the first, the least, the largest
 * and the last are kept, so that ten million samples make a small file and no spike is lost. False
 * when out of memory. */
bool steps_make(struct steps *steps, size_t count, const double *x, const double *y, double end,
                size_t columns);
void steps_free(struct steps *steps);

#endif
