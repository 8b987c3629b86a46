/* A trade-off for people, for papers and for programs. */
#ifndef VISUALIZE_TRADEOFF_OUTPUT_H
#define VISUALIZE_TRADEOFF_OUTPUT_H

#include "visualize/figure/data_table.h"
#include "visualize/tradeoff/tradeoff.h"

#include <stdio.h>

/* The front, and what is not compared, and why. */
void tradeoff_print(FILE *stream, const struct tradeoff *tradeoff);

/* A row a configuration; JSON as tradeoff.schema.json has it; LaTeX with the front alone. To a
 * file, or to standard output ("-"). */
bool tradeoff_write(const struct tradeoff *tradeoff, const char *path, enum data_format format,
                    struct fault *fault);

#endif
