/* Lines of training logs: none crashes, and figures are numbers or absent. */
#include "sweep/import/log_line.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void check(double value)
{
    if (value < 0) /* NAN is not */
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    char *text = malloc(size + 1);
    if (!text)
        return 0;
    memcpy(text, bytes, size);
    text[size] = '\0';
    for (enum import_block block = 0; block <= IMPORT_BLOCK_BRIDGE; block++) {
        struct import_line line;
        import_line_read(text, block, &line);
        check(line.allocated_mb);
        check(line.max_allocated_mb);
        check(line.reserved_mb);
        check(line.device_mb);
        check(line.capacity_mb);
        check(line.theory_mb);
        check(line.step_ms);
        check(line.tflops);
        if (line.kind == IMPORT_MEMORY && line.rank < -1)
            abort();
        if (strlen(line.key) >= sizeof line.key || strlen(line.value) >= sizeof line.value)
            abort();
    }
    free(text);
    return 0;
}
