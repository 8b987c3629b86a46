/* Where trace_command's preloaded library meets training code that calls gmt_* itself: the library
 * has begun a trace of the process already, and the caller's goes into the same.
 *
 * The preloaded library exports a `gmtrace_preload_link`; gmt_start, of whichever copy of
 * libgmtrace, looks for it. */
#ifndef TRACER_LIBRARY_PRELOAD_LINK_H
#define TRACER_LIBRARY_PRELOAD_LINK_H

#include "tracer/gmtrace.h"

#define PRELOAD_LINK_SYMBOL "gmtrace_preload_link"

/* Functions as in gmtrace.h, for the tracer that `adopt` gives. The table only ever grows at its
 * end. */
struct preload_link {
    size_t struct_size;
    /* Takes over the trace that is being recorded, or begins it with these options (of so many
     * bytes). NULL: there is none to take over, and the caller begins its own. */
    gmt_tracer *(*adopt)(const gmt_options *options, size_t size);
    void (*next_iteration)(gmt_tracer *tracer, int64_t iteration);
    void (*pause)(gmt_tracer *tracer);
    void (*log_sample)(gmt_tracer *tracer, uint64_t allocated_bytes, uint64_t reserved_bytes);
    void (*log_static)(gmt_tracer *tracer, int64_t iteration, uint64_t bytes);
    void (*log_peak)(gmt_tracer *tracer, int64_t iteration, uint64_t bytes);
    void (*log_theoretical)(gmt_tracer *tracer, int64_t iteration, uint64_t bytes);
    void (*mark)(gmt_tracer *tracer, const char *name);
    gmt_status (*set_source)(gmt_tracer *tracer, gmt_source_fn source, void *context);
    gmt_status (*on_threshold)(gmt_tracer *tracer, double share, gmt_threshold_fn reached,
                               void *context);
    gmt_status (*stop)(gmt_tracer *tracer);
    const char *(*output_path)(const gmt_tracer *tracer);
    void (*log_environment)(gmt_tracer *tracer, const char *name, const char *value);
    void (*join_iteration)(gmt_tracer *tracer);
    void (*log_figure)(gmt_tracer *tracer, int64_t iteration, gmt_figure figure, uint64_t value);
};

/* NULL: the process runs without the preloaded library, or with one that knows less. */
const struct preload_link *preload_link_find(void);

#endif
