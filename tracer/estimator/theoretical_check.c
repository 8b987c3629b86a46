/* Defaults, and what does not fit together. */
#include "tracer/estimator/theoretical_memory.h"

#include <stddef.h>

/* So that no product of sizes leaves a double's range, whatever is asked for. */
static const int64_t MOST_SIZE = INT32_MAX;

struct size_field {
    const char *name;
    size_t offset;
    int64_t otherwise; /* what 0 stands for; -1: it must be given */
};

#define REQUIRED (-1)

static const struct size_field MODEL_SIZES[] = {
    {"layers", offsetof(gmt_model, layers), REQUIRED},
    {"hidden_size", offsetof(gmt_model, hidden_size), REQUIRED},
    {"attention_heads", offsetof(gmt_model, attention_heads), REQUIRED},
    {"sequence_length", offsetof(gmt_model, sequence_length), REQUIRED},
    {"padded_vocabulary", offsetof(gmt_model, padded_vocabulary), REQUIRED},
    {"ffn_hidden_size", offsetof(gmt_model, ffn_hidden_size), 0},
    {"query_groups", offsetof(gmt_model, query_groups), 0},
    {"kv_channels", offsetof(gmt_model, kv_channels), 0},
    {"experts", offsetof(gmt_model, experts), 0},
    {"moe_ffn_hidden_size", offsetof(gmt_model, moe_ffn_hidden_size), 0},
    {"shared_expert_ffn_hidden_size", offsetof(gmt_model, shared_expert_ffn_hidden_size), 0},
    {"moe_layer_frequency", offsetof(gmt_model, moe_layer_frequency), 1},
    {"moe_layers", offsetof(gmt_model, moe_layers), 0},
    {"router_top_k", offsetof(gmt_model, router_top_k), 0},
};

static const struct size_field PARALLEL_SIZES[] = {
    {"tp", offsetof(gmt_parallel, tp), 1},
    {"pp", offsetof(gmt_parallel, pp), 1},
    {"dp", offsetof(gmt_parallel, dp), 1},
    {"cp", offsetof(gmt_parallel, cp), 1},
    {"ep", offsetof(gmt_parallel, ep), 1},
    {"virtual_stages", offsetof(gmt_parallel, virtual_stages), 1},
    {"micro_batch_size", offsetof(gmt_parallel, micro_batch_size), 1},
    {"micro_batches", offsetof(gmt_parallel, micro_batches), 0},
    {"recompute_layers", offsetof(gmt_parallel, recompute_layers), 1},
};

static const struct bytes_field {
    const char *name;
    size_t offset;
    double otherwise;
} BYTES[] = {
    /* Mixed precision: 16-bit weights, 32-bit gradients, master weights and two moments; 18 bytes
     * a parameter in all (Megatron-LM's theoretical_memory_usage.py). */
    {"weight_bytes", offsetof(gmt_parallel, weight_bytes), 2},
    {"gradient_bytes", offsetof(gmt_parallel, gradient_bytes), 4},
    {"master_bytes", offsetof(gmt_parallel, master_bytes), 4},
    {"moment_bytes", offsetof(gmt_parallel, moment_bytes), 8},
};

static bool refuse(gmt_memory_estimate *estimate, const char *field, const char *expected)
{
    estimate->invalid_field = field;
    estimate->expected = expected;
    return false;
}

static bool check_sizes(void *structure, const struct size_field *fields, size_t count,
                        gmt_memory_estimate *estimate)
{
    for (size_t i = 0; i < count; i++) {
        int64_t *value = (int64_t *)(void *)((char *)structure + fields[i].offset);
        bool required = fields[i].otherwise == REQUIRED;
        if (*value < required || *value > MOST_SIZE)
            return refuse(estimate, fields[i].name,
                          required ? "from 1 to 2147483647" : "from 0 to 2147483647");
        if (*value == 0)
            *value = fields[i].otherwise;
    }
    return true;
}

static bool check_bytes(gmt_parallel *parallel, gmt_memory_estimate *estimate)
{
    for (size_t i = 0; i < sizeof BYTES / sizeof *BYTES; i++) {
        double *value = (double *)(void *)((char *)parallel + BYTES[i].offset);
        if (*value == GMT_NO_BYTES) {
            *value = 0;
            continue;
        }
        if (!(*value >= 0 && *value <= 64))
            return refuse(estimate, BYTES[i].name, "from 0 to 64, or GMT_NO_BYTES");
        if (*value == 0)
            *value = BYTES[i].otherwise;
    }
    return true;
}

