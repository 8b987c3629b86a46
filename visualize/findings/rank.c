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

struct sums {
    double waste;
    size_t count, impossible; /* reserved less than allocated: not of the same device */
};

static void take_samples(const struct trace_samples *samples, struct sums *sums, double *lowest,
                         double *hidden)
{
    *lowest = *hidden = NAN;
    for (size_t i = 0; i < samples->count; i++) {
        double allocated = samples->allocated_mb[i], reserved = samples->reserved_mb[i];
        if (!isnan(allocated))
            *lowest = lesser(*lowest, allocated);
        if (isnan(allocated) || isnan(reserved) || reserved <= 0)
            continue;
        sums->impossible += reserved < allocated;
        sums->waste += (reserved - allocated) / reserved;
        sums->count++;
        *hidden = lesser(*hidden, reserved - allocated);
    }
}

static void take_iterations(const struct trace *trace, struct series *series,
                            struct rank_facts *facts)
{
    struct sums sums = {0};
    for (size_t i = 0; i < trace->count; i++) {
        const struct trace_iteration *iteration = &trace->iterations[i];
        double lowest;
        take_samples(&iteration->samples, &sums, &lowest, &series->hidden[i]);
        series->baseline[i] = isnan(iteration->static_mb) ? lowest : iteration->static_mb;
        series->peak[i] = trace_iteration_peak_mb(iteration);
        if (!isnan(series->peak[i]))
            facts->last_peak_mb = series->peak[i];
    }
    if (sums.count > 0 && sums.impossible == 0)
        facts->fragmentation = sums.waste / (double)sums.count;
    for (size_t i = 0; i < trace->count; i++) {
        if (sums.impossible > 0)
            series->hidden[i] = NAN;
        if (!isnan(series->hidden[i]))
            facts->hidden_mb = lesser(facts->hidden_mb, series->hidden[i]);
    }
}

/* ---- trends ---- */

static size_t warm_up(size_t iterations)
{
    size_t share = (size_t)((double)iterations * WARM_UP_SHARE);
    return share < WARM_UP_LEAST ? WARM_UP_LEAST : share > WARM_UP_MOST ? WARM_UP_MOST : share;
}

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

static void look_at_baseline(const struct trace *trace, const struct series *series,
                             struct rank_facts *facts)
{
    size_t from = warm_up(series->count);
    if (series->count < from + SETTLED_LEAST)
        return;
    const double *settled = series->baseline + from;
    size_t count = series->count - from;
    facts->settled_from = trace->iterations[from].number;
    facts->baseline = statistics_trend(settled, count);
    facts->grown_mb = facts->baseline.slope * (double)(count - 1);
    facts->hidden = statistics_trend(series->hidden + from, count);
    look_at_steps(settled, count, facts);
    size_t part = count / CLEANUP_PART;
    part = part < 5 ? 5 : part > 50 ? 50 : part;
    part = part > count ? count : part;
    facts->first_mb = statistics_median_of(settled, part);
    facts->end_mb = statistics_median_of(settled + count - part, part);
    markers_find(trace, settled, from, facts);
}

static void look_for_spikes(const struct trace *trace, const struct series *series,
                            struct rank_facts *facts)
{
    double *sorted = calloc(series->count + 1, sizeof *sorted);
    size_t count = 0, from = warm_up(series->count);
    for (size_t i = from; sorted && i < series->count; i++)
        if (!isnan(series->peak[i]))
            sorted[count++] = series->peak[i];
    if (count >= SPIKE_LEAST) {
        double low = statistics_quantile(sorted, count, 0.25);
        double high = statistics_quantile(sorted, count, 0.75);
        facts->fence_mb = fmax(high + SPIKE_IQRS * (high - low), high * SPIKE_LEAST_SHARE);
        for (size_t i = from; i < series->count; i++) {
            if (!(series->peak[i] > facts->fence_mb))
                continue;
            facts->spikes++;
            if (!(series->peak[i] <= facts->spike_mb))
                facts->spike_iteration = trace->iterations[i].number;
            facts->spike_mb = larger_known(facts->spike_mb, series->peak[i]);
        }
    }
    free(sorted);
}

struct rank_facts rank_facts_of(const struct trace *trace)
{
    const struct trend none = {.slope = NAN, .p_value = 1};
    struct rank_facts facts = {.summary = trace_summary_of(trace),
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
    if (trace->count == 0 || !make_series(&series, trace->count))
        return facts;
    facts.last = trace->iterations[trace->count - 1].number;
    take_iterations(trace, &series, &facts);
    look_at_baseline(trace, &series, &facts);
    look_for_spikes(trace, &series, &facts);
    free(series.baseline);
    return facts;
}
