#include "tracer/estimator/model/presets.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define GPT(l, h, heads, vocabulary)                                                               \
    {                                                                                              \
        .layers = (l), .hidden_size = (h), .attention_heads = (heads), .sequence_length = 2048,    \
        .padded_vocabulary = (vocabulary), .positions = 2048                                       \
    }
#define LLAMA(l, h, heads, ffn, tokens, vocabulary)                                                \
    .layers = (l), .hidden_size = (h), .attention_heads = (heads), .query_groups = 8,              \
    .ffn_hidden_size = (ffn), .sequence_length = (tokens), .padded_vocabulary = (vocabulary),      \
    .gated_mlp = true, .untied_embeddings = true, .rms_norm = true, .no_linear_bias = true

#define QWEN3(l, h, heads, groups, ffn)                                                            \
    .layers = (l), .hidden_size = (h), .attention_heads = (heads), .query_groups = (groups),       \
    .kv_channels = 128, .ffn_hidden_size = (ffn), .sequence_length = 4096,                         \
    .padded_vocabulary = 151936, .gated_mlp = true, .untied_embeddings = true, .rms_norm = true,   \
    .no_linear_bias = true, .qk_norm = true
#define DEEPSEEK(heads, vocabulary, n, pattern)                                                    \
    .layers = 61, .hidden_size = 7168, .attention_heads = (heads), .ffn_hidden_size = 18432,       \
    .sequence_length = 4096, .padded_vocabulary = (vocabulary), .gated_mlp = true,                 \
    .untied_embeddings = true, .rms_norm = true, .no_linear_bias = true, .qk_norm = true,          \
    .experts = (n), .moe_ffn_hidden_size = 2048, .shared_expert_ffn_hidden_size = 2048,            \
    .moe_layer_pattern = (pattern), .router_top_k = 8, .router_bias = true,                        \
    .multi_latent_attention = true, .q_lora_rank = 1536, .kv_lora_rank = 512, .qk_head_dim = 128,  \
    .qk_pos_emb_head_dim = 64, .v_head_dim = 128
#define LLAMA4(n, ffn, pattern)                                                                    \
    LLAMA(48, 5120, 40, ffn, 8192, 202048), .experts = (n), .moe_ffn_hidden_size = 8192,           \
                                            .shared_expert_ffn_hidden_size = 8192,                 \
                                            .moe_layer_pattern = (pattern), .router_top_k = 1
#define GPT_OSS(l, n)                                                                              \
    .layers = (l), .hidden_size = 2880, .attention_heads = 64, .query_groups = 8,                  \
    .kv_channels = 64, .ffn_hidden_size = 2880, .sequence_length = 4096,                           \
    .padded_vocabulary = 201088, .gated_mlp = true, .untied_embeddings = true, .rms_norm = true,   \
    .experts = (n), .router_top_k = 4
#define NEMOTRON(l, h, heads, ffn)                                                                 \
    .layers = (l), .hidden_size = (h), .attention_heads = (heads), .query_groups = 8,              \
    .ffn_hidden_size = (ffn), .sequence_length = 4096, .padded_vocabulary = 256000,                \
    .untied_embeddings = true, .no_linear_bias = true, .squared_relu = true

/* Which layers have experts, a digit each. */
#define ONES        "1111111111"
#define ALTERNATING "0101010101"
static const char AFTER_ONE[] = "0" ONES ONES ONES ONES ONES ONES;
static const char AFTER_THREE[] = "000" ONES ONES ONES ONES ONES "11111111";
static const char EVERY_OTHER[] = ALTERNATING ALTERNATING ALTERNATING ALTERNATING "01010101";

static const char GPT3[] = "Brown et al. 2020, Table 2.1";
static const char MEGATRON[] = "Narayanan et al. 2021 (arXiv 2104.04473), Table 1";
static const char LLAMA3[] = "Grattafiori et al. 2024 (arXiv 2407.21783), Table 3";

static const char QWEN_3[] = "Qwen Team 2025 (arXiv 2505.09388), Tables 1 and 2; config.json";
static const char LLAMA_4[] = "Meta 2025, config.json of meta-llama/Llama-4-*: the language model";
static const char GPT_OSS_CARD[] = "OpenAI 2025 (arXiv 2508.10925), Table 1; config.json";

