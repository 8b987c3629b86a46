/* Counts in sentences: with separators, and with plurals that are right. */
#ifndef VISUALIZE_REPORT_WORDS_H
#define VISUALIZE_REPORT_WORDS_H

#include <stddef.h>
#include <stdio.h>

/* "8,704". */
void words_number(FILE *stream, size_t number);

/* "8,704 traces", "1 trace"; of regular plurals. */
void words_counted(FILE *stream, size_t number, const char *thing);

#endif
