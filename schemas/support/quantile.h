#ifndef SCHEMAS_SUPPORT_QUANTILE_H
#define SCHEMAS_SUPPORT_QUANTILE_H

#include <stddef.h>

/* The value below which a share (0 to 1) lies, interpolated; NAN of nothing. Sorts the values, none
 * of which may be NAN. */
double quantile_of(double *values, size_t count, double share);

#endif
