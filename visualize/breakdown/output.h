/* A breakdown for people, for papers and for programs. */
#ifndef VISUALIZE_BREAKDOWN_OUTPUT_H
#define VISUALIZE_BREAKDOWN_OUTPUT_H

#include "visualize/breakdown/breakdown.h"
#include "visualize/figure/data_table.h"

#include <stdio.h>

/* A line a bar, in GB. */
void breakdown_print(FILE *stream, const struct breakdown *breakdown);

/* A row a bar; JSON as breakdown.schema.json has it. To a file, or to standard output ("-"). */
bool breakdown_write(const struct breakdown *breakdown, const char *path, enum data_format format,
                     struct fault *fault);

#endif
