/* --model: a model file (tracer/estimator/model/model.schema.json) or a preset's name. */
#ifndef TRACER_ESTIMATOR_MODEL_MODEL_FILE_H
#define TRACER_ESTIMATOR_MODEL_MODEL_FILE_H

#include "tracer/estimator/model/settings.h"

/* Adds what the file or preset says to the settings. A text that is no preset's name is a file's.
 * The fault names the file, the key in it, and what was expected. */
bool model_load(const char *file_or_preset, struct model_settings *settings, struct fault *fault);

#endif
