/* Trace files in JSON, the interchange format: see trace.schema.json. */
#ifndef SCHEMAS_TRACE_JSON_TRACE_JSON_H
#define SCHEMAS_TRACE_JSON_TRACE_JSON_H

#include "schemas/support/fault.h"
#include "schemas/trace/trace.h"

/* Reads a file into `trace`. On failure the fault says "FILE:LINE:COLUMN: expected ..., found ..."
 * (columns count bytes from 1) and the trace is empty.
 *
 * One pass over the mapped file. Numbers are exact: bit for bit what strtod gives. What JSON
 * forbids is refused (bad escapes, bad UTF-8, trailing commas, NaN, nesting past
 * TRACE_JSON_MAX_NESTING, numbers past a double's range); at summary depth faults inside "samples"
 * may pass. A byte order mark and CRLF are accepted. Of several iterations with one number, and of
 * several equal keys, the last one stands, as in Python's json. Negative summary figures mean "not
 * recorded".
 *
 * Threads may read at once, each into its own trace. */
bool trace_json_read(const char *path, enum trace_depth depth, struct trace *trace,
                     struct fault *fault);

/* The same from memory; `name` stands for the file in messages. */
bool trace_json_parse(const char *bytes, size_t length, const char *name, enum trace_depth depth,
                      struct trace *trace, struct fault *fault);

/* Writes a trace to a file that is there whole or not at all, one sample a line, numbers in the
 * shortest form that reads back the same, figures that are not recorded as -1 (samples: left out).
 * Independent of the locale. */
bool trace_json_write(const char *path, const struct trace *trace, struct fault *fault);

#define TRACE_JSON_MAX_NESTING 64

#endif
