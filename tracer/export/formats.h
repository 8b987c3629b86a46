/* What export_trace writes a trace as. */
#ifndef TRACER_EXPORT_FORMATS_H
#define TRACER_EXPORT_FORMATS_H

#include "schemas/support/fault.h"
#include "schemas/trace/trace.h"

#include <stdint.h>

/* How a trace becomes a file. Each writes it whole or not at all. */
struct export_format {
    const char *name;      /* on the command line */
    const char *prefix;    /* of its files' names, in place of memory_trace_ */
    const char *extension; /* of its files */
    bool (*write)(const char *path, int64_t rank, const struct trace *trace, struct fault *fault);
};

/* json: the interchange format. csv: a row a sample. chrome: Chrome trace events, which Perfetto
 * and chrome://tracing open: counters for each rank, iterations as slices, markers as instants. */
const struct export_format *export_format_named(const char *name);

#endif
