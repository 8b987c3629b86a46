/* A configuration's command line and environment: {tp} and its like replaced, GMT_TP and its like
 * set. No shell has a part in it. */
#ifndef SWEEP_PLAN_TEMPLATE_H
#define SWEEP_PLAN_TEMPLATE_H

#include "sweep/plan/plan.h"

/* What stands for the names. Every dimension of the table is one, by its tag, its column and its
 * other keys; {trace_dir} and {log_dir} are the two folders. */
struct template_values {
    const struct plan_rules *rules;
    const struct sweep_entry *entry;
    const char *trace_dir, *log_dir; /* absolute */
    const char *devices;             /* CUDA_VISIBLE_DEVICES, or NULL: as it is */
};

/* False where the text uses a name that has no value for this configuration, and where a word in
 * braces is nearly a name (a slip, then): such a command cannot be run, and the fault says why.
 * Other braces are fine: ${HOME}, {print}; "{{" is a brace. */
bool template_check(const char *text, const struct template_values *values, struct fault *fault);

/* Is there a name in the text? */
bool template_has_names(const char *text);

/* The arguments with every name replaced. NULL when out of memory. Free with template_free. */
char **template_arguments(char *const *arguments, const struct template_values *values);

/* This process's environment with the variables set. GMT_DIR is where the tracer writes. */
char **template_environment(const struct template_values *values);

void template_free(char **texts);

#endif
