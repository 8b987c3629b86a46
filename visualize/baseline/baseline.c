#include "visualize/baseline/baseline.h"

#include "schemas/support/array.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- numbers ---- */

double baseline_change(const struct baseline_peaks *peaks)
{
    return peaks->before_mb > 0 ? peaks->now_mb / peaks->before_mb - 1 : NAN;
}

bool baseline_rose(const struct baseline_peaks *peaks, double limit)
{
    return peaks->now_mb > peaks->before_mb * (1 + limit);
}

size_t baseline_ranks_risen(const struct baseline_configuration *of, double limit)
{
    size_t risen = 0;
    for (size_t i = 0; i < of->rank_count; i++)
        risen +=
            of->ranks[i].state == BASELINE_COMPARED && baseline_rose(&of->ranks[i].peaks, limit);
    return risen;
}

size_t baseline_ranks_left(const struct baseline_configuration *of)
{
    size_t left = 0;
    for (size_t i = 0; i < of->rank_count; i++)
        left += of->ranks[i].state != BASELINE_COMPARED && of->ranks[i].state != BASELINE_NEW;
    return left;
}

static void take_larger(struct baseline_peaks *peaks, const struct baseline_peaks *more)
{
    peaks->before_mb = larger_known(peaks->before_mb, more->before_mb);
    peaks->now_mb = larger_known(peaks->now_mb, more->now_mb);
}

/* ---- a rank ---- */

static bool has_peak(const struct trace_summary *summary)
{
    return summary && !isnan(summary->peak_mb);
}

static bool ended_well(const struct trace_summary *summary)
{
    return summary->ending == TRACE_ENDED_CLEAN || summary->ending == TRACE_ENDED_NOT_SAID;
}

static struct baseline_rank compare_rank(int64_t rank, const struct configuration *configuration,
                                         const struct trace_summary *now,
                                         const struct trace_summary *before)
{
    const struct trace_summary *known = now ? now : before;
    struct baseline_rank one = {
        .rank = rank,
        .stage = rank_stage(&known->coordinates, configuration, rank),
        .peaks = {before ? before->peak_mb : NAN, now ? now->peak_mb : NAN}};
    if (!has_peak(before))
        one.state = BASELINE_NEW;
    else if (!has_peak(now))
        one.state = BASELINE_MISSING;
    else if (now->peak_measure != before->peak_measure)
        one.state = BASELINE_MEASURES;
    else if (!ended_well(before) || (!ended_well(now) && !baseline_rose(&one.peaks, 0)))
        one.state = BASELINE_UNFINISHED; /* what rose above a whole run has risen */
    return one;
}

/* ---- ranks of a configuration ---- */

/* A configuration's files of one side, by rank. */
struct side {
    const struct trace_set *set;
    size_t count;
    size_t *files;
};

static int compare_files(const void *a, const void *b, void *context)
{
    const struct trace_set *set = context;
    int64_t first = set->files[*(const size_t *)a]->name.rank;
    int64_t second = set->files[*(const size_t *)b]->name.rank;
    return (first > second) - (first < second);
}

/* SIZE_MAX: none of the set's configurations. */
static bool make_side(const struct trace_set *set, size_t configuration, struct side *side)
{
    *side = (struct side){.set = set, .files = calloc(set->count + 1, sizeof *side->files)};
    if (!side->files)
        return false;
    for (size_t i = 0; i < set->count; i++)
        if (set->configuration_of[i] == configuration && set->summaries[i].read)
            side->files[side->count++] = i;
    if (side->count > 1)
        qsort_r(side->files, side->count, sizeof *side->files, compare_files, (void *)set);
    return true;
}

static int64_t rank_at(const struct side *side, size_t at)
{
    return at < side->count ? side->set->files[side->files[at]]->name.rank : INT64_MAX;
}

/* Moves behind the files of a rank and gives that with the largest peak; NULL where there is none
 * of this rank. Files of one rank in several folders may be several. */
static const struct trace_summary *take_rank(const struct side *side, size_t *at, int64_t rank)
{
    const struct trace_summary *largest = NULL;
    for (; *at < side->count && rank_at(side, *at) == rank; (*at)++) {
        const struct trace_summary *one = &side->set->summaries[side->files[*at]];
        if (!largest || one->peak_mb > largest->peak_mb || isnan(largest->peak_mb))
            largest = one;
    }
    return largest;
}

static bool add_stage(struct baseline_configuration *of, const struct baseline_rank *rank)
{
    size_t at = 0;
    if (rank->stage < 0)
        return true;
    while (at < of->stage_count && of->stages[at].stage != rank->stage)
        at++;
    if (at == of->stage_count) {
        struct baseline_stage *stage = ARRAY_ADD(of->stages, of->stage_count);
        if (!stage)
            return false;
        *stage = (struct baseline_stage){rank->stage, {NAN, NAN}};
    }
    take_larger(&of->stages[at].peaks, &rank->peaks);
    return true;
}

static bool add_rank(struct baseline_configuration *of, int64_t rank,
                     const struct trace_summary *now, const struct trace_summary *before)
{
    struct baseline_rank *place = ARRAY_ADD(of->ranks, of->rank_count);
    if (!place)
        return false;
    *place = compare_rank(rank, of->configuration, now, before);
    if (has_peak(now)) {
        of->sampled = of->sampled || now->peak_sampled;
        of->measure = now->peak_measure;
    }
    of->was_sampled = of->was_sampled || (has_peak(before) && before->peak_sampled);
    if (place->state != BASELINE_COMPARED)
        return true;
    take_larger(&of->peaks, &place->peaks);
    return add_stage(of, place);
}

