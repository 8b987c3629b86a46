/* Lines of sweep logs: none crashes, and what is read can be written and read again the same. */
#include "schemas/sweep_log/sweep_log.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void check_line(const char *line)
{
    struct sweep_entry entry, again;
    struct fault fault = {0};
    if (!sweep_log_parse_line(line, &entry, &fault))
        return;
    if (fault.text[0] || configuration_number(&entry.configuration, DIMENSION_TP) < 1 ||
        configuration_number(&entry.configuration, DIMENSION_PP) < 1)
        abort();
    char text[2048];
    int length = sweep_log_format_line(text, sizeof text, &entry);
    if (length < 0 || (size_t)length >= sizeof text || strlen(text) != (size_t)length)
        abort();
    if (!sweep_log_parse_line(text, &again, &fault) || again.outcome != entry.outcome ||
        configuration_compare(&again.configuration, &entry.configuration) != 0 ||
        again.number != entry.number || again.status != entry.status ||
        again.signal != entry.signal)
        abort();
    /* An OOM that old logs leave unsaid is written in words. */
    bool unsaid = entry.outcome == SWEEP_OOM && !entry.cause[0];
    if (strcmp(again.cause, unsaid ? "oom" : entry.cause) != 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    char *text = malloc(size + 1);
    if (!text)
        return 0;
    memcpy(text, bytes, size);
    text[size] = '\0';
    for (char *line = text; line;) {
        char *end = strchr(line, '\n');
        if (end)
            *end++ = '\0';
        check_line(line);
        line = end;
    }
    free(text);
    return 0;
}
