#include "schemas/measured_runs/measured_runs.h"

#include "schemas/support/array.h"
#include "schemas/support/input_file.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- one line ---- */

static bool take_text(const cJSON *object, const char *key, bool wanted, char **text,
                      struct fault *fault)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    if ((item || wanted) && !cJSON_IsString(item))
        return fault_set(fault, "'%s': expected text", key);
    *text = strdup(item ? item->valuestring : "");
    return *text || fault_set_errno(fault, ENOMEM, "'%s'", key);
}

static bool take_whole(const cJSON *object, const char *key, double least, int64_t *number,
                       struct fault *fault)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    double value = cJSON_IsNumber(item) ? item->valuedouble : -1;
    if (!(value >= least && value <= INT32_MAX) || value != floor(value))
        return fault_set(fault, "'%s': expected a whole number from %g on", key, least);
    *number = (int64_t)value;
    return true;
}

static bool take_mb(const cJSON *object, const char *key, double *mb, struct fault *fault)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    *mb = NAN;
    if (!item || cJSON_IsNull(item))
        return true;
    if (!cJSON_IsNumber(item) || !(item->valuedouble > 0 && item->valuedouble < 1e12))
        return fault_set(fault, "'%s': expected MB", key);
    *mb = item->valuedouble;
    return true;
}

static bool take_flags(const cJSON *object, struct measured_run *run, struct fault *fault)
{
    const cJSON *array = cJSON_GetObjectItemCaseSensitive(object, "flags"), *item;
    if (!cJSON_IsArray(array))
        return fault_set(fault, "'flags': expected an array of texts");
    run->flags = calloc((size_t)cJSON_GetArraySize(array) + 1, sizeof *run->flags);
    cJSON_ArrayForEach(item, array)
    {
        char number[32];
        if (cJSON_IsNumber(item))
            snprintf(number, sizeof number, "%.17g", item->valuedouble);
        else if (!cJSON_IsString(item))
            return fault_set(fault, "'flags': expected texts");
        char *text = run->flags ? strdup(cJSON_IsNumber(item) ? number : item->valuestring) : NULL;
        if (!text)
            return fault_set_errno(fault, ENOMEM, "'flags'");
        run->flags[run->flag_count++] = text;
    }
    return true;
}

static bool take_environment(const cJSON *object, struct measured_run *run, struct fault *fault)
{
    const cJSON *all = cJSON_GetObjectItemCaseSensitive(object, "environment"), *item;
    if (!all)
        return true;
    if (!cJSON_IsObject(all))
        return fault_set(fault, "'environment': expected an object of texts");
    run->variables = calloc((size_t)cJSON_GetArraySize(all) + 1, sizeof *run->variables);
    cJSON_ArrayForEach(item, all)
    {
        char *text = NULL;
        if (!cJSON_IsString(item))
            return fault_set(fault, "'environment': expected texts");
        if (!run->variables || asprintf(&text, "%s=%s", item->string, item->valuestring) < 0)
            return fault_set_errno(fault, ENOMEM, "'environment'");
        run->variables[run->variable_count++] = text;
    }
    return true;
}

static bool take_run(const cJSON *object, struct measured_run *run, struct fault *fault)
{
    if (!cJSON_IsObject(object))
        return fault_set(fault, "expected a JSON object");
    return take_text(object, "case", true, &run->name, fault) &&
           take_text(object, "gpu", false, &run->gpu, fault) &&
           take_text(object, "software", false, &run->software, fault) &&
           take_whole(object, "world_size", 1, &run->world_size, fault) &&
           take_whole(object, "rank", 0, &run->rank, fault) && take_flags(object, run, fault) &&
           take_environment(object, run, fault) &&
           take_mb(object, "allocated_MB", &run->static_mb, fault) &&
           take_mb(object, "peak_first_MB", &run->first_mb, fault) &&
           take_mb(object, "peak_MB", &run->peak_mb, fault);
}

static void free_run(struct measured_run *run)
{
    for (size_t i = 0; i < run->flag_count; i++)
        free(run->flags[i]);
    for (size_t i = 0; i < run->variable_count; i++)
        free(run->variables[i]);
    free(run->flags);
    free(run->variables);
    free(run->name);
    free(run->gpu);
    free(run->software);
    *run = (struct measured_run){0};
}

/* ---- the file ---- */

static bool add_line(struct measured_runs *runs, const char *path, size_t number, const char *line,
                     struct fault *fault)
{
    struct fault why = {0};
    if (!line[strspn(line, " \t\r")])
        return true;
    struct measured_run *run = ARRAY_ADD(runs->runs, runs->count);
    if (!run)
        return fault_set_errno(fault, ENOMEM, "%s", path);
    *run = (struct measured_run){0};
    cJSON *object = cJSON_ParseWithOpts(line, NULL, 1);
    bool taken = object ? take_run(object, run, &why) : fault_set(&why, "expected a JSON object");
    cJSON_Delete(object);
    if (taken)
        return true;
    free_run(run);
    runs->count--;
    if (runs->bad_count++ == 0)
        fault_set(&runs->first_bad, "%s:%zu: %s", path, number, why.text);
    return true;
}

bool measured_runs_read(const char *path, struct measured_runs *runs, struct fault *fault)
{
    *runs = (struct measured_runs){0};
    size_t length;
    char *text = input_file_read(path, "a file of measured runs", SIZE_MAX, &length, fault);
    char *rest = text;
    bool well = text != NULL;
    for (size_t number = 1; well && rest; number++) {
        char *line = strsep(&rest, "\n");
        well = add_line(runs, path, number, line, fault);
    }
    free(text);
    if (well && runs->count == 0)
        well = fault_set(fault, "%s",
                         runs->bad_count > 0 ? runs->first_bad.text : "there is no run in it");
    if (!well)
        measured_runs_free(runs);
    return well;
}

void measured_runs_free(struct measured_runs *runs)
{
    for (size_t i = 0; i < runs->count; i++)
        free_run(&runs->runs[i]);
    free(runs->runs);
    *runs = (struct measured_runs){0};
}

static bool same_texts(size_t count, char *const *a, size_t other_count, char *const *b)
{
    bool same = count == other_count;
    for (size_t i = 0; i < count && same; i++)
        same = strcmp(a[i], b[i]) == 0;
    return same;
}

bool measured_runs_alike(const struct measured_run *a, const struct measured_run *b)
{
    return strcmp(a->gpu, b->gpu) == 0 && strcmp(a->software, b->software) == 0 &&
           a->world_size == b->world_size && a->rank == b->rank &&
           same_texts(a->flag_count, a->flags, b->flag_count, b->flags) &&
           same_texts(a->variable_count, a->variables, b->variable_count, b->variables);
}
