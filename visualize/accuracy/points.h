/* Predictions beside what was measured, a point each: in numbers. Draws nothing. */
#ifndef VISUALIZE_ACCURACY_POINTS_H
#define VISUALIZE_ACCURACY_POINTS_H

#include "schemas/configuration/configuration.h"
#include "schemas/trace/trace.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ACCURACY_PREDICTORS = 8, ACCURACY_NAME = 64 };

enum accuracy_outcome {
    ACCURACY_RAN,
    ACCURACY_OOM,
    ACCURACY_NOT_KNOWN, /* it failed otherwise, or nobody says: it counts in no table of fits */
};

struct accuracy_point {
    char *name;
    enum accuracy_outcome outcome;
    double measured_mb;                       /* NAN: not known, as of what ran out of memory */
    enum trace_measure measure;               /* what that is a figure of */
    double predicted_mb[ACCURACY_PREDICTORS]; /* NAN: none */
    enum trace_measure predicted_of[ACCURACY_PREDICTORS]; /* NOT_SAID: of what was measured */
    bool has_configuration;
    struct configuration configuration;
    int64_t rank; /* -1: of all ranks */
};

struct accuracy {
    size_t count;
    struct accuracy_point *points;
    size_t predictor_count;
    char predictors[ACCURACY_PREDICTORS][ACCURACY_NAME]; /* "theory", "expected peak", ... */
    size_t unlike[ACCURACY_PREDICTORS]; /* points left out: they measure something else */
    size_t warning_count;
    char **warnings;
};

/* A point of this name, of which nothing is known yet; NULL when out of memory. */
struct accuracy_point *accuracy_add(struct accuracy *accuracy, const char *name);

/* The predictor's place, which it gets when it is named first; ACCURACY_PREDICTORS: there are too
 * many. */
size_t accuracy_predictor(struct accuracy *accuracy, const char *name);

/* Only these predictors stay, in the order of a list, "theory,expected peak". Fails where one is
 * not there; the fault names those that are. */
bool accuracy_choose(struct accuracy *accuracy, const char *list, struct fault *fault);

/* Forgets predictions of another measure than their point's, and counts them; and predictors that
 * predict nothing. `any`: they stay, and only warnings are added. False where nothing is left to be
 * compared: the fault says why. */
bool accuracy_settle(struct accuracy *accuracy, bool any, struct fault *fault);

void accuracy_free(struct accuracy *accuracy);

#endif
