/* The library's environment variables: read here, once for each tracer, and nowhere else. An
 * operator's word rules over constants in a program: see gmtrace.h. */
#ifndef TRACER_LIBRARY_ENVIRONMENT_H
#define TRACER_LIBRARY_ENVIRONMENT_H

#include "schemas/configuration/dimensions.h"

#include <stdbool.h>
#include <stdint.h>

struct environment {
    bool disable;          /* GMT_DISABLE=1: gmt_start does nothing */
    bool keep_recording;   /* GMT_KEEP_RECORDING=1: a clean stop leaves it beside the JSON */
    bool reserve_all;      /* GMT_RESERVE_ALL=1: all of a recording's room, at its start */
    bool all_samples;      /* GMT_ALL_SAMPLES=1: runs of equal samples are kept whole */
    const char *directory; /* GMT_DIR, or NULL */
    double interval_s;     /* GMT_INTERVAL_MS, or -1 */
    uint64_t max_bytes;    /* GMT_MAX_BYTES, or 0 */
};

/* A variable whose value makes no sense is as good as not set; `passed_over` (may be NULL) says so,
 * behind what it says already. */
struct environment environment_read(struct fault *passed_over);

/* What the environment says of a dimension: GMT_TP, GMT_RECOMPUTE, ... As above. */
struct dimension_value environment_dimension(size_t dimension, struct fault *passed_over);

#endif