static int compare_stages(const void *a, const void *b)
{
    const struct baseline_stage *first = a, *second = b;
    return (first->stage > second->stage) - (first->stage < second->stage);
}

static bool compare_ranks(struct baseline_configuration *of, const struct side *now,
                          const struct side *before)
{
    size_t at_now = 0, at_before = 0;
    while (at_now < now->count || at_before < before->count) {
        int64_t here = rank_at(now, at_now), there = rank_at(before, at_before);
        int64_t rank = here < there ? here : there;
        const struct trace_summary *is = take_rank(now, &at_now, rank);
        const struct trace_summary *was = take_rank(before, &at_before, rank);
        if (!add_rank(of, rank, is, was))
            return false;
    }
    if (of->stage_count > 1)
        qsort(of->stages, of->stage_count, sizeof *of->stages, compare_stages);
    return true;
}

/* ---- configurations ---- */

/* One of each side, or SIZE_MAX. */
static bool add_configuration(struct baseline *baseline, const struct trace_set *now, size_t here,
                              const struct trace_set *before, size_t there, dimension_set not_known)
{
    struct baseline_configuration *of = ARRAY_ADD(baseline->list, baseline->count);
    struct side sides[2] = {{0}};
    if (!of)
        return false;
    *of = (struct baseline_configuration){.configuration = here == SIZE_MAX
                                                               ? before->configurations[there]
                                                               : now->configurations[here],
                                          .state = here == SIZE_MAX    ? BASELINE_MISSING
                                                   : there == SIZE_MAX ? BASELINE_NEW
                                                                       : BASELINE_COMPARED,
                                          .not_known = not_known & ~CONFIGURATION_FOLLOWING,
                                          .peaks = {NAN, NAN}};
    dimension_set which = trace_set_differences(here == SIZE_MAX ? before : now);
    configuration_text(of->text, sizeof of->text, of->configuration, CONFIGURATION_USUAL | which);
    bool made = make_side(now, here, &sides[0]) && make_side(before, there, &sides[1]) &&
                compare_ranks(of, &sides[0], &sides[1]);
    free(sides[0].files);
    free(sides[1].files);
    return made;
}

static const struct configuration *configuration_at(const void *context, size_t index)
{
    return ((const struct trace_set *)context)->configurations[index];
}

static bool refuse(const struct configuration *one, const char *side, dimension_set differing,
                   struct fault *fault)
{
    char where[CONFIGURATION_TEXT], names[256];
    return fault_set(fault,
                     "%s fits several configurations of %s, which differ in %s; choose one with "
                     "--where",
                     configuration_text(where, sizeof where, one, ~(dimension_set)0), side,
                     dimension_set_text(names, sizeof names, differing));
}

/* Each of now with the one of the baseline that fits it, both ways. `taken`: of the baseline's. */
static bool match_all(struct baseline *baseline, const struct trace_set *now,
                      const struct trace_set *before, bool *taken, struct fault *fault)
{
    for (size_t i = 0; i < now->configuration_count; i++) {
        struct configuration_matching there = {0}, back = {0};
        const struct configuration *one = now->configurations[i];
        enum configuration_match match =
            configuration_find(one, before->configuration_count, configuration_at, before, &there);
        if (match == CONFIGURATION_SEVERAL)
            return refuse(one, "the baseline", there.differing, fault);
        if (match == CONFIGURATION_ONE) {
            one = before->configurations[there.index];
            match = configuration_find(one, now->configuration_count, configuration_at, now, &back);
            if (match == CONFIGURATION_SEVERAL)
                return refuse(one, "the traces", back.differing, fault);
        }
        bool found = match == CONFIGURATION_ONE && back.index == i;
        if (found)
            taken[there.index] = true;
        if (!add_configuration(baseline, now, i, before, found ? there.index : SIZE_MAX,
                               found ? there.not_known : 0))
            return fault_set_errno(fault, ENOMEM, "the comparison");
    }
    return true;
}

bool baseline_make(const struct trace_set *now, const struct trace_set *before,
                   struct baseline *baseline, struct fault *fault)
{
    *baseline = (struct baseline){0};
    bool any = false, *taken = calloc(before->configuration_count + 1, sizeof *taken);
    if (!taken)
        return fault_set_errno(fault, ENOMEM, "the comparison");
    bool made = match_all(baseline, now, before, taken, fault);
    for (size_t i = 0; made && i < before->configuration_count; i++) {
        any = any || taken[i];
        if (!taken[i] && !add_configuration(baseline, now, SIZE_MAX, before, i, 0))
            made = fault_set_errno(fault, ENOMEM, "the comparison");
    }
    free(taken);
    return made && (any || fault_set(fault, "none of the configurations is one of the baseline's; "
                                            "the tags in the names of the traces say which they "
                                            "are"));
}

void baseline_free(struct baseline *baseline)
{
    for (size_t i = 0; i < baseline->count; i++) {
        free(baseline->list[i].ranks);
        free(baseline->list[i].stages);
    }
    free(baseline->list);
    *baseline = (struct baseline){0};
}
