/* The "samples" of an iteration: nearly all of a trace file's bytes. */
#ifndef SCHEMAS_TRACE_JSON_TRACE_JSON_SAMPLES_H
#define SCHEMAS_TRACE_JSON_TRACE_JSON_SAMPLES_H

#include "schemas/trace/json/json_scan.h"
#include "schemas/trace/trace.h"

/* Reads an array of samples (or null) into the trace's newest iteration. */
bool trace_json_samples(struct json_scan *scan, struct trace *trace);

#endif
