/* A text split into words, with quotes as shells have them, and back. */
#ifndef SWEEP_WORDS_H
#define SWEEP_WORDS_H

#include "schemas/base/fault.h"

#include <stdio.h>

/* Words between any of the separators; '...' and "..." keep what is in them, a backslash outside of
 * '...' the next character. Ends with NULL; free with words_free. NULL where a quote is not closed.
 */
char **words_split(const char *text, const char *separators, struct fault *fault);
void words_free(char **words);

/* Writes the word so that a shell takes it for one, whatever is in it. */
void words_write_quoted(FILE *stream, const char *word);

#endif
