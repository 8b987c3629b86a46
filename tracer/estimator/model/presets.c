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

static const char GPT3[] = "Brown et al. 2020, Table 2.1";
static const char MEGATRON[] = "Narayanan et al. 2021 (arXiv 2104.04473), Table 1";
static const char LLAMA3[] = "Grattafiori et al. 2024 (arXiv 2407.21783), Table 3";

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
