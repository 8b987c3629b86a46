/* The estimate of every way in which a cluster can be divided: which of them fit? */
#ifndef VISUALIZE_ESTIMATE_CLUSTER_H
#define VISUALIZE_ESTIMATE_CLUSTER_H

#include "schemas/configuration/combinations.h"
#include "tracer/estimator/model/settings.h"

#include <cjson/cJSON.h>
#include <stdio.h>

struct estimated {
    struct configuration configuration; /* the axes' values; DP and micro-batches where known */
    double bytes;                       /* of the most loaded stage; NAN where it is impossible */
    bool layers_uneven;                 /* the bytes are of a stage of average depth */
    char impossible[160];               /* why, or "" */
};

struct cluster {
    const struct combinations *axes;
    size_t count;
    struct estimated *items; /* by the axes in the order of the table: TP, then PP, ... */
};

/* Estimates each combination of the axes. What the settings say of an axis, or of the data parallel
 * size, does not count. Fails where none is possible, and where the estimator does not know an
 * axis. */
bool cluster_estimate(const struct model_settings *settings, const struct combinations *axes,
                      struct cluster *cluster, struct fault *fault);
void cluster_free(struct cluster *cluster);

/* Does it take less than the GPU has? */
bool cluster_fits(const struct estimated *one, double gpu_gb);

void cluster_print(const struct cluster *cluster, double gpu_gb, FILE *stream);

/* NULL when out of memory. */
cJSON *cluster_to_json(const struct cluster *cluster, double gpu_gb);

#endif
