/* Lists of whole numbers as the command line takes them: "1,2,4,8", "2..64:2" (from, to, step),
 * "pow2:1..64", and these joined by commas. */
#ifndef SWEEP_LIST_H
#define SWEEP_LIST_H

#include "schemas/base/fault.h"

#include <stddef.h>
#include <stdint.h>

enum { LIST_MOST_VALUES = 4096 };

struct list {
    size_t count;
    int64_t *values; /* ascending, each once, all of at least 1 */
};

/* On failure the fault says which part of the text was not understood, and the list is empty. */
bool list_parse(const char *text, struct list *list, struct fault *fault);
void list_free(struct list *list);

#endif
