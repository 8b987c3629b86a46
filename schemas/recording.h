/* Recordings, the flight recorder's format (.gmtrace): see recording.md. Reading only; the tracer
 * writes them. */
#ifndef SCHEMAS_RECORDING_H
#define SCHEMAS_RECORDING_H

#include "schemas/base/fault.h"
#include "schemas/trace.h"

/* Reads a recording, finished or not, even while its process writes on; depth and errors as
 * trace_json_read has them. */
bool recording_read(const char *path, enum trace_depth depth, struct trace *trace,
                    struct fault *fault);

#endif
