#include "visualize/comparison/pair.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- one side ---- */

/* Thirty million years: a time past it is none, and differences of such times would overflow. */
static const double MOST_SECONDS = 1e15;

struct sample {
    double time_s, allocated_mb;
    size_t place; /* in the trace: samples of one time keep their order */
};

static int compare_samples(const void *a, const void *b)
{
    const struct sample *first = a, *second = b;
    if (first->time_s != second->time_s)
        return first->time_s < second->time_s ? -1 : 1;
    return (first->place > second->place) - (first->place < second->place);
}

static bool chosen(const struct trace *trace, size_t at, struct comparison_choice choice)
{
    switch (choice.which) {
    case COMPARISON_ALL:
        return true;
    case COMPARISON_LAST:
        return at + 1 == trace->count;
    case COMPARISON_NUMBER:
        return trace->iterations[at].number == choice.number;
    }
    return false;
}

/* What the peaks and the samples of the chosen iterations measure that stand. */
static void choose_measures(struct comparison_side *side, const struct trace *trace,
                            struct comparison_choice choice)
{
    for (size_t i = 0; i < trace->count; i++) {
        const struct trace_iteration *iteration = &trace->iterations[i];
        struct trace_peak peak = trace_iteration_peak(iteration);
        if (!chosen(trace, i, choice))
            continue;
        if (!isnan(peak.mb))
            side->peak_measure = trace_measure_first(side->peak_measure, peak.measure);
        if (iteration->samples.count > 0)
            side->curve_measure =
                trace_measure_first(side->curve_measure, trace_measure_of_allocated(iteration));
    }
}

static void take_iteration(struct comparison_side *side, const struct trace_iteration *iteration,
                           struct sample *samples)
{
    bool of_curve = trace_measure_of_allocated(iteration) == side->curve_measure;
    side->present = true;
    side->peak_mb =
        larger_known(side->peak_mb, trace_peak_of_measure(iteration, side->peak_measure));
    side->static_mb = larger_known(side->static_mb, iteration->static_mb);
    side->theory_mb = larger_known(side->theory_mb, iteration->theoretical_mb);
    for (size_t i = 0; i < iteration->samples.count; i++) {
        double time = iteration->samples.time_s[i], mb = iteration->samples.allocated_mb[i];
        if (!(fabs(time) <= MOST_SECONDS) || isnan(mb) || !of_curve)
            side->unusable++;
        else
            samples[side->count] = (struct sample){time, mb, side->count}, side->count++;
    }
    if (of_curve)
        side->left_out += trace_samples_taken(&iteration->samples) - iteration->samples.count;
}

static bool keep_curve(struct comparison_side *side, struct sample *samples)
{
    if (side->count == 0)
        return true;
    qsort(samples, side->count, sizeof *samples, compare_samples);
    side->time_s = malloc(side->count * sizeof *side->time_s);
    side->allocated_mb = malloc(side->count * sizeof *side->allocated_mb);
    if (!side->time_s || !side->allocated_mb)
        return false;
    for (size_t i = 0; i < side->count; i++) {
        side->time_s[i] = samples[i].time_s - samples[0].time_s;
        side->allocated_mb[i] = samples[i].allocated_mb;
    }
    return true;
}

bool comparison_side_make(struct comparison_side *side, const struct trace *trace,
                          struct comparison_choice choice)
{
    *side = (struct comparison_side){.coordinates = trace->coordinates,
                                     .ending = trace->ending,
                                     .peak_mb = NAN,
                                     .static_mb = NAN,
                                     .theory_mb = NAN};
    choose_measures(side, trace, choice);
    size_t most = 1;
    for (size_t i = 0; i < trace->count; i++)
        if (chosen(trace, i, choice))
            most += trace->iterations[i].samples.count;
    struct sample *samples = calloc(most, sizeof *samples);
    if (!samples)
        return false;
    for (size_t i = 0; i < trace->count; i++)
        if (chosen(trace, i, choice))
            take_iteration(side, &trace->iterations[i], samples);
    bool made = keep_curve(side, samples);
    free(samples);
    if (!made)
        comparison_side_free(side);
    return made;
}

