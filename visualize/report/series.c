#include "visualize/report/series.h"

#include "schemas/trace/trace_summary.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_MARKERS = 2000 };

static bool make_room(struct report_series *series, const struct trace *trace)
{
    size_t samples = 0, markers = 0;
    for (size_t i = 0; i < trace->count; i++) {
        samples += trace->iterations[i].samples.count;
        series->taken += trace_samples_taken(&trace->iterations[i].samples);
        markers += trace->iterations[i].marker_count;
    }
    series->all = samples;
    markers = markers < MOST_MARKERS ? markers : MOST_MARKERS;
    series->time_s = calloc(samples + 1, sizeof(double));
    series->allocated_mb = calloc(samples + 1, sizeof(double));
    series->reserved_mb = calloc(samples + 1, sizeof(double));
    series->iterations = calloc(trace->count + 1, sizeof *series->iterations);
    series->markers = calloc(markers + 1, sizeof *series->markers);
    return series->time_s && series->allocated_mb && series->reserved_mb && series->iterations &&
           series->markers;
}

/* Some writers count time through the run, some from each iteration's start: where it goes back,
 * the iteration is set behind the one before. */
static double shift_of(const struct trace_iteration *iteration, double end_s)
{
    double first = iteration->samples.count > 0 ? iteration->samples.time_s[0] : NAN;
    return first < end_s ? end_s - first : 0;
}

static void add_samples(struct report_series *series, const struct trace_samples *samples,
                        double shift)
{
    for (size_t i = 0; i < samples->count; i++) {
        size_t at = series->count;
        double time = samples->time_s[i] + shift;
        if (isnan(time) || (isnan(samples->allocated_mb[i]) && isnan(samples->reserved_mb[i])) ||
            (at > 0 && time < series->time_s[at - 1]))
            continue;
        series->time_s[at] = time;
        series->allocated_mb[at] = samples->allocated_mb[i];
        series->reserved_mb[at] = samples->reserved_mb[i];
        series->count++;
    }
}

static bool add_markers(struct report_series *series, const struct trace_iteration *iteration,
                        double shift)
{
    for (size_t i = 0; i < iteration->marker_count && series->marker_count < MOST_MARKERS; i++) {
        char *name = strdup(iteration->markers[i].name);
        if (!name)
            return false;
        series->markers[series->marker_count++] =
            (struct trace_marker){iteration->markers[i].time_s + shift, name};
    }
    return true;
}

static void keep(struct report_series *series, size_t to, size_t from)
{
    series->time_s[to] = series->time_s[from];
    series->allocated_mb[to] = series->allocated_mb[from];
    series->reserved_mb[to] = series->reserved_mb[from];
}

/* In place: two samples of each part stay, in their order. */
static void reduce(struct report_series *series, size_t most)
{
    size_t parts = most / 2, kept = 0;
    if (series->count <= most || parts == 0)
        return;
    for (size_t part = 0; part < parts; part++) {
        size_t from = series->count * part / parts, to = series->count * (part + 1) / parts;
        size_t least = from, largest = from;
        for (size_t i = from; i < to; i++) {
            if (series->allocated_mb[i] < series->allocated_mb[least])
                least = i;
            if (!(series->allocated_mb[i] <= series->allocated_mb[largest]))
                largest = i;
        }
        size_t first = least < largest ? least : largest;
        size_t second = least < largest ? largest : least;
        keep(series, kept++, first);
        if (second > first)
            keep(series, kept++, second);
    }
    series->count = kept;
}

bool report_series_make(struct report_series *series, const struct trace *trace, size_t most)
{
    *series = (struct report_series){0};
    bool made = make_room(series, trace);
    series->measure = trace_peaks_measure(trace);
    double end_s = -INFINITY;
    for (size_t i = 0; i < trace->count && made; i++) {
        const struct trace_iteration *iteration = &trace->iterations[i];
        double shift = shift_of(iteration, end_s);
        double start = iteration->samples.count > 0 ? iteration->samples.time_s[0] + shift : end_s;
        series->iterations[series->iteration_count++] = (struct report_iteration){
            .number = iteration->number,
            .start_s = isfinite(start) ? start : 0,
            .peak_mb = trace_peak_of_measure(iteration, series->measure),
            .static_mb = iteration->static_mb,
            .theory_mb = iteration->theoretical_mb,
        };
        add_samples(series, &iteration->samples, shift);
        made = add_markers(series, iteration, shift);
        if (series->count > 0)
            end_s = series->time_s[series->count - 1];
    }
    if (!made) {
        report_series_free(series);
        return false;
    }
    reduce(series, most);
    return true;
}

void report_series_free(struct report_series *series)
{
    for (size_t i = 0; i < series->marker_count; i++)
        free(series->markers[i].name);
    free(series->time_s);
    free(series->allocated_mb);
    free(series->reserved_mb);
    free(series->iterations);
    free(series->markers);
    *series = (struct report_series){0};
}
