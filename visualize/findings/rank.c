#include "visualize/findings/rank.h"

#include "visualize/findings/definitions.h"
#include "visualize/findings/markers.h"

#include <math.h>
#include <stdlib.h>

/* A figure an iteration. */
struct series {
    size_t count;
    double *baseline, *peak, *hidden;
};

static bool make_series(struct series *series, size_t count)
{
    double *block = calloc(3 * (count + 1), sizeof *block);
    *series = (struct series){.count = count,
                              .baseline = block,
                              .peak = block + count + 1,
                              .hidden = block + 2 * count + 2};
    return block != NULL;
}

static double lesser(double a, double b)
{
    return isnan(a) || b < a ? b : a;
}

/* ---- samples ---- */

/* Of the samples whose two figures one may subtract. */
struct sums {
    double waste;       /* of the allocator's reservation */
    double waste_count; /* samples, with those that others stand for */
    size_t impossible;  /* reserved less than allocated: not of the same device */
};

/* What is in use on the device, where that is known. */
static double device_use(const struct trace_iteration *iteration, size_t at)
{
    if (iteration->samples.device_mb && !isnan(iteration->samples.device_mb[at]))
        return iteration->samples.device_mb[at];
    return trace_measure_of_reserved(iteration) == TRACE_MEASURE_DEVICE
               ? iteration->samples.reserved_mb[at]
               : NAN;
}

/* What is hidden is in use on the device beside what the allocator has reserved; where that is not
 * known, beside what it has handed out. */
static void take_samples(const struct trace_iteration *iteration, struct sums *sums, double *hidden)
{
    const struct trace_samples *samples = &iteration->samples;
    bool has_reserved = trace_measure_of_reserved(iteration) == TRACE_MEASURE_ALLOCATOR;
    *hidden = NAN;
    if (trace_measure_of_allocated(iteration) != TRACE_MEASURE_ALLOCATOR)
        return;
    for (size_t i = 0, next = 0; i < samples->count; i++) {
        double weight = (double)trace_samples_weight(samples, i, &next);
        double allocated = samples->allocated_mb[i], device = device_use(iteration, i);
        double reserved = has_reserved ? samples->reserved_mb[i] : NAN;
        double held = isnan(reserved) ? allocated : reserved;
        if (isnan(allocated))
            continue;
        sums->impossible += reserved < allocated || device < held;
        if (reserved > 0) {
            sums->waste += weight * (reserved - allocated) / reserved;
            sums->waste_count += weight;
        }
        if (device > 0)
            *hidden = lesser(*hidden, device - held);
    }
}

static double lowest_sample(const struct trace_samples *samples)
{
    double lowest = NAN;
    for (size_t i = 0; i < samples->count; i++)
        if (!isnan(samples->allocated_mb[i]))
            lowest = lesser(lowest, samples->allocated_mb[i]);
    return lowest;
}

/* Static memory, which is the allocator's, or the lowest sample: of the first measure that there
 * is.
 */
static void take_baselines(const struct trace *trace, struct series *series)
{
    enum trace_measure measure = TRACE_MEASURE_NOT_SAID;
    for (size_t i = 0; i < trace->count; i++) {
        const struct trace_iteration *iteration = &trace->iterations[i];
        bool has_static = !isnan(iteration->static_mb);
        series->baseline[i] =
            has_static ? iteration->static_mb : lowest_sample(&iteration->samples);
        if (!isnan(series->baseline[i]))
            measure =
                trace_measure_first(measure, has_static ? TRACE_MEASURE_ALLOCATOR
                                                        : trace_measure_of_allocated(iteration));
    }
    for (size_t i = 0; i < trace->count; i++) {
        const struct trace_iteration *iteration = &trace->iterations[i];
        if (isnan(iteration->static_mb) ? trace_measure_of_allocated(iteration) != measure
                                        : measure != TRACE_MEASURE_ALLOCATOR)
            series->baseline[i] = NAN;
    }
}

static void take_counts(const struct trace_iteration *iteration, struct rank_facts *facts)
{
    double retries = iteration->figures[TRACE_FIGURE_ALLOCATOR_RETRIES];
    double out_of_memory = iteration->figures[TRACE_FIGURE_OUT_OF_MEMORY];
    facts->retries += retries > 0 ? retries : 0;
    facts->retried += retries > 0;
    facts->out_of_memory += out_of_memory > 0 ? out_of_memory : 0;
}

