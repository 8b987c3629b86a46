/* A JSON document as an output that is there whole or not at all. */
#ifndef SCHEMAS_SUPPORT_OUTPUT_JSON_H
#define SCHEMAS_SUPPORT_OUTPUT_JSON_H

#include "schemas/support/fault.h"

struct cJSON;

/* cJSON passes over an allocation that fails: a key is missing then, or a list is short. Call this
 * first, and every later document in which anything is missing is refused; command_setup does. */
void output_json_setup(void);

/* Has anything been lost so far? Also of documents that are printed. */
bool output_json_lost(void);

/* Writes the document, readable, to a file or to standard output ("-"), and deletes it. Without one
 * (NULL: its maker was out of memory) or where it cannot be written it fails, and leaves nothing
 * behind. */
bool output_json(const char *path, struct cJSON *document, struct fault *fault);

#endif
