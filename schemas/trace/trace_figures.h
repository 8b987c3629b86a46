/* Further figures of an iteration, beside peak, theoretical and static memory. */
#ifndef SCHEMAS_TRACE_TRACE_FIGURES_H
#define SCHEMAS_TRACE_TRACE_FIGURES_H

#include <math.h>
#include <stdbool.h>

/* Name, key in trace files, whether it is an amount of memory (bytes in recordings, MB in files) or
 * a count. Their order is that of gmtrace.h's gmt_figure, and stands in recordings: new ones go to
 * the end. */
#define TRACE_FIGURE_LIST(X)                                                                       \
    X(EXPECTED_PEAK, "expected_peak_MB", true)                                                     \
    X(RESERVED_PEAK, "reserved_peak_MB", true)                                                     \
    X(INACTIVE_PEAK, "inactive_peak_MB", true)                                                     \
    X(FORWARD_PEAK, "forward_peak_MB", true)                                                       \
    X(BACKWARD_PEAK, "backward_peak_MB", true)                                                     \
    X(STEP_PEAK, "step_peak_MB", true)                                                             \
    X(ALLOCATOR_RETRIES, "allocator_retries", false)                                               \
    X(OUT_OF_MEMORY, "out_of_memory", false)

enum trace_figure {
#define TRACE_FIGURE_NAME(name, key, is_memory) TRACE_FIGURE_##name,
    TRACE_FIGURE_LIST(TRACE_FIGURE_NAME)
#undef TRACE_FIGURE_NAME
        TRACE_FIGURES,
};

/* For an iteration that is made by hand: none is recorded. */
#define TRACE_FIGURE_NONE(name, key, is_memory) NAN,
#define TRACE_FIGURES_NONE                                                                         \
    {                                                                                              \
        TRACE_FIGURE_LIST(TRACE_FIGURE_NONE)                                                       \
    }

struct trace_figure_row {
    const char *key;
    bool is_memory;
};
extern const struct trace_figure_row TRACE_FIGURE_ROWS[TRACE_FIGURES];

#endif
