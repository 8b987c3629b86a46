#include "visualize/comparison/environment.h"

#include "schemas/support/standard_output.h"

#include <math.h>
#include <string.h>

static const char *value_of(const struct trace *trace, const char *name)
{
    for (size_t i = 0; i < trace->fact_count; i++)
        if (strcmp(trace->facts[i].name, name) == 0)
            return trace->facts[i].value;
    return NULL;
}

static void print_fact(FILE *stream, const char *name, const char *real, const char *simulated)
{
    if (real && simulated && strcmp(real, simulated) == 0)
        return;
    fprintf(stream, "environment: %s: %s %s, ", NAME(name), COMPARISON_SIDE_NAMES[COMPARISON_REAL],
            real ? NAME(real) : "not known");
    fprintf(stream, "%s %s\n", COMPARISON_SIDE_NAMES[COMPARISON_SIMULATED],
            simulated ? NAME(simulated) : "not known");
}

static const char *capacity_text(const struct trace *trace, char text[32])
{
    if (isnan(trace->device_capacity_mb))
        return NULL;
    snprintf(text, 32, "%.0f MB", trace->device_capacity_mb);
    return text;
}

void comparison_print_environment(FILE *stream, const struct trace *const traces[COMPARISON_SIDES])
{
    const struct trace *real = traces[COMPARISON_REAL], *simulated = traces[COMPARISON_SIMULATED];
    char texts[COMPARISON_SIDES][32];
    if (real->fact_count == 0 || simulated->fact_count == 0)
        return;
    for (size_t i = 0; i < real->fact_count; i++)
        print_fact(stream, real->facts[i].name, real->facts[i].value,
                   value_of(simulated, real->facts[i].name));
    for (size_t i = 0; i < simulated->fact_count; i++)
        if (!value_of(real, simulated->facts[i].name))
            print_fact(stream, simulated->facts[i].name, NULL, simulated->facts[i].value);
    const char *first = capacity_text(real, texts[0]), *second = capacity_text(simulated, texts[1]);
    if (first || second)
        print_fact(stream, "device's memory", first, second);
}
