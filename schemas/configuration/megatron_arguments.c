#include "schemas/configuration/megatron_arguments.h"

#include <string.h>
#include <strings.h>

/* ---- names ---- */

enum argument {
    ARGUMENT_LAYERS_PER_VIRTUAL_STAGE,
    ARGUMENT_VIRTUAL_STAGES,
    ARGUMENT_BF16,
    ARGUMENT_FP16,
    ARGUMENT_FP8,
    ARGUMENT_FP4,
    ARGUMENT_RECOMPUTE_ACTIVATIONS,
    ARGUMENT_RECOMPUTE_MODULES,
    ARGUMENT_DISTRIBUTED_OPTIMIZER,
    ARGUMENT_SHARDING_STRATEGY,
    ARGUMENT_TORCH_FSDP,
    ARGUMENT_SCALING_MODE,
    ARGUMENT_COUNT
};

/* Those beside the table of dimensions. */
static const struct {
    const char *name;
    bool is_switch;
} ARGUMENTS[ARGUMENT_COUNT] = {
    [ARGUMENT_LAYERS_PER_VIRTUAL_STAGE] = {"num_layers_per_virtual_pipeline_stage", false},
    [ARGUMENT_VIRTUAL_STAGES] = {"num_virtual_stages_per_pipeline_rank", false},
    [ARGUMENT_BF16] = {"bf16", true},
    [ARGUMENT_FP16] = {"fp16", true},
    [ARGUMENT_FP8] = {"fp8_format", false},
    [ARGUMENT_FP4] = {"fp4_format", false},
    [ARGUMENT_RECOMPUTE_ACTIVATIONS] = {"recompute_activations", true},
    [ARGUMENT_RECOMPUTE_MODULES] = {"recompute_modules", false},
    [ARGUMENT_DISTRIBUTED_OPTIMIZER] = {"use_distributed_optimizer", true},
    [ARGUMENT_SHARDING_STRATEGY] = {"data_parallel_sharding_strategy", false},
    [ARGUMENT_TORCH_FSDP] = {"use_torch_fsdp2", true},
    [ARGUMENT_SCALING_MODE] = {"is_scaling_mode", true},
};

static const char *without_dashes(const char *name)
{
    return name + (strncmp(name, "--", 2) == 0 ? 2 : 0);
}

/* '-' and '_' alike. */
static bool same_name(const char *known, const char *name)
{
    for (; *known && (*known == *name || (*known == '_' && *name == '-')); known++)
        name++;
    return !*known && !*name;
}

static enum argument argument_named(const char *name)
{
    if (same_name("fp8", name)) /* as argument blocks of later releases have it */
        return ARGUMENT_FP8;
    if (same_name("fp4", name))
        return ARGUMENT_FP4;
    enum argument argument = 0;
    while (argument < ARGUMENT_COUNT && !same_name(ARGUMENTS[argument].name, name))
        argument++;
    return argument;
}

/* Only by the argument's own name: "--tp" and "--bs" are none of Megatron's. */
static size_t dimension_named(const char *name)
{
    for (size_t i = 0; i < DIMENSION_COUNT; i++)
        if (DIMENSIONS[i].argument && same_name(DIMENSIONS[i].argument, name))
            return i;
    return DIMENSION_COUNT;
}

bool megatron_argument_is_switch(const char *name)
{
    name = without_dashes(name);
    enum argument argument = argument_named(name);
    if (argument < ARGUMENT_COUNT)
        return ARGUMENTS[argument].is_switch;
    size_t dimension = dimension_named(name);
    return dimension < DIMENSION_COUNT && DIMENSIONS[dimension].kind == DIMENSION_SWITCH;
}

/* ---- values ---- */

static bool is_on(const char *value)
{
    return strcasecmp(value, "true") == 0 || strcmp(value, "1") == 0;
}

static bool is_none(const char *value)
{
    return !*value || strcasecmp(value, "none") == 0 || strcasecmp(value, "false") == 0;
}

/* The last one given stands, as on a command line. */
static void set(struct configuration *configuration, size_t dimension, const char *value)
{
    struct dimension_value read;
    if (dimension_value_parse(dimension, value, strlen(value), &read, NULL))
        configuration_set_value(configuration, dimension, &read, NULL);
}

