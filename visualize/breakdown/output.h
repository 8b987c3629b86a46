/* A breakdown for people, for papers and for programs. */
#ifndef VISUALIZE_BREAKDOWN_OUTPUT_H
#define VISUALIZE_BREAKDOWN_OUTPUT_H

#include "visualize/breakdown/breakdown.h"
#include "visualize/figure/figure_style.h"

#include <stdio.h>

/* A line a bar, in GB. */
void breakdown_print(FILE *stream, const struct breakdown *breakdown);

/* A row a bar, as the path's ending says: .csv, .tex, or .json (breakdown.schema.json). */
bool breakdown_write(const struct breakdown *breakdown, const struct figure_style *style,
                     const char *path, struct fault *fault);

#endif
