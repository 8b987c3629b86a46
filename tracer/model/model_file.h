/* --model: a model file (schemas/model.schema.json) or a preset's name. */
#ifndef TRACER_MODEL_MODEL_FILE_H
#define TRACER_MODEL_MODEL_FILE_H

#include "tracer/model/settings.h"

/* Adds what the file or preset says to the settings. A text that is no preset's name is a file's.
 * The fault names the file, the key in it, and what was expected. */
bool model_load(const char *file_or_preset, struct model_settings *settings, struct fault *fault);

#endif
