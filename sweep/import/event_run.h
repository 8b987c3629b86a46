/* A run as TensorBoard's event files have it. */
#ifndef SWEEP_IMPORT_EVENT_RUN_H
#define SWEEP_IMPORT_EVENT_RUN_H

#include "sweep/import/imported_run.h"

/* Reads an event file into a run that has just begun. False where it cannot be read at all. True
 * with a text in the fault where not all of it could be: what stands before the damage was read;
 * *corrupt then says that it is more than a missing end, which a file that is being written has. */
bool event_run_read(struct import_run *run, const char *path, bool *corrupt, struct fault *fault);

#endif
