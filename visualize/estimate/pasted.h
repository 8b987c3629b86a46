/* A training script's flags, pasted: which of them the estimate knows, and which are passed over.
 */
#ifndef VISUALIZE_ESTIMATE_PASTED_H
#define VISUALIZE_ESTIMATE_PASTED_H

#include <stdbool.h>
#include <stddef.h>

struct pasted {
    int argc;
    char **argv; /* what is left for the option parser, ended by NULL; the texts are the caller's */
    size_t harmless_count, unknown_count;
    const char **harmless; /* flags of Megatron's that do not touch memory */
    const char **unknown;  /* flags that nobody knows here */
};

/* Sorts a command line. `own` says whether a flag, without dashes and value, is the command's.
 * False when out of memory. */
bool pasted_sort(int argc, char **argv, bool (*own)(const char *flag, size_t length),
                 struct pasted *pasted);
void pasted_free(struct pasted *pasted);

#endif
