/* Where a sweep's logs are, when only its folder is given. */
#ifndef VISUALIZE_FIGURE_LOG_FOLDER_H
#define VISUALIZE_FIGURE_LOG_FOLDER_H

#include <stddef.h>

/* `given`, by --log-dir, or without it the first of the folders of traces that is a sweep's folder
 * (it has the traces in memory_traces) and has logs; NULL: there is none. */
const char *log_folder(const char *given, char *const *trace_folders, size_t count);

#endif
