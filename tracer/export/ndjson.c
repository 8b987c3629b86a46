/* One JSON object a line, one line a sample, which pandas, polars and DuckDB read as a table. */
#include "schemas/support/json_string.h"
#include "schemas/trace/trace_words.h"
#include "tracer/export/formats.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* ---- columns ---- */

/* What is not known is null, so that every row has the same columns. */
static void put_value(FILE *stream, const char *key, double value)
{
    fprintf(stream, ", \"%s\": ", key);
    if (isfinite(value))
        export_put_number(stream, value);
    else
        fputs("null", stream);
}

static void put_word(FILE *stream, const char *key, const char *word)
{
    if (!word)
        return;
    fprintf(stream, ", \"%s\": ", key);
    json_string_write(stream, word);
}

/* Every dimension that is known, by the name of its column: as given, as it follows, or as its
 * absence means. */
static void put_configuration(FILE *stream, const struct configuration *configuration)
{
    for (size_t i = 0; i < DIMENSION_COUNT; i++) {
        const struct dimension_value value = configuration_value(configuration, i);
        if (!value.known || i == DIMENSION_STAMP)
            continue;
        if (DIMENSIONS[i].kind == DIMENSION_WORD)
            put_word(stream, DIMENSIONS[i].column, value.word);
        else
            fprintf(stream, ", \"%s\": %" PRId64, DIMENSIONS[i].column, value.number);
    }
    put_word(stream, "tags", *configuration->tags ? configuration->tags : NULL);
}

/* ---- rows ---- */

struct table {
    FILE *stream;
    const struct trace_name *name;
    int64_t stage;   /* below 0: not known */
    bool has_device; /* some sample of the trace has it */
};

static void put_row(const struct table *table, const struct trace_iteration *iteration, double time,
                    double allocated, double reserved, double device, uint64_t left_out)
{
    FILE *stream = table->stream;
    fprintf(stream, "{\"rank\": %" PRId64, table->name->rank);
    if (table->stage >= 0)
        fprintf(stream, ", \"stage\": %" PRId64, table->stage);
    put_configuration(stream, &table->name->configuration);
    fprintf(stream, ", \"iteration\": %" PRId64, iteration->number);
    put_value(stream, "timestamp_s", time);
    put_value(stream, "allocated_memory_MB", allocated);
    put_value(stream, "reserved_memory_MB", reserved);
    if (table->has_device)
        put_value(stream, "device_memory_MB", device);
    fprintf(stream, ", \"left_out_samples\": %" PRIu64, left_out);
    put_word(stream, "allocated_of", trace_measure_word(trace_measure_of_allocated(iteration)));
    put_word(stream, "reserved_of", trace_measure_word(trace_measure_of_reserved(iteration)));
    put_value(stream, "peak_allocated_MB", iteration->peak_mb);
    put_value(stream, "static_memory_MB", iteration->static_mb);
    put_value(stream, "theoretical_memory_MB", iteration->theoretical_mb);
    fputs("}\n", stream);
}

void export_put_ndjson(FILE *stream, const struct trace_name *name, const struct trace *trace,
                       size_t before)
{
    (void)before;
    struct table table = {stream, name,
                          rank_stage(&trace->coordinates, &name->configuration, name->rank), false};
    for (size_t i = 0; i < trace->count; i++)
        table.has_device = table.has_device || trace->iterations[i].samples.device_mb;
    for (size_t i = 0; i < trace->count; i++) {
        const struct trace_iteration *iteration = &trace->iterations[i];
        const struct trace_samples *samples = &iteration->samples;
        for (size_t k = 0, next = 0; k < samples->count; k++)
            put_row(&table, iteration, samples->time_s[k], samples->allocated_mb[k],
                    samples->reserved_mb[k], export_device_mb(samples, k),
                    trace_samples_weight(samples, k, &next) - 1);
        /* Its figures would be lost with it. */
        if (samples->count == 0)
            put_row(&table, iteration, NAN, NAN, NAN, NAN, 0);
    }
}
