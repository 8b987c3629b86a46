/* The library's environment variables: read here, each once a tracer, and nowhere else. */
#ifndef TRACER_LIBRARY_ENVIRONMENT_H
#define TRACER_LIBRARY_ENVIRONMENT_H

#include <stdbool.h>
#include <stdint.h>

struct environment {
    bool disable;          /* GMT_DISABLE=1: gmt_start does nothing */
    bool keep_recording;   /* GMT_KEEP_RECORDING=1: a clean stop leaves it beside the JSON */
    const char *directory; /* GMT_DIR, or NULL */
    double interval_s;     /* GMT_INTERVAL_MS, or -1 */
    uint64_t max_bytes;    /* GMT_MAX_BYTES, or 0 */
};

struct environment environment_read(void);

#endif
