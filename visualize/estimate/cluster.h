/* The estimate of every way in which a cluster can be divided: which of them fit? */
#ifndef VISUALIZE_ESTIMATE_CLUSTER_H
#define VISUALIZE_ESTIMATE_CLUSTER_H

#include "schemas/configuration/combinations.h"
#include "tracer/estimator/model/settings.h"

#include <cjson/cJSON.h>
#include <stdio.h>

struct estimated {
    struct configuration configuration; /* the axes' values; DP and micro-batches where known */
    double theory, expected;            /* bytes; theory NAN where the release prints none, both
                                           where it is impossible */
    bool layers_uneven;                 /* theory is of a stage of average depth */
    char impossible[160];               /* why, or "" */
};

struct cluster {
    const struct combinations *axes;
    size_t count;
    struct estimated *items; /* by the axes in the order of the table: TP, then PP, ... */
    double gpu_gb, margin;   /* of the GPU's memory, what is to stay free: 0.1 */
};

/* Fails where the estimate depends on no such dimension. */
bool cluster_check_axes(const struct combinations *axes, struct fault *fault);

/* Estimates each combination of the axes. What the settings say of an axis, or of the data parallel
 * size, does not count. Fails where none is possible, and where the estimator does not know an
 * axis. */
bool cluster_estimate(const struct model_settings *settings, const struct combinations *axes,
                      double gpu_gb, double margin, struct cluster *cluster, struct fault *fault);
void cluster_free(struct cluster *cluster);

/* Is the expected peak at most the GPU's memory less the margin? */
bool cluster_fits(const struct cluster *cluster, const struct estimated *one);

/* What fits first, by what stays free; then what does not, and what is impossible. False when out
 * of memory. */
bool cluster_print(const struct cluster *cluster, FILE *stream);

/* In the axes' order; NULL when out of memory. */
cJSON *cluster_to_json(const struct cluster *cluster);

#endif
