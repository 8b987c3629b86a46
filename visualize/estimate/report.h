/* What the estimator says, for people and for programs. */
#ifndef VISUALIZE_ESTIMATE_REPORT_H
#define VISUALIZE_ESTIMATE_REPORT_H

#include "schemas/support/fault.h"
#include "tracer/gmtrace.h"
#include "visualize/estimate/messages.h"

#include <cjson/cJSON.h>
#include <stdio.h>

/* A model, how it is divided, and the estimates of some of its stages. */
struct estimate_report {
    const char *name; /* of the model, or "" */
    gmt_model model;
    gmt_parallel parallel;
    size_t count;
    const gmt_memory_estimate *stages;   /* theory */
    const gmt_expected_memory *expected; /* of the same stages */
    const char *gpu;                     /* its name */
    double gpu_gb;                       /* 0: not given */
    const struct messages *messages;     /* what stands beside the figures */
};

/* One stage: a row a component, which adds up. Several: a row a stage. */
void report_print(const struct estimate_report *report, FILE *stream);

/* Every figure, in bytes and by its field's name; NULL when out of memory. */
cJSON *report_to_json(const struct estimate_report *report);

#endif
