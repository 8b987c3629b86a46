#include "sweep/slurm/batch.h"

#include "schemas/configuration/configuration_json.h"
#include "schemas/support/clock.h"
#include "schemas/support/input_file.h"
#include "schemas/support/output_file.h"

#include <cjson/cJSON.h>
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char FOLDER[] = ".slurm", FILE_NAME[] = "batch.json", NUMBER[] = "number";
enum { MOST_RESTARTS = 64, MOST_FILE = 1 << 26 };

/* ---- batch.json ---- */

static bool write_text(const char *path, const char *text, struct fault *fault)
{
    struct output_file file;
    if (!output_file_open(&file, path, fault))
        return false;
    fputs(text, file.stream);
    return output_file_commit(&file, fault);
}

static char *path_of(const struct slurm_batch *batch, const char *name)
{
    char *path;
    return asprintf(&path, "%s/%s", batch->folder, name) < 0 ? NULL : path;
}

static bool write_batch(const struct slurm_batch *batch, struct fault *fault)
{
    struct output_file file = {0};
    char *path = path_of(batch, FILE_NAME);
    bool opened = path ? output_file_open(&file, path, fault)
                       : fault_set_errno(fault, ENOMEM, "%s", batch->folder);
    free(path);
    if (!opened)
        return false;
    struct json_writer json = json_writer_begin(file.stream);
    json_object_begin(&json, NULL);
    json_put_text(&json, "name", batch->name);
    json_put_text(&json, "job", batch->job);
    json_array_begin(&json, "tasks");
    for (size_t i = 0; i < batch->count; i++) {
        json_object_begin(&json, NULL);
        json_put_count(&json, NUMBER, batch->entries[i].number);
        configuration_write_json(&batch->entries[i].configuration, &json);
        json_end(&json);
    }
    json_end(&json);
    json_end(&json);
    return output_file_commit(&file, fault);
}

bool slurm_batch_make(const char *sweep_folder, const struct sweep_entry *entries, size_t count,
                      struct slurm_batch *batch, struct fault *fault)
{
    *batch = (struct slurm_batch){.count = count, .entries = calloc(count + 1, sizeof *entries)};
    snprintf(batch->name, sizeof batch->name, "run_sweep-%lld-%d",
             (long long)(clock_realtime_ns() / 1000000), (int)getpid());
    if (!batch->entries ||
        asprintf(&batch->folder, "%s/%s/%s", sweep_folder, FOLDER, batch->name) < 0) {
        batch->folder = NULL;
        slurm_batch_free(batch);
        return fault_set_errno(fault, ENOMEM, "%s", sweep_folder);
    }
    memcpy(batch->entries, entries, count * sizeof *entries);
    if (make_folders(batch->folder, fault) && write_batch(batch, fault))
        return true;
    slurm_batch_free(batch);
    return false;
}

bool slurm_batch_submitted(struct slurm_batch *batch, const char *job, struct fault *fault)
{
    snprintf(batch->job, sizeof batch->job, "%s", job);
    return write_batch(batch, fault);
}

static bool take_batch(const cJSON *object, struct slurm_batch *batch)
{
    const char *name = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, "name"));
    const char *job = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, "job"));
    const cJSON *tasks = cJSON_GetObjectItemCaseSensitive(object, "tasks");
    if (!name || !job || !cJSON_IsArray(tasks))
        return false;
    snprintf(batch->name, sizeof batch->name, "%s", name);
    snprintf(batch->job, sizeof batch->job, "%s", job);
    batch->entries = calloc((size_t)cJSON_GetArraySize(tasks) + 1, sizeof *batch->entries);
    if (!batch->entries)
        return false;
    const cJSON *task;
    cJSON_ArrayForEach(task, tasks)
    {
        struct sweep_entry *entry = &batch->entries[batch->count++];
        *entry = (struct sweep_entry){.status = -1, .signal = -1};
        const cJSON *number = cJSON_GetObjectItemCaseSensitive(task, NUMBER);
        if (!cJSON_IsNumber(number) || !configuration_from_json(&entry->configuration, task))
            return false;
        entry->number = (int64_t)number->valuedouble;
    }
    return true;
}

