#include "tracer/estimator/model/throughput.h"

#include "tracer/estimator/model/configuration_settings.h"

#include <math.h>
#include <string.h>

static const double MS_PER_S = 1000, FLOPS_PER_TFLOP = 1e12;

/* A multiplication and an addition an element; forward, and backward for the input and for the
 * weight. */
static const double OPERATIONS = 2, PASSES = 3;

static double or_default(int64_t value, double otherwise)
{
    return value > 0 ? (double)value : otherwise;
}

static double ffn_width(const gmt_model *model)
{
    double hidden = (double)model->hidden_size;
    bool narrow = model->gated_mlp && !model->quick_geglu;
    return or_default(model->ffn_hidden_size,
                      narrow ? floor(8 * hidden / 3 / 64) * 64 : 4 * hidden);
}

/* Elements of a multi-layer perceptron's weights. */
static double mlp_weights(const gmt_model *model, double width)
{
    return (double)model->hidden_size * width * (model->gated_mlp || model->quick_geglu ? 3 : 2);
}

static double attention_products(const gmt_model *model)
{
    double hidden = (double)model->hidden_size, heads = (double)model->attention_heads;
    double width = or_default(model->kv_channels, hidden / heads);
    double groups = or_default(model->query_groups, heads);
    double weights = hidden * width * (2 * heads + 2 * groups);
    return weights + 2 * (double)model->sequence_length * heads * width;
}

static bool has_experts(const gmt_model *model, int64_t layer)
{
    if (model->experts <= 0)
        return false;
    if (model->moe_layer_pattern)
        return layer < (int64_t)strlen(model->moe_layer_pattern) &&
               model->moe_layer_pattern[layer] == '1';
    return model->moe_layer_frequency <= 0 || layer % model->moe_layer_frequency == 0;
}

double model_flops_a_token(const gmt_model *model)
{
    if (model->multi_latent_attention || model->hybrid_pattern || model->mtp_layers > 0 ||
        model->moe_latent_size > 0)
        return NAN;
    double dense = mlp_weights(model, ffn_width(model));
    double experts =
        or_default(model->router_top_k, 2) *
            mlp_weights(model, or_default(model->moe_ffn_hidden_size, ffn_width(model))) +
        mlp_weights(model, (double)model->shared_expert_ffn_hidden_size);
    double products = (double)model->hidden_size * (double)model->padded_vocabulary;
    for (int64_t i = 0; i < model->layers; i++)
        products += attention_products(model) + (has_experts(model, i) ? experts : dense);
    return PASSES * OPERATIONS * products;
}

/* ---- of a run ---- */

static bool resolve(const struct model_settings *model, const struct configuration *configuration,
                    struct model_settings *settings, gmt_model *shape, gmt_parallel *parallel)
{
    if (!model)
        return false;
    *settings = *model;
    return settings_take_configuration(settings, configuration, NULL) &&
           settings_resolve(settings, shape, parallel, NULL);
}

static double known(int64_t number)
{
    return number > 0 ? (double)number : NAN;
}

double throughput_tokens(const struct model_settings *model,
                         const struct configuration *configuration)
{
    struct model_settings settings;
    gmt_model shape;
    gmt_parallel parallel;
    double length = known(configuration_number(configuration, DIMENSION_SEQUENCE_LENGTH));
    double batch = known(configuration_number(configuration, DIMENSION_GLOBAL_BATCH_SIZE));
    if (isnan(batch))
        batch = known(configuration_number(configuration, DIMENSION_MICRO_BATCH_SIZE)) *
                known(configuration_number(configuration, DIMENSION_MICRO_BATCHES)) *
                known(configuration_number(configuration, DIMENSION_DP));
    if (!resolve(model, configuration, &settings, &shape, &parallel))
        return batch * length;
    if (isnan(length))
        length = known(shape.sequence_length);
    if (isnan(batch))
        batch = known(settings.global_batch_size);
    return batch * length;
}

double throughput_tokens_a_gpu(const struct model_settings *model,
                               const struct configuration *configuration, double step_ms)
{
    double world = known(configuration_number(configuration, DIMENSION_WORLD_SIZE));
    return step_ms > 0 ? throughput_tokens(model, configuration) / (step_ms / MS_PER_S) / world
                       : NAN;
}

double throughput_mfu(const struct model_settings *model, const struct configuration *configuration,
                      double step_ms, double tflops, double peak_tflops)
{
    struct model_settings settings;
    gmt_model shape;
    gmt_parallel parallel;
    double counted = NAN;
    if (resolve(model, configuration, &settings, &shape, &parallel))
        counted = model_flops_a_token(&shape) *
                  throughput_tokens_a_gpu(model, configuration, step_ms) / FLOPS_PER_TFLOP;
    return (isnan(counted) ? tflops : counted) / (peak_tflops > 0 ? peak_tflops : NAN);
}
