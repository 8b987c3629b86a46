#include "schemas/trace_folder/trace_folder.h"

#include "schemas/recording/recording.h"
#include "schemas/support/array.h"
#include "schemas/support/text.h"
#include "schemas/support/warnings.h"
#include "schemas/support/workers.h"
#include "schemas/trace/json/trace_json.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- which folder ---- */

static bool is_folder(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

bool trace_folder_has_traces(const char *path)
{
    DIR *directory = opendir(path);
    struct trace_name name;
    bool found = false;
    for (const struct dirent *entry; directory && !found && (entry = readdir(directory));)
        found = trace_name_parse(entry->d_name, &name, NULL);
    if (directory)
        closedir(directory);
    return found;
}

char *trace_folder_meant(const char *path)
{
    char *below;
    bool slash = *path && path[strlen(path) - 1] == '/';
    if (asprintf(&below, "%s%smemory_traces", path, slash ? "" : "/") < 0)
        return NULL;
    if (is_folder(below) && !trace_folder_has_traces(path))
        return below;
    free(below);
    return strdup(path);
}

/* ---- listing ---- */

static bool add_file(struct trace_folder *folder, const char *path, const char *file_name,
                     const struct trace_name *name)
{
    bool slash = *path && path[strlen(path) - 1] == '/';
    char *whole;
    if (asprintf(&whole, "%s%s%s", path, slash ? "" : "/", file_name) < 0)
        return false;
    struct trace_file *file = ARRAY_ADD(folder->files, folder->count);
    if (!file) {
        free(whole);
        return false;
    }
    *file = (struct trace_file){
        .path = whole, .base = whole + strlen(whole) - strlen(file_name), .name = *name};
    return true;
}

static int compare_files(const void *a, const void *b)
{
    const struct trace_file *first = a, *second = b;
    if (first->name.rank != second->name.rank)
        return first->name.rank < second->name.rank ? -1 : 1;
    return strverscmp(first->base, second->base);
}

/* The name without its extension is as long as both names have in common. */
static bool became(const struct trace_file *json, const struct trace_file *recording)
{
    size_t length = strlen(json->base) - strlen(".json");
    return strncmp(json->base, recording->base, length) == 0 &&
           strcmp(recording->base + length, ".gmtrace") == 0;
}

/* When a file last changed; the beginning of time where it is gone. */
static struct timespec changed(const struct trace_file *file)
{
    struct stat status;
    return stat(file->path, &status) == 0 ? status.st_mtim : (struct timespec){0};
}

/* Does the first file stand, and not the second? The one that changed last does. */
static bool stands_before(const struct trace_file *first, const struct trace_file *second)
{
    struct timespec a = changed(first), b = changed(second);
    if (a.tv_sec != b.tv_sec)
        return a.tv_sec > b.tv_sec;
    if (a.tv_nsec != b.tv_nsec)
        return a.tv_nsec > b.tv_nsec;
    if (first->name.format != second->name.format)
        return first->name.format == TRACE_FORMAT_JSON;
    return strverscmp(first->base, second->base) > 0;
}

static int compare_runs(const void *a, const void *b)
{
    const struct trace_file *first = *(const struct trace_file *const *)a;
    const struct trace_file *second = *(const struct trace_file *const *)b;
    if (first->name.rank != second->name.rank)
        return first->name.rank < second->name.rank ? -1 : 1;
    return configuration_compare(&first->name.configuration, &second->name.configuration);
}

/* Are both of one name, but for the format? */
static bool one_name(const struct trace_file *first, const struct trace_file *second)
{
    bool json_first = first->name.format == TRACE_FORMAT_JSON;
    return first->name.format != second->name.format &&
           became(json_first ? first : second, json_first ? second : first);
}

/* Is the first a recording, and does the second's name begin as its name without ".gmtrace"? */
static bool same_stem(const struct trace_file *recording, const struct trace_file *other)
{
    size_t length = strlen(recording->base) - strlen(".gmtrace");
    return recording->name.format == TRACE_FORMAT_RECORDING &&
           strncmp(recording->base, other->base, length) == 0;
}

/* Marks the one that does not stand; `named`: a warning names it. */
static bool supersede(struct trace_folder *folder, struct trace_file *first,
                      struct trace_file *second, bool named, bool *superseded)
{
    bool keep_first = stands_before(first, second);
    struct trace_file *kept = keep_first ? first : second, *left = keep_first ? second : first;
    superseded[left - folder->files] = true;
    return !named ||
           warnings_add(&folder->warnings, &folder->warning_count,
                        "%s: left out: %s is of the same rank and configuration, and changed "
                        "later",
                        left->path, kept->base);
}

static void drop(struct trace_folder *folder, const bool *superseded)
{
    size_t kept = 0;
    for (size_t i = 0; i < folder->count; i++) {
        if (superseded[i])
            free(folder->files[i].path);
        else
            folder->files[kept++] = folder->files[i];
    }
    folder->count = kept;
}

/* Of a recording and a JSON file of one name one is kept: the recording became the JSON file, or is
 * of a new run that found the old one's. The JSON file stands behind it in the order, and names
 * between them begin alike. */
static bool drop_superseded_names(struct trace_folder *folder)
{
    bool *superseded = calloc(folder->count + 1, sizeof *superseded);
    for (size_t i = 0; superseded && i < folder->count; i++)
        for (size_t k = i + 1; k < folder->count && same_stem(&folder->files[i], &folder->files[k]);
             k++)
            if (one_name(&folder->files[i], &folder->files[k]))
                supersede(folder, &folder->files[i], &folder->files[k], false, superseded);
    if (superseded)
        drop(folder, superseded);
    free(superseded);
    return superseded != NULL;
}

bool trace_folder_keep_latest(struct trace_folder *folder)
{
    bool *superseded = calloc(folder->count + 1, sizeof *superseded);
    struct trace_file **sorted = calloc(folder->count + 1, sizeof(struct trace_file *));
    bool done = superseded && sorted;
    for (size_t i = 0; done && i < folder->count; i++)
        sorted[i] = &folder->files[i];
    if (done && folder->count > 1)
        qsort((void *)sorted, folder->count, sizeof(struct trace_file *), compare_runs);
    for (size_t i = 1, last = 0; done && i < folder->count; i++) {
        if (compare_runs((const void *)&sorted[last], (const void *)&sorted[i]) != 0) {
            last = i;
            continue;
        }
        done = supersede(folder, sorted[last], sorted[i], true, superseded);
        if (superseded[sorted[last] - folder->files])
            last = i;
    }
    if (done)
        drop(folder, superseded);
    free(superseded);
    free((void *)sorted);
    return done;
}

/* One name of the folder: a trace that is chosen, or another file. */
static bool take_name(struct trace_folder *folder, const char *path, const struct dirent *entry,
                      const struct filter *filter)
{
    struct trace_name name;
    struct fault why;
    if (entry->d_name[0] == '.')
        return true;
    if (!trace_name_parse(entry->d_name, &name, &why)) {
        folder->others += !why.text[0] && entry->d_type != DT_DIR;
        return !why.text[0] || warnings_add(&folder->warnings, &folder->warning_count,
                                            "%s/%s: left out: %s", path, entry->d_name, why.text);
    }
    if (filter && !filter_matches(filter, &name.configuration, name.rank))
        return true;
    if (!configuration_check(&name.configuration, &why) &&
        !warnings_add(&folder->warnings, &folder->warning_count,
                      "%s/%s: its name contradicts itself: %s", path, entry->d_name, why.text))
        return false;
    return add_file(folder, path, entry->d_name, &name);
}

/* PyTorch's memory snapshots can become traces; a folder that has nothing else was meant so. */
static bool warn_of_snapshots(struct trace_folder *folder, const char *path, size_t snapshots)
{
    return folder->count > 0 || snapshots == 0 ||
           warnings_add(&folder->warnings, &folder->warning_count,
                        "%s: has %zu memory snapshots (*.pickle) and no traces; to make traces of "
                        "them: analyze_snapshot %s --traces DIR",
                        path, snapshots, path);
}

bool trace_folder_list(const char *path, const struct filter *filter, struct trace_folder *folder,
                       struct fault *fault)
{
    *folder = (struct trace_folder){.path = strdup(path)};
    DIR *directory = opendir(path);
    if (!directory) {
        int error = errno;
        trace_folder_free(folder);
        return fault_set_errno(fault, error, "%s: cannot be read as a folder of traces", path);
    }
    bool listed = folder->path != NULL;
    size_t snapshots = 0;
    errno = 0;
    for (struct dirent *entry; listed && (entry = readdir(directory)); errno = 0) {
        snapshots += text_ends_with(entry->d_name, ".pickle");
        listed = take_name(folder, path, entry, filter);
    }
    int error = errno;
    closedir(directory);
    if (listed && error) { /* readdir failed before the end */
        trace_folder_free(folder);
        return fault_set_errno(fault, error, "%s: cannot be read as a folder of traces", path);
    }
    if (listed && folder->count > 0)
        qsort(folder->files, folder->count, sizeof *folder->files, compare_files);
    if (listed && drop_superseded_names(folder) && warn_of_snapshots(folder, path, snapshots))
        return true;
    trace_folder_free(folder);
    return fault_set(fault, "%s: out of memory for its list of files", path);
}

void trace_folder_free(struct trace_folder *folder)
{
    for (size_t i = 0; i < folder->count; i++)
        free(folder->files[i].path);
    warnings_free(folder->warnings, folder->warning_count);
    free(folder->files);
    free(folder->path);
    *folder = (struct trace_folder){0};
}

/* ---- reading ---- */

static bool read_format(const struct trace_file *file, enum trace_depth depth, struct trace *trace,
                        struct fault *fault)
{
    if (file->name.format == TRACE_FORMAT_RECORDING)
        return recording_read(file->path, depth, trace, fault);
    return trace_json_read(file->path, depth, trace, fault);
}

static bool lacks_a_peak(const struct trace *trace)
{
    for (size_t i = 0; i < trace->count; i++)
        if (isnan(trace->iterations[i].peak_mb))
            return true;
    return false;
}

bool trace_read(const struct trace_file *file, enum trace_depth depth, struct trace *trace,
                struct fault *fault)
{
    bool read = read_format(file, depth, trace, fault);
    /* The peak may still be found among the samples. */
    if (read && depth == TRACE_SUMMARY && lacks_a_peak(trace))
        read = read_format(file, TRACE_FULL, trace, fault);
    return read;
}
