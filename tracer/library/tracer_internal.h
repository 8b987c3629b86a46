/* What the preloaded library may do with a tracer beyond gmtrace.h. */
#ifndef TRACER_LIBRARY_TRACER_INTERNAL_H
#define TRACER_LIBRARY_TRACER_INTERNAL_H

#include "tracer/gmtrace.h"
#include "tracer/sources/source.h"

/* As gmt_start_sized, without a look for a preloaded library; `quiet`: no line on stderr where
 * another tracer records under this name. */
gmt_status tracer_start(const gmt_options *given, size_t size, bool quiet, gmt_tracer **started);

/* As gmt_set_source. */
gmt_status tracer_set_source(gmt_tracer *tracer, const struct source *source);

/* As gmt_log_sample, with what the figures measure. */
void tracer_log_sample(gmt_tracer *tracer, uint64_t allocated_bytes, uint64_t reserved_bytes,
                       enum trace_measure allocated_of, enum trace_measure reserved_of);

/* As gmt_log_peak: the largest that was ever sampled, which measures what the samples do. */
void tracer_log_sampled_peak(gmt_tracer *tracer, int64_t iteration, uint64_t bytes);

/* Samples come so often from now on. */
gmt_status tracer_set_interval(gmt_tracer *tracer, double interval_s);

#endif
