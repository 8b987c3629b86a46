/* The heatmap of a cluster's estimates. */
#ifndef VISUALIZE_ESTIMATE_DRAW_H
#define VISUALIZE_ESTIMATE_DRAW_H

#include "visualize/estimate/cluster.h"
#include "visualize/figure/figure_options.h"
#include "visualize/heatmap/grid.h"

struct estimate_figure {
    const struct heatmap_axes *axes;
    const struct figure_options *options;
    const struct filter *filter; /* what of the sweep is drawn */
    double gpu_gb;               /* what a configuration may use */
    const char *output;          /* BASE; NULL: no figure */
    const char *table;           /* NULL: none */
    bool quiet;
};

/* Draws BASE.png and BASE.pdf, or as the options want it, writes the table (.csv, .json or .tex),
 * and prints their names. Fails, as
 * heatmap_grid_build does, where several configurations have one place on the axes. */
bool estimate_draw(const struct cluster *cluster, const struct model_settings *settings,
                   const struct estimate_figure *figure, struct fault *fault);

#endif
