#include "schemas/support/warnings.h"

#include "schemas/support/array.h"
#include "schemas/support/fault.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool warnings_add(char ***list, size_t *count, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    bool added = warnings_add_list(list, count, format, arguments);
    va_end(arguments);
    return added;
}

bool warnings_add_list(char ***list, size_t *count, const char *format, va_list arguments)
{
    struct fault safe;
    char raw[sizeof safe.text];
    vsnprintf(raw, sizeof raw, format, arguments);
    fault_set(&safe, "%s", raw);
    char *text = strdup(safe.text), **place = text ? ARRAY_ADD(*list, *count) : NULL;
    if (!place) {
        free(text);
        return false;
    }
    *place = text;
    return true;
}

void warnings_free(char **list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(list[i]);
    free((void *)list);
}
