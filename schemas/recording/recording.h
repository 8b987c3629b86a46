/* Recordings, the flight recorder's format (.gmtrace): see recording.md. Reading only; the tracer
 * writes them. */
#ifndef SCHEMAS_RECORDING_RECORDING_H
#define SCHEMAS_RECORDING_RECORDING_H

#include "schemas/support/fault.h"
#include "schemas/trace/trace.h"

/* Reads a recording, finished or not, even while its process writes on; depth and errors as
 * trace_json_read has them. Samples come by time within their iteration. Any bytes are safe to
 * read: what makes no sense is refused or passed over. Threads may read at once, each into its own
 * trace. */
bool recording_read(const char *path, enum trace_depth depth, struct trace *trace,
                    struct fault *fault);

/* The same from memory, for a writer that looks at its own. */
bool recording_parse(const void *bytes, size_t length, const char *name, enum trace_depth depth,
                     struct trace *trace, struct fault *fault);

struct recording_header;

/* Whether these are a recording's first bytes, of a version that is read here. */
bool recording_check_header(const struct recording_header *header, const char *name,
                            struct fault *fault);

/* The rank's coordinates, from a header that was read. */
struct coordinates recording_coordinates(const struct recording_header *header);

#endif
