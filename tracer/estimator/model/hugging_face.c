#include "tracer/estimator/model/hugging_face.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Kinds of models, and what their configurations do not say since it is always so.
 * Source: transformers' configuration_*.py and modeling_*.py of each. */
static const struct kind {
    const char *type;
    bool gated, rms_norm, bias, qkv_bias, qk_norm, tied, learned_positions, latent, squared_relu;
} KINDS[] = {
    {.type = "gpt2", .bias = true, .tied = true, .learned_positions = true},
    {.type = "llama", .gated = true, .rms_norm = true},
    {.type = "mistral", .gated = true, .rms_norm = true},
    {.type = "mixtral", .gated = true, .rms_norm = true},
    {.type = "qwen2", .gated = true, .rms_norm = true, .qkv_bias = true},
    {.type = "qwen2_moe", .gated = true, .rms_norm = true, .qkv_bias = true},
    {.type = "qwen3", .gated = true, .rms_norm = true, .qk_norm = true},
    {.type = "qwen3_moe", .gated = true, .rms_norm = true, .qk_norm = true},
    {.type = "deepseek_v2", .gated = true, .rms_norm = true, .qk_norm = true, .latent = true},
    {.type = "deepseek_v3", .gated = true, .rms_norm = true, .qk_norm = true, .latent = true},
    {.type = "kimi_k2", .gated = true, .rms_norm = true, .qk_norm = true, .latent = true},
    {.type = "gpt_oss", .gated = true, .rms_norm = true, .bias = true},
    {.type = "llama4_text", .gated = true, .rms_norm = true},
    {.type = "nemotron", .squared_relu = true},
};

static const struct {
    const char *key;
    size_t offset;
} SIZES[] = {
#define MODEL(field) offsetof(struct model_settings, model.field)
    {"num_hidden_layers", MODEL(layers)},
    {"n_layer", MODEL(layers)},
    {"hidden_size", MODEL(hidden_size)},
    {"n_embd", MODEL(hidden_size)},
    {"num_attention_heads", MODEL(attention_heads)},
    {"n_head", MODEL(attention_heads)},
    {"intermediate_size", MODEL(ffn_hidden_size)},
    {"n_inner", MODEL(ffn_hidden_size)},
    {"intermediate_size_mlp", MODEL(ffn_hidden_size)},
    {"head_dim", MODEL(kv_channels)},
    {"num_local_experts", MODEL(experts)},
    {"num_experts", MODEL(experts)},
    {"n_routed_experts", MODEL(experts)},
    {"num_experts_per_tok", MODEL(router_top_k)},
    {"experts_per_token", MODEL(router_top_k)},
    {"moe_intermediate_size", MODEL(moe_ffn_hidden_size)},
    {"shared_expert_intermediate_size", MODEL(shared_expert_ffn_hidden_size)},
    {"q_lora_rank", MODEL(q_lora_rank)},
    {"kv_lora_rank", MODEL(kv_lora_rank)},
    {"qk_nope_head_dim", MODEL(qk_head_dim)},
    {"qk_rope_head_dim", MODEL(qk_pos_emb_head_dim)},
    {"v_head_dim", MODEL(v_head_dim)},
    {"num_key_value_heads", offsetof(struct model_settings, query_groups)},
    {"n_positions", offsetof(struct model_settings, positions)},
    {"max_position_embeddings", offsetof(struct model_settings, positions)},
    {"vocab_size", offsetof(struct model_settings, vocabulary)},
#undef MODEL
};

/* 0 where it is absent or null. */
static int64_t whole(const struct hugging_face_source *source, const char *key)
{
    char text[HUGGING_FACE_TEXT], *end;
    if (!source->look_up(source->of, key, text, sizeof text))
        return 0;
    double value = strtod(text, &end);
    bool is_whole = end != text && !*end && value >= 1 && value <= INT32_MAX;
    return is_whole && value == floor(value) ? (int64_t)value : 0;
}

/* Of a key that is absent: `otherwise`. */
static bool truth(const struct hugging_face_source *source, const char *key, bool otherwise)
{
    char text[HUGGING_FACE_TEXT];
    if (!source->look_up(source->of, key, text, sizeof text))
        return otherwise;
    return strcasecmp(text, "true") == 0 || (otherwise && strcasecmp(text, "false") != 0);
}

static const struct kind *find_kind(const char *type)
{
    for (size_t i = 0; i < sizeof KINDS / sizeof *KINDS; i++)
        if (strcmp(KINDS[i].type, type) == 0)
            return &KINDS[i];
    return NULL;
}

