/* The words that stand in a trace file for how a run ended and for what a figure measures. */
#ifndef SCHEMAS_TRACE_TRACE_WORDS_H
#define SCHEMAS_TRACE_TRACE_WORDS_H

#include "schemas/trace/trace.h"

/* "stopped", "killed", "running". */
const char *trace_ending_word(enum trace_ending ending);

/* The ending of a word that need not end in a zero; false where it is none of them. */
bool trace_ending_named(const char *word, size_t length, enum trace_ending *ending);

/* "allocator", "driver", "device", "process", "mixed"; NULL for what is not said. */
const char *trace_measure_word(enum trace_measure measure);

/* As trace_ending_named. */
bool trace_measure_named(const char *word, size_t length, enum trace_measure *measure);

/* For people: "the framework's allocator". */
const char *trace_measure_text(enum trace_measure measure);

/* How a peak was found: "logged" by the program, or "sampled". */
const char *trace_peak_word(bool sampled);

#endif
