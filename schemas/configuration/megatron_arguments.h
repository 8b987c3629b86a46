/* From Megatron-LM's arguments to a configuration: those that a training script's flags give, and
 * those that its log's argument block prints. */
#ifndef SCHEMAS_CONFIGURATION_MEGATRON_ARGUMENTS_H
#define SCHEMAS_CONFIGURATION_MEGATRON_ARGUMENTS_H

#include "schemas/configuration/configuration.h"

/* What was said so far; start with all zero bytes. */
struct megatron_arguments {
    struct configuration configuration;
    int64_t layers_per_virtual_stage; /* 0: not said, as below */
    bool bf16, fp16, fp8, fp4;
    bool bf16_off, fp16_off; /* said to be off: both off is fp32 */
    bool selective, modules_said;
    char modules[DIMENSION_WORD_SIZE]; /* of selective recomputation, joined by '+' */
    bool distributed_optimizer_said, distributed_optimizer, sharded_by_strategy;
    int64_t strategy; /* the ZeRO stage that the sharding strategy means */
    bool simulated;   /* is_scaling_mode: sizes come from fake_* */
    struct configuration fake;
};

/* Takes one argument, under its name ("num_layers"; '-' and '_' alike, "--" before it or not) with
 * its value's text; a flag without a value has "True". False: it says nothing of a configuration.
 */
bool megatron_arguments_take(struct megatron_arguments *arguments, const char *name,
                             const char *value);

/* The same, and also a dimension by its column ("micro_batches", "zero"), which is none of
 * Megatron's arguments. */
bool megatron_arguments_take_any(struct megatron_arguments *arguments, const char *name,
                                 const char *value);

/* Is the argument a flag that stands without a value? */
bool megatron_argument_is_switch(const char *name);

/* What follows from all of them. Sources: megatron/training/arguments.py of core_r0.7 to 0.19. */
void megatron_arguments_finish(const struct megatron_arguments *arguments,
                               struct configuration *configuration);

#endif
