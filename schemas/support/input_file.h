/* Reading what a user names as input. */
#ifndef SCHEMAS_SUPPORT_INPUT_FILE_H
#define SCHEMAS_SUPPORT_INPUT_FILE_H

#include "schemas/support/fault.h"

#include <stddef.h>
#include <stdio.h>

/* Opens a regular file for reading and gives its length; a folder, a device or a pipe (which would
 * wait for its writer for ever) is refused. `what` says in a message what was expected: "a trace
 * file". Returns the descriptor, or -1 with the fault and errno set. */
int input_file_open(const char *path, const char *what, size_t *length, struct fault *fault);

/* A whole small file, ended by a zero, to be freed. NULL with the fault and errno set; one longer
 * than `most` is refused. */
char *input_file_read(const char *path, const char *what, size_t most, size_t *length,
                      struct fault *fault);

/* A file's lines, one after the other. */
struct input_lines {
    const char *path;
    FILE *stream;
    char *line;    /* the current one, without its end */
    size_t length; /* which is more than strlen(line) where there is a zero byte in it */
    size_t number; /* from 1 */
    size_t room;
    int error; /* why reading ended before the file did; 0: it did not */
};

/* False as input_file_open; then there is nothing to close. `path` must stay. */
bool input_lines_open(struct input_lines *lines, const char *path, const char *what,
                      struct fault *fault);

/* False behind the last line, and where the next one cannot be read. */
bool input_lines_next(struct input_lines *lines);

/* False where not all could be read, for want of memory, say. */
bool input_lines_close(struct input_lines *lines, struct fault *fault);

#endif
