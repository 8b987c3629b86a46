/* A folder of traces, JSON files and recordings alike. */
#ifndef SCHEMAS_TRACE_FOLDER_TRACE_FOLDER_H
#define SCHEMAS_TRACE_FOLDER_TRACE_FOLDER_H

#include "schemas/configuration/filter.h"
#include "schemas/support/fault.h"
#include "schemas/trace/trace.h"
#include "schemas/trace/trace_name.h"

struct trace_file {
    char *path;
    const char *base; /* the name within the path */
    struct trace_name name;
};

struct trace_folder {
    char *path;
    size_t count;
    struct trace_file *files; /* by rank, then by name, numbers in names counted as numbers */
    size_t others;            /* files that are not traces; hidden and temporary ones not counted */
    size_t warning_count;
    char **warnings; /* names that contradict themselves, files that a later one stands for */
};

/* The folder that a user means by `path`, in new memory: where it has no traces and a folder
 * memory_traces (a sweep's folder has), that one, else itself. NULL when out of memory. */
char *trace_folder_meant(const char *path);

/* Are there traces in the folder itself? False, too, where it cannot be read. */
bool trace_folder_has_traces(const char *path);

/* Lists the traces of a folder (not of the folders below it) that the filter (may be NULL) chooses.
 * Of a recording and a JSON file of one name the one that changed last is listed: the recording
 * became the JSON file, or is of a new run that found the old one's.
 * Fails where the folder cannot be read; an empty one is no failure. */
bool trace_folder_list(const char *path, const struct filter *filter, struct trace_folder *folder,
                       struct fault *fault);
/* Of several files of one rank of one configuration (their names differ in the stamp) only the one
 * that changed last stays; warnings name the others. False when out of memory. */
bool trace_folder_keep_latest(struct trace_folder *folder);
void trace_folder_free(struct trace_folder *folder);

/* Reads one trace of either format; depth and errors as trace_json_read has them. At summary depth
 * a file in which an iteration has samples but no peak is read in full, so that
 * trace_iteration_peak has something to go by. */
bool trace_read(const struct trace_file *file, enum trace_depth depth, struct trace *trace,
                struct fault *fault);

#endif
