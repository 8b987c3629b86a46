/* The tracer's own thread: samples at absolute deadlines, and does beforehand what takes time, so
 * that logging calls never do. */
#ifndef TRACER_HOUSEKEEPER_H
#define TRACER_HOUSEKEEPER_H

#include "tracer/recorder.h"
#include "tracer/source.h"

#include <stdatomic.h>

struct housekeeper;

struct housekeeper_options {
    struct recorder *recorder;
    const _Atomic int64_t *iteration; /* the current one */
    const _Atomic bool *sampling;     /* whether samples are wanted now */
    uint64_t interval_ns;             /* 0: no samples */
    struct source source;             /* the housekeeper closes it; read NULL: none */
};

/* Starts the thread. Returns 0 or an errno value. */
int housekeeper_start(const struct housekeeper_options *options, struct housekeeper **started);

/* Takes samples from another source; once this returns the old one is closed. */
void housekeeper_set_source(struct housekeeper *housekeeper, struct source source);

/* Ends the thread, waits for it, closes the source and frees the housekeeper. */
void housekeeper_stop(struct housekeeper *housekeeper);

#endif