static void take_number(const char *value, int64_t *number)
{
    struct dimension_value read;
    if (dimension_value_parse(DIMENSION_LAYERS, value, strlen(value), &read, NULL))
        *number = read.number;
}

/* "['core_attn', 'moe_act']" or "core_attn moe_act": the words, joined by '+'. */
static void take_modules(struct megatron_arguments *arguments, const char *value)
{
    static const char between[] = " ,[]'\"";
    size_t used = 0;
    arguments->modules[0] = '\0';
    arguments->modules_said = !is_none(value);
    for (const char *at = value; *(at += strspn(at, between));) {
        size_t length = strcspn(at, between);
        if (used + length + 2 > sizeof arguments->modules)
            return;
        if (used > 0)
            arguments->modules[used++] = '+';
        for (size_t i = 0; i < length; i++, used++) {
            arguments->modules[used] = at[i];
            if (at[i] == '_')
                arguments->modules[used] = '-';
        }
        arguments->modules[used] = '\0';
        at += length;
    }
}

static void take_strategy(struct megatron_arguments *arguments, const char *value)
{
    static const char *const stages[] = {"no_shard", "optim", "optim_grads", "optim_grads_params"};
    for (int i = 0; i < 4; i++)
        if (strcmp(value, stages[i]) == 0) {
            arguments->strategy = i;
            arguments->sharded_by_strategy = i > 0;
        }
}

static void take_other(struct megatron_arguments *arguments, enum argument argument,
                       const char *value)
{
    switch (argument) {
    case ARGUMENT_LAYERS_PER_VIRTUAL_STAGE:
        take_number(value, &arguments->layers_per_virtual_stage);
        break;
    case ARGUMENT_VIRTUAL_STAGES:
        if (!is_none(value)) /* another argument may say it */
            set(&arguments->configuration, DIMENSION_VPP, value);
        break;
    case ARGUMENT_BF16:
        arguments->bf16 = is_on(value);
        arguments->bf16_off = !arguments->bf16;
        break;
    case ARGUMENT_FP16:
        arguments->fp16 = is_on(value);
        arguments->fp16_off = !arguments->fp16;
        break;
    case ARGUMENT_FP8:
        arguments->fp8 = !is_none(value);
        break;
    case ARGUMENT_FP4:
        arguments->fp4 = !is_none(value);
        break;
    case ARGUMENT_RECOMPUTE_ACTIVATIONS:
        arguments->selective = is_on(value);
        break;
    case ARGUMENT_RECOMPUTE_MODULES:
        take_modules(arguments, value);
        break;
    case ARGUMENT_DISTRIBUTED_OPTIMIZER:
        arguments->distributed_optimizer_said = true;
        arguments->distributed_optimizer = is_on(value);
        break;
    case ARGUMENT_SHARDING_STRATEGY:
        take_strategy(arguments, value);
        break;
    case ARGUMENT_TORCH_FSDP:
        if (is_on(value))
            take_strategy(arguments, "optim_grads_params");
        break;
    case ARGUMENT_SCALING_MODE:
        arguments->simulated = is_on(value);
        break;
    case ARGUMENT_COUNT:
        break;
    }
}

/* "fake_tp", "fake_world_size": the sizes that a simulated rank pretends. */
static bool take_fake(struct megatron_arguments *arguments, const char *name, const char *value)
{
    static const char prefix[] = "fake_";
    if (strncmp(name, prefix, strlen(prefix)) != 0)
        return false;
    name += strlen(prefix);
    size_t dimension = dimension_by_key(name, strlen(name));
    if (dimension < DIMENSION_COUNT)
        set(&arguments->fake, dimension, value);
    return dimension < DIMENSION_COUNT;
}

bool megatron_arguments_take(struct megatron_arguments *arguments, const char *name,
                             const char *value)
{
    name = without_dashes(name);
    enum argument argument = argument_named(name);
    if (argument < ARGUMENT_COUNT) {
        take_other(arguments, argument, value);
        return true;
    }
    size_t dimension = dimension_named(name);
    if (dimension < DIMENSION_COUNT) {
        /* None is what absence means; of recomputation it says that there is none. */
        if (is_none(value) && DIMENSIONS[dimension].kind == DIMENSION_NUMBER)
            configuration_forget(&arguments->configuration, dimension);
        else
            set(&arguments->configuration, dimension, value);
        return true;
    }
    return take_fake(arguments, name, value);
}

