/* Tables as RFC 4180 has them. */
#ifndef SCHEMAS_SUPPORT_CSV_H
#define SCHEMAS_SUPPORT_CSV_H

#include <stddef.h>
#include <stdio.h>

/* Writes a field: in quotes where it has to be. Errors of writing stay with the stream. */
void csv_put_text(FILE *stream, const char *text);

/* A field that is always in quotes. */
void csv_put_quoted(FILE *stream, const char *text);

/* Takes a line apart where it stands, without quotes and the line's end; gives the number of
 * fields, of which at most `most` are kept. An empty line is one empty field. Line breaks within
 * quotes are not known here: the line ends there. */
size_t csv_split(char *line, char **fields, size_t most);

#endif
