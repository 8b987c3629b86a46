#include "sweep/import/imported_run.h"

#include "schemas/support/array.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

void import_run_begin(struct import_run *run)
{
    *run = (struct import_run){.theory_mb = NAN, .capacity_mb = NAN};
}

void import_run_free(struct import_run *run)
{
    free(run->reports);
    free(run->step_ms);
    free(run->tflops);
    import_run_begin(run);
}

/* ---- what readers add ---- */

static bool add_number(double **list, size_t *count, double value)
{
    double *place = ARRAY_ADD(*list, *count);
    if (place)
        *place = value;
    return place != NULL;
}

bool import_run_add_report(struct import_run *run, struct import_report report)
{
    report.place = run->report_count;
    struct import_report *place = ARRAY_ADD(run->reports, run->report_count);
    if (place)
        *place = report;
    return place != NULL;
}

bool import_run_add_iteration(struct import_run *run, int64_t iteration, double step_ms,
                              double tflops)
{
    int64_t since = iteration - run->last_iteration;
    if (iteration < 0 || since < 1)
        return true;
    run->last_iteration = iteration;
    if (!isnan(step_ms)) {
        run->elapsed_s += step_ms / 1000 * (double)since;
        if (!add_number(&run->step_ms, &run->step_count, step_ms))
            return false;
    }
    return isnan(tflops) || add_number(&run->tflops, &run->tflops_count, tflops);
}

/* ---- together ---- */

bool import_run_same(const struct import_run *a, const struct import_run *b)
{
    return configuration_compare(&a->configuration, &b->configuration) == 0;
}

static enum trace_measure measure_of(const struct import_run *run)
{
    return run->report_count > 0 ? run->reports[0].measure : TRACE_MEASURE_NOT_SAID;
}

/* From which rank and iteration to which a run has reports. */
struct extent {
    int64_t ranks[2], iterations[2];
};

static struct extent extent_of(const struct import_run *run)
{
    struct extent extent = {{INT64_MAX, INT64_MIN}, {INT64_MAX, INT64_MIN}};
    for (size_t i = 0; i < run->report_count; i++) {
        const struct import_report *report = &run->reports[i];
        extent.ranks[0] = MIN(extent.ranks[0], report->rank);
        extent.ranks[1] = MAX(extent.ranks[1], report->rank);
        extent.iterations[0] = MIN(extent.iterations[0], report->iteration);
        extent.iterations[1] = MAX(extent.iterations[1], report->iteration);
    }
    return extent;
}

/* May a rank have reports of one iteration in both? */
static bool overlap(const struct import_run *a, const struct import_run *b)
{
    const struct extent first = extent_of(a), second = extent_of(b);
    return first.ranks[0] <= second.ranks[1] && second.ranks[0] <= first.ranks[1] &&
           first.iterations[0] <= second.iterations[1] &&
           second.iterations[0] <= first.iterations[1];
}

bool import_run_may_join(const struct import_run *a, const struct import_run *b, const char *path,
                         struct fault *fault)
{
    enum trace_measure first = measure_of(a), second = measure_of(b);
    if (first && second && first != second)
        return fault_set(fault,
                         "%s: measures %s, and another file of the same configuration %s; import "
                         "them into folders of their own",
                         path,
                         second == TRACE_MEASURE_DEVICE ? "the device's use" : "the allocator",
                         first == TRACE_MEASURE_DEVICE ? "the device's use" : "the allocator");
    if (a->local && b->local && overlap(a, b))
        return fault_set(fault,
                         "%s: tells of ranks and steps of which another log told, as of another "
                         "machine; import each machine's log with its first rank, as --rank 8",
                         path);
    return (!a->alone && !b->alone) ||
           fault_set(
               fault,
               "%s: another file has told of the same configuration; import this one alone, with "
               "what tells it apart, as --tags model=NAME",
               path);
}

/* A log and an event file tell of the same iterations: then one of the lists is enough. */
static bool join_numbers(double **list, size_t *count, double **more, const size_t *more_count,
                         bool same_kind)
{
    bool longer = !same_kind && *more_count > *count;
    if (longer) {
        double *kept = *list;
        *list = *more;
        *more = kept;
        *count = *more_count;
        return true;
    }
    for (size_t i = 0; i < *more_count && same_kind; i++)
        if (!add_number(list, count, (*more)[i]))
            return false;
    return true;
}

bool import_run_join(struct import_run *run, struct import_run *more)
{
    bool joined = true, same_kind = run->of_series == more->of_series;
    for (size_t i = 0; i < more->report_count && joined; i++)
        joined = import_run_add_report(run, more->reports[i]);
    joined = joined &&
             join_numbers(&run->step_ms, &run->step_count, &more->step_ms, &more->step_count,
                          same_kind) &&
             join_numbers(&run->tflops, &run->tflops_count, &more->tflops, &more->tflops_count,
                          same_kind);
    if (!joined)
        return false;
    run->of_series = run->of_series && more->of_series;
    run->local = run->local || more->local;
    run->theory_mb = isnan(run->theory_mb) ? more->theory_mb : run->theory_mb;
    run->capacity_mb = isnan(run->capacity_mb) ? more->capacity_mb : run->capacity_mb;
    if (!*run->device)
        memcpy(run->device, more->device, sizeof run->device);
    run->finished = run->finished || more->finished;
    run->failed = run->failed || more->failed;
    run->oom = run->oom || more->oom;
    import_run_free(more);
    return true;
}