static void take_iterations(const struct trace *trace, struct series *series,
                            struct rank_facts *facts)
{
    struct sums sums = {0};
    enum trace_measure measure = trace_peaks_measure(trace);
    for (size_t i = 0; i < trace->count; i++) {
        const struct trace_iteration *iteration = &trace->iterations[i];
        take_samples(iteration, &sums, &series->hidden[i]);
        take_counts(iteration, facts);
        series->peak[i] = trace_peak_of_measure(iteration, measure);
        if (!isnan(series->peak[i]))
            facts->last_peak_mb = series->peak[i];
    }
    if (sums.waste_count > 0 && sums.impossible == 0)
        facts->fragmentation = sums.waste / sums.waste_count;
    for (size_t i = 0; i < trace->count; i++) {
        if (sums.impossible > 0)
            series->hidden[i] = NAN;
        if (!isnan(series->hidden[i]))
            facts->hidden_mb = lesser(facts->hidden_mb, series->hidden[i]);
    }
}

/* ---- trends ---- */

static void look_at_steps(const double *baseline, size_t count, struct rank_facts *facts)
{
    size_t rising = 0;
    double before = NAN, first = NAN;
    for (size_t i = 0; i < count; i++) {
        if (isnan(baseline[i]))
            continue;
        if (!isnan(before)) {
            rising += baseline[i] > before;
            facts->steps++;
        }
        if (isnan(first))
            first = baseline[i];
        before = baseline[i];
    }
    if (facts->steps > 0)
        facts->rising_share = (double)rising / (double)facts->steps;
    facts->risen_mb = before - first;
}

static bool look_at_baseline(const struct trace *trace, const struct series *series,
                             struct rank_facts *facts)
{
    size_t from = iteration_warm_up(series->count);
    if (series->count < from + SETTLED_LEAST)
        return true;
    const double *settled = series->baseline + from;
    size_t count = series->count - from;
    facts->settled_from = trace->iterations[from].number;
    size_t part = count / CLEANUP_PART;
    part = part < 5 ? 5 : part > 50 ? 50 : part;
    part = part > count ? count : part;
    if (!statistics_trend(settled, count, &facts->baseline) ||
        !statistics_trend(series->hidden + from, count, &facts->hidden) ||
        !statistics_median_of(settled, part, &facts->first_mb) ||
        !statistics_median_of(settled + count - part, part, &facts->end_mb))
        return false;
    facts->grown_mb = facts->baseline.slope * (double)(count - 1);
    look_at_steps(settled, count, facts);
    markers_find(trace, settled, from, facts);
    return true;
}

static bool look_for_spikes(const struct trace *trace, const struct series *series,
                            struct rank_facts *facts)
{
    double *sorted = calloc(series->count + 1, sizeof *sorted);
    size_t count = 0, from = iteration_warm_up(series->count);
    if (!sorted)
        return false;
    for (size_t i = from; i < series->count; i++)
        if (!isnan(series->peak[i]))
            sorted[count++] = series->peak[i];
    facts->fence_mb = iteration_peaks_fence(sorted, count);
    for (size_t i = from; i < series->count; i++) {
        if (!(series->peak[i] > facts->fence_mb))
            continue;
        facts->spikes++;
        if (!(series->peak[i] <= facts->spike_mb))
            facts->spike_iteration = trace->iterations[i].number;
        facts->spike_mb = larger_known(facts->spike_mb, series->peak[i]);
    }
    free(sorted);
    return true;
}

bool rank_facts_make(const struct trace *trace, const struct trace_summary *summary,
                     struct rank_facts *facts)
{
    const struct trend none = {.slope = NAN, .p_value = 1};
    *facts = (struct rank_facts){.summary = *summary,
                                 .last_peak_mb = NAN,
                                 .baseline = none,
                                 .hidden = none,
                                 .grown_mb = NAN,
                                 .rising_share = NAN,
                                 .risen_mb = NAN,
                                 .first_mb = NAN,
                                 .end_mb = NAN,
                                 .fence_mb = NAN,
                                 .spike_mb = NAN,
                                 .fragmentation = NAN,
                                 .hidden_mb = NAN};
    struct series series;
    if (trace->count == 0)
        return true;
    if (!make_series(&series, trace->count))
        return false;
    facts->last = trace->iterations[trace->count - 1].number;
    take_baselines(trace, &series);
    take_iterations(trace, &series, facts);
    bool made = look_at_baseline(trace, &series, facts) && look_for_spikes(trace, &series, facts);
    free(series.baseline);
    return made;
}
