#include "schemas/trace_folder/trace_kinds.h"

#include <stdio.h>
#include <string.h>

/* What makes two files incomparable, with the value that a name without the tag stands for. */
static const struct {
    enum trace_kind_tags from;
    const char *key, *absent;
} TAGS[] = {
    {TRACE_KIND_SWEEP, "wd", ""},   {TRACE_KIND_RUN, "tp", ""},
    {TRACE_KIND_RUN, "pp", ""},     {TRACE_KIND_RUN, "dp", ""},
    {TRACE_KIND_SWEEP, "l", ""},    {TRACE_KIND_SWEEP, "mbs", ""},
    {TRACE_KIND_SWEEP, "exp", "1"}, {TRACE_KIND_SWEEP, "expNum", "None"},
};
enum { TAG_COUNT = sizeof TAGS / sizeof *TAGS };

void trace_kinds_add_text(struct trace_kinds *kinds, const char *text, const char *example)
{
    for (size_t i = 0; i < kinds->count; i++)
        if (strcmp(kinds->list[i].text, text) == 0) {
            kinds->list[i].count++;
            return;
        }
    if (kinds->count == TRACE_KINDS_MOST)
        return;
    size_t at = kinds->count++;
    snprintf(kinds->list[at].text, sizeof kinds->list[at].text, "%s", text);
    kinds->list[at].count = 1;
    kinds->list[at].example = example;
}

void trace_kinds_add(struct trace_kinds *kinds, enum trace_kind_tags tags,
                     const struct trace_name *name, const char *example)
{
    char text[sizeof kinds->list[0].text] = "";
    size_t used = 0;
    for (size_t i = 0; i < TAG_COUNT; i++) {
        const char *value = trace_name_text(name, TAGS[i].key);
        if (TAGS[i].from > tags || !value || strcmp(value, TAGS[i].absent) == 0)
            continue;
        int written = snprintf(text + used, sizeof text - used, "%s%s=%s", used ? "," : "",
                               TAGS[i].key, value);
        if (written < 0 || (size_t)written >= sizeof text - used)
            break;
        used += (size_t)written;
    }
    trace_kinds_add_text(kinds, text, example);
}

bool trace_kinds_refuse(const struct trace_kinds *kinds, struct fault *fault)
{
    char list[800];
    size_t used = 0;
    for (size_t i = 0; i < kinds->count && used < sizeof list; i++) {
        const char *text = kinds->list[i].text;
        int written =
            snprintf(list + used, sizeof list - used, "%s%s (%zu: %s)", i ? "; " : "",
                     *text ? text : "no tags", kinds->list[i].count, kinds->list[i].example);
        used += written > 0 ? (size_t)written : 0;
    }
    return fault_set(fault, "runs of different kinds are mixed; choose one with --where: %s", list);
}
