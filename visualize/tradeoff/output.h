/* A trade-off for people, for papers and for programs. */
#ifndef VISUALIZE_TRADEOFF_OUTPUT_H
#define VISUALIZE_TRADEOFF_OUTPUT_H

#include "visualize/figure/figure_style.h"
#include "visualize/tradeoff/tradeoff.h"

#include <stdio.h>

/* The front, and what is not compared, and why. False when out of memory; then nothing is printed.
 */
bool tradeoff_print(FILE *stream, const struct tradeoff *tradeoff, struct fault *fault);

/* A row a configuration, as the path's ending says: .csv, .json (tradeoff.schema.json), or .tex,
 * which has the front alone. */
bool tradeoff_write(const struct tradeoff *tradeoff, const struct figure_style *style,
                    const char *path, struct fault *fault);

#endif