bool megatron_arguments_take_any(struct megatron_arguments *arguments, const char *name,
                                 const char *value)
{
    if (megatron_arguments_take(arguments, name, value))
        return true;
    size_t dimension = 0;
    while (dimension < DIMENSION_COUNT && strcmp(DIMENSIONS[dimension].column, name) != 0)
        dimension++;
    if (dimension < DIMENSION_COUNT)
        set(&arguments->configuration, dimension, value);
    return dimension < DIMENSION_COUNT;
}

/* ---- what follows ---- */

static void finish_recompute(const struct megatron_arguments *arguments,
                             struct configuration *configuration)
{
    const char *given = configuration_word(configuration, DIMENSION_RECOMPUTE);
    bool none = !given || strcasecmp(given, "none") == 0;
    bool selective = arguments->selective || (given && strcmp(given, "selective") == 0);
    if (selective && (none || strcmp(given, "selective") == 0)) {
        bool usual = !arguments->modules_said || strcmp(arguments->modules, "core-attn") == 0;
        set(configuration, DIMENSION_RECOMPUTE, usual ? "selective" : arguments->modules);
    } else if (given && none) {
        set(configuration, DIMENSION_RECOMPUTE, "none");
    }
}

static void finish_precision(const struct megatron_arguments *arguments,
                             struct configuration *configuration)
{
    const char *precision = arguments->fp4                               ? "fp4"
                            : arguments->fp8                             ? "fp8"
                            : arguments->bf16                            ? "bf16"
                            : arguments->fp16                            ? "fp16"
                            : arguments->bf16_off && arguments->fp16_off ? "fp32"
                                                                         : NULL;
    if (precision)
        set(configuration, DIMENSION_PRECISION, precision);
}

static void finish_sharding(const struct megatron_arguments *arguments,
                            struct configuration *configuration)
{
    if (arguments->sharded_by_strategy)
        configuration_set_number(configuration, DIMENSION_ZERO, arguments->strategy);
    else if (arguments->distributed_optimizer_said)
        configuration_set_number(configuration, DIMENSION_ZERO, arguments->distributed_optimizer);
}

/* (layers / PP) / layers of a virtual stage. */
static void finish_virtual_stages(const struct megatron_arguments *arguments,
                                  struct configuration *configuration)
{
    int64_t layers = configuration_number(configuration, DIMENSION_LAYERS);
    int64_t pp = configuration_number(configuration, DIMENSION_PP);
    int64_t of_one = arguments->layers_per_virtual_stage;
    if (of_one < 1 || layers < 1 || pp < 1 || layers % pp != 0 || layers / pp % of_one != 0 ||
        (configuration->written & DIMENSION_BIT(DIMENSION_VPP)))
        return;
    configuration_set_number(configuration, DIMENSION_VPP, layers / pp / of_one);
}

void megatron_arguments_finish(const struct megatron_arguments *arguments,
                               struct configuration *configuration)
{
    *configuration = arguments->configuration;
    for (size_t i = 0; arguments->simulated && i < DIMENSION_COUNT; i++)
        if (arguments->fake.written & DIMENSION_BIT(i)) {
            const struct dimension_value value = configuration_value(&arguments->fake, i);
            configuration_set_value(configuration, i, &value, NULL);
        }
    /* A simulated rank's own world and DP are not those that it pretends. */
    if (arguments->simulated && !(arguments->fake.written & DIMENSION_BIT(DIMENSION_DP)))
        configuration_forget(configuration, DIMENSION_DP);
    if (arguments->simulated && !(arguments->fake.written & DIMENSION_BIT(DIMENSION_WORLD_SIZE)))
        configuration_forget(configuration, DIMENSION_WORLD_SIZE);
    finish_recompute(arguments, configuration);
    finish_precision(arguments, configuration);
    finish_sharding(arguments, configuration);
    finish_virtual_stages(arguments, configuration);
}
