/* Counts in sentences: with separators, and with plurals that are right. */
#ifndef VISUALIZE_REPORT_WORDS_H
#define VISUALIZE_REPORT_WORDS_H

#include <stddef.h>
#include <stdio.h>

/* "8,704". */
void words_number(FILE *stream, size_t number);

/* A figure by printf's format of one number, with separators in front of its point: "4,194.9".
 * Returns the text. */
enum { WORDS_FIGURE = 64 };
const char *words_figure(char text[WORDS_FIGURE], const char *format, double value);

/* "8,704 traces", "1 trace"; of regular plurals. */
void words_counted(FILE *stream, size_t number, const char *thing);

#endif
