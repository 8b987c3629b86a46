/* What a tracer is asked to do, checked and completed. */
#ifndef TRACER_LIBRARY_OPTIONS_H
#define TRACER_LIBRARY_OPTIONS_H

#include "tracer/gmtrace.h"

#include <stdbool.h>
#include <stddef.h>

/* Fills `options` with the defaults, what is given (of so many bytes; may be NULL) over them, and
 * what the environment says over both. NULL, or why that makes no sense; `options` can be read all
 * the same. */
const char *options_take(const gmt_options *given, size_t size, gmt_options *options);

/* May these be of a recording? */
bool options_is_interval(double interval_s);
bool options_is_max_bytes(double max_bytes);

#endif
