#include "visualize/figure/log_folder.h"

#include "schemas/sweep_log/sweep_log.h"
#include "schemas/trace_folder/trace_folder.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

bool log_folder_find(const char **folder, char *const *trace_folders, size_t count,
                     struct fault *fault)
{
    for (size_t i = 0; !*folder && i < count; i++) {
        const char *given = trace_folders[i];
        char *meant = given ? trace_folder_meant(given) : NULL;
        if (given && !meant)
            return fault_set_errno(fault, ENOMEM, "%s", given);
        if (given && strcmp(meant, given) != 0 && sweep_log_is_there(given))
            *folder = given;
        free(meant);
    }
    return true;
}

bool log_folder_take(char *name, char **trace_folder, const char **folder, struct fault *fault)
{
    char *meant = trace_folder_meant(name);
    if (!meant)
        return fault_set_errno(fault, ENOMEM, "%s", name);
    bool below = strcmp(meant, name) != 0, logs = sweep_log_is_there(name);
    free(meant);
    if (below || !logs || trace_folder_has_traces(name))
        *trace_folder = name;
    if (logs && !*folder)
        *folder = name;
    return true;
}
