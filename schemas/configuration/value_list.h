/* Lists of whole numbers as the command line takes them: "1,2,4,8", "0-15" or "0..15", "2..64:2"
 * (from, to, step), "pow2:1..64", and these joined by commas. */
#ifndef SCHEMAS_CONFIGURATION_VALUE_LIST_H
#define SCHEMAS_CONFIGURATION_VALUE_LIST_H

#include "schemas/support/fault.h"

#include <stddef.h>
#include <stdint.h>

enum { VALUE_LIST_MOST = 4096 };

struct value_list {
    size_t count;
    int64_t *values; /* ascending, each once */
};

/* Numbers of at least `least` (0 or 1). On failure the fault says which part of the text was not
 * understood, and the list is empty. */
bool value_list_parse(const char *text, int64_t least, struct value_list *list,
                      struct fault *fault);

/* The same without the list, so that it may have any number of values. */
bool value_list_check(const char *text, int64_t least, struct fault *fault);

/* Is the number in the list that the text writes? Of a text that value_list_check takes. */
bool value_list_contains(const char *text, int64_t number);
void value_list_free(struct value_list *list);

#endif
