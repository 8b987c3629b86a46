/* A training script's flags, pasted: sorted into settings, what does not touch memory, what does
 * and is not modelled, and what nobody knows. */
#ifndef VISUALIZE_ESTIMATE_PASTED_H
#define VISUALIZE_ESTIMATE_PASTED_H

#include "schemas/support/options.h"
#include "tracer/estimator/model/settings.h"
#include "visualize/estimate/messages.h"

#include <stdbool.h>
#include <stddef.h>

struct pasted_value {
    const struct setting *setting;
    char *text; /* NULL: a switch alone */
};

struct pasted {
    int argc;
    char **argv; /* what is left for the option parser, ended by NULL; the texts are the caller's */
    size_t value_count;
    struct pasted_value *values;
    size_t harmless_count, unmodelled_count, unknown_count;
    const char **harmless, **unmodelled, **unknown; /* flags as they were given */
};

/* Sorts a command line. A flag may be written "--flag value", "--flag=value", "flag=value",
 * "--flag: value" and "flag: value" (as YAML has it), and "--no-flag" for a switch that is off;
 * "VARIABLE=value" is the job's environment. `own`: the command's own
 * options. The fault is of a flag that is almost a known one, or that memory ran out. */
bool pasted_sort(int argc, char **argv, const struct option_table *own, struct pasted *pasted,
                 struct fault *fault);

/* Puts the values over the settings; the fault says which flag's value makes no sense. */
bool pasted_apply(const struct pasted *pasted, struct model_settings *settings,
                  struct fault *fault);

/* Says which flags are passed over, and why. */
void pasted_report(const struct pasted *pasted, struct messages *messages);
void pasted_free(struct pasted *pasted);

#endif
