#include "schemas/support/output_json.h"

#include "schemas/support/output_file.h"

#include <cjson/cJSON.h>
#include <errno.h>

bool output_json(const char *path, cJSON *document, struct fault *fault)
{
    char *text = document ? cJSON_Print(document) : NULL;
    cJSON_Delete(document);
    if (!text)
        return fault_set_errno(fault, ENOMEM, "%s", path);
    struct output_file file;
    bool written = output_file_open(&file, path, fault);
    if (written) {
        fprintf(file.stream, "%s\n", text);
        written = output_file_commit(&file, fault);
    }
    cJSON_free(text);
    return written;
}
