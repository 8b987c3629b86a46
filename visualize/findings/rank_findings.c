#include "visualize/findings/definitions.h"
#include "visualize/findings/findings_internal.h"

#include <math.h>
#include <stdlib.h>

/* How one rank fares by one definition; not found: `found` is false. */
struct judgement {
    bool found;
    enum finding_severity severity;
    double badness; /* which rank stands for the others */
};

typedef struct judgement (*judge_fn)(const struct findings_input *input,
                                     const struct rank_facts *facts);
typedef void (*tell_fn)(const struct findings_input *input, const struct rank_facts *facts,
                        struct finding *finding);

static const struct judgement NOT_FOUND = {0};

static struct judgement found(enum finding_severity severity, double badness)
{
    return (struct judgement){true, severity, badness};
}

/* ---- growth ---- */

/* Iterations from the last one until the GPU is full; INFINITY where that is not known. */
static double until_full(const struct findings_input *input, const struct rank_facts *facts)
{
    if (input->gpu_mb <= 0 || !(facts->baseline.slope > 0) || isnan(facts->last_peak_mb))
        return INFINITY;
    return fmax(0, (input->gpu_mb - facts->last_peak_mb) / facts->baseline.slope);
}

static struct judgement judge_growth(const struct findings_input *input,
                                     const struct rank_facts *facts)
{
    if (!(facts->baseline.p_value < GROWTH_P_VALUE) || !(facts->grown_mb >= GROWTH_LEAST_MB))
        return NOT_FOUND;
    bool soon = until_full(input, facts) < GROWTH_CRITICAL_RUNS * (double)facts->summary.iterations;
    bool critical = facts->grown_mb > GROWTH_CRITICAL_MB || soon;
    return found(critical ? FINDING_CRITICAL : FINDING_WARNING, facts->grown_mb);
}

