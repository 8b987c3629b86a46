/* What to change so that a job fits: one setting, then two. */
#ifndef VISUALIZE_ESTIMATE_SUGGEST_H
#define VISUALIZE_ESTIMATE_SUGGEST_H

#include "tracer/estimator/model/settings.h"

#include <cjson/cJSON.h>
#include <stdio.h>

/* A flag with another value; NULL: a switch. */
struct change {
    const char *flag;
    char value[24];
};

struct suggestion {
    struct change changes[2];
    int count;
    double expected_gb;
};

struct suggestions {
    double limit_gb, now_gb; /* what may be used; what the job as given is expected to use */
    size_t count;
    struct suggestion *items; /* by what they leave free, the most first */
};

/* Of changes that divide the job otherwise over as many ranks, recompute, or share more out. With
 * one change where any makes it fit, else with two. Fails where the job as given makes no sense. */
bool suggestions_find(const struct model_settings *settings, double limit_gb,
                      struct suggestions *suggestions, struct fault *fault);
void suggestions_free(struct suggestions *suggestions);

void suggestions_print(const struct suggestions *suggestions, FILE *stream);

/* NULL when out of memory. */
cJSON *suggestions_to_json(const struct suggestions *suggestions);

#endif
