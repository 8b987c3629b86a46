#include "visualize/findings/definitions.h"
#include "visualize/findings/findings_internal.h"

#include <math.h>
#include <stdlib.h>

/* How one rank fares by one definition; not found: `found` is false. */
struct assessment {
    bool found;
    enum finding_severity severity;
    double badness; /* which rank stands for the others */
};

typedef struct assessment (*assess_fn)(const struct findings_input *input,
                                       const struct rank_facts *facts);
typedef void (*describe_fn)(const struct findings_input *input, const struct rank_facts *facts,
                            struct finding *finding);

static const struct assessment NOT_FOUND = {0};

static struct assessment found(enum finding_severity severity, double badness)
{
    return (struct assessment){true, severity, badness};
}

/* ---- growth ---- */

/* Iterations from the last one until the GPU is full; INFINITY where that is not known. */
static double until_full(const struct findings_input *input, const struct rank_facts *facts)
{
    if (input->gpu_mb <= 0 || !trace_measure_is_of_gpu(facts->summary.peak_measure) ||
        !(facts->baseline.slope > 0) || isnan(facts->last_peak_mb))
        return INFINITY;
    return fmax(0, (input->gpu_mb - facts->last_peak_mb) / facts->baseline.slope);
}

static struct assessment assess_growth(const struct findings_input *input,
                                       const struct rank_facts *facts)
{
    if (!(facts->baseline.p_value < GROWTH_P_VALUE) || !(facts->grown_mb >= GROWTH_LEAST_MB))
        return NOT_FOUND;
    bool soon = until_full(input, facts) < GROWTH_CRITICAL_RUNS * (double)facts->summary.iterations;
    bool critical = facts->grown_mb > GROWTH_CRITICAL_MB || soon;
    return found(critical ? FINDING_CRITICAL : FINDING_WARNING, facts->grown_mb);
}

static void describe_growth(const struct findings_input *input, const struct rank_facts *facts,
                            struct finding *finding)
{
    double left = until_full(input, facts);
    finding_add_value(finding, "slope", facts->baseline.slope, "MB per iteration");
    finding_add_value(finding, "grown", facts->grown_mb, "MB");
    finding_add_value(finding, "p", facts->baseline.p_value, "");
    if (isfinite(left))
        finding_add_value(finding, "until full", left, "iterations");
    if (facts->mark[0])
        finding_mean(finding,
                     "What stays allocated between iterations grows; '%s' is in %zu of the %zu "
                     "iterations before a rise, and in %zu of the %zu others.",
                     facts->mark, facts->mark_rises, facts->rises, facts->mark_others,
                     facts->others);
    else
        finding_mean(finding, "What stays allocated between iterations grows: something keeps "
                              "references to tensors.");
}

/* ---- monotonic rise ---- */

static struct assessment assess_rise(const struct findings_input *input,
                                     const struct rank_facts *facts)
{
    (void)input;
    if (facts->steps < RISE_LEAST || !(facts->rising_share > RISE_SHARE))
        return NOT_FOUND;
    /* A counter's few bytes an iteration are no danger. */
    bool large = facts->risen_mb >= GROWTH_LEAST_MB;
    return found(large ? FINDING_WARNING : FINDING_INFO, facts->rising_share);
}

static void describe_rise(const struct findings_input *input, const struct rank_facts *facts,
                          struct finding *finding)
{
    (void)input;
    finding_add_value(finding, "rising steps", facts->rising_share * 100, "%");
    finding_add_value(finding, "risen", facts->risen_mb, "MB");
    finding_mean(finding, "Nearly every iteration begins with more than the one before.");
}

/* ---- insufficient cleanup ---- */

static struct assessment assess_cleanup(const struct findings_input *input,
                                        const struct rank_facts *facts)
{
    (void)input;
    double more = facts->end_mb - facts->first_mb;
    if (!(facts->end_mb > CLEANUP * facts->first_mb) || !(more >= GROWTH_LEAST_MB))
        return NOT_FOUND;
    return found(FINDING_WARNING, more);
}

static void describe_cleanup(const struct findings_input *input, const struct rank_facts *facts,
                             struct finding *finding)
{
    (void)input;
    finding_add_value(finding, "first", facts->first_mb, "MB");
    finding_add_value(finding, "last", facts->end_mb, "MB");
    finding_add_value(finding, "ratio", facts->end_mb / facts->first_mb, "");
    finding_mean(finding,
                 "The last iterations begin with more than the first settled ones: not all "
                 "of it was freed.");
}

/* ---- spikes ---- */

static struct assessment assess_spikes(const struct findings_input *input,
                                       const struct rank_facts *facts)
{
    (void)input;
    if (facts->spikes == 0)
        return NOT_FOUND;
    bool high = facts->spike_mb > SPIKE_WARNING * facts->fence_mb;
    return found(high ? FINDING_WARNING : FINDING_INFO, facts->spike_mb / facts->fence_mb);
}

static void describe_spikes(const struct findings_input *input, const struct rank_facts *facts,
                            struct finding *finding)
{
    (void)input;
    finding_add_value(finding, "spikes", (double)facts->spikes, "");
    finding_add_value(finding, "highest", facts->spike_mb, "MB");
    finding_add_value(finding, "fence", facts->fence_mb, "MB");
    finding_mean(finding, "Some iterations need more than the others do, iteration %lld the most.",
                 (long long)facts->spike_iteration);
}

/* ---- fragmentation ---- */

