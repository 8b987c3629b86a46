/* What a training command's own flags say of its trace's name. */
#ifndef TRACER_PRELOAD_COMMAND_MEGATRON_FLAGS_H
#define TRACER_PRELOAD_COMMAND_MEGATRON_FLAGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct launch_name {
    int64_t tp, pp; /* 0: not given */
    char tags[256]; /* "l96_mbs1"; "" */
};

/* From Megatron-LM's flags in the command, "--num-layers 96" or "--num-layers=96"; `tags` (or NULL)
 * is the user's, stands behind them, and rules over them. False: the tags are no part of a name. */
bool launch_name_find(char *const *command, const char *tags, struct launch_name *name);

#endif
