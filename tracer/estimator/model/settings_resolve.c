/* What follows from settings together, as Megatron-LM's validate_args has it
 * (megatron/training/arguments.py). */
#include "schemas/configuration/configuration.h"
#include "schemas/support/text.h"
#include "schemas/support/units.h"
#include "tracer/estimator/model/settings.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int64_t or_one(int64_t value)
{
    return value > 0 ? value : 1;
}

/* ---- ranks and batches ---- */

static bool find_data_parallel(const struct model_settings *settings, gmt_parallel *parallel,
                               struct fault *fault)
{
    int64_t tp = or_one(parallel->tp), pp = or_one(parallel->pp), cp = or_one(parallel->cp);
    parallel->dp = settings->data_parallel_size;
    if (settings->world_size == 0)
        return true;
    int64_t dp = data_parallel_size(settings->world_size, tp, cp, pp);
    if (dp < 1)
        return fault_set(fault,
                         "--world-size: expected a multiple of tensor x pipeline x context "
                         "parallel = %.0f, found %lld",
                         (double)tp * (double)pp * (double)cp, (long long)settings->world_size);
    if (parallel->dp > 0 && parallel->dp != dp)
        return fault_set(fault, "--data-parallel-size: --world-size makes it %lld, found %lld",
                         (long long)dp, (long long)parallel->dp);
    parallel->dp = dp;
    return true;
}

static bool find_micro_batches(const struct model_settings *settings, gmt_parallel *parallel,
                               struct fault *fault)
{
    parallel->micro_batches = settings->micro_batches;
    if (settings->global_batch_size == 0 || parallel->dp == 0)
        return true; /* without the number of ranks the batch says nothing */
    int64_t at_once = or_one(parallel->micro_batch_size) * or_one(parallel->dp);
    if (settings->global_batch_size % at_once != 0)
        return fault_set(fault,
                         "--global-batch-size: expected a multiple of micro-batch-size x "
                         "data-parallel-size = %lld, found %lld",
                         (long long)at_once, (long long)settings->global_batch_size);
    int64_t count = settings->global_batch_size / at_once;
    if (parallel->micro_batches > 0 && parallel->micro_batches != count)
        return fault_set(fault, "--num-microbatches: --global-batch-size makes it %lld, found %lld",
                         (long long)count, (long long)parallel->micro_batches);
    parallel->micro_batches = count;
    return true;
}

/* Layers that stages share evenly: those beside a first or last stage of its own depth, and what
 * counts as a layer. */
static bool find_virtual_stages(const struct model_settings *settings, const gmt_model *model,
                                gmt_parallel *parallel, struct fault *fault)
{
    if (settings->layers_a_virtual_stage == 0)
        return true;
    int64_t layers = model->layers + parallel->embedding_is_a_layer + parallel->loss_is_a_layer;
    int64_t at_once = or_one(parallel->pp) * settings->layers_a_virtual_stage;
    if (layers % at_once != 0)
        return fault_set(fault,
                         "--num-layers-per-virtual-pipeline-stage: --num-layers = %lld is no "
                         "multiple of pipeline parallel x it = %lld",
                         (long long)layers, (long long)at_once);
    parallel->virtual_stages = layers / at_once;
    return true;
}

/* ---- the model ---- */

/* Layers of a hybrid pattern: the letters before "/". What stands behind each "/" predicts one more
 * token. */
static int64_t count_letters(const char *pattern, int64_t *further)
{
    int64_t count = 0;
    *further = 0;
    for (; *pattern; pattern++) {
        *further += *pattern == '/';
        count += *further == 0 && *pattern != '|';
    }
    return count;
}

/* Chunks of a pattern that has '|' between its stages. */
static void count_chunks(const char *text, gmt_parallel *parallel)
{
    int64_t chunks = 1, pp = or_one(parallel->pp);
    for (const char *at = text; *at; at++)
        chunks += *at == '|';
    if (chunks > 1 && chunks % pp == 0)
        parallel->virtual_stages = chunks / pp;
}

static bool check_listed(const struct layer_list *listed, const char *flag, const gmt_model *model,
                         struct fault *fault)
{
    if (listed->layers == 0 || (int64_t)listed->layers == model->layers)
        return true;
    return fault_set(fault, "%s: %zu layers are listed, and --num-layers is %lld", flag,
                     listed->layers, (long long)model->layers);
}