void comparison_side_free(struct comparison_side *side)
{
    free(side->time_s);
    free(side->allocated_mb);
    *side = (struct comparison_side){.peak_mb = NAN, .static_mb = NAN, .theory_mb = NAN};
}

double comparison_side_at(const struct comparison_side *side, double time)
{
    size_t low = 0, high = side->count; /* the answer is before `high` */
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (side->time_s[middle] <= time)
            low = middle;
        else
            high = middle;
    }
    return side->allocated_mb[low];
}

/* ---- the pair ---- */

static void stretch(struct comparison_side *side)
{
    double end = side->count > 0 ? side->time_s[side->count - 1] : 0;
    for (size_t i = 0; i < side->count; i++)
        side->time_s[i] = end > 0 ? 100 * side->time_s[i] / end : 0;
}

/* Both curves are steps, so that their difference is one too: it changes where either has a sample,
 * and is integrated exactly. */
static void measure_curves(struct comparison_pair *pair)
{
    const struct comparison_side *real = &pair->sides[COMPARISON_REAL];
    const struct comparison_side *simulated = &pair->sides[COMPARISON_SIMULATED];
    double end = fmin(real->time_s[real->count - 1], simulated->time_s[simulated->count - 1]);
    double sum = 0, most = 0, time = 0;
    size_t next[COMPARISON_SIDES] = {0, 0};
    for (;;) {
        for (int i = 0; i < COMPARISON_SIDES; i++)
            while (next[i] < pair->sides[i].count && pair->sides[i].time_s[next[i]] <= time)
                next[i]++;
        double difference =
            fabs(comparison_side_at(simulated, time) - comparison_side_at(real, time));
        most = fmax(most, difference);
        double until = end;
        for (int i = 0; i < COMPARISON_SIDES; i++)
            if (next[i] < pair->sides[i].count)
                until = fmin(until, pair->sides[i].time_s[next[i]]);
        if (until <= time)
            break;
        sum += difference * (until - time);
        time = until;
    }
    pair->errors.curve_most_mb = most;
    pair->errors.curve_mean_mb = end > 0 ? sum / end : most;
}

bool comparison_peaks_agree(const struct comparison_pair *pair)
{
    const struct comparison_side *sides = pair->sides;
    return !isnan(sides[0].peak_mb) && !isnan(sides[1].peak_mb) &&
           sides[0].peak_measure == sides[1].peak_measure;
}

bool comparison_curves_agree(const struct comparison_pair *pair)
{
    const struct comparison_side *sides = pair->sides;
    return sides[0].count > 0 && sides[1].count > 0 &&
           sides[0].curve_measure == sides[1].curve_measure;
}

void comparison_pair_finish(struct comparison_pair *pair, enum comparison_alignment alignment)
{
    const struct comparison_side *real = &pair->sides[COMPARISON_REAL];
    const struct comparison_side *simulated = &pair->sides[COMPARISON_SIMULATED];
    if (alignment == COMPARISON_ALIGN_STRETCH)
        for (int i = 0; i < COMPARISON_SIDES; i++)
            stretch(&pair->sides[i]);
    double peak = comparison_peaks_agree(pair) ? simulated->peak_mb - real->peak_mb : NAN;
    pair->errors = (struct comparison_errors){
        .peak_mb = peak,
        .peak_percent = real->peak_mb > 0 ? 100 * peak / real->peak_mb : NAN,
        .static_mb = simulated->static_mb - real->static_mb,
        .curve_mean_mb = NAN,
        .curve_most_mb = NAN,
    };
    if (comparison_curves_agree(pair))
        measure_curves(pair);
}