static void tell_growth(const struct findings_input *input, const struct rank_facts *facts,
                        struct finding *finding)
{
    double left = until_full(input, facts);
    finding_figure(finding, "slope", facts->baseline.slope, "MB an iteration");
    finding_figure(finding, "grown", facts->grown_mb, "MB");
    finding_figure(finding, "p", facts->baseline.p_value, "");
    if (isfinite(left))
        finding_figure(finding, "until full", left, "iterations");
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

static struct judgement judge_rise(const struct findings_input *input,
                                   const struct rank_facts *facts)
{
    (void)input;
    if (facts->steps < RISE_LEAST || !(facts->rising_share > RISE_SHARE))
        return NOT_FOUND;
    /* A counter's few bytes an iteration are no danger. */
    bool large = facts->risen_mb >= GROWTH_LEAST_MB;
    return found(large ? FINDING_WARNING : FINDING_INFO, facts->rising_share);
}

static void tell_rise(const struct findings_input *input, const struct rank_facts *facts,
                      struct finding *finding)
{
    (void)input;
    finding_figure(finding, "rising steps", facts->rising_share * 100, "%");
    finding_figure(finding, "risen", facts->risen_mb, "MB");
    finding_mean(finding, "Nearly every iteration begins with more than the one before.");
}

/* ---- insufficient cleanup ---- */

static struct judgement judge_cleanup(const struct findings_input *input,
                                      const struct rank_facts *facts)
{
    (void)input;
    double more = facts->end_mb - facts->first_mb;
    if (!(facts->end_mb > CLEANUP * facts->first_mb) || !(more >= GROWTH_LEAST_MB))
        return NOT_FOUND;
    return found(FINDING_WARNING, more);
}

static void tell_cleanup(const struct findings_input *input, const struct rank_facts *facts,
                         struct finding *finding)
{
    (void)input;
    finding_figure(finding, "first", facts->first_mb, "MB");
    finding_figure(finding, "last", facts->end_mb, "MB");
    finding_figure(finding, "ratio", facts->end_mb / facts->first_mb, "");
    finding_mean(finding,
                 "The last iterations begin with more than the first settled ones: not all "
                 "of it was freed.");
}

/* ---- spikes ---- */

static struct judgement judge_spikes(const struct findings_input *input,
                                     const struct rank_facts *facts)
{
    (void)input;
    if (facts->spikes == 0)
        return NOT_FOUND;
    bool high = facts->spike_mb > SPIKE_WARNING * facts->fence_mb;
    return found(high ? FINDING_WARNING : FINDING_INFO, facts->spike_mb / facts->fence_mb);
}

static void tell_spikes(const struct findings_input *input, const struct rank_facts *facts,
                        struct finding *finding)
{
    (void)input;
    finding_figure(finding, "spikes", (double)facts->spikes, "");
    finding_figure(finding, "highest", facts->spike_mb, "MB");
    finding_figure(finding, "fence", facts->fence_mb, "MB");
    finding_mean(finding, "Some iterations need more than the others do, iteration %lld the most.",
                 (long long)facts->spike_iteration);
}

/* ---- fragmentation ---- */

static struct judgement judge_fragmentation(const struct findings_input *input,
                                            const struct rank_facts *facts)
{
    (void)input;
    if (!(facts->fragmentation > FRAGMENTATION_WARNING))
        return NOT_FOUND;
    bool critical = facts->fragmentation > FRAGMENTATION_CRITICAL;
    return found(critical ? FINDING_CRITICAL : FINDING_WARNING, facts->fragmentation);
}

static void tell_fragmentation(const struct findings_input *input, const struct rank_facts *facts,
                               struct finding *finding)
{
    (void)input;
    finding_figure(finding, "reserved, not allocated", facts->fragmentation * 100, "%");
    finding_mean(finding, "On average this part of what is reserved holds no tensor.");
}

/* ---- hidden memory ---- */

static struct judgement judge_hidden(const struct findings_input *input,
                                     const struct rank_facts *facts)
{
    if (input->gpu_mb <= 0 || !(facts->hidden_mb > HIDDEN_SHARE * input->gpu_mb))
        return NOT_FOUND;
    bool drifts = facts->hidden.p_value < GROWTH_P_VALUE &&
                  facts->hidden.slope * (double)facts->hidden.points >= GROWTH_LEAST_MB;
    return found(drifts ? FINDING_WARNING : FINDING_INFO, facts->hidden_mb);
}

static void tell_hidden(const struct findings_input *input, const struct rank_facts *facts,
                        struct finding *finding)
{
    bool drifts = finding->severity == FINDING_WARNING;
    finding_figure(finding, "at most", facts->hidden_mb, "MB");
    finding_figure(finding, "of the GPU", facts->hidden_mb / input->gpu_mb * 100, "%");
    if (drifts)
        finding_figure(finding, "slope", facts->hidden.slope, "MB an iteration");
    finding_mean(finding,
                 "Even at the tightest moment so much is in use beyond what is allocated "
                 "(CUDA context, NCCL, other processes, the allocator's cache); it %s.",
                 drifts ? "drifts upwards" : "is constant");
}

/* ---- all of them ---- */

static const struct {
    judge_fn judge;
    tell_fn tell;
    enum finding_kind kind;
    bool of_settled; /* it is about the iterations after the warm-up */
} DEFINITIONS[] = {
    {judge_growth, tell_growth, FINDING_GROWTH, true},
    {judge_rise, tell_rise, FINDING_RISE, true},
    {judge_cleanup, tell_cleanup, FINDING_CLEANUP, true},
    {judge_spikes, tell_spikes, FINDING_SPIKES, false},
    {judge_fragmentation, tell_fragmentation, FINDING_FRAGMENTATION, false},
    {judge_hidden, tell_hidden, FINDING_HIDDEN, false},
};

static bool fold(const struct findings_input *input, const struct group *group, size_t definition,
                 bool *chosen, struct findings *findings)
{
    struct judgement worst = NOT_FOUND;
    const struct rank_facts *facts = NULL;
    for (size_t i = 0; i < group->count; i++) {
        struct judgement one = DEFINITIONS[definition].judge(input, group_facts(input, group, i));
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
    DEFINITIONS[definition].tell(input, facts, finding);
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
