/* The comparison with a baseline in words, and as JSON for a job's summary. */
#ifndef VISUALIZE_BASELINE_BASELINE_OUTPUT_H
#define VISUALIZE_BASELINE_BASELINE_OUTPUT_H

#include "visualize/baseline/baseline.h"

#include <stdio.h>

/* A line for each configuration, and for what rose over `limit` (a share) its stages and ranks. */
void baseline_print(const struct baseline *baseline, double limit, FILE *stream);

/* baseline.schema.json says what is in it. `path` is where the baseline's traces are. */
bool baseline_write_json(const struct baseline *baseline, const char *path, double limit,
                         const char *output, struct fault *fault);

/* Of all configurations: how many rose (by their own largest peak, or that of any rank), and how
 * many could not be held against the baseline in full. */
size_t baseline_risen(const struct baseline *baseline, double limit);
size_t baseline_incomplete(const struct baseline *baseline);

#endif
