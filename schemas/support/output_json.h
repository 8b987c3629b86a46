/* A JSON document as an output that is there whole or not at all. */
#ifndef SCHEMAS_SUPPORT_OUTPUT_JSON_H
#define SCHEMAS_SUPPORT_OUTPUT_JSON_H

#include "schemas/support/fault.h"

struct cJSON;

/* cJSON passes over an allocation that fails: a key is missing then, or a list is short. A program
 * that these are linked into notices: every later document is refused, and standard_output is told.
 */

/* Writes the document, readable, to a file or to standard output ("-"), and deletes it. Without one
 * (NULL: its maker was out of memory) or where it cannot be written it fails, and leaves nothing
 * behind. */
bool output_json(const char *path, struct cJSON *document, struct fault *fault);

#endif
