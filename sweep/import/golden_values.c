#include "sweep/import/golden_values.h"

#include "schemas/support/input_file.h"
#include "schemas/support/text.h"
#include "sweep/import/series.h"

#include <cjson/cJSON.h>
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LARGEST = 1 << 28 };

/* An object whose first member is a series. */
bool golden_values_is(const char *bytes, size_t length)
{
    static const char start[] = "\"start_step\"";
    size_t at = 0;
    while (at < length && isspace((unsigned char)bytes[at]))
        at++;
    return at < length && bytes[at] == '{' && memmem(bytes, length, start, strlen(start));
}

/* ---- series, in both shapes ---- */

static bool whole(const cJSON *number, int64_t *value)
{
    if (!cJSON_IsNumber(number) || !(fabs(number->valuedouble) < 0x1p53) ||
        floor(number->valuedouble) < number->valuedouble)
        return false;
    *value = (int64_t)number->valuedouble;
    return true;
}

static bool add(struct series *series, const char *name, int64_t step, const cJSON *value)
{
    /* "nan" is a text there */
    return !cJSON_IsNumber(value) ||
           series_add(series, name, strlen(name), step, value->valuedouble, NAN);
}

/* core_r0.11 on: {"1": 10.5, "5": 10.4} */
static bool add_by_step(struct series *series, const char *name, const cJSON *values)
{
    const cJSON *value;
    cJSON_ArrayForEach(value, values)
    {
        char *end;
        errno = 0;
        int64_t step = strtoll(value->string, &end, 10);
        bool known = isdigit((unsigned char)value->string[0]) && !*end && errno == 0;
        if (known && !add(series, name, step, value))
            return false;
    }
    return true;
}

/* Before: [10.5, 10.4], from start_step on, one each step_interval. */
static bool add_in_order(struct series *series, const char *name, const cJSON *of,
                         const cJSON *values)
{
    int64_t step, interval;
    if (!whole(cJSON_GetObjectItemCaseSensitive(of, "start_step"), &step) ||
        !whole(cJSON_GetObjectItemCaseSensitive(of, "step_interval"), &interval) || interval < 1)
        return true;
    const cJSON *value;
    cJSON_ArrayForEach(value, values)
    {
        if (!add(series, name, step, value))
            return false;
        step += interval;
    }
    return true;
}

static bool add_all(struct series *series, const cJSON *all)
{
    const cJSON *of;
    cJSON_ArrayForEach(of, all)
    {
        const cJSON *values = cJSON_GetObjectItemCaseSensitive(of, "values");
        bool added = cJSON_IsArray(values)    ? add_in_order(series, of->string, of, values)
                     : cJSON_IsObject(values) ? add_by_step(series, of->string, values)
                                              : true;
        if (!added)
            return false;
    }
    return true;
}

/* ---- the test: its flags, and what tells it from others ---- */

/* "  --tensor-model-parallel-size: 2 # why" */
static void take_flag(struct import_run *run, char *line)
{
    char *name = line + strspn(line, " "), *colon = strstr(name, ": ");
    if (strncmp(name, "--", 2) != 0 || !colon)
        return;
    *colon = '\0';
    char *value = colon + 2 + strspn(colon + 2, " \"'");
    value[strcspn(value, "\"'\r")] = '\0';
    char *remark = strstr(value, " #");
    if (remark)
        *remark = '\0';
    megatron_arguments_take(&run->arguments, name, value);
}

/* In names '-' stands for '_', and no tag has one. */
static bool add_tag(struct import_run *run, const char *key, const char *text, size_t length,
                    struct fault *fault)
{
    char tag[300];
    int written = snprintf(tag, sizeof tag, "%s-%.*s", key, (int)length, text);
    if (written < 0 || (size_t)written >= sizeof tag)
        return fault_set(fault, "%s: too long a name", text);
    for (char *at = tag; *at; at++)
        if (*at == '_')
            *at = '-';
    return configuration_add_tag(&run->told, tag, (size_t)written, fault);
}

/* tests/functional_tests/test_cases/gpt/CASE/golden_values_RUN.json, beside model_config.yaml: runs
 * of one test on other GPUs, and other tests with the same sizes, are other configurations. */
static bool take_test(struct import_run *run, const char *path, struct fault *fault)
{
    static const char begin[] = "golden_values_", end[] = ".json";
    const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
    char *config = NULL;
    if (strncmp(base, begin, strlen(begin)) == 0 && text_ends_with(base, end) &&
        !add_tag(run, "run", base + strlen(begin), strlen(base) - strlen(begin) - strlen(end),
                 fault))
        return false;
    if (asprintf(&config, "%.*smodel_config.yaml", (int)(base - path), path) < 0)
        return fault_set_errno(fault, ENOMEM, "%s", path);
    struct input_lines lines;
    bool well = true;
    struct fault why;
    if (!input_lines_open(&lines, config, "a test's flags", &why)) {
        well = why.error == ENOENT || fault_set(fault, "%s", why.text);
    } else {
        while (input_lines_next(&lines))
            take_flag(run, lines.line);
        well = input_lines_close(&lines, fault);
        const char *name = slash;
        while (name && name > path && name[-1] != '/')
            name--;
        if (well && name && name < slash)
            well = add_tag(run, "case", name, (size_t)(slash - name), fault);
    }
    free(config);
    return well;
}

bool golden_values_read(struct import_run *run, const char *path, struct fault *fault)
{
    size_t length;
    char *text = input_file_read(path, "recorded values", LARGEST, &length, fault);
    if (!text)
        return false;
    cJSON *all = cJSON_ParseWithLength(text, length);
    struct series series = {0};
    bool read = cJSON_IsObject(all) || fault_set(fault, "%s: is not whole JSON", path);
    read = read && ((add_all(&series, all) && series_fill_run(&series, 0, run)) ||
                    fault_set_errno(fault, ENOMEM, "%s", path));
    read = read && take_test(run, path, fault);
    run->alone = true;
    series_free(&series);
    cJSON_Delete(all);
    free(text);
    return read;
}
