/* What a tracer is asked to do, checked and completed. */
#ifndef TRACER_LIBRARY_OPTIONS_H
#define TRACER_LIBRARY_OPTIONS_H

#include "tracer/gmtrace.h"

#include <stdbool.h>
#include <stddef.h>

/* Fills `options` with the defaults and what is given (of so many bytes; may be NULL) over them.
 * NULL, or why that makes no sense; `options` can be read all the same. */
const char *options_take(const gmt_options *given, size_t size, gmt_options *options);

/* The tags of the file's name: "wd8_tp2_pp4_..." from the sizes that are known, then the caller's
 * own. False where they do not fit. */
bool options_tags(char *buffer, size_t size, const gmt_options *options);

#endif