static struct assessment assess_fragmentation(const struct findings_input *input,
                                              const struct rank_facts *facts)
{
    (void)input;
    if (!(facts->fragmentation > FRAGMENTATION_WARNING))
        return NOT_FOUND;
    bool critical = facts->fragmentation > FRAGMENTATION_CRITICAL;
    return found(critical ? FINDING_CRITICAL : FINDING_WARNING, facts->fragmentation);
}

static void describe_fragmentation(const struct findings_input *input,
                                   const struct rank_facts *facts, struct finding *finding)
{
    (void)input;
    finding_add_value(finding, "reserved, not allocated", facts->fragmentation * 100, "%");
    finding_mean(finding, "On average this part of what is reserved holds no tensor.");
}

/* ---- allocator retries ---- */

static struct assessment assess_retries(const struct findings_input *input,
                                        const struct rank_facts *facts)
{
    (void)input;
    if (!(facts->retries + facts->out_of_memory > 0))
        return NOT_FOUND;
    return found(facts->out_of_memory > 0 ? FINDING_CRITICAL : FINDING_WARNING,
                 facts->retries + facts->out_of_memory);
}

static void describe_retries(const struct findings_input *input, const struct rank_facts *facts,
                             struct finding *finding)
{
    (void)input;
    finding_add_value(finding, "retries", facts->retries, "");
    finding_add_value(finding, "iterations with retries", (double)facts->retried, "");
    if (facts->out_of_memory > 0)
        finding_add_value(finding, "out-of-memory errors", facts->out_of_memory, "");
    finding_mean(finding,
                 "The allocator found no room: it gave back what it held unused, which "
                 "waits for the GPU, and tried again%s.",
                 facts->out_of_memory > 0 ? ", and not always with success" : "");
}

/* ---- hidden memory ---- */

static struct assessment assess_hidden(const struct findings_input *input,
                                       const struct rank_facts *facts)
{
    if (input->gpu_mb <= 0 || !(facts->hidden_mb > HIDDEN_SHARE * input->gpu_mb))
        return NOT_FOUND;
    bool drifts = facts->hidden.p_value < GROWTH_P_VALUE &&
                  facts->hidden.slope * (double)facts->hidden.points >= GROWTH_LEAST_MB;
    return found(drifts ? FINDING_WARNING : FINDING_INFO, facts->hidden_mb);
}

static void describe_hidden(const struct findings_input *input, const struct rank_facts *facts,
                            struct finding *finding)
{
    bool drifts = finding->severity == FINDING_WARNING;
    finding_add_value(finding, "at most", facts->hidden_mb, "MB");
    finding_add_value(finding, "of the GPU", facts->hidden_mb / input->gpu_mb * 100, "%");
    if (drifts)
        finding_add_value(finding, "slope", facts->hidden.slope, "MB per iteration");
    finding_mean(finding,
                 "Even at the tightest moment so much is in use on the device beside the "
                 "allocator's (CUDA context, NCCL, other processes); it %s.",
                 drifts ? "drifts upwards" : "is constant");
}

/* ---- all of them ---- */

static const struct {
    assess_fn assess;
    describe_fn describe;
    enum finding_kind kind;
    bool of_settled; /* it is about the iterations after the warm-up */
} DEFINITIONS[] = {
    {assess_growth, describe_growth, FINDING_GROWTH, true},
    {assess_rise, describe_rise, FINDING_RISE, true},
    {assess_cleanup, describe_cleanup, FINDING_CLEANUP, true},
    {assess_spikes, describe_spikes, FINDING_SPIKES, false},
    {assess_fragmentation, describe_fragmentation, FINDING_FRAGMENTATION, false},
    {assess_retries, describe_retries, FINDING_RETRIES, false},
    {assess_hidden, describe_hidden, FINDING_HIDDEN, false},
};

static bool fold(const struct findings_input *input, const struct group *group, size_t definition,
                 bool *chosen, struct findings *findings)
{
    struct assessment worst = NOT_FOUND;
    const struct rank_facts *facts = NULL;
    for (size_t i = 0; i < group->count; i++) {
        struct assessment one = DEFINITIONS[definition].assess(input, group_facts(input, group, i));
        chosen[i] = one.found;
        bool worse = one.found && (!worst.found || one.severity > worst.severity ||
                                   (one.severity == worst.severity && one.badness > worst.badness));
        if (!worse)
            continue;
        worst = one;
        facts = group_facts(input, group, i);
    }
    if (!facts)
        return true;
    struct finding *finding =
        findings_add(findings, DEFINITIONS[definition].kind, worst.severity, group->configuration);
    if (!finding)
        return false;
    finding->ranks = group_ranks_text(input, group, chosen);
    DEFINITIONS[definition].describe(input, facts, finding);
    int written = 0;
    if (DEFINITIONS[definition].of_settled)
        written = asprintf(&finding->iterations, "%lld-%lld", (long long)facts->settled_from,
                           (long long)facts->last);
    else if (DEFINITIONS[definition].kind == FINDING_SPIKES)
        written = asprintf(&finding->iterations, "%lld", (long long)facts->spike_iteration);
    return written >= 0 && finding->ranks;
}

bool findings_of_ranks(const struct findings_input *input, const struct group *group,
                       struct findings *findings)
{
    bool *chosen = calloc(group->count + 1, sizeof *chosen), done = chosen != NULL;
    for (size_t i = 0; i < sizeof DEFINITIONS / sizeof *DEFINITIONS && done; i++)
        done = fold(input, group, i, chosen, findings);
    free(chosen);
    return done;
}
