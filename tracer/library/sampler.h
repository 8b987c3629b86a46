/* The tracer's own thread: samples at absolute deadlines, and does beforehand what takes time, so
 * that logging calls never do. */
#ifndef TRACER_LIBRARY_SAMPLER_H
#define TRACER_LIBRARY_SAMPLER_H

#include "tracer/library/recorder.h"
#include "tracer/sources/source.h"

#include <stdatomic.h>

struct sampler;

struct sampler_options {
    struct recorder *recorder;
    const _Atomic int64_t *iteration; /* the current one */
    const _Atomic bool *sampling;     /* whether samples are wanted now */
    uint64_t interval_ns;             /* 0: no samples */
    struct source source;             /* the sampler closes it; read NULL: none */
};

/* Called by the thread when the figure in use reaches the threshold, and again only after it has
 * fallen clearly below in between. */
struct threshold {
    uint64_t bytes; /* 0: none */
    void (*reached)(void *context, uint64_t used_bytes, uint64_t total_bytes);
    void *context;
    uint64_t total_bytes;
};

/* Starts the thread. Returns 0 or an errno value. */
int sampler_start(const struct sampler_options *options, struct sampler **started);

/* Whether the calling thread is a sampler's, in a callback: then none of what follows may be
 * called. */
bool sampler_is_caller(void);

/* Takes samples from another source, or watches another threshold. Where the old source told the
 * device's use, that is recorded beside the new one's figures. Once these return 0 the old
 * one is not called any more. ETIMEDOUT: a callback has not returned for seconds; nothing is
 * changed. */
int sampler_set_source(struct sampler *sampler, struct source source);
int sampler_set_threshold(struct sampler *sampler, struct threshold threshold);

/* Samples come so often from now on; 0: no samples. */
void sampler_set_interval(struct sampler *sampler, uint64_t interval_ns);

/* Ends the thread, waits for it, closes the source and frees the sampler. A thread that is held
 * up in a callback (a driver that hangs) is left behind, with what it needs, after some seconds:
 * then false. It records nothing any more. */
bool sampler_stop(struct sampler *sampler);

#endif
