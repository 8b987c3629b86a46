#include "tracer/estimator/model/settings.h"

#include "schemas/support/units.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a word stands for, in the field's own type. */
struct setting_choice {
    const char *word;
    enum { CHOICE_BOOL, CHOICE_RECOMPUTE, CHOICE_BYTES } type;
    double value;
};

static const struct setting_choice NORMALIZATIONS[] = {
    {"LayerNorm", CHOICE_BOOL, false}, {"RMSNorm", CHOICE_BOOL, true}, {0}};
static const struct setting_choice GRANULARITIES[] = {
    {"selective", CHOICE_RECOMPUTE, GMT_RECOMPUTE_SELECTIVE},
    {"full", CHOICE_RECOMPUTE, GMT_RECOMPUTE_FULL},
    {"none", CHOICE_RECOMPUTE, GMT_RECOMPUTE_NONE}, /* ours: Megatron has no word for it */
    {0}};
static const struct setting_choice METHODS[] = {
    {"uniform", CHOICE_BOOL, false}, {"block", CHOICE_BOOL, true}, {0}};
static const struct setting_choice PRECISIONS[] = {{"fp32", CHOICE_BYTES, 4},
                                                   {"fp16", CHOICE_BYTES, 2},
                                                   {"bf16", CHOICE_BYTES, 2},
                                                   {"fp8", CHOICE_BYTES, 1},
                                                   {"none", CHOICE_BYTES, GMT_NO_BYTES},
                                                   {0}};
/* Each of Adam's moments; "none" is no fraction of another. */
static const struct setting_choice MOMENTS[] = {{"fp32", CHOICE_BYTES, 4},
                                                {"fp16", CHOICE_BYTES, 2},
                                                {"bf16", CHOICE_BYTES, 2},
                                                {"fp8", CHOICE_BYTES, 1},
                                                {0}};

/* State a parameter: Adam's two moments, or SGD's momentum. */
enum { ADAM_BYTES = 8, SGD_BYTES = 4 };
static const struct setting_choice OPTIMIZERS[] = {
    {"adam", CHOICE_BYTES, ADAM_BYTES}, {"sgd", CHOICE_BYTES, SGD_BYTES}, {0}};

#define FIELD(name) offsetof(struct model_settings, name)
#define WHOLE(flag, field, meaning)                                                                \
    {                                                                                              \
        flag, SETTING_INTEGER, FIELD(field), NULL, "N", meaning, 0                                 \
    }
#define SWITCH(flag, field, meaning)                                                               \
    {                                                                                              \
        flag, SETTING_SWITCH, FIELD(field), NULL, "false", meaning, 0                              \
    }
#define SWITCH_AGAINST(flag, field, other, meaning)                                                \
    {                                                                                              \
        flag, SETTING_SWITCH, FIELD(field), NULL, "false", meaning, FIELD(other)                   \
    }
#define CHOICE(flag, field, choices, words, meaning)                                               \
    {                                                                                              \
        flag, SETTING_CHOICE, FIELD(field), choices, words, meaning, 0                             \
    }

