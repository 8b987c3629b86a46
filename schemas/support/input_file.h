/* Opening what a user names as input. */
#ifndef SCHEMAS_SUPPORT_INPUT_FILE_H
#define SCHEMAS_SUPPORT_INPUT_FILE_H

#include "schemas/support/fault.h"

#include <stddef.h>

/* Opens a regular file for reading and gives its length; a folder, a device or a pipe (which would
 * wait for its writer for ever) is refused. `what` says in a message what was expected: "a trace
 * file". Returns the descriptor, or -1 with the fault and errno set. */
int input_file_open(const char *path, const char *what, size_t *length, struct fault *fault);

#endif
