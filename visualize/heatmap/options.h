/* visualize_heatmap's command line. */
#ifndef VISUALIZE_HEATMAP_OPTIONS_H
#define VISUALIZE_HEATMAP_OPTIONS_H

#include "visualize/figure/figure_options.h"
#include "visualize/heatmap/grid.h"

struct heatmap_options {
    char *folder, *memory_dir; /* the argument, and --memory-dir */
    const char *log_dir, *output, *table, *json, *model, *metrics;
    const char *metric_name, *unit;
    const struct heatmap_metric *metric;
    double max, gpu; /* in the unit; 0: not given */
    double peak_tflops;
    struct filter filter;
    enum heatmap_reduce reduce;
    struct iteration_choice iterations;
    struct heatmap_axes axes;
    struct figure_options figure;
    unsigned jobs; /* 0: one per processor */
    bool quiet;
};

/* Ends the command where the line makes no sense. */
void heatmap_options_parse(int argc, char **argv, struct heatmap_options *options);

#endif
