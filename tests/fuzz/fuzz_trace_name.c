/* Names of trace files and --where: no name crashes, and what is read is within its bounds. */
#include "schemas/configuration/filter.h"
#include "schemas/trace/trace_name.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void check_name(const char *text, const char *where)
{
    struct trace_name name, again;
    struct filter filter;
    struct fault fault = {0};
    char tags[CONFIGURATION_TEXT], written[CONFIGURATION_TEXT + 64];
    bool is_filter = filter_parse(where, &filter, &fault);
    if (!trace_name_parse(text, &name, &fault))
        return;
    const struct configuration *configuration = &name.configuration;
    if (name.rank < 0 || configuration->words_length > CONFIGURATION_WORDS ||
        !memchr(configuration->tags, 0, sizeof configuration->tags))
        abort();
    for (size_t i = 0; i < DIMENSION_COUNT; i++) {
        struct dimension_value value = configuration_value(configuration, i);
        if (!memchr(value.word, 0, sizeof value.word) ||
            (DIMENSIONS[i].kind == DIMENSION_SWITCH && value.known && (uint64_t)value.number > 1))
            abort();
    }
    configuration_stage(configuration, name.rank);
    if (is_filter)
        filter_matches(&filter, configuration, name.rank);
    /* What is written from it is read back as the same. */
    configuration_tags(tags, sizeof tags, configuration);
    if (trace_name_format(written, sizeof written, name.rank, tags, name.format) &&
        (!trace_name_parse(written, &again, &fault) || again.rank != name.rank ||
         configuration_compare(&again.configuration, configuration) != 0))
        abort();
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
