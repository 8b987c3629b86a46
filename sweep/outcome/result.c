#include "sweep/outcome/result.h"

#include "schemas/support/output_json.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void result_begin(struct result *result)
{
    *result = (struct result){
        .status = -1,
        .signal = -1,
        .tried_mb = NAN,
        .capacity_mb = NAN,
        .in_use_mb = NAN,
        .free_mb = NAN,
        .seconds = NAN,
        .started = -1,
        .attempts = 1,
    };
}

void result_to_entry(const struct result *result, struct sweep_entry *entry)
{
    entry->outcome = result->outcome;
    entry->status = result->outcome == SWEEP_SUCCESS ? -1 : result->status;
    entry->signal = result->signal;
    memcpy(entry->cause, result->cause, sizeof entry->cause);
}

/* ---- the file ---- */

/* Its texts and figures, in the order of the file. */
static const struct {
    const char *key;
    size_t offset, size;
} TEXTS[] = {
    {"cause", offsetof(struct result, cause), sizeof((struct result *)0)->cause},
    {"memory", offsetof(struct result, memory), sizeof((struct result *)0)->memory},
    {"detail", offsetof(struct result, detail), sizeof((struct result *)0)->detail},
    {"warning", offsetof(struct result, warning), sizeof((struct result *)0)->warning},
};

static const struct {
    const char *key;
    size_t offset;
} FIGURES[] =
    {
        {"tried_to_allocate_MB", offsetof(struct result, tried_mb)},
        {"capacity_MB", offsetof(struct result, capacity_mb)},
        {"in_use_MB", offsetof(struct result, in_use_mb)},
        {"free_MB", offsetof(struct result, free_mb)},
        {"seconds", offsetof(struct result, seconds)},
},
  COUNTS[] = {
      {"status", offsetof(struct result, status)},
      {"signal", offsetof(struct result, signal)},
      {"started", offsetof(struct result, started)},
      {"attempts", offsetof(struct result, attempts)},
      {"output_bytes", offsetof(struct result, output_bytes)},
      {"output_left_out", offsetof(struct result, output_left_out)},
};

enum {
    TEXT_COUNT = sizeof TEXTS / sizeof *TEXTS,
    FIGURE_COUNT = sizeof FIGURES / sizeof *FIGURES,
    COUNT_COUNT = sizeof COUNTS / sizeof *COUNTS,
};

/* Output may hold any bytes, JSON only UTF-8: what is not ASCII becomes a question mark. */
static bool add_text(cJSON *object, const char *key, const char *text)
{
    char plain[OUTPUT_SCAN_MESSAGE];
    size_t i = 0;
    for (; text[i] && i + 1 < sizeof plain; i++)
        plain[i] = text[i];
    for (size_t k = 0; k < i; k++)
        if ((unsigned char)plain[k] >= 0x80)
            plain[k] = '?';
    plain[i] = '\0';
    return cJSON_AddStringToObject(object, key, plain) != NULL;
}

cJSON *result_to_json(const struct result *result)
{
    cJSON *object = cJSON_CreateObject();
    bool made =
        cJSON_AddStringToObject(object, "outcome", sweep_outcome_word(result->outcome)) != NULL;
    for (int i = 0; made && i < COUNT_COUNT; i++) {
        int64_t value;
        memcpy(&value, (const char *)result + COUNTS[i].offset, sizeof value);
        if (value >= 0)
            made = cJSON_AddNumberToObject(object, COUNTS[i].key, (double)value) != NULL;
    }
    for (int i = 0; made && i < FIGURE_COUNT; i++) {
        double value;
        memcpy(&value, (const char *)result + FIGURES[i].offset, sizeof value);
        if (!isnan(value))
            made = cJSON_AddNumberToObject(object, FIGURES[i].key, value) != NULL;
    }
    for (int i = 0; made && i < TEXT_COUNT; i++) {
        const char *text = (const char *)result + TEXTS[i].offset;
        if (*text)
            made = add_text(object, TEXTS[i].key, text);
    }
    if (made)
        return object;
    cJSON_Delete(object);
    return NULL;
}

bool result_write(const char *path, const struct result *result, struct fault *fault)
{
    return output_json(path, result_to_json(result), fault);
}

static bool take_object(const cJSON *object, struct result *result)
{
    const char *word = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, "outcome"));
    if (!word || !sweep_outcome_parse(word, &result->outcome))
        return false;
    for (int i = 0; i < COUNT_COUNT; i++) {
        double number =
            cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(object, COUNTS[i].key));
        if (number >= 0 && number < 0x1p53) {
            int64_t value = (int64_t)number;
            memcpy((char *)result + COUNTS[i].offset, &value, sizeof value);
        }
    }
    for (int i = 0; i < FIGURE_COUNT; i++) {
        double value =
            cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(object, FIGURES[i].key));
        memcpy((char *)result + FIGURES[i].offset, &value, sizeof value);
    }
    for (int i = 0; i < TEXT_COUNT; i++) {
        const char *text =
            cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, TEXTS[i].key));
        if (text)
            snprintf((char *)result + TEXTS[i].offset, TEXTS[i].size, "%s", text);
    }
    return true;
}

enum { MOST_FILE = 1 << 16 };

bool result_read(const char *path, struct result *result, struct fault *fault)
{
    result_begin(result);
    FILE *stream = fopen(path, "re");
    if (!stream)
        return fault_set_errno(fault, errno, "%s", path);
    char *text = malloc(MOST_FILE);
    size_t length = text ? fread(text, 1, MOST_FILE, stream) : 0;
    fclose(stream);
    cJSON *object = cJSON_ParseWithLength(text ? text : "", length);
    free(text);
    bool taken = object && take_object(object, result);
    cJSON_Delete(object);
    if (!taken)
        return fault_set(fault, "%s: expected a run's result, found something else", path);
    return true;
}
