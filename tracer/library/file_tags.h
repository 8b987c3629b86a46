/* The tags of a trace's name: which configuration the rank is of. */
#ifndef TRACER_LIBRARY_FILE_TAGS_H
#define TRACER_LIBRARY_FILE_TAGS_H

#include "schemas/support/fault.h"
#include "tracer/gmtrace.h"

/* Writes the sizes that the options give, then their tags as they are, then what the environment
 * says beside both (GMT_TP, GMT_RECOMPUTE and the like, as run_sweep sets them): "wd8_tp2_pp4_l96".
 * What the program says rules. A size that contradicts what stands before it is left out, since a
 * name that contradicts itself cannot be read: `left_out` says which, else its text is "". False
 * where the tags do not fit. */
bool file_tags(char *buffer, size_t size, const gmt_options *options, struct fault *left_out);

#endif
