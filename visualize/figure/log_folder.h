/* Where a sweep's logs are, when only its folder is given. */
#ifndef VISUALIZE_FIGURE_LOG_FOLDER_H
#define VISUALIZE_FIGURE_LOG_FOLDER_H

#include "schemas/support/fault.h"

#include <stddef.h>

/* Where *folder (--log-dir) is not given, it becomes the first of the folders of traces that is a
 * sweep's folder (it has the traces in memory_traces) and has logs; it stays NULL where there is
 * none. False when out of memory. */
bool log_folder_find(const char **folder, char *const *trace_folders, size_t count,
                     struct fault *fault);

/* What a folder among a command's arguments stands for, `name` being the argument. It is where
 * --memory-dir is not given; a folder that has logs and no traces is --log-dir alone. Logs beside
 * its traces are --log-dir where that is not given. False when out of memory. */
bool log_folder_take(char *name, char **trace_folder, const char **folder, struct fault *fault);

#endif