const struct preset PRESETS[] = {
    {"gpt-6.7b", 6.7, GPT3, GPT(32, 4096, 32, 51200)},
    {"gpt-13b", 12.85, GPT3, GPT(40, 5120, 40, 51200)},
    {"gpt-30b", 30, "Zhang et al. 2022 (arXiv 2205.01068, OPT), Table 1", GPT(48, 7168, 56, 50304)},
    {"gpt-40b", 39.1, MEGATRON, GPT(48, 8192, 64, 51200)},
    {"gpt-70b", 0, "Hoffmann et al. 2022 (arXiv 2203.15556), Table 4: 70B with its larger head",
     GPT(80, 8192, 64, 32000)},
    {"gpt-175b", 175, GPT3, GPT(96, 12288, 96, 51200)},
    {"gpt-485b", 0, "the 485B sweep of this project's demo", GPT(96, 20480, 160, 50304)},
    {"gpt-1t", 1008, MEGATRON, GPT(128, 25600, 160, 51200)},
    {"llama3-8b", 8.03, LLAMA3, {LLAMA(32, 4096, 32, 14336, 8192, 128256)}},
    {"llama3-70b", 70.6, LLAMA3, {LLAMA(80, 8192, 64, 28672, 8192, 128256)}},
    {"llama3-405b", 405.9, LLAMA3, {LLAMA(126, 16384, 128, 53248, 8192, 128256)}},
    {"mixtral-8x7b",
     46.7,
     "Jiang et al. 2024 (arXiv 2401.04088), Table 1",
     {LLAMA(32, 4096, 32, 14336, 4096, 32000), .experts = 8, .router_top_k = 2}},
    {"mixtral-8x22b",
     140.6,
     "config.json of mistralai/Mixtral-8x22B-v0.1",
     {LLAMA(56, 6144, 48, 16384, 4096, 32768), .experts = 8, .router_top_k = 2}},
    {"llama4-scout", 0, LLAMA_4, {LLAMA4(16, 16384, NULL)}},
    {"llama4-maverick", 400, LLAMA_4, {LLAMA4(128, 16384, EVERY_OTHER)}},
    {"qwen3-8b", 8.2, QWEN_3, {QWEN3(36, 4096, 32, 8, 12288)}},
    {"qwen3-32b", 32.8, QWEN_3, {QWEN3(64, 5120, 64, 8, 25600)}},
    {"qwen3-30b-a3b",
     30.5,
     QWEN_3,
     {QWEN3(48, 2048, 32, 4, 6144), .experts = 128, .moe_ffn_hidden_size = 768, .router_top_k = 8}},
    {"qwen3-235b-a22b",
     235,
     QWEN_3,
     {QWEN3(94, 4096, 64, 4, 12288), .experts = 128, .moe_ffn_hidden_size = 1536,
      .router_top_k = 8}},
    {"deepseek-v3",
     671,
     "DeepSeek-AI 2024 (arXiv 2412.19437), section 4.2",
     {DEEPSEEK(128, 129280, 256, AFTER_THREE)}},
    {"kimi-k2",
     0,
     "Kimi Team 2025 (arXiv 2507.20534), Table 2",
     {DEEPSEEK(64, 163840, 384, AFTER_ONE)}},
    {"gpt-oss-20b", 20.9, GPT_OSS_CARD, {GPT_OSS(24, 32)}},
    {"gpt-oss-120b", 116.8, GPT_OSS_CARD, {GPT_OSS(36, 128)}},
    {"nemotron-4-15b",
     15.6,
     "Parmar et al. 2024 (arXiv 2402.16819), Table 1",
     {NEMOTRON(32, 6144, 48, 24576)}},
    {"nemotron-4-340b",
     341,
     "NVIDIA 2024 (arXiv 2406.11704), Table 1",
     {NEMOTRON(96, 18432, 96, 73728)}},
};
const size_t PRESETS_COUNT = sizeof PRESETS / sizeof *PRESETS;

const struct preset *preset_find(const char *name)
{
    for (size_t i = 0; i < PRESETS_COUNT; i++)
        if (strcasecmp(PRESETS[i].name, name) == 0)
            return &PRESETS[i];
    return NULL;
}

void preset_take(const struct preset *preset, struct model_settings *settings)
{
    settings->model = preset->model;
    settings->grouped_queries = preset->model.query_groups > 0;
    settings->latent_attention = preset->model.multi_latent_attention;
    if (preset->model.moe_layer_pattern) {
        settings->expert_layers.layers = strlen(preset->model.moe_layer_pattern);
        snprintf(settings->expert_layers.digits, sizeof settings->expert_layers.digits, "%s",
                 preset->model.moe_layer_pattern);
    }
    settings->positions = preset->model.positions;
    settings->positions_kind = preset->model.positions > 0 ? 1 : 2;
    settings->bf16 = true;
    snprintf(settings->name, sizeof settings->name, "%s", preset->name);
}

enum { NAME_LENGTH = 64 };

static void letters_of(const char *text, char letters[NAME_LENGTH])
{
    size_t used = 0;
    for (; *text && used < NAME_LENGTH - 1; text++)
        if (*text != '-' && *text != '_' && *text != ' ')
            letters[used++] = *text;
    letters[used] = '\0';
}

const struct preset *preset_like(const char *text)
{
    char wanted[NAME_LENGTH], name[NAME_LENGTH];
    letters_of(text, wanted);
    for (size_t i = 0; i < PRESETS_COUNT && *wanted; i++) {
        letters_of(PRESETS[i].name, name);
        if (strcasestr(name, wanted))
            return &PRESETS[i];
    }
    return NULL;
}
