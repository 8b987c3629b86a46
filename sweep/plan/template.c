#include "sweep/plan/template.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- the names ---- */

enum name {
    NAME_TP,
    NAME_PP,
    NAME_DP,
    NAME_NMB,
    NAME_GBS,
    NAME_MBS,
    NAME_WORLD_SIZE,
    NAME_LAYERS,
    NAME_TRACE_DIR,
    NAME_LOG_DIR,
    NAME_COUNT
};

static const struct {
    const char *braces, *variable;
} NAMES[NAME_COUNT] = {
    [NAME_TP] = {"{tp}", "GMT_TP"},
    [NAME_PP] = {"{pp}", "GMT_PP"},
    [NAME_DP] = {"{dp}", "GMT_DP"},
    [NAME_NMB] = {"{nmb}", "GMT_NMB"},
    [NAME_GBS] = {"{gbs}", "GMT_GBS"},
    [NAME_MBS] = {"{mbs}", "GMT_MBS"},
    [NAME_WORLD_SIZE] = {"{world_size}", "GMT_WORLD_SIZE"},
    [NAME_LAYERS] = {"{layers}", "GMT_LAYERS"},
    [NAME_TRACE_DIR] = {"{trace_dir}", "GMT_TRACE_DIR"},
    [NAME_LOG_DIR] = {"{log_dir}", "GMT_LOG_DIR"},
};

static int64_t number_of(enum name name, const struct template_values *values)
{
    const struct sweep_entry *entry = values->entry;
    switch (name) {
    case NAME_TP:
        return entry->tp;
    case NAME_PP:
        return entry->pp;
    case NAME_DP:
        return entry->dp;
    case NAME_NMB:
        return entry->micro_batches;
    case NAME_GBS:
        return entry->global_batch_size;
    case NAME_MBS:
        return values->micro_batch_size;
    case NAME_WORLD_SIZE:
        return values->world_size;
    case NAME_LAYERS:
        return values->layers;
    default:
        return -1;
    }
}

enum { NUMBER_TEXT = 24 };

/* What stands for a name, or NULL where it has no value. */
static const char *text_of(enum name name, const struct template_values *values,
                           char number_text[NUMBER_TEXT])
{
    if (name == NAME_TRACE_DIR)
        return values->trace_dir;
    if (name == NAME_LOG_DIR)
        return values->log_dir;
    int64_t number = number_of(name, values);
    if (number < 0)
        return NULL;
    snprintf(number_text, NUMBER_TEXT, "%" PRId64, number);
    return number_text;
}

/* The name that begins here, or NAME_COUNT. */
static enum name name_at(const char *at)
{
    for (enum name name = 0; name < NAME_COUNT; name++)
        if (strncmp(at, NAMES[name].braces, strlen(NAMES[name].braces)) == 0)
            return name;
    return NAME_COUNT;
}

const char *template_unknown(const char *text, const struct template_values *values)
{
    char number_text[NUMBER_TEXT];
    for (const char *at = strchr(text, '{'); at; at = strchr(at + 1, '{')) {
        enum name name = name_at(at);
        if (name != NAME_COUNT && !text_of(name, values, number_text))
            return NAMES[name].braces;
    }
    return NULL;
}

/* ---- arguments ---- */

static char *replace(const char *text, const struct template_values *values)
{
    char *result = NULL;
    size_t length;
    FILE *stream = open_memstream(&result, &length);
    if (!stream)
        return NULL;
    while (*text) {
        char number_text[NUMBER_TEXT];
        enum name name = *text == '{' ? name_at(text) : NAME_COUNT;
        const char *value = name == NAME_COUNT ? NULL : text_of(name, values, number_text);
        if (value) {
            fputs(value, stream);
            text += strlen(NAMES[name].braces);
        } else {
            fputc(*text++, stream);
        }
    }
    if (fclose(stream) != 0) {
        free(result);
        return NULL;
    }
    return result;
}

static size_t count_of(char *const *texts)
{
    size_t count = 0;
    while (texts[count])
        count++;
    return count;
}

char **template_arguments(char *const *arguments, const struct template_values *values)
{
    size_t count = count_of(arguments);
    char **result = calloc(count + 1, sizeof *result);
    for (size_t i = 0; result && i < count; i++) {
        result[i] = replace(arguments[i], values);
        if (!result[i]) {
            template_free(result);
            return NULL;
        }
    }
    return result;
}

/* ---- environment ---- */

/* Is "NAME=value" one of those that are set (or must not be there)? */
static bool is_ours(const char *text, bool devices)
{
    static const char tracer_dir[] = "GMT_DIR", devices_name[] = "CUDA_VISIBLE_DEVICES";
    size_t length = strcspn(text, "=");
    for (enum name name = 0; name < NAME_COUNT; name++)
        if (strlen(NAMES[name].variable) == length &&
            strncmp(NAMES[name].variable, text, length) == 0)
            return true;
    return (strlen(tracer_dir) == length && strncmp(tracer_dir, text, length) == 0) ||
           (devices && strlen(devices_name) == length && strncmp(devices_name, text, length) == 0);
}

static bool add(char **environment, size_t *count, const char *name, const char *value)
{
    if (asprintf(&environment[*count], "%s=%s", name, value) < 0) {
        environment[*count] = NULL;
        return false;
    }
    (*count)++;
    return true;
}

char **template_environment(const struct template_values *values)
{
    size_t count = 0;
    char **result = calloc(count_of(environ) + NAME_COUNT + 3, sizeof *result);
    if (!result)
        return NULL;
    for (char **variable = environ; *variable; variable++) {
        if (is_ours(*variable, values->devices != NULL))
            continue;
        result[count] = strdup(*variable);
        if (!result[count++])
            goto failed;
    }
    for (enum name name = 0; name < NAME_COUNT; name++) {
        char number_text[NUMBER_TEXT];
        const char *value = text_of(name, values, number_text);
        if (value && !add(result, &count, NAMES[name].variable, value))
            goto failed;
    }
    if (!add(result, &count, "GMT_DIR", values->trace_dir))
        goto failed;
    if (values->devices && !add(result, &count, "CUDA_VISIBLE_DEVICES", values->devices))
        goto failed;
    return result;

failed:
    template_free(result);
    return NULL;
}

void template_free(char **texts)
{
    for (char **text = texts; text && *text; text++)
        free(*text);
    free(texts);
}
