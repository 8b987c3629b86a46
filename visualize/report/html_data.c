#include "visualize/report/html_data.h"

#include "schemas/support/json_string.h"
#include "schemas/support/text.h"
#include "visualize/report/html_text.h"

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

/* As whole numbers of 1/scale, each less the known one before: half as long as the figures
 * themselves, and page.js adds them up to the same. */
static void put_column(FILE *stream, const char *key, const double *values, size_t count,
                       double scale)
{
    long long before = 0;
    fprintf(stream, "\"%s\":[", key);
    for (size_t i = 0; i < count; i++) {
        fputs(i ? "," : "", stream);
        double scaled = values[i] * scale;
        if (!(fabs(scaled) < 0x1p53)) {
            fputs("null", stream);
            continue;
        }
        long long now = llround(scaled);
        fprintf(stream, "%lld", now - before);
        before = now;
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

/* What is known of a timeline before one looks at it. */
static void put_rank(FILE *stream, const struct report_rank *rank)
{
    fprintf(stream,
            "{\"c\":%zu,\"rank\":%" PRId64 ",\"role\":%d,\"n\":%zu,\"taken\":%" PRIu64
            ",\"stage\":%" PRId64,
            rank->configuration, rank->file->name.rank, (int)rank->role, rank->series.all,
            rank->series.taken, rank->stage);
    fprintf(stream, ",\"of_gpu\":%s",
            trace_measure_is_of_gpu(rank->series.measure) ? "true" : "false");
    fputs(",\"peak\":", stream);
    put_number(stream, "%.2f", rank->peak_mb);
    fputs(",\"file\":", stream);
    json_string_write(stream, rank->file->base);
    fputc('}', stream);
}

static void put_series(FILE *stream, const struct report_series *series)
{
    fputc('{', stream);
    put_column(stream, "t", series->time_s, series->count, 10000);
    fputc(',', stream);
    put_column(stream, "a", series->allocated_mb, series->count, 100);
    fputc(',', stream);
    put_column(stream, "r", series->reserved_mb, series->count, 10);
    put_iterations(stream, series);
    fputc('}', stream);
}

static void put_configuration(FILE *stream, const struct report_configuration *row)
{
    fputs("{\"text\":", stream);
    json_string_write(stream, row->text);
    fputs(",\"outcome\":", stream);
    json_string_write(stream, report_outcome_text(row->outcome));
    fputs(",\"peak\":", stream);
    put_number(stream, "%.2f", row->peak_mb);
    fputc('}', stream);
}

static void put_list(FILE *stream, const struct report *report)
{
    fprintf(stream, "{\"gpu\":%.10g,\"configurations\":[", report->options->gpu_gb);
    for (size_t i = 0; i < report->configuration_count; i++) {
        fputs(i ? "," : "", stream);
        put_configuration(stream, &report->configurations[i]);
    }
    fputs("],\"ranks\":[", stream);
    for (size_t i = 0; i < report->rank_count; i++) {
        fputs(i ? "," : "", stream);
        put_rank(stream, &report->ranks[i]);
    }
    fputs("]}", stream);
}

static bool put_element(FILE *stream, struct growing_text *json)
{
    char *text = growing_text_end(json);
    if (!text)
        return false;
    html_script_json(stream, text);
    fputs("</script>\n", stream);
    free(text);
    return true;
}

bool html_data(FILE *stream, const struct report *report)
{
    struct growing_text json;
    if (!growing_text_begin(&json))
        return false;
    fputs("<script type=\"application/json\" id=\"data\">", stream);
    put_list(json.stream, report);
    bool put = put_element(stream, &json);
    for (size_t i = 0; put && i < report->rank_count; i++) {
        put = growing_text_begin(&json);
        if (!put)
            break;
        fprintf(stream, "<script type=\"application/json\" id=\"samples-%zu\">", i);
        put_series(json.stream, &report->ranks[i].series);
        put = put_element(stream, &json);
    }
    return put;
}