/* Which layers have a gated delta net in place of attention. */
static bool find_deltas(const struct model_settings *settings, gmt_model *model,
                        struct fault *fault)
{
    const struct layer_list *listed = &settings->delta_layers;
    if (settings->attention_variant != 1)
        return true; /* nothing else is read then */
    if (*settings->hybrid_pattern)
        return true; /* its letters say so */
    if (listed->every == 0 && listed->layers == 0)
        return fault_set(fault, "--linear-attention-freq: --experimental-attention-variant wants "
                                "it: one layer of N has attention");
    if (!check_listed(listed, "--linear-attention-freq", model, fault))
        return false;
    if (listed->layers > 0)
        model->delta_pattern = listed->digits;
    else
        model->delta_frequency = listed->every;
    return true;
}

static bool find_patterns(const struct model_settings *settings, gmt_model *model,
                          gmt_parallel *parallel, struct fault *fault)
{
    const struct layer_list *listed = &settings->expert_layers;
    if (*settings->hybrid_pattern) {
        int64_t further;
        model->hybrid_pattern = settings->hybrid_pattern;
        /* The pattern rules over --num-layers, as in Megatron-LM. */
        model->layers = count_letters(settings->hybrid_pattern, &further);
        if (model->mtp_layers == 0)
            model->mtp_layers = further;
        count_chunks(settings->hybrid_pattern, parallel);
    }
    if (!check_listed(listed, "--moe-layer-freq", model, fault))
        return false;
    if (listed->every > 0)
        model->moe_layer_frequency = listed->every;
    if (listed->layers > 0)
        model->moe_layer_pattern = listed->digits;
    if (model->experts == 0)
        model->moe_layer_pattern = NULL;
    if (*settings->pipeline_layout)
        parallel->pipeline_layout = settings->pipeline_layout;
    return true;
}

static bool find_vocabulary(const struct model_settings *settings, gmt_model *model,
                            const gmt_parallel *parallel, struct fault *fault)
{
    int64_t words = settings->vocabulary;
    if (model->padded_vocabulary > 0 && words == 0)
        return true;
    /* A merge file is what GPT-2's tokenizer alone takes. */
    bool as_gpt2 = !*settings->tokenizer && *settings->merge_file;
    if (words == 0)
        words = tokenizer_vocabulary(as_gpt2 ? "GPT2BPETokenizer" : settings->tokenizer);
    if (words == 0)
        return fault_set(fault, "the vocabulary is not known%s%s%s: add --vocab-size N",
                         *settings->tokenizer ? ", for a " : "", settings->tokenizer,
                         *settings->tokenizer ? " reads it from a file" : "");
    int64_t divisor = settings->vocabulary_divisor > 0 ? settings->vocabulary_divisor : 128;
    divisor *= or_one(parallel->tp);
    if (settings->vocabulary_not_padded)
        divisor = 1;
    model->padded_vocabulary = (words + divisor - 1) / divisor * divisor;
    return true;
}

static void find_widths(const struct model_settings *settings, gmt_model *model)
{
    if (!settings->grouped_queries)
        model->query_groups = 0; /* --num-query-groups alone is not read */
    else if (settings->query_groups > 0)
        model->query_groups = settings->query_groups;
    else if (model->query_groups == 0)
        model->query_groups = 1;
    model->multi_latent_attention = settings->latent_attention;
    if (settings->latent_attention)
        model->query_groups = 0;

    bool learned = settings->positions_kind < 2 && !settings->learned_positions_off &&
                   !(settings->rotary_positions && settings->positions_kind == 0);
    if (learned)
        model->positions = settings->positions > 0 ? settings->positions : model->sequence_length;
}

/* ---- training ---- */

static void find_precision(const struct model_settings *settings, gmt_parallel *parallel)
{
    parallel->precision = settings->bf16 ? GMT_BF16 : settings->fp16 ? GMT_FP16 : GMT_FP32;
    parallel->fp8 = settings->fp8;
    /* As Megatron, which reads these with the precision-aware optimizer alone; model files and
     * older command lines have them without it. */
    double first = settings->first_moment_bytes, second = settings->second_moment_bytes;
    /* float32 is the default, of bf16 training alone. */
    if (settings->main_gradient_bytes != 0 && settings->main_gradient_bytes != 4)
        parallel->gradient_bytes = settings->main_gradient_bytes;
    if (settings->gradients_in_bf16)
        parallel->gradient_bytes = 2;
    if (settings->main_parameter_bytes != 0)
        parallel->master_bytes = settings->main_parameter_bytes;
    if (first > 0 || second > 0)
        parallel->moment_bytes = (first > 0 ? first : 4) + (second > 0 ? second : 4);
    parallel->optimizer = (gmt_optimizer)settings->optimizer;
    if (settings->offloaded_optimizer)
        parallel->offloaded_optimizer_share =
            settings->offloaded_share > 0 ? fmin(settings->offloaded_share, 1) : 1;
}

