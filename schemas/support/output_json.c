#include "schemas/support/output_json.h"

#include "schemas/support/output_file.h"
#include "schemas/support/standard_output.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdlib.h>

static void *allocate(size_t size)
{
    void *memory = malloc(size);
    if (!memory)
        standard_output_lose();
    return memory;
}

/* Before main, so that no command can forget it. */
__attribute__((constructor)) static void notice_losses(void)
{
    cJSON_InitHooks(&(cJSON_Hooks){.malloc_fn = allocate, .free_fn = free});
}

/* The document's text, for cJSON_free; NULL where anything of it is lost. Deletes the document. */
static char *text_of(cJSON *document)
{
    char *text = document ? cJSON_Print(document) : NULL;
    cJSON_Delete(document);
    if (!standard_output_lost())
        return text;
    cJSON_free(text);
    return NULL;
}

bool output_json(const char *path, cJSON *document, struct fault *fault)
{
    char *text = text_of(document);
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
