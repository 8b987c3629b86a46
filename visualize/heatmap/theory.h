/* Theory for configurations whose traces have none: from a model and the estimator. */
#ifndef VISUALIZE_HEATMAP_THEORY_H
#define VISUALIZE_HEATMAP_THEORY_H

#include "tracer/estimator/model/settings.h"
#include "visualize/heatmap/grid.h"

/* MB; NAN where the model cannot be divided so. */
double heatmap_theory_mb(const struct model_settings *model, const struct heatmap_cell *cell);

#endif
