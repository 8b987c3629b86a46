#include "visualize/figure/steps.h"

#include <math.h>
#include <stdlib.h>

enum { KEPT = 4 }; /* of a column: first, least, largest, last */

/* Which samples of [from, to) are kept, in their order; returns how many. */
static size_t keep_of_column(const double *y, size_t from, size_t to, size_t kept[KEPT])
{
    size_t least = from, most = from;
    for (size_t i = from; i < to; i++) {
        if (y[i] < y[least])
            least = i;
        if (y[i] > y[most])
            most = i;
    }
    const size_t wanted[KEPT] = {from, least < most ? least : most, least < most ? most : least,
                                 to - 1};
    size_t count = 0;
    for (int i = 0; i < KEPT; i++)
        if (count == 0 || wanted[i] > kept[count - 1])
            kept[count++] = wanted[i];
    return count;
}

/* A sample's corner, and the one that leads to it from the figure before. */
static void add(struct steps *steps, double x, double y)
{
    if (steps->count > 0 && steps->y[steps->count - 1] != y) {
        steps->x[steps->count] = x;
        steps->y[steps->count] = steps->y[steps->count - 1];
        steps->count++;
    }
    steps->x[steps->count] = x;
    steps->y[steps->count] = y;
    steps->count++;
}

bool steps_make(struct steps *steps, size_t count, const double *x, const double *y, double end,
                size_t columns)
{
    *steps = (struct steps){0};
    size_t most = count < KEPT * columns ? count : KEPT * columns;
    steps->x = calloc(2 * most + 2, sizeof *steps->x);
    steps->y = calloc(2 * most + 2, sizeof *steps->y);
    if (!steps->x || !steps->y) {
        steps_free(steps);
        return false;
    }
    if (count == 0)
        return true;
    bool reduce = count > KEPT * columns && end > x[0];
    double width = reduce ? (end - x[0]) / (double)columns : 0;
    for (size_t from = 0, column = 1; from < count; column++) {
        size_t to = from + 1;
        if (reduce) {
            double until = column < columns ? x[0] + width * (double)column : INFINITY;
            for (to = from; to < count && x[to] < until;)
                to++;
            if (to == from)
                continue;
        }
        size_t kept[KEPT];
        size_t kept_count = keep_of_column(y, from, to, kept);
        for (size_t i = 0; i < kept_count; i++)
            add(steps, x[kept[i]], y[kept[i]]);
        from = to;
    }
    add(steps, end, y[count - 1]);
    return true;
}

void steps_free(struct steps *steps)
{
    free(steps->x);
    free(steps->y);
    *steps = (struct steps){0};
}
