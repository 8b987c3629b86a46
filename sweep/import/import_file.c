#include "sweep/import/import_file.h"

#include "schemas/support/input_file.h"
#include "sweep/import/event_file.h"
#include "sweep/import/event_run.h"
#include "sweep/import/golden_values.h"
#include "sweep/import/gpu_table.h"
#include "sweep/import/text_log.h"

#include <unistd.h>

enum import_form import_form_of(const char *path)
{
    char bytes[4096];
    size_t length;
    int fd = input_file_open(path, "a log", &length, NULL);
    ssize_t got = fd >= 0 ? read(fd, bytes, sizeof bytes) : 0;
    if (fd >= 0)
        close(fd);
    if (got <= 0)
        return IMPORT_FORM_LOG; /* whose reader says what is wrong */
    size_t count = (size_t)got;
    if (event_file_is((const uint8_t *)bytes, count))
        return IMPORT_FORM_EVENTS;
    if (golden_values_is(bytes, count))
        return IMPORT_FORM_GOLDEN;
    return gpu_table_is(bytes, count) ? IMPORT_FORM_GPUS : IMPORT_FORM_LOG;
}

bool import_file_read(struct import_run *run, const char *path, bool *corrupt, struct fault *fault)
{
    *corrupt = false;
    switch (import_form_of(path)) {
    case IMPORT_FORM_EVENTS:
        return event_run_read(run, path, corrupt, fault);
    case IMPORT_FORM_GOLDEN:
        return golden_values_read(run, path, fault);
    case IMPORT_FORM_GPUS:
        return gpu_table_read(run, path, fault);
    case IMPORT_FORM_LOG:
        break;
    }
    return text_log_read(run, path, fault);
}
