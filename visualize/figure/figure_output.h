/* How the commands write what --output and the like name. */
#ifndef VISUALIZE_FIGURE_FIGURE_OUTPUT_H
#define VISUALIZE_FIGURE_FIGURE_OUTPUT_H

#include "visualize/figure/figure.h"

/* Writes the figure as --output has it: a known extension is left out, the folder is made. Says on
 * standard output which files it wrote, unless quiet. */
bool figure_write_output(const struct figure *figure, const char *output, bool quiet,
                         struct fault *fault);

/* "wrote PATH", unless quiet. */
void figure_print_written(const char *path, bool quiet);

#endif
