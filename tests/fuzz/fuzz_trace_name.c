/* Names of trace files and --where: no name crashes, and what is read is within its bounds. */
#include "schemas/trace/trace_name.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void check_name(const char *text, const char *where)
{
    struct trace_name name;
    struct tag_filter filter;
    bool is_filter = tag_filter_parse(where, &filter);
    if (!trace_name_parse(text, &name))
        return;
    if (name.rank < 0 || name.tag_count > TRACE_NAME_MAX_TAGS)
        abort();
    for (size_t i = 0; i < name.tag_count; i++) {
        if (!memchr(name.tags[i].key, 0, sizeof name.tags[i].key) ||
            !memchr(name.tags[i].value, 0, sizeof name.tags[i].value))
            abort();
        if (!trace_name_text(&name, name.tags[i].key))
            abort();
    }
    trace_name_number(&name, "dp", -1);
    if (is_filter)
        tag_filter_matches(&filter, &name);
}

/* The first line is the name, the rest a filter. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    char *text = malloc(size + 2);
    if (!text)
        return 0;
    memcpy(text, bytes, size);
    memset(text + size, 0, 2);
    char *end = strchr(text, '\n');
    if (end)
        *end = '\0';
    check_name(text, end ? end + 1 : "");
    free(text);
    return 0;
}
