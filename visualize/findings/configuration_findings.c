#include "schemas/support/units.h"
#include "visualize/findings/definitions.h"
#include "visualize/findings/findings_internal.h"

#include <math.h>
#include <stdlib.h>

/* ---- headroom ---- */

/* What of the GPU's memory a configuration takes; NAN where that cannot be said. */
static double share_of_gpu(const struct findings_input *input,
                           const struct finding_configuration *of)
{
    bool fits_beside = input->gpu_mb > 0 && trace_measure_is_of_gpu(of->peak_measure);
    return fits_beside ? of->peak_mb / input->gpu_mb : NAN;
}

static bool add_headroom(const struct findings_input *input, const struct group *group,
                         struct findings *findings)
{
    const struct finding_configuration *of = &findings->configurations[group->configuration];
    double share = share_of_gpu(input, of);
    if (!(share > HEADROOM_WARNING))
        return true;
    bool *chosen = calloc(group->count + 1, sizeof *chosen);
    struct finding *finding =
        chosen ? findings_add(findings, FINDING_HEADROOM,
                              share > HEADROOM_CRITICAL ? FINDING_CRITICAL : FINDING_WARNING,
                              group->configuration)
               : NULL;
    if (!finding) {
        free(chosen);
        return false;
    }
    int written = 0;
    for (size_t i = 0; i < group->count; i++) {
        const struct rank_facts *facts = group_facts(input, group, i);
        bool counts = group_peak_counts(of, &facts->summary);
        chosen[i] = counts && facts->summary.peak_mb > HEADROOM_WARNING * input->gpu_mb;
        if (counts && facts->summary.peak_mb >= of->peak_mb && !finding->iterations)
            written =
                asprintf(&finding->iterations, "%lld", (long long)facts->summary.peak_iteration);
    }
    finding->ranks = group_ranks_text(input, group, chosen);
    finding_add_value(finding, "peak", gb_from_mb(of->peak_mb), "GB");
    finding_add_value(finding, "of", gb_from_mb(input->gpu_mb), "GB");
    finding_add_value(finding, "that is", share * 100, "%");
    finding_mean(finding,
                 "A longer sequence, a fragmented allocator or a larger NCCL buffer may run "
                 "out of memory.");
    free(chosen);
    return written >= 0 && finding->ranks;
}

/* ---- imbalance ---- */

static bool add_imbalance(const struct findings_input *input, const struct group *group,
                          struct findings *findings)
{
    const struct finding_configuration *of = &findings->configurations[group->configuration];
    size_t high = 0, low = 0;
    double most = NAN, least = NAN;
    for (size_t i = 0; i < group->count; i++) {
        const struct trace_summary *summary = &group_facts(input, group, i)->summary;
        if (!group_peak_counts(of, summary))
            continue;
        if (!(summary->peak_mb <= most))
            most = summary->peak_mb, high = i;
        if (!(summary->peak_mb >= least))
            least = summary->peak_mb, low = i;
    }
    double share = (most - least) / most;
    if (!(share > IMBALANCE_WARNING))
        return true;
    /* Where the fullest rank has room to spare, it limits nothing. */
    bool critical = share > IMBALANCE_CRITICAL && share_of_gpu(input, of) > HEADROOM_WARNING;
    struct finding *finding =
        findings_add(findings, FINDING_IMBALANCE, critical ? FINDING_CRITICAL : FINDING_WARNING,
                     group->configuration);
    if (!finding)
        return false;
    long long high_rank = group_rank(input, group, high), low_rank = group_rank(input, group, low);
    int64_t high_stage = rank_stage(&group_facts(input, group, high)->summary.coordinates,
                                    of->configuration, high_rank);
    int64_t low_stage = rank_stage(&group_facts(input, group, low)->summary.coordinates,
                                   of->configuration, low_rank);
    finding_add_value(finding, "largest peak", gb_from_mb(most), "GB");
    finding_add_value(finding, "smallest", gb_from_mb(least), "GB");
    finding_add_value(finding, "difference", share * 100, "%");
    if (high_stage >= 0 && high_stage != low_stage)
        finding_mean(finding,
                     "Pipeline stage %lld (rank %lld) needs most and stage %lld (rank %lld) least: "
                     "memory of stage %lld limits the whole job.",
                     (long long)high_stage, high_rank, (long long)low_stage, low_rank,
                     (long long)high_stage);
    else
        finding_mean(finding, "Rank %lld needs most and rank %lld least.", high_rank, low_rank);
    return asprintf(&finding->ranks, "%lld, %lld", high_rank, low_rank) >= 0;
}

