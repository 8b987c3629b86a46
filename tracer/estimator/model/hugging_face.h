/* Hugging Face's config.json as a model. */
#ifndef TRACER_ESTIMATOR_MODEL_HUGGING_FACE_H
#define TRACER_ESTIMATOR_MODEL_HUGGING_FACE_H

#include "tracer/estimator/model/settings.h"

/* Where such a configuration's values are looked up: in a file, or in what a program has in memory.
 * The key's value as JSON has it ("4096", "true", "llama" without quotes, "[0,1]"), put into the
 * text; false: there is none, or null, or it does not fit. */
struct hugging_face_source {
    bool (*look_up)(const void *of, const char *key, char *text, size_t size);
    const void *of;
};

enum { HUGGING_FACE_TEXT = 4096 }; /* room for a value */

/* Its sizes, as settings; training is in bfloat16. What it does not say, above all --seq-length,
 * flags must. The fault names a kind of model that is not known, or a key that is missing. */
bool hugging_face_take(const struct hugging_face_source *source, struct model_settings *settings,
                       struct fault *fault);

#endif
