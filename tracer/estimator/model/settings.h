/* A training job's settings by the names that Megatron-LM gives them: on its command line
 * (--num-layers), and with underscores in a model file (num_layers). One table serves both. */
#ifndef TRACER_ESTIMATOR_MODEL_SETTINGS_H
#define TRACER_ESTIMATOR_MODEL_SETTINGS_H

#include "schemas/support/fault.h"
#include "tracer/estimator/model/layer_list.h"
#include "tracer/gmtrace.h"

#include <stdbool.h>
#include <stddef.h>

enum { SETTING_TEXT_SIZE = 512, SETTING_WORD_SIZE = 64 };

/* Of hidden states and of attention, where nothing is said. */
#define MEGATRON_DROPOUT 0.1

/* What is given, before one follows from the other. 0 where nothing is. */
struct model_settings {
    char name[64]; /* of the model, for people; or "" */
    gmt_model model;
    gmt_parallel parallel; /* dp, micro_batches and virtual_stages are found by settings_resolve */

    /* ---- sizes that follow from others ---- */
    int64_t world_size, data_parallel_size;
    int64_t micro_batches, global_batch_size;
    int64_t vocabulary, vocabulary_divisor; /* before padding */
    bool vocabulary_not_padded;
    char tokenizer[64], merge_file[SETTING_TEXT_SIZE];
    int64_t layers_a_virtual_stage;
    int64_t query_groups, positions;
    struct layer_list expert_layers, delta_layers; /* where they are listed */
    int attention_variant; /* 0: none; 1: gated delta nets; 2: another one */
    char hybrid_pattern[SETTING_TEXT_SIZE], pipeline_layout[SETTING_TEXT_SIZE];

    /* ---- switches that mean something together ---- */
    bool grouped_queries, latent_attention;
    bool learned_positions_off, rotary_positions; /* --no-position-embedding, older words */
    int positions_kind;                           /* 0: not said; 1: learned; 2: others */
    bool sequence_parallel_said, recompute_said, gpu_said;
    bool recompute_activations; /* Megatron's older word for selective recomputation */
    bool bf16, fp16, fp8;
    bool offloading;
    unsigned offload_modules;
    bool distributed_optimizer, megatron_fsdp, torch_fsdp2;
    int sharding_strategy; /* gmt_sharding and 1; 0: not said */
    bool gradients_in_bf16, offloaded_optimizer;
    bool softmax_not_fused, softmax_in_fp32;
    double offloaded_share;
    int optimizer;
    double main_gradient_bytes, main_parameter_bytes;
    double first_moment_bytes, second_moment_bytes;
    double hidden_dropout, attention_dropout; /* less 0.1, Megatron's default */
    bool loss_fusion;
    int loss_fusion_kind;
    int attention_backend;
    double fixed_mb;
    char cublas_workspace[64], allocator[128]; /* as the environment has them */
};

enum setting_kind {
    SETTING_INTEGER, /* int64_t, at least 1 */
    SETTING_COUNT,   /* int64_t, at least 0 */
    SETTING_NUMBER,  /* double, at least 0 */
    SETTING_DROPOUT, /* double, from 0 to 1; kept less 0.1 */
    SETTING_SWITCH,  /* bool; a flag with or without a value, true or false */
    SETTING_CHOICE,  /* one of a few words */
    SETTING_MODULES, /* several of a few words, unsigned */
    SETTING_LAYERS,  /* N, one layer in so many, or a list of them: struct layer_list */
    SETTING_TEXT,    /* char[] of choices' size */
    SETTING_VERSION, /* 0.7 to 0.19, int64_t */
};

struct setting {
    const char *flag, *dashed; /* "num-layers", "--num-layers" */
    enum setting_kind kind;
    const char *field; /* of model_settings, by name and place */
    size_t offset;
    const struct setting_choice *choices;
    const char *value, *meaning; /* for --help */
    size_t said;                 /* a bool that is set where this one is given; 0: none */
    size_t size;                 /* of a text's array */
};

/* All of them, in the order in which they are explained. */
extern const struct setting SETTINGS[];
extern const size_t SETTINGS_COUNT;

/* What a word stands for, in the field's own type. */
struct setting_choice {
    const char *word;
    enum { CHOICE_BOOL, CHOICE_INT, CHOICE_BYTES } type;
    double value;
};

/* By flag, or by a model file's key: underscores and dashes are one. NULL: there is none. */
const struct setting *setting_find(const char *name, size_t length);

/* The known name that is nearest to a mistaken one, for a message; NULL where none is near. */
const char *setting_nearest(const char *name);

/* As above, of one more name: how many letters must change, and whether that is near. */
bool setting_is_near(const char *name, const char *known, int *letters);

/* The word of a choice's value: "h100"; "" where it has none. */
const char *setting_word(const char *flag, int value);

/* A value as text; a switch without one ("" or NULL) is on. The fault says what was expected. */
bool setting_take(const struct setting *setting, const char *text, struct model_settings *settings,
                  struct fault *fault);

/* What follows: the data-parallel size, the number of micro-batches, the padded vocabulary. Fails
 * where they contradict each other, and where the estimator finds the whole impossible; the fault
 * speaks of flags. The model points into the settings. */
bool settings_resolve(const struct model_settings *settings, gmt_model *model,
                      gmt_parallel *parallel, struct fault *fault);

/* Sets the fault to the estimator's words, with flags in place of fields; returns false. */
bool settings_refuse(const char *field, const char *expected, struct fault *fault);

/* Does a flag share something out over data-parallel ranks, and is their number not said? The
 * flag's name; NULL: no. */
const char *settings_wants_ranks(const struct model_settings *settings);

/* The words of a tokenizer's vocabulary, by --tokenizer-type; 0: it depends on a file. */
int64_t tokenizer_vocabulary(const char *type);

/* The flag, "--num-layers", that sets a field of gmt_model or gmt_parallel; the field's name where
 * none does. */
const char *setting_flag_of_field(const char *field);

#endif
