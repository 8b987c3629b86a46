/* A configuration's dimensions in a JSON object, by the names of their columns. */
#ifndef SCHEMAS_CONFIGURATION_CONFIGURATION_JSON_H
#define SCHEMAS_CONFIGURATION_CONFIGURATION_JSON_H

#include "schemas/configuration/configuration.h"
#include "schemas/support/json_writer.h"

#include <cjson/cJSON.h>

/* Writes what was given, as members of the object that is open; "tags" holds tags that the table
 * does not know. */
void configuration_write_json(const struct configuration *configuration, struct json_writer *json);

/* Adds what was given; "tags" holds those that the table does not know. False: out of memory. */
bool configuration_to_json(const struct configuration *configuration, cJSON *object);

/* Reads what configuration_to_json wrote; other keys are passed over. False where a value is not
 * one of its dimension's. */
bool configuration_from_json(struct configuration *configuration, const cJSON *object);

#endif