bool slurm_batch_read(const char *folder, struct slurm_batch *batch, struct fault *fault)
{
    *batch = (struct slurm_batch){.folder = strdup(folder)};
    char *path = batch->folder ? path_of(batch, FILE_NAME) : NULL;
    size_t length;
    char *text = path ? input_file_read(path, "a batch", MOST_FILE, &length, NULL) : NULL;
    cJSON *object = text ? cJSON_Parse(text) : NULL;
    bool taken = object && take_batch(object, batch);
    cJSON_Delete(object);
    free(text);
    free(path);
    if (taken)
        return true;
    slurm_batch_free(batch);
    return fault_set(fault, "%s: expected a batch of run_sweep, found something else", folder);
}

void slurm_batch_remove(const struct slurm_batch *batch)
{
    DIR *entries = opendir(batch->folder);
    for (const struct dirent *entry; entries && (entry = readdir(entries));)
        (void)unlinkat(dirfd(entries), entry->d_name, 0); /* not "." and ".." */
    if (entries)
        closedir(entries);
    (void)rmdir(batch->folder);
    char *parent = strdup(batch->folder), *slash = parent ? strrchr(parent, '/') : NULL;
    if (slash) {
        *slash = '\0';
        (void)rmdir(parent); /* where it was the last */
    }
    free(parent);
}

void slurm_batch_free(struct slurm_batch *batch)
{
    free(batch->folder);
    free(batch->entries);
    *batch = (struct slurm_batch){0};
}

char **slurm_batch_list(const char *sweep_folder)
{
    char *folder, **list = NULL;
    size_t count = 0;
    if (asprintf(&folder, "%s/%s", sweep_folder, FOLDER) < 0)
        return NULL;
    DIR *entries = opendir(folder);
    for (const struct dirent *entry; entries && (entry = readdir(entries));) {
        char **more = *entry->d_name == '.' ? NULL : realloc(list, (count + 2) * sizeof *more);
        if (!more)
            continue;
        list = more;
        if (asprintf(&list[count], "%s/%s", folder, entry->d_name) < 0)
            list[count] = NULL;
        else
            list[++count] = NULL;
    }
    if (entries)
        closedir(entries);
    free(folder);
    return list;
}

/* ---- of one task ---- */

static char *task_path(const struct slurm_batch *batch, size_t task, long restart, const char *what)
{
    char *path;
    return asprintf(&path, "%s/%zu.%ld.%s", batch->folder, task, restart, what) < 0 ? NULL : path;
}

bool slurm_task_begin(const struct slurm_batch *batch, size_t task, long restart,
                      struct fault *fault)
{
    char *path = task_path(batch, task, restart, "begun"), text[320], host[256] = "";
    const char *job = getenv("SLURM_JOB_ID");
    (void)gethostname(host, sizeof host - 1);
    snprintf(text, sizeof text, "job %.32s on %s\n", job ? job : "?", host);
    bool written =
        path ? write_text(path, text, fault) : fault_set_errno(fault, ENOMEM, "%s", batch->folder);
    free(path);
    return written;
}

bool slurm_task_end(const struct slurm_batch *batch, size_t task, long restart,
                    const struct result *result, struct fault *fault)
{
    char *path = task_path(batch, task, restart, "json");
    bool written = path ? result_write(path, result, fault)
                        : fault_set_errno(fault, ENOMEM, "%s", batch->folder);
    free(path);
    return written;
}

bool slurm_task_result(const struct slurm_batch *batch, size_t task, struct result *result,
                       bool *begun)
{
    *begun = false;
    for (long restart = MOST_RESTARTS; restart >= 0; restart--) {
        struct fault ignored;
        char *begin = task_path(batch, task, restart, "begun");
        if (begin && access(begin, F_OK) == 0)
            *begun = true;
        free(begin);
        char *end = task_path(batch, task, restart, "json");
        bool read = end && access(end, F_OK) == 0 && result_read(end, result, &ignored);
        free(end);
        if (read)
            return true;
        if (*begun)
            return false; /* the newest run of it has not ended, whatever an earlier one said */
    }
    return false;
}