const struct setting SETTINGS[] = {
    WHOLE("num-layers", model.layers, "transformer layers"),
    WHOLE("hidden-size", model.hidden_size, "width of the model"),
    WHOLE("ffn-hidden-size", model.ffn_hidden_size,
          "width of the MLP (4 x hidden size; 8/3 of it with --swiglu)"),
    WHOLE("num-attention-heads", model.attention_heads, "attention heads"),
    SWITCH("group-query-attention", grouped_queries,
           "heads share keys and values (see --num-query-groups)"),
    WHOLE("num-query-groups", model.query_groups, "groups of heads that share keys and values"),
    WHOLE("kv-channels", model.kv_channels, "width of a head (hidden size / heads)"),
    WHOLE("seq-length", model.sequence_length, "tokens a sequence"),
    WHOLE("padded-vocab-size", model.padded_vocabulary, "rows of the embedding"),
    WHOLE("vocab-size", vocabulary, "words of the vocabulary; padded for the embedding"),
    WHOLE("make-vocab-size-divisible-by", vocabulary_divisor,
          "what the vocabulary is padded to, times the tensor parallel size (128)"),
    SWITCH("swiglu", model.gated_mlp, "gated MLP"),
    SWITCH("untie-embeddings-and-output-weights", model.untied_embeddings,
           "the output layer has weights of its own"),
    CHOICE("normalization", model.rms_norm, NORMALIZATIONS, "LayerNorm|RMSNorm", "kind of norms"),
    WHOLE("num-experts", model.experts, "experts of a layer"),
    WHOLE("moe-ffn-hidden-size", model.moe_ffn_hidden_size, "width of an expert"),
    WHOLE("moe-shared-expert-intermediate-size", model.shared_expert_ffn_hidden_size,
          "width of the shared experts"),
    {"moe-layer-freq", SETTING_LAYERS, FIELD(expert_layers), NULL, "N|LIST",
     "one layer in N has experts, or '[0]*3+[1]*58'", 0},
    WHOLE("moe-router-topk", model.router_top_k, "experts that see a token"),

    WHOLE("tensor-model-parallel-size", parallel.tp, "tensor parallel size"),
    WHOLE("pipeline-model-parallel-size", parallel.pp, "pipeline parallel size"),
    WHOLE("context-parallel-size", parallel.cp, "context parallel size"),
    WHOLE("expert-model-parallel-size", parallel.ep, "expert parallel size"),
    WHOLE("data-parallel-size", data_parallel_size, "data parallel size; or give --world-size"),
    WHOLE("world-size", world_size, "ranks in all; or give --data-parallel-size"),
    WHOLE("num-layers-per-virtual-pipeline-stage", layers_a_virtual_stage,
          "interleaved schedule, by the layers of a chunk"),
    WHOLE("num-virtual-stages-per-pipeline-rank", parallel.virtual_stages,
          "interleaved schedule, by the chunks of a rank"),
    WHOLE("micro-batch-size", parallel.micro_batch_size, "sequences a micro-batch"),
    WHOLE("num-microbatches", micro_batches,
          "micro-batches an iteration; or give --global-batch-size"),
    WHOLE("global-batch-size", global_batch_size, "sequences an iteration, of all ranks"),
    SWITCH("use-distributed-optimizer", parallel.distributed_optimizer,
           "the optimizer's state is shared out over the data-parallel ranks"),
    SWITCH_AGAINST("sequence-parallel", sequence_parallel, parallel.no_sequence_parallel,
                   "activations are split by sequence, too (assumed, as in Megatron's report)"),
    SWITCH_AGAINST("no-sequence-parallel", parallel.no_sequence_parallel, sequence_parallel,
                   "the job runs without sequence parallelism"),
    SWITCH("use-flash-attn", parallel.flash_attention, "attention scores are never stored"),
    CHOICE("recompute-granularity", parallel.recompute, GRANULARITIES, "full|selective|none",
           "what is recomputed (selective, as in Megatron's report)"),
    SWITCH("recompute-activations", recompute_activations,
           "the same as --recompute-granularity selective"),
    CHOICE("recompute-method", parallel.recompute_block, METHODS, "uniform|block",
           "which layers are recomputed, with full"),
    WHOLE("recompute-num-layers", parallel.recompute_layers,
          "how many layers are recomputed, with full"),
    CHOICE("main-grads-dtype", parallel.gradient_bytes, PRECISIONS, "fp32|bf16|...",
           "precision of the gradients (fp32)"),
    CHOICE("main-params-dtype", parallel.master_bytes, PRECISIONS, "fp32|fp16|...",
           "precision of the master weights (fp32)"),
    CHOICE("optimizer", optimizer_bytes, OPTIMIZERS, "adam|sgd", "adam keeps two moments, sgd one"),
    CHOICE("exp-avg-dtype", first_moment_bytes, MOMENTS, "fp32|fp16|...",
           "precision of Adam's first moment (fp32)"),
    CHOICE("exp-avg-sq-dtype", second_moment_bytes, MOMENTS, "fp32|fp16|...",
           "precision of Adam's second moment (fp32)"),
    {"fixed-mb", SETTING_NUMBER, FIELD(fixed_mb), NULL, "MB",
     "CUDA context, NCCL buffers: what no formula knows (0)", 0},
};
const size_t SETTINGS_COUNT = sizeof SETTINGS / sizeof *SETTINGS;

/* ---- names ---- */

static bool same_name(const char *flag, const char *name, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (flag[i] == '\0' || flag[i] != (name[i] == '_' ? '-' : name[i]))
            return false;
    return flag[length] == '\0';
}

const struct setting *setting_find(const char *name, size_t length)
{
    for (size_t i = 0; i < SETTINGS_COUNT; i++)
        if (same_name(SETTINGS[i].flag, name, length))
            return &SETTINGS[i];
    return NULL;
}

static int smaller(int a, int b)
{
    return a < b ? a : b;
}

enum { LONGEST_NAME = 48 };

