#include "tracer/export/formats.h"

#include "schemas/support/json_number.h"
#include "schemas/support/json_string.h"
#include "schemas/support/output_file.h"
#include "schemas/trace/json/trace_json.h"
#include "schemas/trace/trace_name.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static bool write_json(const char *path, int64_t rank, const struct trace *trace,
                       struct fault *fault)
{
    (void)rank; /* its name says it */
    return trace_json_write(path, trace, fault);
}

static void put_number(FILE *stream, double value)
{
    char text[JSON_NUMBER_TEXT] = "";
    if (isfinite(value))
        json_number_format(text, value);
    fputs(text, stream);
}

static double device_mb(const struct trace_samples *samples, size_t at)
{
    return samples->device_mb ? samples->device_mb[at] : NAN;
}

/* ---- CSV ---- */

static bool write_csv(const char *path, int64_t rank, const struct trace *trace,
                      struct fault *fault)
{
    struct output_file file;
    if (!output_file_open(&file, path, fault))
        return false;
    fputs("rank,iteration,timestamp_s,allocated_memory_MB,reserved_memory_MB,"
          "device_memory_MB,left_out_samples\n",
          file.stream);
    for (size_t i = 0; i < trace->count; i++) {
        const struct trace_iteration *iteration = &trace->iterations[i];
        for (size_t k = 0, next = 0; k < iteration->samples.count; k++) {
            fprintf(file.stream, "%" PRId64 ",%" PRId64 ",", rank, iteration->number);
            put_number(file.stream, iteration->samples.time_s[k]);
            fputc(',', file.stream);
            put_number(file.stream, iteration->samples.allocated_mb[k]);
            fputc(',', file.stream);
            put_number(file.stream, iteration->samples.reserved_mb[k]);
            fputc(',', file.stream);
            put_number(file.stream, device_mb(&iteration->samples, k));
            fprintf(file.stream, ",%" PRIu64 "\n",
                    trace_samples_weight(&iteration->samples, k, &next) - 1);
        }
    }
    return output_file_commit(&file, fault);
}

/* ---- Chrome trace events ---- */

struct figure {
    const char *name;
    double mb;
};

struct events {
    FILE *stream;
    int64_t rank;
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
static void put_figures(FILE *stream, const struct figure *figures, size_t count)
{
    const char *before = "";
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(figures[i].mb))
            continue;
        fprintf(stream, "%s\"%s\": ", before, figures[i].name);
        put_number(stream, figures[i].mb);
        before = ", ";
    }
}

static void put_sample(struct events *events, const struct trace_samples *samples, size_t at)
{
    const struct figure figures[] = {{"allocated", samples->allocated_mb[at]},
                                     {"reserved", samples->reserved_mb[at]},
                                     {"device", device_mb(samples, at)}};
    if (!has_place(samples->time_s[at]) ||
        !(isfinite(figures[0].mb) || isfinite(figures[1].mb) || isfinite(figures[2].mb)))
        return;
    begin_event(events, "C", samples->time_s[at]);
    fputs(", \"name\": \"memory, MB\", \"args\": {", events->stream);
    put_figures(events->stream, figures, sizeof figures / sizeof *figures);
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
    put_figures(events->stream, figures, sizeof figures / sizeof *figures);
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

static bool write_chrome(const char *path, int64_t rank, const struct trace *trace,
                         struct fault *fault)
{
    struct output_file file;
    if (!output_file_open(&file, path, fault))
        return false;
    struct events events = {.stream = file.stream, .rank = rank};
    fputs("{\"displayTimeUnit\": \"ms\", \"traceEvents\": [", file.stream);
    begin_event(&events, "M", 0);
    fprintf(file.stream,
            ", \"name\": \"process_name\", \"args\": {\"name\": \"rank %" PRId64 "\"}}", rank);
    for (size_t i = 0; i < trace->count; i++) {
        const struct trace_iteration *iteration = &trace->iterations[i];
        put_iteration(&events, iteration);
        for (size_t k = 0; k < iteration->samples.count; k++)
            put_sample(&events, &iteration->samples, k);
        for (size_t k = 0; k < iteration->marker_count; k++)
            put_marker(&events, &iteration->markers[k]);
    }
    fputs("\n]}\n", file.stream);
    return output_file_commit(&file, fault);
}

const struct export_format *export_format_named(const char *name)
{
    static const struct export_format formats[] = {
        {"json", TRACE_NAME_PREFIX, ".json", write_json},
        {"csv", TRACE_NAME_PREFIX, ".csv", write_csv},
        /* Whoever looks for memory_trace_rank*.json must not find it: it is no trace. */
        {"chrome", "chrome_trace_", ".json", write_chrome},
    };
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (strcmp(formats[i].name, name) == 0)
            return &formats[i];
    return NULL;
}
