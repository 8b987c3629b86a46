/* Defaults, and what does not fit together. */
#include "tracer/estimator/theoretical_memory.h"

#include "tracer/estimator/layout.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

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
    {"positions", offsetof(gmt_model, positions), 0},
    {"experts", offsetof(gmt_model, experts), 0},
    {"moe_ffn_hidden_size", offsetof(gmt_model, moe_ffn_hidden_size), 0},
    {"shared_expert_ffn_hidden_size", offsetof(gmt_model, shared_expert_ffn_hidden_size), 0},
    {"moe_layer_frequency", offsetof(gmt_model, moe_layer_frequency), 1},
    {"router_top_k", offsetof(gmt_model, router_top_k), 2},
    {"moe_latent_size", offsetof(gmt_model, moe_latent_size), 0},
    {"q_lora_rank", offsetof(gmt_model, q_lora_rank), 0},
    {"kv_lora_rank", offsetof(gmt_model, kv_lora_rank), 32},
    {"qk_head_dim", offsetof(gmt_model, qk_head_dim), 128},
    {"qk_pos_emb_head_dim", offsetof(gmt_model, qk_pos_emb_head_dim), 64},
    {"v_head_dim", offsetof(gmt_model, v_head_dim), 128},
    {"mtp_layers", offsetof(gmt_model, mtp_layers), 0},
    {"mamba_heads", offsetof(gmt_model, mamba_heads), 0},
    {"mamba_head_dim", offsetof(gmt_model, mamba_head_dim), 64},
    {"mamba_state_dim", offsetof(gmt_model, mamba_state_dim), 128},
    {"mamba_groups", offsetof(gmt_model, mamba_groups), 8},
    {"delta_frequency", offsetof(gmt_model, delta_frequency), 0},
    {"delta_key_heads", offsetof(gmt_model, delta_key_heads), 16},
    {"delta_value_heads", offsetof(gmt_model, delta_value_heads), 32},
    {"delta_key_head_dim", offsetof(gmt_model, delta_key_head_dim), 128},
    {"delta_value_head_dim", offsetof(gmt_model, delta_value_head_dim), 128},
    {"delta_kernel", offsetof(gmt_model, delta_kernel), 4},
};

static const struct size_field PARALLEL_SIZES[] = {
    {"tp", offsetof(gmt_parallel, tp), 1},
    {"pp", offsetof(gmt_parallel, pp), 1},
    {"dp", offsetof(gmt_parallel, dp), 1},
    {"cp", offsetof(gmt_parallel, cp), 1},
    {"ep", offsetof(gmt_parallel, ep), 1},
    {"etp", offsetof(gmt_parallel, etp), 0},
    {"virtual_stages", offsetof(gmt_parallel, virtual_stages), 1},
    {"micro_batch_size", offsetof(gmt_parallel, micro_batch_size), 1},
    {"micro_batches", offsetof(gmt_parallel, micro_batches), 0},
    {"megatron_minor", offsetof(gmt_parallel, megatron_minor), GMT_MEGATRON_NEWEST},
    {"recompute_layers", offsetof(gmt_parallel, recompute_layers), 1},
    {"optimizer_instances", offsetof(gmt_parallel, optimizer_instances), 1},
    {"first_stage_layers", offsetof(gmt_parallel, first_stage_layers), 0},
    {"last_stage_layers", offsetof(gmt_parallel, last_stage_layers), 0},
    {"cublas_workspace", offsetof(gmt_parallel, cublas_workspace), 0},
    {"micro_batch_group", offsetof(gmt_parallel, micro_batch_group), 0},
    {"deferral_limit", offsetof(gmt_parallel, deferral_limit), 0},
};

/* What a parameter takes, bytes. What 0 stands for depends on the precision: the terms know. */
static const struct bytes_field {
    const char *name;
    size_t offset;
} BYTES[] = {
    {"weight_bytes", offsetof(gmt_parallel, weight_bytes)},
    {"gradient_bytes", offsetof(gmt_parallel, gradient_bytes)},
    {"master_bytes", offsetof(gmt_parallel, master_bytes)},
    {"moment_bytes", offsetof(gmt_parallel, moment_bytes)},
};

