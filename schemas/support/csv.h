/* Writing tables as RFC 4180 has them. */
#ifndef SCHEMAS_SUPPORT_CSV_H
#define SCHEMAS_SUPPORT_CSV_H

#include <stdio.h>

/* A field: in quotes where it has to be. Errors of writing stay with the stream. */
void csv_put_text(FILE *stream, const char *text);

/* A field that is always in quotes. */
void csv_put_quoted(FILE *stream, const char *text);

#endif
