#include "tracer/estimator/model/configuration_settings.h"

#include "schemas/support/units.h"

#include <math.h>
#include <string.h>

/* By Megatron's name for it, where the estimator has a setting of that name. */
static bool take_argument(struct model_settings *settings, size_t dimension,
                          const struct dimension_value *value, struct fault *fault)
{
    const char *argument = DIMENSIONS[dimension].argument;
    const struct setting *setting = argument ? setting_find(argument, strlen(argument)) : NULL;
    char text[DIMENSION_WORD_SIZE];
    if (!setting)
        return true;
    if (setting->kind == SETTING_SWITCH)
        return setting_take(setting, value->number ? "true" : "false", settings, fault);
    if (setting->kind == SETTING_INTEGER && value->number < 1)
        return true; /* None */
    return setting_take(setting, dimension_value_key_text(dimension, value, text), settings, fault);
}

/* Megatron's formula knows the optimizer's state shared out or not; gradients and parameters never
 * are. */
static bool take_zero(struct model_settings *settings, int64_t stage, struct fault *fault)
{
    static const char flag[] = "use-distributed-optimizer";
    if (stage > 1)
        return fault_set(fault, "zero: Megatron's formula knows 0 and 1, found %lld",
                         (long long)stage);
    return setting_take(setting_find(flag, strlen(flag)), stage ? "true" : "false", settings,
                        fault);
}

static void take_number(struct model_settings *settings, size_t dimension, int64_t number)
{
    switch (dimension) {
    case DIMENSION_DP: /* one of these follows from the other */
        settings->data_parallel_size = number;
        settings->world_size = 0;
        break;
    case DIMENSION_MICRO_BATCHES:
        settings->micro_batches = number;
        settings->global_batch_size = 0;
        break;
    case DIMENSION_VPP:
        settings->parallel.virtual_stages = number;
        settings->layers_a_virtual_stage = 0;
        break;
    default:
        break;
    }
}

bool settings_take_configuration(struct model_settings *settings,
                                 const struct configuration *configuration, struct fault *fault)
{
    bool counted = configuration->written & DIMENSION_BIT(DIMENSION_MICRO_BATCHES);
    settings->parallel.tp = settings->parallel.pp = 0;
    for (size_t i = 0; i < DIMENSION_COUNT; i++) {
        struct dimension_value value = configuration_value(configuration, i);
        bool given =
            (configuration->written & DIMENSION_BIT(i)) || (i == DIMENSION_DP && value.known);
        bool follows = i == DIMENSION_WORLD_SIZE || i == DIMENSION_DP ||
                       (i == DIMENSION_GLOBAL_BATCH_SIZE && counted);
        if (!given)
            continue;
        if (i == DIMENSION_ZERO && !take_zero(settings, value.number, fault))
            return false;
        if (!follows && !take_argument(settings, i, &value, fault))
            return false;
        take_number(settings, i, value.number);
    }
    return true;
}

bool settings_know_dimension(size_t dimension)
{
    const char *argument = DIMENSIONS[dimension].argument;
    return dimension == DIMENSION_DP || dimension == DIMENSION_VPP ||
           dimension == DIMENSION_MICRO_BATCHES || dimension == DIMENSION_ZERO ||
           (argument && setting_find(argument, strlen(argument)) != NULL);
}

double settings_theory_mb(const struct model_settings *model,
                          const struct configuration *configuration)
{
    struct model_settings settings = *model;
    gmt_model shape;
    gmt_parallel parallel;
    if (!settings_take_configuration(&settings, configuration, NULL) ||
        !settings_resolve(&settings, &shape, &parallel, NULL))
        return NAN;
    return mb_from_bytes(gmt_theoretical_bytes(&shape, &parallel));
}
