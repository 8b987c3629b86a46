#include "schemas/trace/json/trace_json.h"

#include "schemas/support/json_number.h"
#include "schemas/support/json_string.h"
#include "schemas/support/output_file.h"
#include "schemas/trace/trace_words.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* The text is made by hand, piece by piece: stdio's own formatting is several times slower, and a
 * rank that ends should not wait for it. Errors stay in the stream until the commit. */

static void put_number(FILE *stream, double value)
{
    char text[JSON_NUMBER_TEXT] = "";
    fwrite(text, 1, (size_t)json_number_format(text, value), stream);
}

static void put_member(FILE *stream, const char *key, double value, const char *before)
{
    if (!isfinite(value))
        return;
    fprintf(stream, "%s\"%s\": ", before, key);
    put_number(stream, value);
}

static void put_sample(FILE *stream, const struct trace_samples *samples, size_t at)
{
    const struct {
        const char *key;
        double value;
    } members[] = {{"timestamp_s", samples->time_s[at]},
                   {"reserved_memory_MB", samples->reserved_mb[at]},
                   {"allocated_memory_MB", samples->allocated_mb[at]},
                   {"device_memory_MB", samples->device_mb ? samples->device_mb[at] : NAN}};
    const char *before = "";
    fputc('{', stream);
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        put_member(stream, members[i].key, members[i].value, before);
        if (isfinite(members[i].value))
            before = ", ";
    }
    fputc('}', stream);
}

static void put_samples(FILE *stream, const struct trace_samples *samples)
{
    fputs("    \"samples\": [", stream);
    for (size_t i = 0; i < samples->count; i++) {
        fputs(i ? ",\n      " : "\n      ", stream);
        put_sample(stream, samples, i);
    }
    fputs(samples->count ? "\n    ]" : "]", stream);
}

static void put_markers(FILE *stream, const struct trace_iteration *iteration)
{
    fputs(",\n    \"markers\": [", stream);
    for (size_t i = 0; i < iteration->marker_count; i++) {
        fputs(i ? ",\n      {" : "\n      {", stream);
        put_member(stream, "timestamp_s", iteration->markers[i].time_s, "");
        fputs(isfinite(iteration->markers[i].time_s) ? ", \"name\": " : "\"name\": ", stream);
        json_string_write(stream, iteration->markers[i].name);
        fputc('}', stream);
    }
    fputs("\n    ]", stream);
}

static void put_left_out(FILE *stream, const struct trace_samples *samples)
{
    for (size_t i = 0; i < samples->left_out_count; i++)
        fprintf(stream, "%s[%zu, %" PRIu64 "]", i ? ", " : ",\n    \"left_out_samples\": [",
                samples->left_out[i].sample, samples->left_out[i].count);
    if (samples->left_out_count)
        fputc(']', stream);
}

static void put_value(FILE *stream, const char *key, double mb)
{
    fprintf(stream, ",\n    \"%s\": ", key);
    if (isfinite(mb))
        put_number(stream, mb);
    else
        fputs("-1", stream);
}

static void put_further_values(FILE *stream, const struct trace_iteration *iteration)
{
    for (int i = 0; i < TRACE_FIGURES; i++)
        if (isfinite(iteration->figures[i]))
            put_value(stream, TRACE_FIGURE_ROWS[i].key, iteration->figures[i]);
}

static void put_coordinates(FILE *stream, const struct coordinates *coordinates)
{
    bool any = false;
    for (int i = 0; i < COORDINATES; i++) {
        int64_t place = coordinate_place(coordinates, (enum coordinate)i);
        if (place < 0)
            continue;
        fputs(any ? ", " : ",\n    \"coordinates\": {", stream);
        fprintf(stream, "\"%s\": %" PRId64, DIMENSIONS[COORDINATE_DIMENSIONS[i]].column, place);
        any = true;
    }
    if (any)
        fputc('}', stream);
}

static void put_word(FILE *stream, const char *key, const char *word)
{
    if (word)
        fprintf(stream, ",\n    \"%s\": \"%s\"", key, word);
}

static void put_measures(FILE *stream, const struct trace_iteration *iteration)
{
    if (isfinite(iteration->peak_mb))
        put_word(stream, "peak_of", trace_peak_word(iteration->peak_sampled));
    put_word(stream, "allocated_of", trace_measure_word(iteration->allocated_of));
    put_word(stream, "reserved_of", trace_measure_word(iteration->reserved_of));
}

static void put_environment(FILE *stream, const struct trace *trace)
{
    for (size_t i = 0; i < trace->fact_count; i++) {
        fputs(i ? ",\n      " : ",\n    \"environment\": {\n      ", stream);
        json_string_write(stream, trace->facts[i].name);
        fputs(": ", stream);
        json_string_write(stream, trace->facts[i].value);
    }
    if (trace->fact_count)
        fputs("\n    }", stream);
}

/* What is said of the whole run stands in the last iteration, since other readers take every key
 * beside the iterations for a number. */
static void put_run(FILE *stream, const struct trace *trace)
{
    put_coordinates(stream, &trace->coordinates);
    if (isfinite(trace->device_capacity_mb) && trace->device_capacity_mb > 0)
        put_value(stream, "device_capacity_MB", trace->device_capacity_mb);
    put_environment(stream, trace);
    if (trace->ending != TRACE_ENDED_NOT_SAID)
        put_word(stream, "ended", trace_ending_word(trace->ending));
}

/* `last_of` is the trace whose last iteration this is; NULL for all others. */
static void put_iteration(FILE *stream, const struct trace_iteration *iteration,
                          const struct trace *last_of)
{
    fprintf(stream, "  \"%" PRId64 "\": {\n", iteration->number);
    put_samples(stream, &iteration->samples);
    put_left_out(stream, &iteration->samples);
    put_value(stream, "peak_allocated_MB", iteration->peak_mb);
    put_value(stream, "theoretical_memory_MB", iteration->theoretical_mb);
    put_value(stream, "static_memory_MB", iteration->static_mb);
    put_further_values(stream, iteration);
    put_measures(stream, iteration);
    if (iteration->dropped_samples)
        fprintf(stream, ",\n    \"dropped_samples\": %" PRIu64, iteration->dropped_samples);
    if (iteration->marker_count)
        put_markers(stream, iteration);
    if (last_of)
        put_run(stream, last_of);
    fputs("\n  }", stream);
}

bool trace_json_write(const char *path, const struct trace *trace, struct fault *fault)
{
    struct output_file file;
    if (!output_file_open(&file, path, fault))
        return false;
    fputs("{", file.stream);
    for (size_t i = 0; i < trace->count; i++) {
        fputs(i ? ",\n" : "\n", file.stream);
        put_iteration(file.stream, &trace->iterations[i], i + 1 == trace->count ? trace : NULL);
    }
    fputs("\n}\n", file.stream);
    return output_file_commit(&file, fault);
}
