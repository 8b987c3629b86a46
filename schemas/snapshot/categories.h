/* What memory is for: the one table of the words, for snapshots as for estimates. */
#ifndef SCHEMAS_SNAPSHOT_CATEGORIES_H
#define SCHEMAS_SNAPSHOT_CATEGORIES_H

#include <stdbool.h>
#include <stddef.h>

enum memory_category {
    MEMORY_PARAMETERS,
    MEMORY_GRADIENTS,
    MEMORY_OPTIMIZER,
    MEMORY_ACTIVATIONS,
    MEMORY_TEMPORARY, /* gone before the forward pass, the backward pass or the step that made it */
    MEMORY_COMMUNICATION,
    MEMORY_WORKSPACE, /* of cuBLAS, cuDNN and their like */
    MEMORY_OTHER,     /* not known */
    MEMORY_CATEGORIES
};

/* "parameters", "gradients", "optimizer state", ... */
const char *memory_category_text(enum memory_category category);

/* The category of that text, of `length` bytes. False where it is none. */
bool memory_category_parse(const char *text, size_t length, enum memory_category *category);

#endif