/* ---- theory ---- */

static bool add_theory(const struct group *group, struct findings *findings)
{
    const struct finding_configuration *of = &findings->configurations[group->configuration];
    double gap = (of->theory_mb - of->peak_mb) / of->peak_mb;
    /* A formula knows what tensors need, and nothing of contexts or other processes. */
    if (isnan(gap) || of->peak_measure != TRACE_MEASURE_ALLOCATOR)
        return true;
    bool falls_short = gap < -THEORY_AGREES;
    struct finding *finding =
        findings_add(findings, FINDING_THEORY, falls_short ? FINDING_WARNING : FINDING_INFO,
                     group->configuration);
    if (!finding)
        return false;
    finding_add_value(finding, "theory", gb_from_mb(of->theory_mb), "GB");
    finding_add_value(finding, "measured", gb_from_mb(of->peak_mb), "GB");
    finding_add_value(finding, "gap", gap * 100, "%");
    if (falls_short)
        finding_mean(finding, "The job needs more than the formula says: plans made by it run out "
                              "of memory.");
    else if (gap > THEORY_AGREES)
        finding_mean(finding, "The formula asks for more than the job took: it may rule out what "
                              "fits.");
    else
        finding_mean(finding, "The formula and the job agree within %g%%.", THEORY_AGREES * 100);
    return true;
}

/* ---- how it ended ---- */

static bool add_ended(const struct findings_input *input, const struct group *group,
                      struct findings *findings)
{
    const struct finding_configuration *of = &findings->configurations[group->configuration];
    bool *chosen = calloc(group->count + 1, sizeof *chosen), any = false;
    double last_mb = NAN;
    for (size_t i = 0; chosen && i < group->count; i++) {
        const struct rank_facts *facts = group_facts(input, group, i);
        chosen[i] = facts->summary.ending == TRACE_ENDED_KILLED;
        any = any || chosen[i];
        if (chosen[i] && group_peak_counts(of, &facts->summary))
            last_mb = fmax(last_mb, facts->last_peak_mb);
    }
    bool done = chosen != NULL;
    struct finding *finding =
        any ? findings_add(findings, FINDING_ENDED, FINDING_WARNING, group->configuration) : NULL;
    if (finding) {
        finding->ranks = group_ranks_text(input, group, chosen);
        done = finding->ranks != NULL;
        if (!isnan(last_mb))
            finding_add_value(finding, "last peak", gb_from_mb(last_mb), "GB");
        finding_mean(finding, "The tracer of these ranks was never stopped: their process was "
                              "killed, crashed, or ran out of memory.");
    }
    free(chosen);
    return done && (finding || !any);
}

bool findings_of_configuration(const struct findings_input *input, const struct group *group,
                               struct findings *findings)
{
    return add_headroom(input, group, findings) && add_imbalance(input, group, findings) &&
           add_theory(group, findings) && add_ended(input, group, findings);
}

/* ---- efficiency ---- */

/* How many configurations do better. */
static size_t place_of(const struct findings *findings, size_t configuration)
{
    size_t place = 1;
    for (size_t i = 0; i < findings->configuration_count; i++)
        place += findings->configurations[i].tokens_per_gb >
                 findings->configurations[configuration].tokens_per_gb;
    return place;
}

bool findings_of_efficiency(const struct findings_input *input, struct findings *findings)
{
    size_t known = 0;
    for (size_t i = 0; i < findings->configuration_count; i++) {
        struct finding_configuration *of = &findings->configurations[i];
        bool failed = of->outcome == SWEEP_OOM || of->outcome == SWEEP_FAILED;
        if (input->sequence_length < 1 || of->sequences < 1 || failed || !(of->peak_mb > 0))
            continue;
        of->tokens_per_gb =
            (double)of->sequences * (double)input->sequence_length / gb_from_mb(of->peak_mb);
        known++;
    }
    for (size_t i = 0; i < findings->configuration_count; i++) {
        const struct finding_configuration *of = &findings->configurations[i];
        if (isnan(of->tokens_per_gb))
            continue;
        size_t place = place_of(findings, i);
        struct finding *finding = findings_add(findings, FINDING_EFFICIENCY, FINDING_INFO, i);
        if (!finding)
            return false;
        finding_add_value(finding, "tokens", of->tokens_per_gb, "an iteration and GB of peak");
        finding_mean(finding, "Place %zu of %zu configurations.", place, known);
    }
    return true;
}