/* How many letters must change to make one of the other. */
static int distance(const char *a, const char *b)
{
    int row[LONGEST_NAME + 1];
    size_t width = strnlen(b, LONGEST_NAME);
    for (size_t i = 0; i <= width; i++)
        row[i] = (int)i;
    for (size_t y = 1; a[y - 1]; y++) {
        int diagonal = row[0]++;
        for (size_t x = 1; x <= width; x++) {
            bool same = (a[y - 1] == '_' ? '-' : a[y - 1]) == b[x - 1];
            int replaced = diagonal + !same;
            diagonal = row[x];
            row[x] = smaller(replaced, smaller(row[x], row[x - 1]) + 1);
        }
    }
    return row[width];
}

const char *setting_nearest(const char *name)
{
    const char *nearest = NULL;
    int best = (int)strlen(name) / 3 + 1;
    for (size_t i = 0; i < SETTINGS_COUNT; i++) {
        int far = distance(name, SETTINGS[i].flag);
        if (far < best) {
            best = far;
            nearest = SETTINGS[i].flag;
        }
    }
    return nearest;
}

/* ---- values ---- */

static bool refuse(const struct setting *setting, const char *expected, const char *text,
                   struct fault *fault)
{
    return fault_set(fault, "%s: expected %s, found '%s'", setting->flag, expected, text);
}

static bool take_integer(const struct setting *setting, const char *text, int64_t *value,
                         struct fault *fault)
{
    char *end;
    errno = 0;
    long long number = strtoll(text, &end, 10);
    if (!isdigit((unsigned char)*text) || *end || errno || number < 1 || number > INT32_MAX)
        return refuse(setting, "a whole number from 1 to 2147483647", text, fault);
    *value = number;
    return true;
}

static bool take_number(const struct setting *setting, const char *text, double *value,
                        struct fault *fault)
{
    char *end;
    double number = strtod(text, &end);
    if (end == text || *end || !(number >= 0 && number <= 1e9))
        return refuse(setting, "a number from 0 to 1e9", text, fault);
    *value = number;
    return true;
}

static bool take_choice(const struct setting *setting, const char *text, void *field,
                        struct fault *fault)
{
    for (const struct setting_choice *choice = setting->choices; choice->word; choice++) {
        if (strcmp(choice->word, text) != 0)
            continue;
        if (choice->type == CHOICE_BOOL)
            *(bool *)field = choice->value != 0;
        else if (choice->type == CHOICE_RECOMPUTE)
            *(gmt_recompute *)field = (gmt_recompute)choice->value;
        else
            *(double *)field = choice->value;
        return true;
    }
    return refuse(setting, setting->value, text, fault);
}

static bool take_layers(const struct setting *setting, const char *text,
                        struct model_settings *settings, struct fault *fault)
{
    settings->model.moe_layer_frequency = 0;
    settings->expert_layers = (struct layer_list){0};
    if (isdigit((unsigned char)*text))
        return take_integer(setting, text, &settings->model.moe_layer_frequency, fault);
    if (layer_list_parse(text, &settings->expert_layers))
        return true;
    return refuse(setting, "a whole number, or a list as [0]*3+[1]*58", text, fault);
}

static bool take_switch(const struct setting *setting, const char *text,
                        struct model_settings *settings, struct fault *fault)
{
    bool on = !text || !*text || strcmp(text, "true") == 0;
    if (!on && strcmp(text, "false") != 0)
        return refuse(setting, "no value, true or false", text, fault);
    *(bool *)(void *)((char *)settings + setting->offset) = on;
    if (on && setting->opposite)
        *(bool *)(void *)((char *)settings + setting->opposite) = false;
    return true;
}

bool setting_take(const struct setting *setting, const char *text, struct model_settings *settings,
                  struct fault *fault)
{
    void *field = (char *)settings + setting->offset;
    switch (setting->kind) {
    case SETTING_INTEGER:
        return take_integer(setting, text, field, fault);
    case SETTING_NUMBER:
        return take_number(setting, text, field, fault);
    case SETTING_CHOICE:
        return take_choice(setting, text, field, fault);
    case SETTING_SWITCH:
        return take_switch(setting, text, settings, fault);
    case SETTING_LAYERS:
        return take_layers(setting, text, settings, fault);
    }
    return false;
}

/* ---- what follows ---- */

static int64_t or_one(int64_t value)
{
    return value > 0 ? value : 1;
}

static bool find_data_parallel(const struct model_settings *settings, gmt_parallel *parallel,
                               struct fault *fault)
{
    int64_t model_ranks = or_one(parallel->tp) * or_one(parallel->pp);
    if (model_ranks <= INT32_MAX)
        model_ranks *= or_one(parallel->cp);
    parallel->dp = settings->data_parallel_size;
    if (settings->world_size == 0)
        return true;
    if (settings->world_size % model_ranks != 0)
        return fault_set(fault,
                         "world-size: expected a multiple of tensor x pipeline x context parallel "
                         "= %lld, found %lld",
                         (long long)model_ranks, (long long)settings->world_size);
    int64_t dp = settings->world_size / model_ranks;
    if (parallel->dp > 0 && parallel->dp != dp)
        return fault_set(fault, "data-parallel-size: world-size makes it %lld, found %lld",
                         (long long)dp, (long long)parallel->dp);
    parallel->dp = dp;
    return true;
}

