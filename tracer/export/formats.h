/* What export_trace writes traces as. */
#ifndef TRACER_EXPORT_FORMATS_H
#define TRACER_EXPORT_FORMATS_H

#include "schemas/support/output_file.h"
#include "schemas/trace/trace.h"
#include "schemas/trace/trace_name.h"

/* Puts one rank's trace into a file that `before` other ranks were put into. Errors of writing stay
 * with the stream. */
typedef void (*export_put_fn)(FILE *stream, const struct trace_name *name,
                              const struct trace *trace, size_t before);

struct export_format {
    const char *name;      /* on the command line */
    const char *prefix;    /* of its files' names, in place of memory_trace_ */
    const char *extension; /* of its files */
    bool joins_ranks;      /* the ranks of a folder that are of one configuration are one file */
    const char *head, *tail;
    export_put_fn put; /* NULL: the JSON of trace_json_write */
};

/* json: the interchange format. csv: a row a sample. ndjson: a JSON object a sample, with the
 * configuration's columns. chrome: Chrome trace events, which Perfetto and chrome://tracing open:
 * counters for each rank, iterations as slices, markers as instants. NULL: there is none such. */
const struct export_format *export_format_named(const char *name);

/* Writes a file of one rank, whole or not at all. */
bool export_write(const struct export_format *format, const char *path,
                  const struct trace_name *name, const struct trace *trace, struct fault *fault);

/* One of several: opened, each put, then committed or abandoned as any output file. */
bool export_open(const struct export_format *format, const char *path, struct output_file *file,
                 struct fault *fault);
bool export_commit(const struct export_format *format, struct output_file *file,
                   struct fault *fault);

/* ---- for the formats' files ---- */

/* Nothing where the number is not known. */
void export_put_number(FILE *stream, double value);

/* What is in use on the device at a sample; NAN: not known. */
double export_device_mb(const struct trace_samples *samples, size_t at);

void export_put_ndjson(FILE *stream, const struct trace_name *name, const struct trace *trace,
                       size_t before);
void export_put_chrome(FILE *stream, const struct trace_name *name, const struct trace *trace,
                       size_t before);

#endif
