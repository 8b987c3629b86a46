/* Where samples come from. */
#ifndef TRACER_SOURCE_H
#define TRACER_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

struct source {
    const char *name; /* for the recording's header and messages */
    /* As gmt_source_fn. Called by the housekeeping thread alone. */
    int (*read)(void *state, uint64_t *allocated_bytes, uint64_t *reserved_bytes);
    uint64_t total_bytes;       /* the device's capacity; 0: not known */
    void (*close)(void *state); /* or NULL */
    void *state;
};

/* The resident memory of this process: for training on CPUs, and where no GPU is found. */
bool source_open_host(struct source *source);

#endif