static bool find_micro_batches(const struct model_settings *settings, gmt_parallel *parallel,
                               struct fault *fault)
{
    parallel->micro_batches = settings->micro_batches;
    if (settings->global_batch_size == 0)
        return true;
    int64_t at_once = or_one(parallel->micro_batch_size) * or_one(parallel->dp);
    if (settings->global_batch_size % at_once != 0)
        return fault_set(fault,
                         "global-batch-size: expected a multiple of micro-batch-size x "
                         "data-parallel-size = %lld, found %lld",
                         (long long)at_once, (long long)settings->global_batch_size);
    int64_t count = settings->global_batch_size / at_once;
    if (parallel->micro_batches > 0 && parallel->micro_batches != count)
        return fault_set(fault, "num-microbatches: global-batch-size makes it %lld, found %lld",
                         (long long)count, (long long)parallel->micro_batches);
    parallel->micro_batches = count;
    return true;
}

static bool find_virtual_stages(const struct model_settings *settings, const gmt_model *model,
                                gmt_parallel *parallel, struct fault *fault)
{
    if (settings->layers_a_virtual_stage == 0)
        return true;
    int64_t at_once = or_one(parallel->pp) * settings->layers_a_virtual_stage;
    if (model->layers % at_once != 0)
        return fault_set(fault,
                         "num-layers-per-virtual-pipeline-stage: num-layers = %lld is no multiple "
                         "of pipeline parallel x it = %lld",
                         (long long)model->layers, (long long)at_once);
    parallel->virtual_stages = model->layers / at_once;
    return true;
}

static void find_widths(const struct model_settings *settings, gmt_model *model,
                        const gmt_parallel *parallel)
{
    if (settings->grouped_queries && model->query_groups == 0)
        model->query_groups = 1; /* as Megatron */
    if (model->padded_vocabulary > 0 || settings->vocabulary == 0)
        return;
    int64_t divisor = settings->vocabulary_divisor > 0 ? settings->vocabulary_divisor : 128;
    divisor *= or_one(parallel->tp);
    model->padded_vocabulary = (settings->vocabulary + divisor - 1) / divisor * divisor;
}

static bool find_expert_layers(const struct model_settings *settings, gmt_model *model,
                               struct fault *fault)
{
    const struct layer_list *listed = &settings->expert_layers;
    if (listed->layers == 0)
        return true;
    if (listed->layers != model->layers)
        return fault_set(fault, "moe-layer-freq: %lld layers are listed, and num-layers is %lld",
                         (long long)listed->layers, (long long)model->layers);
    model->moe_layers = listed->with_experts;
    if (listed->with_experts == 0)
        model->experts = model->shared_expert_ffn_hidden_size = model->router_top_k = 0;
    return true;
}

static void find_bytes(const struct model_settings *settings, gmt_parallel *parallel)
{
    double first = settings->first_moment_bytes, second = settings->second_moment_bytes;
    if (settings->recompute_activations)
        parallel->recompute = GMT_RECOMPUTE_SELECTIVE;
    if (settings->optimizer_bytes > 0 && settings->optimizer_bytes < ADAM_BYTES)
        parallel->moment_bytes = settings->optimizer_bytes;
    else if (first > 0 || second > 0)
        parallel->moment_bytes = (first > 0 ? first : 4) + (second > 0 ? second : 4);
    parallel->fixed_bytes = (uint64_t)llround(settings->fixed_mb * UNITS_BYTES_PER_MB);
}

bool settings_resolve(const struct model_settings *settings, gmt_model *model,
                      gmt_parallel *parallel, struct fault *fault)
{
    *model = settings->model;
    *parallel = settings->parallel;
    find_widths(settings, model, parallel);
    find_bytes(settings, parallel);
    if (!find_data_parallel(settings, parallel, fault) ||
        !find_micro_batches(settings, parallel, fault) ||
        !find_virtual_stages(settings, model, parallel, fault) ||
        !find_expert_layers(settings, model, fault))
        return false;
    gmt_memory_estimate estimate;
    if (gmt_estimate_memory(model, parallel, GMT_MOST_LOADED, &estimate) == GMT_OK)
        return true;
    return fault_set(fault, "%s: expected %s", estimate.invalid_field, estimate.expected);
}
