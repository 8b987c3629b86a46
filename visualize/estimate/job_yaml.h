/* A job's settings as Megatron-LM's functional tests have them: YAML with MODEL_ARGS and ENV_VARS.
 */
#ifndef VISUALIZE_ESTIMATE_JOB_YAML_H
#define VISUALIZE_ESTIMATE_JOB_YAML_H

#include "schemas/support/fault.h"

#include <stdbool.h>

struct job_yaml {
    int count;
    char **words; /* as a command line has them: "--num-layers", "12"; ended by NULL */
};

/* Is the name that of such a file (.yaml or .yml)? */
bool job_yaml_is(const char *path);

/* Reads the file. Of YAML it knows what such files use: "key: value" lines, indented below
 * MODEL_ARGS: and ENV_VARS:, with quotes and comments. Fails where MODEL_ARGS is missing. */
bool job_yaml_read(const char *path, struct job_yaml *job, struct fault *fault);
void job_yaml_free(struct job_yaml *job);

#endif
