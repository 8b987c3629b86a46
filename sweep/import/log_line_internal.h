/* What the files of log_line share: the readers of each framework's lines, and finding figures. */
#ifndef SWEEP_IMPORT_LOG_LINE_INTERNAL_H
#define SWEEP_IMPORT_LOG_LINE_INTERNAL_H

#include "sweep/import/log_line.h"

/* Each takes a line without colours and control characters, and fills `line`, in which nothing is
 * said yet, where the line is one of its forms; false where it is not. */
bool megatron_line_read(const char *text, enum import_block block, struct import_line *line);
bool bridge_line_read(const char *text, enum import_block block, struct import_line *line);
bool nemo_line_read(const char *text, enum import_block block, struct import_line *line);
bool titan_line_read(const char *text, enum import_block block, struct import_line *line);
bool deepspeed_line_read(const char *text, enum import_block block, struct import_line *line);

/* The number behind the words, 0 or more, which must be there; NAN else. `behind` (may be NULL):
 * what follows it. */
double line_number(const char *text, const char *words, const char **behind);

/* The same where `unit` follows the number: one that was cut off is none. */
double line_value(const char *text, const char *words, const char *unit);

/* A whole number, behind blanks. */
bool line_whole_number(const char *text, const char **behind, int64_t *value);

/* "[Rank 3] (after 10 iterations) memory (": fills rank and iteration and gives what follows; NULL
 * where the text holds no such thing. */
const char *line_report(const char *text, struct import_line *line);

#endif
