/* Hugging Face's config.json as a model. */
#ifndef TRACER_ESTIMATOR_MODEL_HUGGING_FACE_H
#define TRACER_ESTIMATOR_MODEL_HUGGING_FACE_H

#include "tracer/estimator/model/settings.h"

#include <cjson/cJSON.h>

/* Is the object such a configuration? (It names a "model_type".) */
bool hugging_face_is(const cJSON *object);

/* Its sizes, as settings; training is in bfloat16. What it does not say, above all --seq-length,
 * flags must. The fault names a kind of model that is not known, or a key that is missing. */
bool hugging_face_take(const cJSON *object, struct model_settings *settings, struct fault *fault);

#endif
