#include "visualize/snapshot/inputs.h"

#include "schemas/support/array.h"
#include "schemas/support/text.h"
#include "visualize/snapshot/analysis.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static int compare_paths(const void *a, const void *b)
{
    const char *first = *(char *const *)a, *second = *(char *const *)b;
    int64_t left = snapshot_name_rank(first), right = snapshot_name_rank(second);
    if (left != right)
        return left < right ? -1 : 1;
    return strcmp(first, second);
}

static bool add_path(struct snapshot_inputs *inputs, char *path, struct fault *fault)
{
    if (path && array_reserve(&inputs->paths, sizeof *inputs->paths, &inputs->capacity,
                              inputs->count + 1)) {
        inputs->paths[inputs->count++] = path;
        return true;
    }
    free(path);
    return fault_set(fault, "out of memory");
}

static bool add_folder(struct snapshot_inputs *inputs, const char *folder, struct fault *fault)
{
    DIR *stream = opendir(folder);
    if (!stream)
        return fault_set_errno(fault, errno, "%s: cannot be read", folder);
    size_t before = inputs->count;
    bool room = true;
    for (struct dirent *entry; room && (entry = readdir(stream));) {
        char *path = NULL;
        if (entry->d_name[0] == '.' ||
            (!text_ends_with(entry->d_name, ".pickle") && !text_ends_with(entry->d_name, ".pkl")))
            continue;
        if (asprintf(&path, "%s/%s", folder, entry->d_name) < 0)
            path = NULL;
        room = add_path(inputs, path, fault);
    }
    closedir(stream);
    if (room && inputs->count == before)
        return fault_set(fault,
                         "%s: no *.pickle or *.pkl in this folder; snapshots are written by "
                         "torch.cuda.memory._dump_snapshot(\"snapshot_0.pickle\")",
                         folder);
    if (room)
        qsort(inputs->paths + before, inputs->count - before, sizeof *inputs->paths, compare_paths);
    return room;
}

bool snapshot_inputs_add(struct snapshot_inputs *inputs, const char *path, struct fault *fault)
{
    struct stat status;
    if (stat(path, &status) == 0 && S_ISDIR(status.st_mode)) {
        inputs->has_folder = true;
        return add_folder(inputs, path, fault);
    }
    return add_path(inputs, strdup(path), fault);
}

void snapshot_inputs_free(struct snapshot_inputs *inputs)
{
    for (size_t i = 0; i < inputs->count; i++)
        free(inputs->paths[i]);
    free(inputs->paths);
    *inputs = (struct snapshot_inputs){0};
}
