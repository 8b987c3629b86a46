/* The estimate of every TP x PP of a cluster: which of them fit? */
#ifndef VISUALIZE_ESTIMATE_CONFIGURATIONS_H
#define VISUALIZE_ESTIMATE_CONFIGURATIONS_H

#include "schemas/configuration/value_list.h"
#include "schemas/support/fault.h"
#include "tracer/estimator/model/settings.h"

#include <cjson/cJSON.h>
#include <stdio.h>

struct configuration {
    int64_t tp, pp, dp;                       /* dp 0: the world does not divide so */
    int64_t micro_batches, global_batch_size; /* 0: not known */
    double bytes;         /* of the most loaded stage; NAN where it is impossible */
    bool layers_uneven;   /* the figure is of a stage of average depth */
    char impossible[160]; /* why, or "" */
};

struct configurations {
    size_t count;
    struct configuration *items; /* by TP, then PP */
};

/* Estimates each. The settings' own tp, pp and dp do not count. */
bool configurations_estimate(const struct model_settings *settings, const struct value_list *tp,
                             const struct value_list *pp, struct configurations *configurations,
                             struct fault *fault);
void configurations_free(struct configurations *configurations);

void configurations_print(const struct configurations *configurations, double gpu_gb, FILE *stream);
cJSON *configurations_to_json(const struct configurations *configurations, double gpu_gb);

/* Traces that hold theory alone, one a configuration that is possible, for visualize_heatmap. */
bool configurations_write_traces(const struct configurations *configurations,
                                 const struct model_settings *settings, const char *folder,
                                 struct fault *fault);

#endif
