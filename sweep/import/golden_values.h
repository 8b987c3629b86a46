/* The values that Megatron-LM's functional tests record and compare with: series in JSON. */
#ifndef SWEEP_IMPORT_GOLDEN_VALUES_H
#define SWEEP_IMPORT_GOLDEN_VALUES_H

#include "sweep/import/imported_run.h"

/* Is this the beginning of such a file? */
bool golden_values_is(const char *bytes, size_t length);

/* Reads one into a run that has just begun, and the flags of its test from the model_config.yaml
 * beside it, where there is one. */
bool golden_values_read(struct import_run *run, const char *path, struct fault *fault);

#endif
