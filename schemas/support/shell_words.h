/* A text split into words, with quotes as shells have them, and back. */
#ifndef SCHEMAS_SUPPORT_SHELL_WORDS_H
#define SCHEMAS_SUPPORT_SHELL_WORDS_H

#include "schemas/support/fault.h"

#include <stdio.h>

/* Words between any of the separators; '...' and "..." keep what is in them, a backslash outside of
 * '...' the next character. Ends with NULL; free with shell_words_free. NULL where a quote is not
 * closed.
 */
char **shell_words_split(const char *text, const char *separators, struct fault *fault);
void shell_words_free(char **words);

/* Writes the word so that a shell takes it for one, whatever is in it: in quotes where it needs
 * them. */
void shell_words_write(FILE *stream, const char *word);

/* The same for people, on one line and without control characters: where the word has any, in the
 * form
 * $'\n' of bash, zsh and ksh. */
void shell_words_show(FILE *stream, const char *word);

/* For the end of what a command prints for people: "the report: visualize_report ...", a line that
 * can be pasted. It stays open: words follow by next_command_add, and a newline. */
void next_command_begin(const char *what, const char *command);

/* An option and its value, as shell_words_show has it; without a value (NULL or "") nothing. */
void next_command_add(const char *option, const char *value);

#endif
