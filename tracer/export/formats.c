#include "tracer/export/formats.h"

#include "schemas/support/json_number.h"
#include "schemas/trace/json/trace_json.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

void export_put_number(FILE *stream, double value)
{
    char text[JSON_NUMBER_TEXT] = "";
    if (isfinite(value))
        json_number_format(text, value);
    fputs(text, stream);
}

double export_device_mb(const struct trace_samples *samples, size_t at)
{
    return samples->device_mb ? samples->device_mb[at] : NAN;
}

static void put_csv(FILE *stream, const struct trace_name *name, const struct trace *trace,
                    size_t before)
{
    (void)before;
    for (size_t i = 0; i < trace->count; i++) {
        const struct trace_iteration *iteration = &trace->iterations[i];
        for (size_t k = 0, next = 0; k < iteration->samples.count; k++) {
            fprintf(stream, "%" PRId64 ",%" PRId64 ",", name->rank, iteration->number);
            export_put_number(stream, iteration->samples.time_s[k]);
            fputc(',', stream);
            export_put_number(stream, iteration->samples.allocated_mb[k]);
            fputc(',', stream);
            export_put_number(stream, iteration->samples.reserved_mb[k]);
            fputc(',', stream);
            export_put_number(stream, export_device_mb(&iteration->samples, k));
            fprintf(stream, ",%" PRIu64 "\n",
                    trace_samples_weight(&iteration->samples, k, &next) - 1);
        }
    }
}

#define CSV_HEAD                                                                                   \
    "rank,iteration,timestamp_s,allocated_memory_MB,reserved_memory_MB,device_memory_MB,"          \
    "left_out_samples\n"
#define CHROME_HEAD "{\"displayTimeUnit\": \"ms\", \"traceEvents\": ["

const struct export_format *export_format_named(const char *name)
{
    static const struct export_format formats[] = {
        {"json", TRACE_NAME_PREFIX, ".json", false, "", "", NULL},
        {"csv", TRACE_NAME_PREFIX, ".csv", false, CSV_HEAD, "", put_csv},
        {"ndjson", TRACE_NAME_PREFIX, ".ndjson", false, "", "", export_put_ndjson},
        /* Whoever looks for memory_trace_rank*.json must not find it: it is no trace. */
        {"chrome", "chrome_trace_", ".json", true, CHROME_HEAD, "\n]}\n", export_put_chrome},
    };
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (strcmp(formats[i].name, name) == 0)
            return &formats[i];
    return NULL;
}

bool export_open(const struct export_format *format, const char *path, struct output_file *file,
                 struct fault *fault)
{
    if (!output_file_open(file, path, fault))
        return false;
    fputs(format->head, file->stream);
    return true;
}

bool export_commit(const struct export_format *format, struct output_file *file,
                   struct fault *fault)
{
    fputs(format->tail, file->stream);
    return output_file_commit(file, fault);
}

bool export_write(const struct export_format *format, const char *path,
                  const struct trace_name *name, const struct trace *trace, struct fault *fault)
{
    struct output_file file;
    if (!format->put)
        return trace_json_write(path, trace, fault);
    if (!export_open(format, path, &file, fault))
        return false;
    format->put(file.stream, name, trace, 0);
    return export_commit(format, &file, fault);
}
