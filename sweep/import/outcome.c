#include "sweep/import/imported_run.h"

#include "schemas/trace/json/trace_json.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the log's line, and the table's row ---- */

struct sweep_entry import_run_entry(const struct import_run *run, int64_t number)
{
    struct sweep_entry entry = {
        .number = number, .configuration = run->configuration, .status = -1, .signal = -1};
    if (run->oom && !run->finished) {
        entry.outcome = SWEEP_OOM;
        snprintf(entry.cause, sizeof entry.cause, "oom");
    } else if (run->failed && !run->finished) {
        entry.outcome = SWEEP_FAILED;
        snprintf(entry.cause, sizeof entry.cause, "error");
    } else if (run->finished) {
        entry.outcome = SWEEP_SUCCESS;
    }
    return entry;
}

bool import_run_has_no_peak(const struct import_run *run)
{
    for (size_t i = 0; i < run->report_count; i++)
        if (!isnan(run->reports[i].allocated_mb) || !isnan(run->reports[i].peak_mb))
            return false;
    return run->report_count > 0;
}

static int compare_numbers(const void *a, const void *b)
{
    double first = *(const double *)a, second = *(const double *)b;
    return (first > second) - (first < second);
}

/* Without the first tenth, at least one where there are three; NAN of none. False when out of
 * memory. */
static bool settled_median(const double *values, size_t count, double *median)
{
    size_t warm_up = count / 10 > 0 ? count / 10 : count > 2;
    size_t used = count - warm_up;
    *median = NAN;
    if (count == 0)
        return true;
    double *sorted = calloc(used, sizeof *sorted);
    if (!sorted)
        return false;
    memcpy(sorted, values + warm_up, used * sizeof *sorted);
    qsort(sorted, used, sizeof *sorted, compare_numbers);
    *median = used % 2 ? sorted[used / 2] : (sorted[used / 2 - 1] + sorted[used / 2]) / 2;
    free(sorted);
    return true;
}

bool import_run_metrics(const struct import_run *run, struct metrics_row *row)
{
    *row = (struct metrics_row){.configuration = run->configuration};
    configuration_forget(&row->configuration, DIMENSION_MICRO_BATCHES); /* it follows */
    return settled_median(run->step_ms, run->step_count, &row->step_ms) &&
           settled_median(run->tflops, run->tflops_count, &row->tflops);
}

/* ---- traces ---- */

static int compare_reports(const void *a, const void *b)
{
    const struct import_report *first = a, *second = b;
    if (first->rank != second->rank)
        return first->rank < second->rank ? -1 : 1;
    if (first->iteration != second->iteration)
        return first->iteration < second->iteration ? -1 : 1;
    return (first->place > second->place) - (first->place < second->place);
}

/* A rank's samples, one a report, as columns in one block of memory. */
struct samples {
    double *time_s, *allocated_mb, *reserved_mb, *device_mb;
};

static bool make_samples(struct samples *samples, const struct import_report *reports, size_t count)
{
    double *block = calloc(4 * count + 1, sizeof *block);
    *samples = (struct samples){block, block + count, block + 2 * count, block + 3 * count};
    for (size_t i = 0; i < count && block; i++) {
        samples->time_s[i] = reports[i].time_s;
        samples->allocated_mb[i] = reports[i].allocated_mb;
        samples->reserved_mb[i] = reports[i].reserved_mb;
        samples->device_mb[i] = reports[i].device_mb;
    }
    return block != NULL;
}

