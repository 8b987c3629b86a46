#include "visualize/accuracy/errors.h"

#include "schemas/support/quantile.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

/* 19 for 20 is 5% off, though a double says somewhat more. */
static const double ROUNDING = 1e-9;

double accuracy_error(const struct accuracy_point *point, size_t predictor)
{
    return point->measured_mb > 0 ? 100 * (point->predicted_mb[predictor] / point->measured_mb - 1)
                                  : NAN;
}

bool accuracy_did_fit(const struct accuracy_point *point, double gpu_mb, bool *fitted)
{
    *fitted = point->outcome == ACCURACY_RAN && !(point->measured_mb > gpu_mb);
    return point->outcome != ACCURACY_NOT_KNOWN;
}

static void count_fits(const struct accuracy *accuracy, size_t predictor, double gpu_mb,
                       struct accuracy_errors *errors)
{
    size_t all = 0, right = 0;
    bool fitted;
    for (size_t i = 0; i < accuracy->count && gpu_mb > 0; i++) {
        const struct accuracy_point *point = &accuracy->points[i];
        if (isnan(point->predicted_mb[predictor]) || !accuracy_did_fit(point, gpu_mb, &fitted))
            continue;
        bool predicted = point->predicted_mb[predictor] <= gpu_mb;
        errors->fits[predicted][fitted]++;
        right += predicted == fitted;
        all++;
    }
    errors->right = all ? 100 * (double)right / (double)all : NAN;
}

static void sum_up(const struct accuracy *accuracy, size_t predictor,
                   struct accuracy_errors *errors)
{
    double count, sum = 0, signed_sum = 0, within_5 = 0, within_10 = 0;
    for (size_t i = 0; i < accuracy->count; i++) {
        double error = accuracy_error(&accuracy->points[i], predictor), size = fabs(error);
        if (isnan(error))
            continue;
        errors->sorted[errors->count++] = size;
        sum += size;
        signed_sum += error;
        within_5 += size <= 5 + ROUNDING;
        within_10 += size <= 10 + ROUNDING;
        if (!(size <= fabs(errors->worst))) {
            errors->worst = error;
            errors->worst_name = accuracy->points[i].name;
        }
    }
    count = errors->count ? (double)errors->count : NAN;
    errors->mean = sum / count;
    errors->bias = signed_sum / count;
    errors->within_5 = 100 * within_5 / count;
    errors->within_10 = 100 * within_10 / count;
    errors->median = quantile_of(errors->sorted, errors->count, 0.5);
    errors->p90 = quantile_of(errors->sorted, errors->count, 0.9);
}

bool accuracy_errors_of(const struct accuracy *accuracy, size_t predictor, double gpu_mb,
                        struct accuracy_errors *errors, struct fault *fault)
{
    *errors = (struct accuracy_errors){.worst = NAN, .right = NAN};
    errors->sorted = calloc(accuracy->count + 1, sizeof *errors->sorted);
    if (!errors->sorted)
        return fault_set_errno(fault, ENOMEM, "%zu points", accuracy->count);
    sum_up(accuracy, predictor, errors);
    count_fits(accuracy, predictor, gpu_mb, errors);
    return true;
}

void accuracy_errors_free(struct accuracy_errors *errors)
{
    free(errors->sorted);
    *errors = (struct accuracy_errors){0};
}
