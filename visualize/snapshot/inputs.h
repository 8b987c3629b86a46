/* The snapshots that a user names: files, and folders of them. */
#ifndef VISUALIZE_SNAPSHOT_INPUTS_H
#define VISUALIZE_SNAPSHOT_INPUTS_H

#include "schemas/support/fault.h"

#include <stddef.h>

struct snapshot_inputs {
    size_t count, capacity;
    char **paths; /* a folder's in the order of their ranks, then of their names */
    bool has_folder;
};

/* Adds a file, or the *.pickle and *.pkl of a folder. False where a folder has none or cannot be
 * read. */
bool snapshot_inputs_add(struct snapshot_inputs *inputs, const char *path, struct fault *fault);
void snapshot_inputs_free(struct snapshot_inputs *inputs);

#endif
