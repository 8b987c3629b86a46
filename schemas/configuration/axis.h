/* A dimension and the values that it takes: of a sweep, or along a figure's side. */
#ifndef SCHEMAS_CONFIGURATION_AXIS_H
#define SCHEMAS_CONFIGURATION_AXIS_H

#include "schemas/configuration/configuration.h"

struct axis {
    size_t dimension;
    size_t count;
    struct dimension_value *values; /* in the order of dimension_value_compare, each once */
};

/* "ep=1,2,4", "cp=pow2:1..8", "recompute=none,selective,full": KEY as dimension_by_key takes it. On
 * failure the fault says what was expected, and the axis is empty. */
bool axis_parse(const char *text, struct axis *axis, struct fault *fault);

/* The values alone, of a given dimension. */
bool axis_parse_values(size_t dimension, const char *values, struct axis *axis,
                       struct fault *fault);

/* Adds a value where it is not there yet; false when out of memory. */
bool axis_add(struct axis *axis, const struct dimension_value *value);

/* The place of a value; `count` where it is not there. */
size_t axis_find(const struct axis *axis, const struct dimension_value *value);

void axis_free(struct axis *axis);

#endif
