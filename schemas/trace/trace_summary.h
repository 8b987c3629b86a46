/* What stays of a trace once its samples are gone: the figures of one rank's run. */
#ifndef SCHEMAS_TRACE_TRACE_SUMMARY_H
#define SCHEMAS_TRACE_TRACE_SUMMARY_H

#include "schemas/trace/trace.h"

/* MB, the largest over the iterations; NAN where not recorded. */
struct trace_summary {
    bool read; /* false: the file could not be read, and nothing below counts */
    double peak_mb, theory_mb, static_mb;
    int64_t peak_iteration; /* whose peak that is */
    size_t iterations;
    enum trace_ending ending;
    struct coordinates coordinates;
};

struct trace_summary trace_summary_of(const struct trace *trace);

/* The larger of two of which either may be NAN. */
double larger_known(double a, double b);

#endif
