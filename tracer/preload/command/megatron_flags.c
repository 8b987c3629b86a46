#include "tracer/preload/command/megatron_flags.h"

#include "schemas/trace/trace_name.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* In the order of the name; the keys are those of schemas/trace/trace_name.md. */
static const struct {
    const char *flag, *key;
} FLAGS[] = {
    {"--tensor-model-parallel-size", "tp"},
    {"--pipeline-model-parallel-size", "pp"},
    {"--expert-model-parallel-size", "exp"},
    {"--num-experts", "expNum"},
    {"--num-layers", "l"},
    {"--micro-batch-size", "mbs"},
    {"--global-batch-size", "gbs"},
};
enum { FLAG_COUNT = sizeof FLAGS / sizeof *FLAGS, TP = 0, PP = 1 };

/* The value of a flag that stands at this argument; 0: it does not, or is none. */
static int64_t value_at(char *const *argument, const char *flag)
{
    size_t length = strlen(flag);
    if (strncmp(*argument, flag, length) != 0)
        return 0;
    const char *text = (*argument)[length] == '=' ? *argument + length + 1
                       : (*argument)[length]      ? NULL
                                                  : argument[1];
    if (!text || !isdigit((unsigned char)*text))
        return 0;
    char *end;
    long long value = strtoll(text, &end, 10);
    return *end == '\0' && value <= INT32_MAX ? value : 0;
}

/* The user's tags as a name has them. */
static bool parse_tags(const char *tags, struct trace_name *name)
{
    char text[512];
    if (strchr(tags, '/') ||
        (size_t)snprintf(text, sizeof text, "memory_trace_rank0_%s.json", tags) >= sizeof text)
        return false;
    return trace_name_parse(text, name) && name->tag_count > 0;
}

bool launch_name_find(char *const *command, const char *tags, struct launch_name *name)
{
    int64_t values[FLAG_COUNT] = {0};
    struct trace_name given = {0};
    *name = (struct launch_name){0};
    if (tags && *tags && !parse_tags(tags, &given))
        return false;
    for (; *command; command++)
        for (int i = 0; i < FLAG_COUNT; i++) {
            int64_t value = value_at(command, FLAGS[i].flag);
            if (value > 0)
                values[i] = value;
        }
    if (!trace_name_text(&given, "tp"))
        name->tp = values[TP];
    if (!trace_name_text(&given, "pp"))
        name->pp = values[PP];
    size_t used = 0;
    for (int i = PP + 1; i < FLAG_COUNT && used < sizeof name->tags; i++)
        if (values[i] > 0 && !trace_name_text(&given, FLAGS[i].key))
            used += (size_t)snprintf(name->tags + used, sizeof name->tags - used, "%s%s%" PRId64,
                                     used ? "_" : "", FLAGS[i].key, values[i]);
    if (tags && *tags && used < sizeof name->tags)
        used += (size_t)snprintf(name->tags + used, sizeof name->tags - used, "%s%s",
                                 used ? "_" : "", tags);
    return used < sizeof name->tags;
}
