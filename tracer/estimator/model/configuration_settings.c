#include "tracer/estimator/model/configuration_settings.h"

#include "schemas/support/units.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static bool take_flag(struct model_settings *settings, const char *flag, const char *value,
                      struct fault *fault)
{
    return setting_take(setting_find(flag, strlen(flag)), value, settings, fault);
}

/* What data-parallel ranks share out: 0 nothing, 1 the optimizer's state, 2 gradients, 3
 * parameters. From 2 on it is Megatron-FSDP that does it, unless the settings name another. */
static bool take_zero(struct model_settings *settings, int64_t stage, struct fault *fault)
{
    if (stage > 3)
        return fault_set(fault, "zero: expected from 0 to 3, found %lld", (long long)stage);
    settings->distributed_optimizer = stage == 1;
    settings->torch_fsdp2 = settings->torch_fsdp2 && stage == 3;
    settings->megatron_fsdp = stage > 1 && !settings->torch_fsdp2;
    settings->sharding_strategy = (int)stage + 1;
    return true;
}

/* "none", "selective", "full", or the modules of selective recomputation, "core-attn+moe-act". */
static bool take_recompute(struct model_settings *settings, const char *word, struct fault *fault)
{
    bool modules =
        strcmp(word, "none") != 0 && strcmp(word, "selective") != 0 && strcmp(word, "full") != 0;
    settings->recompute_activations = false;
    return take_flag(settings, "recompute-granularity", modules ? "selective" : word, fault) &&
           (!modules || take_flag(settings, "recompute-modules", word, fault));
}

static bool take_precision(struct model_settings *settings, const char *word, struct fault *fault)
{
    bool fp16 = strcmp(word, "fp16") == 0, fp8 = strcmp(word, "fp8") == 0;
    if (!fp16 && !fp8 && strcmp(word, "bf16") != 0 && strcmp(word, "fp32") != 0)
        return fault_set(fault, "prec: expected fp32, fp16, bf16 or fp8, found '%s'", word);
    settings->fp16 = fp16;
    settings->bf16 = !fp16 && strcmp(word, "fp32") != 0;
    settings->fp8 = fp8;
    return true;
}

/* By Megatron's name for it, where the estimator has a setting of that name. */
static bool take_argument(struct model_settings *settings, size_t dimension,
                          const struct dimension_value *value, struct fault *fault)
{
    const char *argument = DIMENSIONS[dimension].argument;
    const struct setting *setting = argument ? setting_find(argument, strlen(argument)) : NULL;
    char text[DIMENSION_WORD_SIZE];
    if (dimension == DIMENSION_ZERO)
        return take_zero(settings, value->number, fault);
    if (dimension == DIMENSION_RECOMPUTE)
        return take_recompute(settings, value->word, fault);
    if (dimension == DIMENSION_PRECISION)
        return take_precision(settings, value->word, fault);
    if (!setting)
        return true;
    if (setting->kind == SETTING_SWITCH)
        return setting_take(setting, value->number ? "true" : "false", settings, fault);
    if (setting->kind == SETTING_INTEGER && value->number < 1)
        return true; /* None */
    return setting_take(setting, dimension_value_key_text(dimension, value, text), settings, fault);
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
           dimension == DIMENSION_PRECISION ||
           (argument && setting_find(argument, strlen(argument)) != NULL);
}

/* The settings of a model with a configuration over them, resolved. */
static bool resolve(const struct model_settings *model, const struct configuration *configuration,
                    bool assume, struct model_settings *settings, gmt_model *shape,
                    gmt_parallel *parallel)
{
    *settings = *model;
    if (!settings_take_configuration(settings, configuration, NULL))
        return false;
    if (assume && !settings->sequence_parallel_said)
        settings->parallel.sequence_parallel = true;
    if (assume && !settings->recompute_said)
        settings->parallel.recompute = GMT_RECOMPUTE_SELECTIVE;
    return settings_resolve(settings, shape, parallel, NULL);
}

double settings_theory_mb(const struct model_settings *model,
                          const struct configuration *configuration)
{
    struct model_settings settings;
    gmt_model shape;
    gmt_parallel parallel;
    if (!resolve(model, configuration, true, &settings, &shape, &parallel))
        return NAN;
    uint64_t bytes = gmt_theoretical_bytes(&shape, &parallel);
    return bytes == GMT_UNKNOWN ? NAN : mb_from_bytes(bytes);
}

double settings_expected_mb(const struct model_settings *model,
                            const struct configuration *configuration)
{
    struct model_settings settings;
    gmt_model shape;
    gmt_parallel parallel;
    if (!resolve(model, configuration, false, &settings, &shape, &parallel) ||
        settings_wants_ranks(&settings))
        return NAN;
    uint64_t bytes = gmt_expected_peak_bytes(&shape, &parallel);
    return bytes == GMT_UNKNOWN ? NAN : mb_from_bytes(bytes);
}

char *settings_theory_text(const struct model_settings *model, char *buffer, size_t size)
{
    long long minor =
        model->parallel.megatron_minor ? model->parallel.megatron_minor : GMT_MEGATRON_NEWEST;
    bool sequence = !model->sequence_parallel_said, recompute = !model->recompute_said;
    snprintf(buffer, size, "theory: as Megatron-LM 0.%lld reports it%s%s%s%s", minor,
             sequence || recompute ? "; where a run does not say, with " : "",
             sequence ? "sequence parallelism" : "", sequence && recompute ? " and " : "",
             recompute ? "selective recomputation" : "");
    return buffer;
}
