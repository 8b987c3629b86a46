/* Theory's parts; see gmtrace_model.h. */
#ifndef TRACER_ESTIMATOR_THEORETICAL_MEMORY_H
#define TRACER_ESTIMATOR_THEORETICAL_MEMORY_H

#include "tracer/gmtrace.h"

/* Replaces zeros by their defaults and checks that everything fits together. False: invalid_field
 * and expected of the estimate say why. */
bool theoretical_check(gmt_model *model, gmt_parallel *parallel, gmt_memory_estimate *estimate);

/* Fill in the fields of a checked model: parameters and what belongs to them; activations. They add
 * nothing up. estimate->stage is set. */
void theoretical_parameters(const gmt_model *model, const gmt_parallel *parallel,
                            gmt_memory_estimate *estimate);
void theoretical_activations(const gmt_model *model, const gmt_parallel *parallel,
                             gmt_memory_estimate *estimate);

/* Parameters of a checked model, tensor by tensor (expected/tensors.c). */
double whole_model_parameters(const gmt_model *model);

#endif