static bool refuse_kind(const char *type, struct fault *fault)
{
    char known[256] = "";
    size_t used = 0;
    for (size_t i = 0; i < sizeof KINDS / sizeof *KINDS && used < sizeof known; i++)
        used += (size_t)snprintf(known + used, sizeof known - used, "%s%s", used ? ", " : "",
                                 KINDS[i].type);
    return fault_set(fault, "'model_type': '%s' is not known; known are %s", type, known);
}

/* "[0, 3]": the layers that it lists are dense. */
static void mark_dense(const char *list, struct layer_list *layers)
{
    for (const char *at = list; *at; at++) {
        if (*at < '0' || *at > '9')
            continue;
        char *end;
        unsigned long layer = strtoul(at, &end, 10);
        if (layer < layers->layers)
            layers->digits[layer] = '0';
        at = end - 1;
    }
}

/* Layers before the first with experts, one layer in so many, and layers that are named as dense.
 */
static bool take_expert_layers(const struct hugging_face_source *source,
                               struct model_settings *settings, struct fault *fault)
{
    char dense[HUGGING_FACE_TEXT] = "";
    int64_t first = whole(source, "first_k_dense_replace"),
            every = whole(source, "decoder_sparse_step");
    if (!source->look_up(source->of, "mlp_only_layers", dense, sizeof dense))
        dense[0] = '\0';
    if (every == 0)
        every = whole(source, "interleave_moe_layer_step");
    struct layer_list *list = &settings->expert_layers;
    if (settings->model.experts == 0 || (first == 0 && every <= 1 && !strpbrk(dense, "0123456789")))
        return true;
    if (settings->model.layers > LAYER_LIST_MOST)
        return fault_set(fault, "'num_hidden_layers': at most %d", LAYER_LIST_MOST);
    list->layers = (size_t)settings->model.layers;
    for (size_t i = 0; i < list->layers; i++)
        list->digits[i] =
            (int64_t)i >= first && (every <= 1 || (int64_t)(i + 1) % every == 0) ? '1' : '0';
    mark_dense(dense, list);
    list->digits[list->layers] = '\0';
    return true;
}

static void take_kind(const struct hugging_face_source *source, const struct kind *kind,
                      struct model_settings *settings)
{
    gmt_model *model = &settings->model;
    model->gated_mlp = kind->gated;
    model->rms_norm = kind->rms_norm;
    model->no_linear_bias = !kind->bias;
    model->qkv_bias = kind->qkv_bias || truth(source, "attention_bias", false);
    model->qk_norm = kind->qk_norm;
    model->squared_relu = kind->squared_relu;
    model->untied_embeddings = !truth(source, "tie_word_embeddings", kind->tied);
    settings->latent_attention = kind->latent;
    settings->grouped_queries = settings->query_groups > 0 && !kind->latent;
    settings->positions_kind = kind->learned_positions ? 1 : 2;
    settings->bf16 = true;
    if (kind->latent)
        model->kv_channels = 0; /* head_dim is of the rotary part there */
}

static void take_experts(const struct hugging_face_source *source, struct model_settings *settings)
{
    gmt_model *model = &settings->model;
    bool scout = whole(source, "intermediate_size_mlp") > 0;
    if (scout) /* there the plain size is that of an expert, and of the shared one */
        model->moe_ffn_hidden_size = model->shared_expert_ffn_hidden_size =
            whole(source, "intermediate_size");
    if (whole(source, "n_shared_experts") > 0)
        model->shared_expert_ffn_hidden_size =
            whole(source, "n_shared_experts") * model->moe_ffn_hidden_size;
    if (model->experts == 0)
        model->router_top_k = 0;
}

bool hugging_face_take(const struct hugging_face_source *source, struct model_settings *settings,
                       struct fault *fault)
{
    char type[HUGGING_FACE_TEXT] = "";
    if (!source->look_up(source->of, "model_type", type, sizeof type))
        type[0] = '\0';
    const struct kind *kind = find_kind(type);
    if (!kind)
        return refuse_kind(type, fault);
    for (size_t i = 0; i < sizeof SIZES / sizeof *SIZES; i++) {
        int64_t value = whole(source, SIZES[i].key);
        if (value > 0)
            *(int64_t *)(void *)((char *)settings + SIZES[i].offset) = value;
    }
    snprintf(settings->name, sizeof settings->name, "%s", kind->type);
    take_kind(source, kind, settings);
    take_experts(source, settings);
    if (settings->model.layers == 0 || settings->model.hidden_size == 0)
        return fault_set(fault, "'%s': expected a whole number",
                         settings->model.layers == 0 ? "num_hidden_layers" : "hidden_size");
    return take_expert_layers(source, settings, fault);
}
