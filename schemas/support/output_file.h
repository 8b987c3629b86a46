/* An output that is there whole or not at all.
 *
 * It is written as a temporary file in its own folder and gets its name when complete, so that
 * neither a crash nor a full disk leaves a part of it, and a reader never sees one.
 */
#ifndef SCHEMAS_SUPPORT_OUTPUT_FILE_H
#define SCHEMAS_SUPPORT_OUTPUT_FILE_H

#include "schemas/support/fault.h"

#include <stdio.h>

struct output_sink;

struct output_file {
    FILE *stream;             /* write here; an error may be left for the commit to tell */
    struct output_sink *sink; /* the file behind the stream; NULL: standard output */
    char *path;               /* the name it gets at the end */
};

/* Opens the temporary file. The folder must exist (make_folders makes it). "-" is standard output,
 * of which nothing is temporary. */
bool output_file_open(struct output_file *file, const char *path, struct fault *fault);

/* Flushes, syncs and names it; on any failure, of an earlier write too, removes the temporary file
 * and says why. Either way the file is closed and its memory freed. */
bool output_file_commit(struct output_file *file, struct fault *fault);

/* Closes and removes the temporary file. */
void output_file_abandon(struct output_file *file);

/* Commits what was written whole, else abandons it; true where the file is in place. */
bool output_file_end(struct output_file *file, bool whole, struct fault *fault);

/* Makes a folder and those above it, as mkdir -p does. An existing one is fine. */
bool make_folders(const char *path, struct fault *fault);

/* The same for the folder that a file's path names. */
bool make_folder_of(const char *path, struct fault *fault);

#endif
