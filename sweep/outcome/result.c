#include "sweep/outcome/result.h"

#include "schemas/support/input_file.h"
#include "schemas/support/output_file.h"

#include <cjson/cJSON.h>
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
static void put_text(struct json_writer *json, const char *key, const char *text)
{
    char plain[OUTPUT_SCAN_MESSAGE];
    snprintf(plain, sizeof plain, "%s", text);
    for (char *at = plain; *at; at++)
        if ((unsigned char)*at >= 0x80)
            *at = '?';
    if (*plain)
        json_put_text(json, key, plain);
}

void result_write_json(const struct result *result, struct json_writer *json)
{
    json_put_text(json, "outcome", sweep_outcome_word(result->outcome));
    for (int i = 0; i < COUNT_COUNT; i++) {
        int64_t value;
        memcpy(&value, (const char *)result + COUNTS[i].offset, sizeof value);
        json_put_count(json, COUNTS[i].key, value);
    }
    for (int i = 0; i < FIGURE_COUNT; i++) {
        double value;
        memcpy(&value, (const char *)result + FIGURES[i].offset, sizeof value);
        json_put_number(json, FIGURES[i].key, value);
    }
    for (int i = 0; i < TEXT_COUNT; i++)
        put_text(json, TEXTS[i].key, (const char *)result + TEXTS[i].offset);
}

bool result_write(const char *path, const struct result *result, struct fault *fault)
{
    struct output_file file;
    if (!output_file_open(&file, path, fault))
        return false;
    struct json_writer json = json_writer_begin(file.stream);
    json_object_begin(&json, NULL);
    result_write_json(result, &json);
    json_end(&json);
    return output_file_commit(&file, fault);
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
    size_t length;
    char *text = input_file_read(path, "a run's result", MOST_FILE, &length, fault);
    if (!text)
        return false;
    cJSON *object = cJSON_ParseWithLength(text, length);
    free(text);
    bool taken = object && take_object(object, result);
    cJSON_Delete(object);
    if (!taken)
        return fault_set(fault, "%s: expected a run's result, found something else", path);
    return true;
}
