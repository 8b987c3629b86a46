/* Who writes a recording? A lock on its file, which the kernel gives up when the writer is gone,
 * however it went. */
#ifndef SCHEMAS_RECORDING_RECORDING_LOCK_H
#define SCHEMAS_RECORDING_RECORDING_LOCK_H

#include "schemas/recording/recording_layout.h"

#include <stdbool.h>

/* Takes the lock for as long as the descriptor (and its mappings) last. Returns 0, EBUSY where
 * another has it, or another errno value where the file system has no locks. The lock belongs to
 * the open file, not to the process: two writers in one process exclude each other, nobody's close
 * of another descriptor gives it up, and a child after fork must close its copy. */
int recording_lock(int fd);

/* Whether a writer lives. Where the lock says nothing (another machine's file, a file system
 * without locks) the last sign of life in the header is judged by its age. */
bool recording_is_being_written(int fd, const struct recording_header *header);

/* This boot of this machine, for the header; "" where the system does not tell. */
void recording_this_boot(char text[sizeof((struct recording_header){0}.boot)]);

#endif
