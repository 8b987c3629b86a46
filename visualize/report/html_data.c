#include "visualize/report/html_data.h"

#include "schemas/support/json_string.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

static void put_number(FILE *stream, const char *format, double value)
{
    if (isfinite(value))
        fprintf(stream, format, value);
    else
        fputs("null", stream);
}

static void put_column(FILE *stream, const char *key, const double *values, size_t count,
                       const char *format)
{
    fprintf(stream, ",\"%s\":[", key);
    for (size_t i = 0; i < count; i++) {
        if (i)
            fputc(',', stream);
        put_number(stream, format, values[i]);
    }
    fputc(']', stream);
}

static void put_iterations(FILE *stream, const struct report_series *series)
{
    fputs(",\"it\":[", stream);
    for (size_t i = 0; i < series->iteration_count; i++) {
        const struct report_iteration *iteration = &series->iterations[i];
        fprintf(stream, "%s[%" PRId64 ",%.4f,", i ? "," : "", iteration->number,
                iteration->start_s);
        put_number(stream, "%.2f", iteration->peak_mb);
        fputc(',', stream);
        put_number(stream, "%.2f", iteration->static_mb);
        fputc(',', stream);
        put_number(stream, "%.2f", iteration->theory_mb);
        fputc(']', stream);
    }
    fputs("],\"m\":[", stream);
    for (size_t i = 0; i < series->marker_count; i++) {
        fputs(i ? ",[" : "[", stream);
        put_number(stream, "%.4f", series->markers[i].time_s);
        fputc(',', stream);
        json_string_write(stream, series->markers[i].name);
        fputc(']', stream);
    }
    fputc(']', stream);
}

static void put_rank(FILE *stream, const struct report_rank *rank)
{
    const struct report_series *series = &rank->series;
    fprintf(stream,
            "{\"c\":%zu,\"rank\":%" PRId64 ",\"role\":%d,\"n\":%zu,\"taken\":%" PRIu64 ",\"file\":",
            rank->configuration, rank->file->name.rank, (int)rank->role, series->all,
            series->taken);
    json_string_write(stream, rank->file->base);
    put_column(stream, "t", series->time_s, series->count, "%.4f");
    put_column(stream, "a", series->allocated_mb, series->count, "%.2f");
    put_column(stream, "r", series->reserved_mb, series->count, "%.1f");
    put_iterations(stream, series);
    fputc('}', stream);
}

char *html_data(const struct report *report)
{
    char *text = NULL;
    size_t length;
    FILE *stream = open_memstream(&text, &length);
    if (!stream)
        return NULL;
    fputs("{\"configurations\":[", stream);
    for (size_t i = 0; i < report->findings.configuration_count; i++) {
        if (i)
            fputc(',', stream);
        json_string_write(stream, report->findings.configurations[i].text);
    }
    fputs("],\"ranks\":[", stream);
    for (size_t i = 0; i < report->rank_count; i++) {
        if (i)
            fputc(',', stream);
        put_rank(stream, &report->ranks[i]);
    }
    fputs("]}", stream);
    if (fclose(stream) == 0)
        return text;
    free(text);
    return NULL;
}
