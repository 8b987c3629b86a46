#include "visualize/accuracy/points.h"

#include "schemas/support/array.h"
#include "schemas/support/text.h"
#include "schemas/support/warnings.h"
#include "schemas/trace/trace_words.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct accuracy_point *accuracy_add(struct accuracy *accuracy, const char *name)
{
    char *copy = strdup(name);
    struct accuracy_point *point = copy ? ARRAY_ADD(accuracy->points, accuracy->count) : NULL;
    if (!point) {
        free(copy);
        return NULL;
    }
    *point = (struct accuracy_point){
        .name = copy, .outcome = ACCURACY_NOT_KNOWN, .measured_mb = NAN, .rank = -1};
    for (size_t i = 0; i < ACCURACY_PREDICTORS; i++)
        point->predicted_mb[i] = NAN;
    return point;
}

size_t accuracy_predictor(struct accuracy *accuracy, const char *name)
{
    for (size_t i = 0; i < accuracy->predictor_count; i++)
        if (strcmp(accuracy->predictors[i], name) == 0)
            return i;
    if (accuracy->predictor_count == ACCURACY_PREDICTORS)
        return ACCURACY_PREDICTORS;
    snprintf(accuracy->predictors[accuracy->predictor_count], ACCURACY_NAME, "%s", name);
    return accuracy->predictor_count++;
}

/* ---- which predictors ---- */

/* The predictors at these places stay, in this order. */
static void keep(struct accuracy *accuracy, const size_t *places, size_t count)
{
    struct accuracy old = *accuracy;
    for (size_t k = 0; k < count; k++) {
        memcpy(accuracy->predictors[k], old.predictors[places[k]], ACCURACY_NAME);
        accuracy->unlike[k] = old.unlike[places[k]];
    }
    accuracy->predictor_count = count;
    for (size_t i = 0; i < accuracy->count; i++) {
        struct accuracy_point point = accuracy->points[i];
        for (size_t k = 0; k < count; k++) {
            accuracy->points[i].predicted_mb[k] = point.predicted_mb[places[k]];
            accuracy->points[i].predicted_of[k] = point.predicted_of[places[k]];
        }
    }
}

static size_t find_predictor(const struct accuracy *accuracy, const char *name, size_t length)
{
    size_t i = 0;
    while (i < accuracy->predictor_count && (strlen(accuracy->predictors[i]) != length ||
                                             memcmp(accuracy->predictors[i], name, length) != 0))
        i++;
    return i;
}

static bool refuse_predictor(const struct accuracy *accuracy, const char *name, size_t length,
                             struct fault *fault)
{
    char buffer[512];
    struct text names = text_begin(buffer, sizeof buffer);
    for (size_t i = 0; i < accuracy->predictor_count; i++)
        text_add_item(&names, ", ", "%s", accuracy->predictors[i]);
    return fault_set(fault, "--predictors: '%.*s' predicts nothing here; there %s %s", (int)length,
                     name, accuracy->predictor_count == 1 ? "is" : "are",
                     accuracy->predictor_count ? buffer : "none");
}

bool accuracy_choose(struct accuracy *accuracy, const char *list, struct fault *fault)
{
    size_t places[ACCURACY_PREDICTORS], count = 0;
    for (const char *part = list;; part++) {
        size_t length = strcspn(part, ",");
        size_t place = find_predictor(accuracy, part, length);
        if (place == accuracy->predictor_count || count == ACCURACY_PREDICTORS)
            return refuse_predictor(accuracy, part, length, fault);
        places[count++] = place;
        part += length;
        if (!*part)
            break;
    }
    keep(accuracy, places, count);
    return true;
}

/* ---- what may be compared ---- */

static bool is_unlike(const struct accuracy_point *point, size_t predictor)
{
    return !isnan(point->predicted_mb[predictor]) && !isnan(point->measured_mb) &&
           point->predicted_of[predictor] != TRACE_MEASURE_NOT_SAID &&
           point->measure != TRACE_MEASURE_NOT_SAID &&
           point->predicted_of[predictor] != point->measure;
}

static bool settle_predictor(struct accuracy *accuracy, size_t predictor, bool any)
{
    const struct accuracy_point *example = NULL;
    for (size_t i = 0; i < accuracy->count; i++) {
        struct accuracy_point *point = &accuracy->points[i];
        if (!is_unlike(point, predictor))
            continue;
        example = example ? example : point;
        accuracy->unlike[predictor]++;
        if (!any)
            point->predicted_mb[predictor] = NAN;
    }
    return !example ||
           warnings_add(&accuracy->warnings, &accuracy->warning_count,
                        "%s predicts %s, and %zu measured figures are of %s (%s): %s",
                        accuracy->predictors[predictor],
                        trace_measure_text(example->predicted_of[predictor]),
                        accuracy->unlike[predictor], trace_measure_text(example->measure),
                        example->name, any ? "they are compared all the same" : "left out");
}

static size_t predictions(const struct accuracy *accuracy, size_t predictor)
{
    size_t count = 0;
    for (size_t i = 0; i < accuracy->count; i++)
        if (!isnan(accuracy->points[i].predicted_mb[predictor]))
            count++;
    return count;
}

/* Figures of several measures lie along one axis. */
static bool warn_of_mixture(struct accuracy *accuracy)
{
    const struct accuracy_point *first = NULL;
    for (size_t i = 0; i < accuracy->count; i++) {
        const struct accuracy_point *point = &accuracy->points[i];
        if (isnan(point->measured_mb) || point->measure == TRACE_MEASURE_NOT_SAID)
            continue;
        if (first && first->measure != point->measure)
            return warnings_add(&accuracy->warnings, &accuracy->warning_count,
                                "what was measured is not the same everywhere: of %s it is a "
                                "figure of %s, of %s of %s",
                                first->name, trace_measure_text(first->measure), point->name,
                                trace_measure_text(point->measure));
        first = first ? first : point;
    }
    return true;
}

bool accuracy_settle(struct accuracy *accuracy, bool any, struct fault *fault)
{
    size_t places[ACCURACY_PREDICTORS] = {0}, count = 0, unlike = 0;
    for (size_t i = 0; i < accuracy->predictor_count; i++) {
        if (!settle_predictor(accuracy, i, any))
            return fault_set(fault, "out of memory");
        unlike += accuracy->unlike[i];
        if (predictions(accuracy, i) > 0)
            places[count++] = i;
    }
    keep(accuracy, places, count);
    if (!warn_of_mixture(accuracy))
        return fault_set(fault, "out of memory");
    if (count == 0 && unlike > 0)
        return fault_set(fault, "nothing can be compared: what was measured is of another measure "
                                "than what is predicted; --any-measure compares it all the same");
    return count > 0 || fault_set(fault, "nothing is predicted: give --model, --simulated, or a "
                                         "--csv with predictions (see --help)");
}

void accuracy_free(struct accuracy *accuracy)
{
    for (size_t i = 0; i < accuracy->count; i++)
        free(accuracy->points[i].name);
    free(accuracy->points);
    warnings_free(accuracy->warnings, accuracy->warning_count);
    *accuracy = (struct accuracy){0};
}
