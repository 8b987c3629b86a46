/* An analysis for people, on a stream. */
#ifndef VISUALIZE_SNAPSHOT_PRINT_H
#define VISUALIZE_SNAPSHOT_PRINT_H

#include "visualize/snapshot/analysis.h"
#include "visualize/snapshot/difference.h"

#include <stdio.h>

/* One device of a file: its levels, what lived at the peak, findings. `top`: rows of each list. */
void print_device(FILE *stream, const struct file_analysis *file,
                  const struct device_analysis *device, const struct analysis_options *options,
                  size_t top);

/* One line a device, and whose peak is the largest. */
void print_overview(FILE *stream, const struct file_analysis *files, size_t count);

void print_difference(FILE *stream, const struct difference *difference, size_t top);

#endif
