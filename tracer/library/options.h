/* What a tracer is asked to do, checked and completed. */
#ifndef TRACER_LIBRARY_OPTIONS_H
#define TRACER_LIBRARY_OPTIONS_H

#include "tracer/gmtrace.h"

#include <stdbool.h>
#include <stddef.h>

/* Fills `options` with the defaults and what is given (may be NULL) over them. False where that
 * makes no sense; `options` can be read all the same. */
bool options_take(const gmt_options *given, gmt_options *options);

/* The tags of the file's name: "wd8_tp2_pp4_..." from the sizes that are known, then the caller's
 * own. False where they do not fit. */
bool options_tags(char *buffer, size_t size, const gmt_options *options);

#endif