/* Fields that hold one of a few values, from 0 to `most`. */
static const struct choice_field {
    const char *name;
    size_t offset;
    unsigned most;
} CHOICES[] = {
    {"recompute", offsetof(gmt_parallel, recompute), GMT_RECOMPUTE_FULL},
    {"precision", offsetof(gmt_parallel, precision), GMT_BF16},
    {"sharding", offsetof(gmt_parallel, sharding), GMT_SHARD_PARAMETERS},
    {"optimizer", offsetof(gmt_parallel, optimizer), GMT_DIST_MUON},
    {"attention", offsetof(gmt_parallel, attention), GMT_ATTENTION_UNFUSED},
    {"dispatcher", offsetof(gmt_parallel, dispatcher), GMT_FLEX},
    {"loss_fusion", offsetof(gmt_parallel, loss_fusion), GMT_LOSS_LINEAR},
    {"gpu", offsetof(gmt_parallel, gpu), GMT_GB200},
    {"fp8_recipe", offsetof(gmt_parallel, fp8_recipe), GMT_FP8_MX},
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
        if (required && *value == 0)
            return refuse(estimate, fields[i].name,
                          "a size from 1 to 2147483647, and none is given");
        if (*value < required || *value > MOST_SIZE)
            return refuse(estimate, fields[i].name,
                          required ? "from 1 to 2147483647" : "from 0 to 2147483647");
        if (*value == 0)
            *value = fields[i].otherwise;
    }
    return true;
}

static bool check_bytes(const gmt_parallel *parallel, gmt_memory_estimate *estimate)
{
    for (size_t i = 0; i < sizeof BYTES / sizeof *BYTES; i++) {
        double value = *(const double *)(const void *)((const char *)parallel + BYTES[i].offset);
        if (value != GMT_NO_BYTES && !(value >= 0 && value <= 64))
            return refuse(estimate, BYTES[i].name, "from 0 to 64, or GMT_NO_BYTES");
    }
    double share = parallel->offloaded_optimizer_share;
    if (!(share >= 0 && share <= 1))
        return refuse(estimate, "offloaded_optimizer_share", "from 0 to 1");
    if (!(parallel->moe_imbalance >= 0 && parallel->moe_imbalance <= 1e6))
        return refuse(estimate, "moe_imbalance", "from 1 to 1e6");
    return true;
}

static bool check_choices(const gmt_parallel *parallel, gmt_memory_estimate *estimate)
{
    for (size_t i = 0; i < sizeof CHOICES / sizeof *CHOICES; i++) {
        unsigned value;
        memcpy(&value, (const char *)parallel + CHOICES[i].offset, sizeof value);
        if (value > CHOICES[i].most)
            return refuse(estimate, CHOICES[i].name, "one of its enumeration");
    }
    if (parallel->megatron_minor < GMT_MEGATRON_OLDEST ||
        parallel->megatron_minor > GMT_MEGATRON_NEWEST)
        return refuse(estimate, "megatron_minor", "from 7 to 19");
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
    if (model->mamba_heads == 0) {
        model->mamba_heads = 2 * model->hidden_size / model->mamba_head_dim;
        if (model->hybrid_pattern && model->mamba_heads == 0)
            return refuse(estimate, "mamba_head_dim", "at most 2 x hidden_size");
    }
    return true;
}

