/* Lists of warnings: what a reader has to say of bad input, which does not spoil the rest. */
#ifndef SCHEMAS_SUPPORT_WARNINGS_H
#define SCHEMAS_SUPPORT_WARNINGS_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

/* Adds a text, printf-like, made safe for a terminal as a fault's is. The list begins as NULL and
 * 0; false when out of memory, and then it stays as it was. */
bool warnings_add(char ***list, size_t *count, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
bool warnings_add_list(char ***list, size_t *count, const char *format, va_list arguments);

void warnings_free(char **list, size_t count);

#endif