/* Widths that follow from others. */
static bool derive_widths(gmt_model *model, gmt_memory_estimate *estimate)
{
    if (model->ffn_hidden_size == 0) {
        int64_t wide = 4 * model->hidden_size;
        /* As Megatron-LM: a gated MLP's third matrix costs no more parameters than the two. */
        model->ffn_hidden_size = model->gated_mlp ? wide * 2 / 3 / 64 * 64 : wide;
        if (model->ffn_hidden_size == 0)
            return refuse(estimate, "ffn_hidden_size",
                          "given, where hidden_size is under 24 and the MLP gated");
    }
    if (model->query_groups == 0)
        model->query_groups = model->attention_heads;
    if (model->kv_channels == 0) {
        if (model->hidden_size % model->attention_heads != 0)
            return refuse(estimate, "hidden_size",
                          "a multiple of attention_heads, where kv_channels is not given");
        model->kv_channels = model->hidden_size / model->attention_heads;
    }
    if (model->moe_ffn_hidden_size == 0)
        model->moe_ffn_hidden_size = model->ffn_hidden_size;
    return true;
}

static bool check_tensor_parallel(const gmt_model *model, const gmt_parallel *parallel,
                                  gmt_memory_estimate *estimate)
{
    int64_t tp = parallel->tp, groups = model->query_groups;
    if (model->attention_heads % tp != 0)
        return refuse(estimate, "attention_heads", "a multiple of tp");
    if (model->attention_heads % groups != 0)
        return refuse(estimate, "query_groups", "a divisor of attention_heads");
    if (groups % tp != 0 && tp % groups != 0)
        return refuse(estimate, "query_groups", "a multiple or a divisor of tp");
    if (model->ffn_hidden_size % tp != 0)
        return refuse(estimate, "ffn_hidden_size", "a multiple of tp");
    if (model->padded_vocabulary % tp != 0)
        return refuse(estimate, "padded_vocabulary", "a multiple of tp");
    return true;
}

static bool check_pipeline(const gmt_model *model, const gmt_parallel *parallel,
                           gmt_memory_estimate *estimate)
{
    if (parallel->virtual_stages > 1 && parallel->pp == 1)
        return refuse(estimate, "virtual_stages", "1, where pp is 1");
    /* Stages of unlike depth are possible, and the formula takes their average. */
    if (model->layers < parallel->pp)
        return refuse(estimate, "layers", "at least pp");
    if (model->moe_layers > model->layers)
        return refuse(estimate, "moe_layers", "at most layers");
    if (parallel->virtual_stages > 1 &&
        model->layers % (parallel->pp * parallel->virtual_stages) != 0)
        return refuse(estimate, "layers", "a multiple of pp x virtual_stages");
    estimate->layers_uneven = model->layers % parallel->pp != 0;
    return true;
}

static bool check_sequence(const gmt_model *model, const gmt_parallel *parallel,
                           gmt_memory_estimate *estimate)
{
    if (model->sequence_length % parallel->cp != 0)
        return refuse(estimate, "sequence_length", "a multiple of cp");
    if (!parallel->no_sequence_parallel &&
        model->sequence_length / parallel->cp % parallel->tp != 0)
        return refuse(estimate, "sequence_length",
                      "a multiple of cp x tp, or no_sequence_parallel");
    return true;
}

static bool check_experts(const gmt_model *model, const gmt_parallel *parallel,
                          gmt_memory_estimate *estimate)
{
    if (model->experts == 0) {
        if (parallel->ep > 1)
            return refuse(estimate, "ep", "1, where there are no experts");
        if (model->shared_expert_ffn_hidden_size > 0)
            return refuse(estimate, "shared_expert_ffn_hidden_size",
                          "0, where there are no experts");
        if (model->router_top_k > 0)
            return refuse(estimate, "router_top_k", "0, where there are no experts");
        return true;
    }
    if (model->router_top_k > model->experts)
        return refuse(estimate, "router_top_k", "at most experts");
    if (model->experts % parallel->ep != 0)
        return refuse(estimate, "experts", "a multiple of ep");
    if (parallel->dp * parallel->cp % parallel->ep != 0)
        return refuse(estimate, "ep", "a divisor of dp x cp");
    return true;
}

bool theoretical_check(gmt_model *model, gmt_parallel *parallel, gmt_memory_estimate *estimate)
{
    if (!check_sizes(model, MODEL_SIZES, sizeof MODEL_SIZES / sizeof *MODEL_SIZES, estimate) ||
        !check_sizes(parallel, PARALLEL_SIZES, sizeof PARALLEL_SIZES / sizeof *PARALLEL_SIZES,
                     estimate) ||
        !check_bytes(parallel, estimate))
        return false;
    switch (parallel->recompute) {
    case GMT_RECOMPUTE_SELECTIVE:
    case GMT_RECOMPUTE_NONE:
    case GMT_RECOMPUTE_FULL:
        break;
    default:
        return refuse(estimate, "recompute", "one of gmt_recompute");
    }
    return derive_widths(model, estimate) && check_tensor_parallel(model, parallel, estimate) &&
           check_pipeline(model, parallel, estimate) && check_sequence(model, parallel, estimate) &&
           check_experts(model, parallel, estimate);
}
