/* The words that stand in a trace file for how a run ended and for what a figure measures. */
#ifndef SCHEMAS_TRACE_TRACE_WORDS_H
#define SCHEMAS_TRACE_TRACE_WORDS_H

#include "schemas/trace/trace.h"

/* "stopped", "killed", "running". */
const char *trace_ending_word(enum trace_ending ending);

/* The ending of a word that need not end in a zero; false where it is none of them. */
bool trace_ending_named(const char *word, size_t length, enum trace_ending *ending);

#endif
