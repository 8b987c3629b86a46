/* A configuration's command line and environment: {tp} and its like replaced, GMT_TP and its like
 * set. No shell has a part in it. */
#ifndef SWEEP_PLAN_TEMPLATE_H
#define SWEEP_PLAN_TEMPLATE_H

#include "schemas/support/fault.h"
#include "schemas/sweep_log/sweep_log.h"

#include <stddef.h>

/* What stands for the names: see template.c's table for both. */
struct template_values {
    const struct sweep_entry *entry;
    int64_t world_size, micro_batch_size, layers; /* -1: not known */
    const char *trace_dir, *log_dir;              /* absolute */
    const char *devices;                          /* CUDA_VISIBLE_DEVICES, or NULL: as it is */
};

/* Does the text use a name that has no value? Such a command cannot be run; NULL: all is well. */
const char *template_unknown(const char *text, const struct template_values *values);

/* The arguments with every name replaced; words in braces that are no names stay. NULL when out of
 * memory. Free with template_free. */
char **template_arguments(char *const *arguments, const struct template_values *values);

/* This process's environment with the variables set. GMT_DIR is where the tracer writes. */
char **template_environment(const struct template_values *values);

void template_free(char **texts);

#endif