static bool check_tensor_parallel(const gmt_model *model, const gmt_parallel *parallel,
                                  gmt_memory_estimate *estimate)
{
    int64_t tp = parallel->tp, groups = model->query_groups;
    if (model->attention_heads % tp != 0)
        return refuse(estimate, "attention_heads", "a multiple of tp");
    if (model->multi_latent_attention && groups != model->attention_heads)
        return refuse(estimate, "query_groups", "attention_heads, with multi_latent_attention");
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

/* A layout says how many chunks there are. */
static bool check_layout(const gmt_model *model, gmt_parallel *parallel,
                         gmt_memory_estimate *estimate)
{
    int64_t pieces, layers;
    if (!parallel->pipeline_layout)
        return true;
    if (!layout_count(parallel->pipeline_layout, &pieces, &layers))
        return refuse(estimate, "pipeline_layout", "letters E, t, m and L with | between stages");
    if (layers != model->layers)
        return refuse(estimate, "pipeline_layout", "as many t as layers");
    if (pieces % parallel->pp != 0)
        return refuse(estimate, "pipeline_layout", "a multiple of pp pieces");
    parallel->virtual_stages = pieces / parallel->pp;
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
    int64_t own = parallel->first_stage_layers + parallel->last_stage_layers;
    int64_t others =
        parallel->pp - (parallel->first_stage_layers > 0) - (parallel->last_stage_layers > 0);
    if (own > 0 && parallel->pp > 1 &&
        (own > model->layers ||
         (others > 0 ? (model->layers - own) % others != 0 : model->layers != own)))
        return refuse(estimate,
                      parallel->first_stage_layers > 0 ? "first_stage_layers" : "last_stage_layers",
                      "to leave layers that the other stages share evenly");
    int64_t shared = model->layers + parallel->embedding_is_a_layer + parallel->loss_is_a_layer;
    bool even = !parallel->pipeline_layout && !model->hybrid_pattern &&
                parallel->first_stage_layers == 0 && parallel->last_stage_layers == 0;
    if (parallel->virtual_stages > 1 && even &&
        shared % (parallel->pp * parallel->virtual_stages) != 0)
        return refuse(estimate, "layers", "a multiple of pp x virtual_stages");
    return true;
}

static bool check_sequence(const gmt_model *model, const gmt_parallel *parallel,
                           gmt_memory_estimate *estimate)
{
    /* A rank has one piece of the sequence's first half and one of its second. */
    if (parallel->cp > 1 && model->sequence_length % (2 * parallel->cp) != 0)
        return refuse(estimate, "sequence_length", "a multiple of 2 x cp");
    if (parallel->sequence_parallel && model->sequence_length / parallel->cp % parallel->tp != 0)
        return refuse(estimate, "sequence_length",
                      "a multiple of cp x tp, where sequence_parallel is on");
    return true;
}

static bool check_pattern(const gmt_model *model, gmt_memory_estimate *estimate)
{
    const char *pattern = model->moe_layer_pattern;
    if (pattern && (strspn(pattern, "01") != (size_t)model->layers || pattern[model->layers]))
        return refuse(estimate, "moe_layer_pattern", "a digit for each layer, 0 or 1");
    const char *deltas = model->delta_pattern;
    enum { MOST_LAYERS = 65536 }; /* they are counted one by one */
    if ((deltas || model->delta_frequency > 0) && model->layers > MOST_LAYERS)
        return refuse(estimate, "layers", "at most 65536, where some are gated delta nets");
    if (deltas && (strspn(deltas, "01") != (size_t)model->layers || deltas[model->layers]))
        return refuse(estimate, "delta_pattern", "a digit for each layer, 0 or 1");
    if (model->hybrid_pattern && model->hybrid_pattern[strspn(model->hybrid_pattern, "M*-EG|/")])
        return refuse(estimate, "hybrid_pattern", "letters M, *, -, E and G, with | and / between");
    return true;
}

/* world = TP x CP x DP x PP = ETP x EP x EDP x PP. */
static bool check_experts(const gmt_model *model, gmt_parallel *parallel,
                          gmt_memory_estimate *estimate)
{
    if (parallel->etp == 0)
        parallel->etp = parallel->tp;
    if (model->experts == 0 && !model->hybrid_pattern) {
        if (parallel->ep > 1)
            return refuse(estimate, "ep", "1, where there are no experts");
        return true;
    }
    if (model->experts > 0 && model->experts % parallel->ep != 0)
        return refuse(estimate, "experts", "a multiple of ep");
    if (model->experts > 0 && model->moe_ffn_hidden_size % parallel->etp != 0)
        return refuse(estimate, "moe_ffn_hidden_size", "a multiple of etp");
    double ranks = (double)parallel->tp * (double)parallel->cp * (double)parallel->dp;
    double held = (double)parallel->etp * (double)parallel->ep;
    if (fmod(ranks, held) != 0)
        return refuse(estimate, "ep", "ep x etp to be a divisor of tp x cp x dp");
    return true;
}

bool theoretical_check(gmt_model *model, gmt_parallel *parallel, gmt_memory_estimate *estimate)
{
    return check_sizes(model, MODEL_SIZES, sizeof MODEL_SIZES / sizeof *MODEL_SIZES, estimate) &&
           check_sizes(parallel, PARALLEL_SIZES, sizeof PARALLEL_SIZES / sizeof *PARALLEL_SIZES,
                       estimate) &&
           check_bytes(parallel, estimate) && check_choices(parallel, estimate) &&
           derive_widths(model, estimate) && check_tensor_parallel(model, parallel, estimate) &&
           check_layout(model, parallel, estimate) && check_pipeline(model, parallel, estimate) &&
           check_sequence(model, parallel, estimate) && check_pattern(model, estimate) &&
           check_experts(model, parallel, estimate);
}
