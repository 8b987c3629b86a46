/* Where points come from: traces and their model, simulated traces, measured runs, and tables. */
#ifndef VISUALIZE_ACCURACY_SOURCES_H
#define VISUALIZE_ACCURACY_SOURCES_H

#include "visualize/accuracy/points.h"
#include "visualize/estimate/measured.h"
#include "visualize/runs/runs.h"

#define ACCURACY_THEORY    "theory"
#define ACCURACY_EXPECTED  "expected peak"
#define ACCURACY_SIMULATED "simulated"

/* A point a configuration: its peak, theory as its traces have it or the model, and expected peak
 * by the model. */
bool accuracy_add_configurations(struct accuracy *accuracy, const struct runs *runs,
                                 struct fault *fault);

/* A point a rank, the same: expected peak of its stage. */
bool accuracy_add_ranks(struct accuracy *accuracy, const struct runs *runs, struct fault *fault);

/* The peaks of simulated traces (read), as predictions of the points that are there: of ranks, or
 * the largest of a configuration's. Warns of those that fit no point, and where the simulation
 * lacks ranks. Fails where one fits several that differ. */
bool accuracy_add_simulated(struct accuracy *accuracy, const struct runs *runs,
                            const struct trace_set *simulated, bool by_rank, struct fault *fault);

/* Measured runs and what is expected of each; those whose runs scatter are left out. */
bool accuracy_add_measured(struct accuracy *accuracy, const struct validation *validation,
                           struct fault *fault);

/* A table (see accuracy.md). One with measured figures adds points; one without predicts points
 * that are there, found by configuration or name: read those first. */
bool accuracy_add_table(struct accuracy *accuracy, const char *path, struct fault *fault);

/* Has the table a column of measured figures? */
bool accuracy_table_measures(const char *path, bool *measures, struct fault *fault);

#endif
