/* Every combination of some axes' values, and whether Megatron's rules allow it. */
#ifndef SCHEMAS_CONFIGURATION_COMBINATIONS_H
#define SCHEMAS_CONFIGURATION_COMBINATIONS_H

#include "schemas/configuration/axis.h"
#include "schemas/support/options.h"

enum { COMBINATIONS_MOST_AXES = DIMENSION_ROOM };

/* All zero bytes: none. */
struct combinations {
    size_t axis_count;
    struct axis axes[COMBINATIONS_MOST_AXES]; /* in the order of the table */
};

/* Takes the axis over; one of the same dimension is replaced. */
void combinations_add(struct combinations *combinations, struct axis *axis);

/* The same from text, "ep=1,2,4". Fails on the world size and what else is the same for a whole
 * sweep, or follows. */
bool combinations_add_text(struct combinations *combinations, const char *text,
                           struct fault *fault);

/* For options' rows, whose target is a struct combinations: an axis of the dimension that the row's
 * detail names, "1,2,4"; and one with its name, "ep=1,2,4". */
bool combinations_take_values(const struct option_row *row, void *target, const char *text,
                              struct fault *fault);
bool combinations_take_axis(const struct option_row *row, void *target, const char *text,
                            struct fault *fault);

const struct axis *combinations_axis(const struct combinations *combinations, size_t dimension);
void combinations_free(struct combinations *combinations);

/* How many there are; 0 without an axis, SIZE_MAX where there are too many to count. */
size_t combinations_count(const struct combinations *combinations);

/* The combination at a place, the last axis' values changing first, added to what the configuration
 * has. */
bool combinations_take(const struct combinations *combinations, size_t index,
                       struct configuration *configuration, struct fault *fault);

/* Does the world size divide by TP x CP x PP (or is it TP x CP x DP x PP, where DP is given)? */
bool configuration_fills_world(const struct configuration *configuration, int64_t world_size);

/* Megatron's other rules, as far as the sizes are known: EP and ETP divide the world, experts
 * divide by EP, layers by PP x VPP, VPP wants a pipeline, the sequence divides by 2 CP. On false
 * the fault says why. Source: megatron/training/arguments.py and megatron/core/parallel_state.py.
 */
bool configuration_allowed(const struct configuration *configuration, struct fault *why);

#endif
