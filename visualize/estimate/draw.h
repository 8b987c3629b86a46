/* The heatmap of estimates, drawn by visualize_heatmap. */
#ifndef VISUALIZE_ESTIMATE_DRAW_H
#define VISUALIZE_ESTIMATE_DRAW_H

#include "visualize/estimate/configurations.h"

/* Runs visualize_heatmap, which stands beside this program or in the PATH, on traces in a temporary
 * folder. It says itself what it wrote. */
bool estimate_draw(const struct configurations *configurations,
                   const struct model_settings *settings, double gpu_gb, const char *output,
                   struct fault *fault);

#endif
