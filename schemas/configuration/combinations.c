#include "schemas/configuration/combinations.h"

#include <inttypes.h>
#include <string.h>

/* ---- the axes ---- */

void combinations_add(struct combinations *combinations, struct axis *axis)
{
    struct axis *axes = combinations->axes;
    size_t at = 0;
    while (at < combinations->axis_count && axes[at].dimension < axis->dimension)
        at++;
    if (at < combinations->axis_count && axes[at].dimension == axis->dimension) {
        axis_free(&axes[at]);
    } else {
        memmove(&axes[at + 1], &axes[at], (combinations->axis_count - at) * sizeof *axes);
        combinations->axis_count++;
    }
    axes[at] = *axis;
    *axis = (struct axis){0};
}

bool combinations_add_text(struct combinations *combinations, const char *text, struct fault *fault)
{
    struct axis axis;
    if (!axis_parse(text, &axis, fault))
        return false;
    if (axis.dimension == DIMENSION_WORLD_SIZE || axis.dimension == DIMENSION_DP ||
        DIMENSIONS[axis.dimension].not_compared) {
        axis_free(&axis);
        return fault_set(fault, "%s is no axis of a sweep: it is the same for all, or follows",
                         DIMENSIONS[axis.dimension].name);
    }
    combinations_add(combinations, &axis);
    return true;
}

bool combinations_take_values(const struct option_row *row, void *target, const char *text,
                              struct fault *fault)
{
    struct axis axis;
    if (!axis_parse_values(row->detail, text, &axis, fault))
        return false;
    combinations_add(target, &axis);
    return true;
}

bool combinations_take_axis(const struct option_row *row, void *target, const char *text,
                            struct fault *fault)
{
    (void)row;
    return combinations_add_text(target, text, fault);
}

const struct axis *combinations_axis(const struct combinations *combinations, size_t dimension)
{
    for (size_t i = 0; i < combinations->axis_count; i++)
        if (combinations->axes[i].dimension == dimension)
            return &combinations->axes[i];
    return NULL;
}

void combinations_free(struct combinations *combinations)
{
    for (size_t i = 0; i < combinations->axis_count; i++)
        axis_free(&combinations->axes[i]);
    *combinations = (struct combinations){0};
}

size_t combinations_count(const struct combinations *combinations)
{
    size_t count = combinations->axis_count > 0;
    for (size_t i = 0; i < combinations->axis_count; i++)
        if (__builtin_mul_overflow(count, combinations->axes[i].count, &count))
            return SIZE_MAX;
    return count;
}

bool combinations_take(const struct combinations *combinations, size_t index,
                       struct configuration *configuration, struct fault *fault)
{
    for (size_t i = combinations->axis_count; i-- > 0;) {
        const struct axis *axis = &combinations->axes[i];
        if (!configuration_set_value(configuration, axis->dimension,
                                     &axis->values[index % axis->count], fault))
            return false;
        index /= axis->count;
    }
    return true;
}

/* ---- the rules ---- */

bool configuration_fills_world(const struct configuration *configuration, int64_t world_size)
{
    struct configuration of_world = *configuration;
    configuration_set_number(&of_world, DIMENSION_WORLD_SIZE, world_size);
    return configuration_number(&of_world, DIMENSION_DP) > 0 &&
           ((configuration->written & DIMENSION_BIT(DIMENSION_DP)) == 0 ||
            configuration_number(configuration, DIMENSION_WORLD_SIZE) == world_size);
}

static bool check_experts(const struct configuration *configuration, struct fault *why)
{
    int64_t ep = configuration_number(configuration, DIMENSION_EP);
    int64_t etp = configuration_number(configuration, DIMENSION_ETP);
    int64_t experts = configuration_number(configuration, DIMENSION_EXPERTS);
    int64_t world = configuration_number(configuration, DIMENSION_WORLD_SIZE);
    bool experts_said = configuration->written & DIMENSION_BIT(DIMENSION_EXPERTS);
    if (ep > 1 && experts_said && experts == 0)
        return fault_set(why, "EP %" PRId64 " without experts", ep);
    if (ep > 1 && experts_said && experts % ep != 0)
        return fault_set(why, "%" PRId64 " experts do not divide by EP %" PRId64, experts, ep);
    bool sized = (ep > 1 || (configuration->written & DIMENSION_BIT(DIMENSION_ETP))) && world > 0;
    if (sized && configuration_expert_dp(configuration) < 0)
        return fault_set(why,
                         "the world size of %" PRId64 " is no multiple of ETP x EP x PP, %" PRId64
                         " x %" PRId64 " x %" PRId64,
                         world, etp, ep, configuration_number(configuration, DIMENSION_PP));
    return true;
}

static bool check_layers(const struct configuration *configuration, struct fault *why)
{
    int64_t layers = configuration_number(configuration, DIMENSION_LAYERS);
    int64_t pp = configuration_number(configuration, DIMENSION_PP);
    int64_t vpp = configuration_number(configuration, DIMENSION_VPP), parts;
    if (vpp > 1 && pp == 1)
        return fault_set(why, "VPP %" PRId64 " wants a PP over 1", vpp);
    if (layers < 1 || pp < 1)
        return true;
    if (pp > layers)
        return fault_set(why, "PP %" PRId64 " is more than the %" PRId64 " layers", pp, layers);
    if (layers % pp != 0)
        return fault_set(why, "%" PRId64 " layers do not divide by PP %" PRId64, layers, pp);
    if (__builtin_mul_overflow(pp, vpp, &parts) || layers % parts != 0)
        return fault_set(why,
                         "%" PRId64 " layers do not divide by PP x VPP, %" PRId64 " x %" PRId64,
                         layers, pp, vpp);
    return true;
}

bool configuration_allowed(const struct configuration *configuration, struct fault *why)
{
    int64_t cp = configuration_number(configuration, DIMENSION_CP);
    int64_t sequence = configuration_number(configuration, DIMENSION_SEQUENCE_LENGTH);
    if (!check_layers(configuration, why) || !check_experts(configuration, why))
        return false;
    if (cp > 1 && sequence > 0 && (cp > sequence / 2 || sequence % (2 * cp) != 0))
        return fault_set(why,
                         "the sequence length of %" PRId64 " does not divide by 2 x CP %" PRId64,
                         sequence, cp);
    return true;
}
