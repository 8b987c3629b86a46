#include "schemas/support/output_json.h"

#include "schemas/support/output_file.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

static atomic_bool lost;

static void *allocate(size_t size)
{
    void *memory = malloc(size);
    if (!memory)
        atomic_store(&lost, true);
    return memory;
}

void output_json_setup(void)
{
    cJSON_InitHooks(&(cJSON_Hooks){.malloc_fn = allocate, .free_fn = free});
}

bool output_json_lost(void)
{
    return atomic_load(&lost);
}

bool output_json(const char *path, cJSON *document, struct fault *fault)
{
    char *text = document ? cJSON_Print(document) : NULL;
    cJSON_Delete(document);
    if (lost) {
        cJSON_free(text);
        text = NULL;
    }
    if (!text)
        return fault_set_errno(fault, ENOMEM, "%s", path);
    if (strcmp(path, "-") == 0) {
        puts(text);
        cJSON_free(text);
        return true; /* an error of writing is told when the command ends: standard_output.h */
    }
    struct output_file file;
    bool written = output_file_open(&file, path, fault);
    if (written) {
        fprintf(file.stream, "%s\n", text);
        written = output_file_commit(&file, fault);
    }
    cJSON_free(text);
    return written;
}
