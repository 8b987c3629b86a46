#include "visualize/findings/findings_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int compare_members(const void *a, const void *b, void *context)
{
    const struct trace_set *set = context;
    size_t first = *(const size_t *)a, second = *(const size_t *)b;
    if (set->configuration_of[first] != set->configuration_of[second])
        return set->configuration_of[first] < set->configuration_of[second] ? -1 : 1;
    int64_t rank = set->files[first]->name.rank, other = set->files[second]->name.rank;
    return (rank > other) - (rank < other);
}

/* ---- configurations ---- */

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Do no two configurations have the same text? `sorted` has room for one per configuration. */
static bool texts_differ(const struct findings *findings, const char **sorted)
{
    for (size_t i = 0; i < findings->configuration_count; i++)
        sorted[i] = findings->configurations[i].text;
    if (findings->configuration_count > 1)
        qsort((void *)sorted, findings->configuration_count, sizeof *sorted, compare_texts);
    for (size_t i = 1; i < findings->configuration_count; i++)
        if (strcmp(sorted[i - 1], sorted[i]) == 0)
            return false;
    return true;
}

static void name_by(struct findings *findings, dimension_set which)
{
    for (size_t i = 0; i < findings->configuration_count; i++) {
        struct finding_configuration *of = &findings->configurations[i];
        configuration_text(of->text, sizeof of->text, of->configuration, which);
        if (!*of->text) /* neither the usual sizes nor what tells it from the others is known */
            configuration_text(of->text, sizeof of->text, of->configuration,
                               (of->configuration->written & ~DIMENSION_BIT(DIMENSION_STAMP)) |
                                   DIMENSION_OTHER_TAGS);
        if (!*of->text)
            snprintf(of->text, sizeof of->text, "all ranks");
    }
}

/* The usual sizes, and all in which the configurations differ; what only follows from other sizes
 * is said where two would have the same text without it. */
static bool name_configurations(const struct trace_set *set, struct findings *findings)
{
    dimension_set which = CONFIGURATION_USUAL | trace_set_differences(set);
    const char **sorted = calloc(findings->configuration_count + 1, sizeof *sorted);
    if (!sorted)
        return false;
    name_by(findings, CONFIGURATION_USUAL | (which & ~CONFIGURATION_FOLLOWING));
    if (!texts_differ(findings, sorted))
        name_by(findings, which);
    free((void *)sorted);
    return true;
}

static int64_t sequences_of(const struct configuration *configuration)
{
    int64_t global = configuration_number(configuration, DIMENSION_GLOBAL_BATCH_SIZE);
    int64_t size = configuration_number(configuration, DIMENSION_MICRO_BATCH_SIZE);
    int64_t micro_batches = configuration_number(configuration, DIMENSION_MICRO_BATCHES);
    int64_t dp = configuration_number(configuration, DIMENSION_DP), product;
    if (global > 0)
        return global;
    if (size < 1 || micro_batches < 1 || dp < 1 ||
        __builtin_mul_overflow(size, micro_batches, &product) ||
        __builtin_mul_overflow(product, dp, &product))
        return -1;
    return product;
}

static void add_configuration(const struct findings_input *input, const struct group *group,
                              struct findings *findings)
{
    const struct trace_set *set = input->set;
    struct finding_configuration *of = &findings->configurations[group->configuration];
    *of = (struct finding_configuration){
        .configuration = set->configurations[set->configuration_of[group->members[0]]],
        .ranks = group->count,
        .peak_mb = NAN,
        .theory_mb = NAN,
        .score = NAN,
        .tokens_per_gb = NAN,
    };
    of->sequences = sequences_of(of->configuration);
    for (size_t i = 0; i < group->count; i++) {
        const struct trace_summary *summary = &group_facts(input, group, i)->summary;
        of->theory_mb = larger_known(of->theory_mb, summary->theory_mb);
        if (!isnan(summary->peak_mb))
            of->peak_measure = trace_measure_first(of->peak_measure, summary->peak_measure);
    }
    for (size_t i = 0; i < group->count; i++) {
        const struct trace_summary *summary = &group_facts(input, group, i)->summary;
        if (!group_peak_counts(of, summary) || summary->peak_mb <= of->peak_mb)
            continue;
        of->peak_mb = summary->peak_mb;
        of->peak_iteration = summary->peak_iteration;
        of->peak_sampled = summary->peak_sampled;
    }
}

bool groups_make(const struct findings_input *input, struct findings *findings,
                 struct groups *groups)
{
    const struct trace_set *set = input->set;
    *groups = (struct groups){.members = calloc(set->count + 1, sizeof *groups->members),
                              .list = calloc(set->configuration_count + 1, sizeof *groups->list)};
    findings->configurations =
        calloc(set->configuration_count + 1, sizeof *findings->configurations);
    if (!groups->members || !groups->list || !findings->configurations)
        return false;
    size_t count = 0;
    for (size_t i = 0; i < set->count; i++)
        if (input->facts[i].summary.read)
            groups->members[count++] = i;
    qsort_r(groups->members, count, sizeof *groups->members, compare_members, (void *)set);
    for (size_t i = 0; i < count; i++) {
        size_t *member = &groups->members[i];
        if (i == 0 || set->configuration_of[member[-1]] != set->configuration_of[*member]) {
            groups->list[groups->count] =
                (struct group){.configuration = groups->count, .members = member};
            groups->count++;
        }
        groups->list[groups->count - 1].count++;
    }
    findings->configuration_count = groups->count;
    for (size_t i = 0; i < groups->count; i++)
        add_configuration(input, &groups->list[i], findings);
    return name_configurations(set, findings);
}

void groups_free(struct groups *groups)
{
    free(groups->members);
    free(groups->list);
    *groups = (struct groups){0};
}

/* ---- ranks in words ---- */

char *group_ranks_text(const struct findings_input *input, const struct group *group,
                       const bool *chosen)
{
    enum { MOST_PARTS = 8 };
    char *text = NULL;
    size_t length, parts = 0, hidden = 0;
    FILE *stream = open_memstream(&text, &length);
    for (size_t i = 0; stream && i < group->count; i++) {
        if (!chosen[i])
            continue;
        size_t end = i;
        while (end + 1 < group->count && chosen[end + 1] &&
               group_rank(input, group, end + 1) <= group_rank(input, group, end) + 1)
            end++;
        if (parts++ >= MOST_PARTS) {
            hidden += end - i + 1;
        } else {
            long long from = group_rank(input, group, i), to = group_rank(input, group, end);
            fprintf(stream, "%s%lld", parts > 1 ? ", " : "", from);
            if (to > from)
                fprintf(stream, "-%lld", to);
        }
        i = end;
    }
    if (hidden)
        fprintf(stream, " and %zu more", hidden);
    if (stream && fclose(stream) == 0)
        return text;
    free(text);
    return NULL;
}
