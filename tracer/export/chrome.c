/* Chrome trace events. A rank is a process, whose number is the rank. */
#include "schemas/support/json_string.h"
#include "tracer/export/formats.h"

#include <inttypes.h>
#include <math.h>

struct figure {
    const char *name;
    double mb;
};

struct events {
    FILE *stream;
    int64_t rank;
    char who[64]; /* "rank 12, stage 3" */
    bool any;
};

/* Times are in microseconds there; one that is not known, or too large to be a number in JSON, has
 * no place on the timeline. */
static bool has_place(double time_s)
{
    return isfinite(time_s * 1e6);
}

static void begin_event(struct events *events, const char *phase, double time_s)
{
    fprintf(events->stream, "%s{\"ph\": \"%s\", \"pid\": %" PRId64 ", \"tid\": 0, \"ts\": %.3f",
            events->any ? ",\n" : "\n", phase, events->rank, time_s * 1e6);
    events->any = true;
}

/* Puts those of the figures that are known, with commas between them. */
static void put_values(FILE *stream, const struct figure *figures, size_t count)
{
    const char *before = "";
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(figures[i].mb))
            continue;
        fprintf(stream, "%s\"%s\": ", before, figures[i].name);
        export_put_number(stream, figures[i].mb);
        before = ", ";
    }
}

static void put_sample(struct events *events, const struct trace_samples *samples, size_t at)
{
    const struct figure figures[] = {{"allocated", samples->allocated_mb[at]},
                                     {"reserved", samples->reserved_mb[at]},
                                     {"device", export_device_mb(samples, at)}};
    if (!has_place(samples->time_s[at]) ||
        !(isfinite(figures[0].mb) || isfinite(figures[1].mb) || isfinite(figures[2].mb)))
        return;
    begin_event(events, "C", samples->time_s[at]);
    /* Perfetto's search and its pinned tracks show a counter's name alone. */
    fprintf(events->stream, ", \"name\": \"%s: memory, MB\", \"args\": {", events->who);
    put_values(events->stream, figures, sizeof figures / sizeof *figures);
    fputs("}}", events->stream);
}

/* An iteration lasts from its first sample to its last. */
static void put_iteration(struct events *events, const struct trace_iteration *iteration)
{
    const struct trace_samples *samples = &iteration->samples;
    if (samples->count == 0)
        return;
    double first = samples->time_s[0], last = samples->time_s[samples->count - 1];
    if (!has_place(first) || !has_place(last - first) || !(last >= first))
        return;
    begin_event(events, "X", first);
    fprintf(events->stream, ", \"dur\": %.3f, \"name\": \"iteration %" PRId64 "\", \"args\": {",
            (last - first) * 1e6, iteration->number);
    const struct figure figures[] = {{"peak_allocated_MB", iteration->peak_mb},
                                     {"static_memory_MB", iteration->static_mb},
                                     {"theoretical_memory_MB", iteration->theoretical_mb}};
    put_values(events->stream, figures, sizeof figures / sizeof *figures);
    fputs("}}", events->stream);
}

static void put_marker(struct events *events, const struct trace_marker *marker)
{
    if (!has_place(marker->time_s))
        return;
    begin_event(events, "i", marker->time_s);
    fputs(", \"s\": \"t\", \"name\": ", events->stream);
    json_string_write(events->stream, marker->name);
    fputc('}', events->stream);
}

/* Names a process or a thread, or gives its place among the others. */
static void put_name(struct events *events, const char *what, const char *key, const char *value)
{
    begin_event(events, "M", 0);
    fprintf(events->stream, ", \"name\": \"%s\", \"args\": {\"%s\": %s}}", what, key, value);
}

/* Ranks of one stage beside each other. */
static void put_rank(struct events *events, int64_t stage)
{
    char text[80];
    snprintf(text, sizeof text, "\"%s\"", events->who);
    put_name(events, "process_name", "name", text);
    snprintf(text, sizeof text, "%" PRId64,
             stage >= 0 && stage < 2000 && events->rank < 1000000 ? stage * 1000000 + events->rank
                                                                  : events->rank);
    put_name(events, "process_sort_index", "sort_index", text);
    put_name(events, "thread_name", "name", "\"iterations\"");
}

void export_put_chrome(FILE *stream, const struct trace_name *name, const struct trace *trace,
                       size_t before)
{
    struct events events = {.stream = stream, .rank = name->rank, .any = before > 0};
    int64_t stage = rank_stage(&trace->coordinates, &name->configuration, name->rank);
    if (stage >= 0)
        snprintf(events.who, sizeof events.who, "rank %" PRId64 ", stage %" PRId64, name->rank,
                 stage);
    else
        snprintf(events.who, sizeof events.who, "rank %" PRId64, name->rank);
    put_rank(&events, stage);
    for (size_t i = 0; i < trace->count; i++) {
        const struct trace_iteration *iteration = &trace->iterations[i];
        put_iteration(&events, iteration);
        for (size_t k = 0; k < iteration->samples.count; k++)
            put_sample(&events, &iteration->samples, k);
        for (size_t k = 0; k < iteration->marker_count; k++)
            put_marker(&events, &iteration->markers[k]);
    }
}
