/* The function that a watched one stands before. */
#ifndef TRACER_PRELOAD_ORIGINAL_H
#define TRACER_PRELOAD_ORIGINAL_H

#include "tracer/preload/functions.h"

#include <stdbool.h>

/* For a caller's return address: programs may hold two CUDA runtimes, and each part of them has its
 * own. Sets *function, a pointer to a function; false where there is none. */
bool original_find(enum preload_function which, const void *caller, void *function);

/* The watched function's name. */
const char *original_name(enum preload_function which);

#endif
