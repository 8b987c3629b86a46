/* How the readers build a trace: one memory for all its samples, kept from file to file. */
#ifndef SCHEMAS_TRACE_TRACE_STORE_H
#define SCHEMAS_TRACE_TRACE_STORE_H

#include "schemas/trace/trace.h"

/* Samples as columns, for all iterations one after the other. */
struct trace_columns {
    size_t count, capacity;
    double *time_s, *reserved_mb, *allocated_mb;
    bool has_device; /* since trace_columns_with_device */
    size_t device_capacity;
    double *device_mb;
};

/* Forgets the trace's contents, keeps its memory. False when out of memory, as all of these. */
bool trace_store_begin(struct trace *trace);

/* A new iteration, with nothing recorded; samples and markers that follow are its own. */
struct trace_iteration *trace_store_iteration(struct trace *trace, int64_t number);

/* The columns to append to; call trace_store_reserve before each sample. */
struct trace_columns *trace_store_columns(struct trace *trace);

/* Makes room for `more` samples behind the count. */
bool trace_store_reserve(struct trace_columns *columns, size_t more);

/* From now on each sample has a figure of the device's use, too: NAN for those that are there. */
bool trace_columns_with_device(struct trace_columns *columns);

/* Appends a sample to the newest iteration. */
bool trace_store_sample(struct trace *trace, double time_s, double reserved_mb,
                        double allocated_mb);

/* The newest sample's figure of the device's use. */
bool trace_store_device(struct trace *trace, double device_mb);

/* How many samples the newest iteration has so far. */
size_t trace_store_sample_count(const struct trace *trace);

/* Forgets the newest iteration's samples, or its markers: a later key of the same name counts. */
void trace_store_drop_samples(struct trace *trace);
void trace_store_drop_markers(struct trace *trace);

/* The newest iteration's sample of this place stands for so many more. Called in ascending order of
 * the places; what is not is passed over, as is a place without a sample. */
bool trace_store_left_out(struct trace *trace, size_t sample, uint64_t count);

/* Appends a marker to the newest iteration; the name is copied. */
bool trace_store_marker(struct trace *trace, double time_s, const char *name, size_t length);

/* What explains a difference between runs; of several with one name the last one stands. The texts
 * are copied. */
bool trace_store_fact(struct trace *trace, const char *name, size_t name_length, const char *value,
                      size_t value_length);

/* Puts the iterations in order, keeps the last of those with one number, and sets the pointers. */
bool trace_store_end(struct trace *trace);

#endif
