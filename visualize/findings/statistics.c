#include "visualize/findings/statistics.h"

#include "schemas/support/quantile.h"

#include <math.h>
#include <stdlib.h>

static int compare(const void *a, const void *b)
{
    double first = *(const double *)a, second = *(const double *)b;
    return (first > second) - (first < second);
}

bool statistics_median_of(const double *values, size_t count, double *median)
{
    double *known = calloc(count + 1, sizeof *known);
    size_t used = 0;
    *median = NAN;
    if (!known)
        return false;
    for (size_t i = 0; i < count; i++)
        if (!isnan(values[i]))
            known[used++] = values[i];
    *median = quantile_of(known, used, 0.5);
    free(known);
    return true;
}

/* ---- trends ---- */

/* Moves the value that sorting would put at `place` there, smaller ones before it, without sorting
 * the rest: the pairs' slopes are many. */
static double select_place(double *values, size_t count, size_t place)
{
    size_t low = 0, high = count - 1;
    while (low < high) {
        /* Hoare's partition: up to `right` all are at most the pivot, behind it at least. */
        double pivot = values[low + (high - low) / 2];
        size_t left = low, right = high;
        for (;; left++, right--) {
            while (values[left] < pivot)
                left++;
            while (values[right] > pivot)
                right--;
            if (left >= right)
                break;
            double kept = values[left];
            values[left] = values[right];
            values[right] = kept;
        }
        if (place <= right)
            high = right;
        else
            low = right + 1;
    }
    return values[place];
}

static double median_of(double *values, size_t count)
{
    double upper = select_place(values, count, count / 2);
    if (count % 2)
        return upper;
    return (select_place(values, count, count / 2 - 1) + upper) / 2;
}

struct points {
    size_t count;
    double step[STATISTICS_MOST_POINTS], value[STATISTICS_MOST_POINTS];
};

static void choose_points(const double *values, size_t count, struct points *points)
{
    size_t known = 0, seen = 0;
    for (size_t i = 0; i < count; i++)
        known += isnan(values[i]) ? 0 : 1;
    size_t wanted = known < STATISTICS_MOST_POINTS ? known : STATISTICS_MOST_POINTS;
    points->count = 0;
    for (size_t i = 0; i < count && points->count < wanted; i++) {
        if (isnan(values[i]))
            continue;
        /* The kth of those wanted is the first that lies at or behind its share. */
        if (seen++ * wanted < points->count * known)
            continue;
        points->step[points->count] = (double)i;
        points->value[points->count++] = values[i];
    }
}

/* Ties make S vary less: sum over groups of equal values of t(t-1)(2t+5). */
static double tie_term(const struct points *points)
{
    double sorted[STATISTICS_MOST_POINTS] = {0}, term = 0;
    for (size_t i = 0; i < points->count; i++)
        sorted[i] = points->value[i];
    qsort(sorted, points->count, sizeof *sorted, compare);
    for (size_t i = 0; i < points->count;) {
        size_t end = i;
        while (end < points->count && sorted[end] <= sorted[i])
            end++;
        double t = (double)(end - i);
        term += t * (t - 1) * (2 * t + 5);
        i = end;
    }
    return term;
}

static double mann_kendall(const struct points *points, double s)
{
    double n = (double)points->count;
    double variance = (n * (n - 1) * (2 * n + 5) - tie_term(points)) / 18;
    if (variance <= 0)
        return 1;
    double z = s > 0 ? (s - 1) / sqrt(variance) : s < 0 ? (s + 1) / sqrt(variance) : 0;
    return erfc(fabs(z) / M_SQRT2);
}

/* Of all pairs. */
static bool find_trend(const struct points *points, struct trend *trend)
{
    size_t n = points->count, pairs = 0;
    double *slopes = calloc(n * (n - 1) / 2, sizeof *slopes), s = 0;
    if (!slopes)
        return false;
    for (size_t i = 0; i < n; i++)
        for (size_t k = i + 1; k < n; k++) {
            double rise = points->value[k] - points->value[i];
            s += (rise > 0) - (rise < 0);
            slopes[pairs++] = rise / (points->step[k] - points->step[i]);
        }
    trend->slope = median_of(slopes, pairs);
    trend->p_value = mann_kendall(points, s);
    free(slopes);
    return true;
}

bool statistics_trend(const double *values, size_t count, struct trend *trend)
{
    enum { LEAST = 3 };
    *trend = (struct trend){.slope = NAN, .p_value = 1};
    struct points *points = malloc(sizeof *points);
    if (!points)
        return false;
    choose_points(values, count, points);
    trend->points = points->count;
    bool found = points->count < LEAST || find_trend(points, trend);
    free(points);
    return found;
}
