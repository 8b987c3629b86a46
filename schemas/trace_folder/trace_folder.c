#include "schemas/trace_folder/trace_folder.h"

#include "schemas/recording/recording.h"
#include "schemas/support/workers.h"
#include "schemas/trace/json/trace_json.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- listing ---- */

static bool add_file(struct trace_folder *folder, size_t *capacity, const char *path,
                     const char *file_name, const struct trace_name *name)
{
    if (folder->count == *capacity) {
        size_t more = *capacity ? 2 * *capacity : 64;
        struct trace_file *files = reallocarray(folder->files, more, sizeof *files);
        if (!files)
            return false;
        folder->files = files;
        *capacity = more;
    }
    struct trace_file *file = &folder->files[folder->count];
    bool slash = *path && path[strlen(path) - 1] == '/';
    if (asprintf(&file->path, "%s%s%s", path, slash ? "" : "/", file_name) < 0)
        return false;
    file->base = file->path + strlen(file->path) - strlen(file_name);
    file->name = *name;
    folder->count++;
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

/* Of a recording and a JSON file of one name the one that changed last stands: the recording became
 * the JSON file, or is of a new run that found the old one's. */
static void choose(const struct trace_folder *folder, size_t json, size_t recording,
                   bool *superseded)
{
    struct timespec made = changed(&folder->files[json]);
    struct timespec recorded = changed(&folder->files[recording]);
    bool newer = recorded.tv_sec != made.tv_sec ? recorded.tv_sec > made.tv_sec
                                                : recorded.tv_nsec > made.tv_nsec;
    superseded[newer ? json : recording] = true;
}

/* The JSON file of a recording's name, or `at`. It stands near it in the order: their names differ
 * in the extension alone. */
static size_t json_of(const struct trace_folder *folder, size_t at)
{
    const struct trace_file *files = folder->files;
    for (size_t i = at; i-- > 0 && files[i].name.rank == files[at].name.rank;)
        if (files[i].name.format == TRACE_FORMAT_JSON && became(&files[i], &files[at]))
            return i;
    for (size_t i = at + 1; i < folder->count && files[i].name.rank == files[at].name.rank; i++)
        if (files[i].name.format == TRACE_FORMAT_JSON && became(&files[i], &files[at]))
            return i;
    return at;
}

static void drop_superseded(struct trace_folder *folder)
{
    bool *superseded = calloc(folder->count + 1, sizeof *superseded);
    if (!superseded)
        return;
    for (size_t i = 0; i < folder->count; i++) {
        if (folder->files[i].name.format != TRACE_FORMAT_RECORDING)
            continue;
        size_t json = json_of(folder, i);
        if (json != i)
            choose(folder, json, i, superseded);
    }
    size_t kept = 0;
    for (size_t i = 0; i < folder->count; i++) {
        if (superseded[i])
            free(folder->files[i].path);
        else
            folder->files[kept++] = folder->files[i];
    }
    folder->count = kept;
    free(superseded);
}

bool trace_folder_list(const char *path, const struct tag_filter *filter,
                       struct trace_folder *folder, struct fault *fault)
{
    *folder = (struct trace_folder){0};
    DIR *directory = opendir(path);
    if (!directory)
        return fault_set_errno(fault, errno, "%s: cannot be read as a folder of traces", path);
    size_t capacity = 0;
    bool listed = true;
    for (struct dirent *entry; listed && (entry = readdir(directory));) {
        struct trace_name name;
        if (entry->d_name[0] == '.')
            continue;
        if (!trace_name_parse(entry->d_name, &name))
            folder->others += entry->d_type != DT_DIR;
        else if (!filter || tag_filter_matches(filter, &name))
            listed = add_file(folder, &capacity, path, entry->d_name, &name) ||
                     fault_set(fault, "%s: out of memory for its list of files", path);
    }
    closedir(directory);
    if (!listed) {
        trace_folder_free(folder);
        return false;
    }
    if (folder->count > 0)
        qsort(folder->files, folder->count, sizeof *folder->files, compare_files);
    drop_superseded(folder);
    return true;
}

void trace_folder_free(struct trace_folder *folder)
{
    for (size_t i = 0; i < folder->count; i++)
        free(folder->files[i].path);
    free(folder->files);
    *folder = (struct trace_folder){0};
}

/* ---- reading ---- */

bool trace_read(const struct trace_file *file, enum trace_depth depth, struct trace *trace,
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

struct reading {
    const struct trace_folder *folder;
    enum trace_depth depth;
    trace_visit_fn visit;
    trace_done_fn done;
    void *context;
    struct trace *traces; /* one a worker */
    atomic_size_t read;
};

static void read_one(void *context, size_t index, unsigned worker)
{
    struct reading *reading = context;
    const struct trace_file *file = &reading->folder->files[index];
    struct trace *trace = &reading->traces[worker];
    struct fault fault = {0};
    bool read = trace_read(file, reading->depth, trace, &fault);
    /* The peak may still be found among the samples. */
    if (read && reading->depth == TRACE_SUMMARY && lacks_a_peak(trace))
        read = trace_read(file, TRACE_FULL, trace, &fault);
    reading->visit(reading->context, index, read ? trace : NULL, &fault);
    size_t done = atomic_fetch_add_explicit(&reading->read, 1, memory_order_relaxed) + 1;
    if (worker == 0 && reading->done)
        reading->done(reading->context, done);
}

void trace_folder_read(const struct trace_folder *folder, enum trace_depth depth, unsigned jobs,
                       trace_visit_fn visit, trace_done_fn done, void *context)
{
    struct trace only = {0};
    unsigned workers = workers_count(folder->count, jobs);
    struct trace *traces = calloc(workers, sizeof *traces);
    if (!traces)
        workers = 1;
    struct reading reading = {.folder = folder,
                              .depth = depth,
                              .visit = visit,
                              .done = done,
                              .context = context,
                              .traces = traces ? traces : &only};
    workers_run(folder->count, workers, read_one, &reading);
    for (unsigned i = 0; i < workers; i++)
        trace_free(&reading.traces[i]);
    free(traces);
}
