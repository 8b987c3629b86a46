/* A folder of traces, JSON files and recordings alike, read by several threads. */
#ifndef SCHEMAS_TRACE_FOLDER_TRACE_FOLDER_H
#define SCHEMAS_TRACE_FOLDER_TRACE_FOLDER_H

#include "schemas/support/fault.h"
#include "schemas/trace/trace.h"
#include "schemas/trace/trace_name.h"

struct trace_file {
    char *path;
    const char *base; /* the name within the path */
    struct trace_name name;
};

struct trace_folder {
    size_t count;
    struct trace_file *files; /* by rank, then by name, numbers in names counted as numbers */
    size_t others;            /* files that are not traces; hidden and temporary ones not counted */
};

/* Lists the traces of a folder (not of the folders below it) that the filter (may be NULL) chooses.
 * Of a recording and a JSON file of one name the one that changed last is listed: the recording
 * became the JSON file, or is of a new run that found the old one's.
 * Fails where the folder cannot be read; an empty one is no failure. */
bool trace_folder_list(const char *path, const struct tag_filter *filter,
                       struct trace_folder *folder, struct fault *fault);
void trace_folder_free(struct trace_folder *folder);

/* Reads one trace of either format; depth and errors as trace_json_read has them. */
bool trace_read(const struct trace_file *file, enum trace_depth depth, struct trace *trace,
                struct fault *fault);

/* Called once a file, from several threads at a time, in any order: keep what you need under
 * `index`, the file's place in the folder. `trace` is NULL where the file could not be read, and
 * the fault says why. The trace is only lent. */
typedef void (*trace_visit_fn)(void *context, size_t index, const struct trace *trace,
                               const struct fault *fault);

/* Called now and then with the number of files done, from the thread that called trace_folder_read
 * (for progress). */
typedef void (*trace_done_fn)(void *context, size_t done);

/* Reads every file; memory is bounded by the largest file times the jobs (0: one a processor). At
 * summary depth a file in which an iteration has samples but no peak is read in full, so that
 * trace_iteration_peak_mb has something to go by. `done` may be NULL. */
void trace_folder_read(const struct trace_folder *folder, enum trace_depth depth, unsigned jobs,
                       trace_visit_fn visit, trace_done_fn done, void *context);

#endif