static void find_sharding(const struct model_settings *settings, gmt_parallel *parallel)
{
    if (settings->torch_fsdp2)
        parallel->sharding = GMT_SHARD_PARAMETERS;
    else if (settings->megatron_fsdp)
        parallel->sharding =
            (gmt_sharding)(settings->sharding_strategy > 0 ? settings->sharding_strategy - 1
                                                           : GMT_SHARD_NOTHING);
    else
        parallel->sharding =
            settings->distributed_optimizer ? GMT_SHARD_OPTIMIZER : GMT_SHARD_NOTHING;
    parallel->fsdp = settings->megatron_fsdp || settings->torch_fsdp2;
}

/* ":4096:8" is 8 buffers of 4096 KiB; several such follow each other. */
static int64_t workspace_bytes(const char *text)
{
    int64_t bytes = 0;
    while (*text == ':') {
        char *end;
        long kib = strtol(text + 1, &end, 10);
        long count = *end == ':' ? strtol(end + 1, &end, 10) : 0;
        if (kib < 1 || count < 1 || kib > INT32_MAX / 1024 || count > 1024)
            return 0;
        bytes += (int64_t)kib * 1024 * count;
        text = end;
    }
    return bytes;
}

static void find_training(const struct model_settings *settings, gmt_parallel *parallel)
{
    find_precision(settings, parallel);
    find_sharding(settings, parallel);
    if (settings->offloading)
        parallel->offload_modules = settings->offload_modules;
    if (settings->recompute_activations)
        parallel->recompute = GMT_RECOMPUTE_SELECTIVE;
    parallel->no_hidden_dropout = settings->hidden_dropout <= -MEGATRON_DROPOUT;
    parallel->no_attention_dropout = settings->attention_dropout <= -MEGATRON_DROPOUT;
    parallel->attention = (gmt_attention)settings->attention_backend;
    parallel->softmax_in_steps = settings->softmax_not_fused && settings->softmax_in_fp32;
    if (settings->loss_fusion)
        parallel->loss_fusion = settings->loss_fusion_kind > 0
                                    ? (gmt_loss_fusion)settings->loss_fusion_kind
                                    : GMT_LOSS_NATIVE;
    parallel->cublas_workspace = workspace_bytes(settings->cublas_workspace);
    parallel->expandable_segments = strstr(settings->allocator, "expandable_segments:True") != NULL;
    parallel->fixed_bytes = (uint64_t)llround(settings->fixed_mb * UNITS_BYTES_PER_MB);
}

const char *settings_wants_ranks(const struct model_settings *settings)
{
    if (settings->world_size > 0 || settings->data_parallel_size > 0)
        return NULL;
    return settings->torch_fsdp2                                        ? "--use-torch-fsdp2"
           : settings->megatron_fsdp && settings->sharding_strategy > 1 ? "--use-megatron-fsdp"
           : settings->distributed_optimizer ? "--use-distributed-optimizer"
                                             : NULL;
}

/* The estimator's reason, whose words are fields, in flags. */
static void write_reason(const char *expected, char *text, size_t size)
{
    struct text reason = text_begin(text, size);
    while (*expected && text_fits(&reason)) {
        char word[SETTING_WORD_SIZE] = "";
        size_t length = 0;
        while (length < sizeof word - 1 &&
               (isalnum((unsigned char)expected[length]) || expected[length] == '_')) {
            word[length] = expected[length];
            length++;
        }
        if (length == 0)
            word[0] = *expected, length = 1;
        text_add(&reason, "%s", setting_flag_of_field(word));
        expected += length;
    }
}

bool settings_refuse(const char *field, const char *expected, struct fault *fault)
{
    char reason[256];
    write_reason(expected, reason, sizeof reason);
    return fault_set(fault, "%s: expected %s", setting_flag_of_field(field), reason);
}

bool settings_resolve(const struct model_settings *settings, gmt_model *model,
                      gmt_parallel *parallel, struct fault *fault)
{
    *model = settings->model;
    *parallel = settings->parallel;
    find_training(settings, parallel);
    if (!find_patterns(settings, model, parallel, fault) || !find_deltas(settings, model, fault) ||
        !find_vocabulary(settings, model, parallel, fault) ||
        !find_data_parallel(settings, parallel, fault) ||
        !find_micro_batches(settings, parallel, fault) ||
        !find_virtual_stages(settings, model, parallel, fault))
        return false;
    find_widths(settings, model);
    gmt_memory_estimate estimate;
    if (gmt_estimate_memory(model, parallel, GMT_MOST_LOADED, &estimate) == GMT_OK)
        return true;
    return settings_refuse(estimate.invalid_field, estimate.expected, fault);
}
