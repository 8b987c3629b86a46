#include "visualize/figure/log_folder.h"

#include "schemas/sweep_log/sweep_log.h"
#include "schemas/trace_folder/trace_folder.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static bool is_sweep_folder(const char *folder)
{
    char *meant = trace_folder_meant(folder);
    bool another = meant && strcmp(meant, folder) != 0;
    free(meant);
    return another && sweep_log_is_there(folder);
}

const char *log_folder(const char *given, char *const *trace_folders, size_t count)
{
    for (size_t i = 0; !given && i < count; i++)
        if (trace_folders[i] && is_sweep_folder(trace_folders[i]))
            given = trace_folders[i];
    return given;
}
