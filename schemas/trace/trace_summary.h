/* What stays of a trace once its samples are gone: the figures of one rank's run. */
#ifndef SCHEMAS_TRACE_TRACE_SUMMARY_H
#define SCHEMAS_TRACE_TRACE_SUMMARY_H

#include "schemas/trace/iteration_choice.h"

/* MB, the largest over the iterations that were chosen; NAN where not recorded. */
struct trace_summary {
    bool read; /* false: the file could not be read, and nothing below counts */
    double peak_mb, theory_mb, static_mb;
    double reserved_mb; /* what the allocator had of the device; known of samples alone, which are
                           read at full depth */
    int64_t peak_iteration;          /* whose peak that is */
    enum trace_measure peak_measure; /* what it measures; peaks that measure another are left out */
    bool peak_sampled;
    size_t left_out;   /* chosen iterations whose peak measures something else */
    size_t iterations; /* in the trace */
    size_t chosen;     /* of them */
    enum trace_ending ending;
    double device_capacity_mb; /* 0: not known */
    struct coordinates coordinates;
};

/* False when out of memory. */
bool trace_summary_make(const struct trace *trace, const struct iteration_choice *choice,
                        struct trace_summary *summary);

/* Of two measures the one that stands where a trace, or a configuration, has figures of both. */
enum trace_measure trace_measure_first(enum trace_measure a, enum trace_measure b);

/* Whether a figure may be held against the GPU's capacity. */
bool trace_measure_is_of_gpu(enum trace_measure measure);

/* What those peaks of a trace measure that stand: the first of their measures. */
enum trace_measure trace_peaks_measure(const struct trace *trace);

/* The iteration's peak where it measures this, else NAN. */
double trace_peak_of_measure(const struct trace_iteration *iteration, enum trace_measure measure);

/* The larger of two of which either may be NAN. */
double larger_known(double a, double b);

#endif
