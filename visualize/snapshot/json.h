/* An analysis for programs: see analysis.schema.json. */
#ifndef VISUALIZE_SNAPSHOT_JSON_H
#define VISUALIZE_SNAPSHOT_JSON_H

#include "visualize/snapshot/analysis.h"
#include "visualize/snapshot/difference.h"

struct unreadable {
    const char *path;
    struct fault why;
};

struct json_input {
    const struct file_analysis *files;
    size_t count;
    const struct unreadable *unreadable;
    size_t unreadable_count;
    bool several;                        /* "files", even for one */
    const struct difference *difference; /* or NULL */
    const struct analysis_options *options;
};

/* Writes the document to a file, or to standard output where the path is "-". */
bool json_write_analysis(const struct json_input *input, const char *path, struct fault *fault);

#endif
