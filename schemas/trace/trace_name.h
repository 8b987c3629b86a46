/* Trace file names: memory_trace_rank{R}[_{tags}].json or .gmtrace. See trace_name.md. */
#ifndef SCHEMAS_TRACE_TRACE_NAME_H
#define SCHEMAS_TRACE_TRACE_NAME_H

#include "schemas/configuration/configuration.h"

enum trace_format {
    TRACE_FORMAT_JSON,
    TRACE_FORMAT_RECORDING,
};

/* What all names of traces begin with; "rank" and the rank follow. */
#define TRACE_NAME_PREFIX "memory_trace_"

struct trace_name {
    int64_t rank;
    enum trace_format format;
    struct configuration configuration; /* from the tags */
};

/* Takes a file's name (without its folder) apart. False where it is not a trace's (the fault's text
 * is ""), and where its tags contradict each other or cannot be kept (the fault says why). */
bool trace_name_parse(const char *file_name, struct trace_name *name, struct fault *fault);

/* Writes "memory_trace_rank{R}[_{tags}]" and the format's extension. `tags` may be "" and is used
 * as it is. False where it does not fit. */
bool trace_name_format(char *buffer, size_t size, int64_t rank, const char *tags,
                       enum trace_format format);

#endif
