/* A configuration's dimensions in a JSON object, by the names of their columns. */
#ifndef SCHEMAS_CONFIGURATION_CONFIGURATION_JSON_H
#define SCHEMAS_CONFIGURATION_CONFIGURATION_JSON_H

#include "schemas/configuration/configuration.h"

#include <cjson/cJSON.h>

/* Adds what was given; "tags" holds those that the table does not know. False: out of memory. */
bool configuration_to_json(const struct configuration *configuration, cJSON *object);

/* Reads what configuration_to_json wrote; other keys are passed over. False where a value is not
 * one of its dimension's. */
bool configuration_from_json(struct configuration *configuration, const cJSON *object);

#endif
