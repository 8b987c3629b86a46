#include "schemas/snapshot/categories.h"

#include <string.h>

static const char *const TEXTS[MEMORY_CATEGORIES] = {
    [MEMORY_PARAMETERS] = "parameters",     [MEMORY_GRADIENTS] = "gradients",
    [MEMORY_OPTIMIZER] = "optimizer state", [MEMORY_ACTIVATIONS] = "activations",
    [MEMORY_TEMPORARY] = "temporary",       [MEMORY_COMMUNICATION] = "communication",
    [MEMORY_WORKSPACE] = "workspace",       [MEMORY_OTHER] = "other",
};

const char *memory_category_text(enum memory_category category)
{
    return TEXTS[category];
}

bool memory_category_parse(const char *text, size_t length, enum memory_category *category)
{
    for (int i = 0; i < MEMORY_CATEGORIES; i++)
        if (strlen(TEXTS[i]) == length && memcmp(TEXTS[i], text, length) == 0) {
            *category = (enum memory_category)i;
            return true;
        }
    return false;
}
