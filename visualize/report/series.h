/* A rank's whole run over time, reduced to what a report can hold. */
#ifndef VISUALIZE_REPORT_SERIES_H
#define VISUALIZE_REPORT_SERIES_H

#include "schemas/trace/trace.h"

/* MB; NAN where not recorded. */
struct report_iteration {
    int64_t number;
    double start_s; /* of its first sample */
    double peak_mb, static_mb, theory_mb;
};

struct report_series {
    enum trace_measure measure; /* what the iterations' peaks measure */
    size_t count, all;          /* samples that are kept, and that there were */
    uint64_t taken;             /* and with those that the trace leaves out as equal */
    double *time_s;             /* ascending through all iterations */
    double *allocated_mb, *reserved_mb;
    size_t iteration_count;
    struct report_iteration *iterations;
    size_t marker_count;
    struct trace_marker *markers; /* times as above; names in own memory */
};

/* Of a trace that was read in full. Past `most` samples only the least and the largest allocated of
 * each equal part of the run are kept. False when out of memory. */
bool report_series_make(struct report_series *series, const struct trace *trace, size_t most);
void report_series_free(struct report_series *series);

#endif
