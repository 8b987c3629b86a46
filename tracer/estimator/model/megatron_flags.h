/* Megatron-LM's arguments that an estimate does not read: those that do not touch memory, with the
 * reason, and those that do and are not modelled. */
#ifndef TRACER_ESTIMATOR_MODEL_MEGATRON_FLAGS_H
#define TRACER_ESTIMATOR_MODEL_MEGATRON_FLAGS_H

#include <stdbool.h>
#include <stddef.h>

/* Looks up a flag without its dashes, '-' and '_' alike. The reason why it does not touch memory;
 * NULL where it does. False: Megatron-LM has no such flag, or a setting stands for it. */
bool megatron_flag_find(const char *flag, size_t length, const char **reason);

/* Does a flag that matters not matter with this value? */
bool megatron_flag_is_harmless(const char *flag, size_t length, const char *value);

/* Is this value of a setting modelled? Where it is not, expected memory is not complete. */
bool megatron_value_is_modelled(const char *flag, size_t length, const char *value);

/* All of them, one after the other; NULL behind the last. */
const char *megatron_flag_at(size_t index);

#endif