/* The reports of one iteration (after it, around its checkpoint) as one iteration. */
static struct trace_iteration join_reports(const struct import_run *run,
                                           const struct import_report *reports,
                                           const struct samples *samples, size_t first, size_t end)
{
    struct trace_iteration iteration = {.number = reports[first].iteration,
                                        .peak_mb = NAN,
                                        .theoretical_mb = run->theory_mb,
                                        .static_mb = NAN,
                                        .figures = TRACE_FIGURES_NONE,
                                        .allocated_of = reports[first].measure,
                                        .reserved_of = reports[first].measure,
                                        .samples = {.count = end - first,
                                                    .time_s = samples->time_s + first,
                                                    .allocated_mb = samples->allocated_mb + first,
                                                    .reserved_mb = samples->reserved_mb + first,
                                                    .device_mb = samples->device_mb + first}};
    for (size_t i = first; i < end; i++)
        iteration.peak_mb = fmax(iteration.peak_mb, reports[i].peak_mb); /* passes over NAN */
    return iteration;
}

static bool same_iteration(const struct import_report *a, const struct import_report *b)
{
    return a->rank == b->rank && a->iteration == b->iteration;
}

/* Where a log tells of an iteration, what an event file says of it is the same again; of two event
 * files that which was begun later stands: the run went back to a checkpoint. Takes sorted reports,
 * and returns how many are left. */
static size_t drop_repeated(struct import_report *reports, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0, end; i < count; i = end) {
        bool logged = false;
        double began_s = -INFINITY;
        for (end = i; end < count && same_iteration(&reports[i], &reports[end]); end++) {
            logged = logged || !reports[end].of_series;
            began_s = reports[end].of_series ? fmax(began_s, reports[end].began_s) : began_s;
        }
        for (size_t k = i; k < end; k++)
            if (!reports[k].of_series || (!logged && !(reports[k].began_s < began_s)))
                reports[kept++] = reports[k];
    }
    return kept;
}

static bool write_rank(const struct import_run *run, const struct import_report *reports,
                       size_t count, const char *folder, struct fault *fault)
{
    struct samples samples;
    struct trace_iteration *iterations = calloc(count + 1, sizeof *iterations);
    if (!make_samples(&samples, reports, count) || !iterations) {
        free(samples.time_s);
        free(iterations);
        return fault_set(fault, "out of memory for rank %" PRId64, reports[0].rank);
    }
    struct trace_fact device = {"device", (char *)run->device};
    struct trace trace = {.iterations = iterations,
                          .ending = TRACE_ENDED_NOT_SAID,
                          .device_capacity_mb = run->capacity_mb,
                          .fact_count = *run->device != '\0',
                          .facts = &device};
    for (size_t i = 0, end; i < count; i = end) {
        for (end = i; end < count && reports[end].iteration == reports[i].iteration; end++)
            ;
        iterations[trace.count++] = join_reports(run, reports, &samples, i, end);
    }
    char tags[CONFIGURATION_TEXT], name[CONFIGURATION_TEXT], path[4400];
    configuration_tags(tags, sizeof tags, &run->configuration);
    bool written = trace_name_format(name, sizeof name, reports[0].rank, tags, TRACE_FORMAT_JSON) &&
                   (size_t)snprintf(path, sizeof path, "%s/%s", folder, name) < sizeof path;
    written = written ? trace_json_write(path, &trace, fault)
                      : fault_set(fault, "%s: too long a name", folder);
    free(samples.time_s);
    free(iterations);
    return written;
}

bool import_run_write(const struct import_run *run, const char *folder, size_t *traces,
                      struct fault *fault)
{
    struct import_report *sorted = calloc(run->report_count + 1, sizeof *sorted);
    bool written = sorted != NULL;
    if (!sorted)
        fault_set(fault, "out of memory for %zu reports", run->report_count);
    else if (run->report_count > 0)
        memcpy(sorted, run->reports, run->report_count * sizeof *sorted);
    if (sorted && run->report_count > 1)
        qsort(sorted, run->report_count, sizeof *sorted, compare_reports);
    size_t count = sorted ? drop_repeated(sorted, run->report_count) : 0;
    for (size_t i = 0; i < count && written;) {
        size_t end = i;
        while (end < count && sorted[end].rank == sorted[i].rank)
            end++;
        written = write_rank(run, sorted + i, end - i, folder, fault);
        *traces += written;
        i = end;
    }
    free(sorted);
    return written;
}
