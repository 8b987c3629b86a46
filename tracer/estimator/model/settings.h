/* A training job's settings by the names that Megatron-LM gives them: on its command line
 * (--num-layers), and with underscores in a model file (num_layers). One table serves both. */
#ifndef TRACER_ESTIMATOR_MODEL_SETTINGS_H
#define TRACER_ESTIMATOR_MODEL_SETTINGS_H

#include "schemas/support/fault.h"
#include "tracer/estimator/model/layer_list.h"
#include "tracer/gmtrace.h"

#include <stdbool.h>
#include <stddef.h>

/* What is given, before one follows from the other. 0 where nothing is. */
struct model_settings {
    char name[64]; /* of the model, for people; or "" */
    gmt_model model;
    gmt_parallel parallel; /* dp, micro_batches and virtual_stages are found by settings_resolve */
    int64_t world_size, data_parallel_size;
    int64_t micro_batches, global_batch_size;
    int64_t vocabulary, vocabulary_divisor; /* before padding */
    int64_t layers_a_virtual_stage;
    struct layer_list expert_layers; /* where they are listed */
    bool grouped_queries, sequence_parallel;
    bool recompute_activations; /* Megatron's older word for selective recomputation */
    double optimizer_bytes, first_moment_bytes, second_moment_bytes;
    double fixed_mb;
};

enum setting_kind {
    SETTING_INTEGER, /* int64_t, at least 1 */
    SETTING_NUMBER,  /* double, at least 0 */
    SETTING_SWITCH,  /* bool; a flag with or without a value, true or false */
    SETTING_CHOICE,  /* one of a few words */
    SETTING_LAYERS,  /* N, one layer in so many, or a list of them (layer_list.h) */
};

struct setting {
    const char *flag; /* "num-layers" */
    enum setting_kind kind;
    size_t offset; /* in model_settings */
    const struct setting_choice *choices;
    const char *value, *meaning; /* for --help */
    size_t opposite;             /* a switch that this one turns off; 0: none */
};

/* All of them, in the order in which they are explained. */
extern const struct setting SETTINGS[];
extern const size_t SETTINGS_COUNT;

/* By flag, or by a model file's key: underscores and dashes are one. NULL: there is none. */
const struct setting *setting_find(const char *name, size_t length);

/* The known name that is nearest to a mistaken one, for a message; NULL where none is near. */
const char *setting_nearest(const char *name);

/* A value as text; a switch without one ("" or NULL) is on. The fault says what was expected. */
bool setting_take(const struct setting *setting, const char *text, struct model_settings *settings,
                  struct fault *fault);

/* What follows: the data-parallel size, the number of micro-batches, the padded vocabulary. Fails
 * where they contradict each other, and where the estimator finds the whole impossible. */
bool settings_resolve(const struct model_settings *settings, gmt_model *model,
                      gmt_parallel *parallel, struct fault *fault);

#endif
