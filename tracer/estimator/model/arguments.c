/* Estimates from a job's settings as texts, for callers that have no gmt_model: the public call,
 * and what argument names differ from flags. */
#include "schemas/configuration/megatron_arguments.h"
#include "tracer/estimator/model/configuration_settings.h"
#include "tracer/estimator/model/hugging_face.h"
#include "tracer/estimator/model/megatron_flags.h"
#include "tracer/estimator/model/settings.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static const char HUGGING_FACE[] = "hugging_face.";

/* Arguments that the parser stores under another name than the flag's, or as its opposite. Source:
 * dest= in megatron/training/arguments.py, core_r0.7 to 0.19. */
static const struct {
    const char *argument, *flag;
    bool opposite;
} STORED[] = {
    {"fp8", "fp8-format", false},
    {"fp8_param", "fp8-param-gather", false},
    {"add_position_embedding", "no-position-embedding", true},
    {"add_bias_linear", "disable-bias-linear", true},
    {"micro_batches", "num-microbatches", false}, /* as a configuration has it */
};

struct given {
    const gmt_argument *list;
    size_t count;
};

static bool is_none(const char *value)
{
    return !*value || strcasecmp(value, "none") == 0;
}

static bool take_setting(const gmt_argument *argument, struct model_settings *settings,
                         struct fault *fault)
{
    const char *flag = argument->name, *value = argument->value;
    for (size_t i = 0; i < sizeof STORED / sizeof *STORED; i++)
        if (strcmp(argument->name, STORED[i].argument) == 0) {
            flag = STORED[i].flag;
            if (STORED[i].opposite)
                value = strcasecmp(value, "true") == 0 ? "false" : "true";
        }
    const struct setting *setting = setting_find(flag, strlen(flag));
    return !setting || is_none(value) || setting_take(setting, value, settings, fault);
}

/* ---- a model of Hugging Face's ---- */

static bool look_up(const void *of, const char *key, char *text, size_t size)
{
    const struct given *given = of;
    size_t prefix = sizeof HUGGING_FACE - 1;
    for (size_t i = 0; i < given->count; i++) {
        const gmt_argument *argument = &given->list[i];
        if (strncmp(argument->name, HUGGING_FACE, prefix) != 0 ||
            strcmp(argument->name + prefix, key) != 0 || is_none(argument->value))
            continue;
        return (size_t)snprintf(text, size, "%s", argument->value) < size;
    }
    return false;
}

/* ---- together ---- */

/* The flags among them ("--name") that touch memory and are not modelled, joined by commas. */
static void list_not_modelled(const struct given *given, char *text, size_t size)
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < given->count; i++) {
        const char *flag = given->list[i].name, *reason = NULL;
        if (strncmp(flag, "--", 2) != 0 || !megatron_flag_find(flag + 2, strlen(flag + 2), &reason))
            continue;
        if (reason || megatron_flag_is_harmless(flag + 2, strlen(flag + 2), given->list[i].value))
            continue;
        size_t length = strlen(flag) + 2;
        if (used + length < size)
            used += (size_t)snprintf(text + used, size - used, "%s%s", used ? ", " : "", flag);
    }
}

static bool take_all(const struct given *given, struct model_settings *settings,
                     struct fault *fault)
{
    struct megatron_arguments taken = {0};
    struct configuration configuration;
    const struct hugging_face_source source = {look_up, given};
    char type[HUGGING_FACE_TEXT];
    if (look_up(given, "model_type", type, sizeof type) &&
        !hugging_face_take(&source, settings, fault))
        return false;
    for (size_t i = 0; i < given->count; i++) {
        const gmt_argument *argument = &given->list[i];
        if (strncmp(argument->name, "--", 2) == 0)
            continue;
        if (!take_setting(argument, settings, fault))
            return false;
        megatron_arguments_take_any(&taken, argument->name, argument->value);
    }
    megatron_arguments_finish(&taken, &configuration);
    return settings_take_configuration(settings, &configuration, fault);
}

static void estimate(const struct given *given, gmt_argument_estimate *result)
{
    struct model_settings settings = {0};
    struct fault fault = {0};
    gmt_model model;
    gmt_parallel parallel;
    if (!take_all(given, &settings, &fault) ||
        !settings_resolve(&settings, &model, &parallel, &fault)) {
        snprintf(result->why, sizeof result->why, "%.255s", fault.text);
        return;
    }
    result->megatron_minor =
        parallel.megatron_minor ? parallel.megatron_minor : GMT_MEGATRON_NEWEST;
    result->theoretical_bytes = gmt_theoretical_bytes(&model, &parallel);
    const char *wants = settings_wants_ranks(&settings);
    if (wants)
        snprintf(result->why, sizeof result->why, "%s: over how many ranks is not said", wants);
    else
        result->expected_peak_bytes = gmt_expected_peak_bytes(&model, &parallel);
    list_not_modelled(given, result->not_modelled, sizeof result->not_modelled);
}

gmt_status gmt_estimate_arguments_sized(const gmt_argument *arguments, size_t count,
                                        gmt_argument_estimate *result, size_t size)
{
    gmt_argument_estimate whole = {.theoretical_bytes = GMT_UNKNOWN,
                                   .expected_peak_bytes = GMT_UNKNOWN};
    if (!result || size == 0 || (!arguments && count > 0))
        return GMT_INVALID;
    for (size_t i = 0; i < count; i++)
        if (!arguments[i].name || !arguments[i].value)
            return GMT_INVALID;
    estimate(&(struct given){arguments, count}, &whole);
    memcpy(result, &whole, size < sizeof whole ? size : sizeof whole);
    return *whole.why && whole.theoretical_bytes == GMT_UNKNOWN ? GMT_INVALID : GMT_OK;
}
