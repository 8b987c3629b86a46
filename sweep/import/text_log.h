/* Logs: what training programs print. */
#ifndef SWEEP_IMPORT_TEXT_LOG_H
#define SWEEP_IMPORT_TEXT_LOG_H

#include "sweep/import/imported_run.h"

/* Reads a whole log into a run that has just begun, streamed. Fails where it cannot be read, and
 * where its lines contradict each other. */
bool text_log_read(struct import_run *run, const char *path, struct fault *fault);

#endif
