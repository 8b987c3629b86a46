#include "schemas/trace/trace_summary.h"

#include <math.h>
#include <stdlib.h>

double larger_known(double a, double b)
{
    return isnan(a) || b > a ? b : a;
}

enum trace_measure trace_measure_first(enum trace_measure a, enum trace_measure b)
{
    if (a == TRACE_MEASURE_NOT_SAID || b == TRACE_MEASURE_NOT_SAID)
        return a == TRACE_MEASURE_NOT_SAID ? b : a;
    return a < b ? a : b;
}

bool trace_measure_is_of_gpu(enum trace_measure measure)
{
    return measure == TRACE_MEASURE_ALLOCATOR || measure == TRACE_MEASURE_DRIVER ||
           measure == TRACE_MEASURE_DEVICE;
}

double trace_peak_of_measure(const struct trace_iteration *iteration, enum trace_measure measure)
{
    struct trace_peak peak = trace_iteration_peak(iteration);
    return peak.measure == measure ? peak.mb : NAN;
}

/* ---- which iterations ---- */

/* Those from an index on whose peak is not above a fence. */
struct chosen {
    const struct iteration_choice *choice;
    size_t from;
    double fence_mb; /* NAN: none */
    enum trace_measure measure;
};

static enum trace_measure measure_from(const struct trace *trace, size_t from)
{
    enum trace_measure measure = TRACE_MEASURE_NOT_SAID;
    for (size_t i = from; i < trace->count; i++) {
        struct trace_peak peak = trace_iteration_peak(&trace->iterations[i]);
        if (!isnan(peak.mb))
            measure = trace_measure_first(measure, peak.measure);
    }
    return measure;
}

enum trace_measure trace_peaks_measure(const struct trace *trace)
{
    return measure_from(trace, 0);
}

/* Leaves out the warm-up and what stands out. */
static bool choose_steady(const struct trace *trace, struct chosen *chosen)
{
    chosen->from = iteration_warm_up(trace->count);
    chosen->measure = measure_from(trace, chosen->from);
    double *peaks = calloc(trace->count + 1, sizeof *peaks);
    size_t count = 0;
    for (size_t i = chosen->from; peaks && i < trace->count; i++) {
        double peak = trace_peak_of_measure(&trace->iterations[i], chosen->measure);
        if (!isnan(peak))
            peaks[count++] = peak;
    }
    chosen->fence_mb = peaks ? iteration_peaks_fence(peaks, count) : NAN;
    free(peaks);
    return peaks != NULL;
}

static bool choose(const struct trace *trace, const struct iteration_choice *choice,
                   struct chosen *chosen)
{
    *chosen = (struct chosen){.choice = choice, .fence_mb = NAN};
    if (choice->which == ITERATIONS_STEADY)
        return choose_steady(trace, chosen);
    if (choice->which == ITERATIONS_ALL)
        chosen->measure = trace_peaks_measure(trace);
    for (size_t i = 0; i < trace->count && choice->which == ITERATIONS_NUMBER; i++)
        if (trace->iterations[i].number == choice->number)
            chosen->measure = trace_iteration_peak(&trace->iterations[i]).measure;
    return true;
}

static bool is_chosen(const struct chosen *chosen, const struct trace *trace, size_t at)
{
    const struct trace_iteration *iteration = &trace->iterations[at];
    if (chosen->choice->which == ITERATIONS_NUMBER)
        return iteration->number == chosen->choice->number;
    return at >= chosen->from &&
           !(trace_peak_of_measure(iteration, chosen->measure) > chosen->fence_mb);
}

/* ---- the figures ---- */

/* Of the allocator alone: the device's use, which older traces have under the same name, is another
 * thing. */
static double reserved_of(const struct trace_iteration *iteration)
{
    double most = NAN;
    if (trace_measure_of_reserved(iteration) == TRACE_MEASURE_ALLOCATOR)
        for (size_t i = 0; i < iteration->samples.count; i++)
            most = larger_known(most, iteration->samples.reserved_mb[i]);
    return most;
}

static void take(struct trace_summary *summary, const struct trace_iteration *iteration)
{
    struct trace_peak peak = trace_iteration_peak(iteration);
    summary->chosen++;
    summary->static_mb = larger_known(summary->static_mb, iteration->static_mb);
    summary->reserved_mb = larger_known(summary->reserved_mb, reserved_of(iteration));
    if (isnan(peak.mb))
        return;
    if (peak.measure != summary->peak_measure) {
        summary->left_out++;
    } else if (!(peak.mb <= summary->peak_mb)) {
        summary->peak_mb = peak.mb;
        summary->peak_iteration = iteration->number;
        summary->peak_sampled = peak.sampled;
    }
}

bool trace_summary_make(const struct trace *trace, const struct iteration_choice *choice,
                        struct trace_summary *summary)
{
    struct chosen chosen;
    if (!choose(trace, choice, &chosen))
        return false;
    *summary = (struct trace_summary){
        .read = true,
        .peak_mb = NAN,
        .theory_mb = NAN,
        .static_mb = NAN,
        .reserved_mb = NAN,
        .peak_measure = chosen.measure,
        .iterations = trace->count,
        .ending = trace->ending,
        .device_capacity_mb = trace->device_capacity_mb > 0 ? trace->device_capacity_mb : 0,
        .coordinates = trace->coordinates};
    for (size_t i = 0; i < trace->count; i++) {
        /* A formula's figure does not depend on which iteration it was logged in. */
        summary->theory_mb = larger_known(summary->theory_mb, trace->iterations[i].theoretical_mb);
        if (is_chosen(&chosen, trace, i))
            take(summary, &trace->iterations[i]);
    }
    return true;
}
