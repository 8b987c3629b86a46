/* Robust statistics of a series. NAN in a series is a gap. */
#ifndef VISUALIZE_FINDINGS_STATISTICS_H
#define VISUALIZE_FINDINGS_STATISTICS_H

#include <stdbool.h>
#include <stddef.h>

/* Past so many points an even choice of them is looked at: a trend needs no more. */
enum { STATISTICS_MOST_POINTS = 600 };

struct trend {
    size_t points;  /* that it rests on */
    double slope;   /* Theil-Sen: the median of the slopes of all pairs, per step; NAN: too few */
    double p_value; /* Mann-Kendall, two-sided, corrected for ties: how likely by chance alone */
};

/* Of values at steps 0, 1, 2...; NAN and 1 where there are too few. False when out of memory. */
bool statistics_trend(const double *values, size_t count, struct trend *trend);

/* The median of a part of a series, which stays as it is. False when out of memory. */
bool statistics_median_of(const double *values, size_t count, double *median);

#endif
