/* What two runs were recorded with: versions, settings, devices. It explains many a difference. */
#ifndef VISUALIZE_COMPARISON_ENVIRONMENT_H
#define VISUALIZE_COMPARISON_ENVIRONMENT_H

#include "visualize/comparison/agreement.h"

#include <stdio.h>

/* A line for each fact of the two traces that is not the same in both; a fact that one of them does
 * not have is not known of it. The capacity of the device is one of them. Nothing where either
 * trace says nothing at all. */
void comparison_print_environment(FILE *stream, const struct trace *const traces[COMPARISON_SIDES]);

#endif
