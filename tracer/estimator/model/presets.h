/* Models by name, from their published shapes. */
#ifndef TRACER_ESTIMATOR_MODEL_PRESETS_H
#define TRACER_ESTIMATOR_MODEL_PRESETS_H

#include "tracer/estimator/model/settings.h"

#include <stddef.h>

struct preset {
    const char *name;
    double billions;    /* parameters as published, to check the shape; 0: for no such shape */
    const char *source; /* where its shape stands */
    gmt_model model;
};

extern const struct preset PRESETS[];
extern const size_t PRESETS_COUNT;

/* In whatever case; NULL: there is none. */
const struct preset *preset_find(const char *name);

/* Its shape, as settings: what a model is, trained in bfloat16. */
void preset_take(const struct preset *preset, struct model_settings *settings);

/* The first whose name has the text in it, hyphens or not ("175b", "Llama-3-8B"); NULL:
 * there is none. For suggestions. */
const struct preset *preset_like(const char *text);

#endif
