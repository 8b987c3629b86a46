/* Strings as JSON writes them. */
#ifndef SCHEMAS_SUPPORT_JSON_STRING_H
#define SCHEMAS_SUPPORT_JSON_STRING_H

#include <stdio.h>

/* Writes the text in quotes, with escapes; bytes that are not UTF-8 become U+FFFD. */
void json_string_write(FILE *stream, const char *text);

#endif
