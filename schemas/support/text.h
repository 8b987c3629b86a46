/* Small questions about text. */
#ifndef SCHEMAS_SUPPORT_TEXT_H
#define SCHEMAS_SUPPORT_TEXT_H

#include <stdbool.h>
#include <string.h>

/* Does the text end so, with something before it? */
static inline bool text_ends_with(const char *text, const char *ending)
{
    size_t length = strlen(text), end = strlen(ending);
    return length > end && strcmp(text + length - end, ending) == 0;
}

#endif
