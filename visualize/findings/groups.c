#include "visualize/findings/findings_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Files are of one configuration when all tags are the same but the stamp. */
static const char STAMP[] = "ts";

static size_t next_tag(const struct trace_name *name, size_t at)
{
    while (at < name->tag_count && strcmp(name->tags[at].key, STAMP) == 0)
        at++;
    return at;
}

static int compare_tags(const struct trace_name *a, const struct trace_name *b)
{
    static const char *const first[] = {"tp", "pp", "dp"};
    for (size_t i = 0; i < sizeof first / sizeof *first; i++) {
        int64_t left = trace_name_number(a, first[i], -1);
        int64_t right = trace_name_number(b, first[i], -1);
        if (left != right)
            return left < right ? -1 : 1;
    }
    size_t i = next_tag(a, 0), k = next_tag(b, 0);
    for (; i < a->tag_count && k < b->tag_count; i = next_tag(a, i + 1), k = next_tag(b, k + 1)) {
        int key = strcmp(a->tags[i].key, b->tags[k].key);
        int value = strcmp(a->tags[i].value, b->tags[k].value);
        if (key || value)
            return key ? key : value;
    }
    return (i < a->tag_count) - (k < b->tag_count);
}

static int compare_members(const void *a, const void *b, void *context)
{
    const struct findings_input *input = context;
    const struct trace_file *first = input->files[*(const size_t *)a];
    const struct trace_file *second = input->files[*(const size_t *)b];
    int tags = compare_tags(&first->name, &second->name);
    if (tags)
        return tags;
    return (first->name.rank > second->name.rank) - (first->name.rank < second->name.rank);
}

/* ---- configurations ---- */

static void name_configuration(const struct trace_name *name,
                               struct finding_configuration *configuration)
{
    size_t used = 0;
    char *text = configuration->text;
    if (configuration->tp > 0 && configuration->pp > 0) {
        used = (size_t)snprintf(text, FINDING_CONFIGURATION_TEXT, "TP %lld, PP %lld",
                                (long long)configuration->tp, (long long)configuration->pp);
        if (configuration->dp > 0)
            snprintf(text + used, FINDING_CONFIGURATION_TEXT - used, ", DP %lld",
                     (long long)configuration->dp);
        return;
    }
    for (size_t i = 0; i < name->tag_count && used < FINDING_CONFIGURATION_TEXT; i++)
        used += (size_t)snprintf(text + used, FINDING_CONFIGURATION_TEXT - used, "%s%s%s",
                                 i ? "_" : "", name->tags[i].key, name->tags[i].value);
    if (used == 0)
        snprintf(text, FINDING_CONFIGURATION_TEXT, "all ranks");
}

static int64_t sequences_of(const struct trace_name *name, int64_t dp)
{
    int64_t gbs = trace_name_number(name, "gbs", -1), mbs = trace_name_number(name, "mbs", -1);
    int64_t micro_batches = trace_name_number(name, "nmbs", -1), product;
    if (gbs > 0)
        return gbs;
    if (mbs < 1 || micro_batches < 1 || dp < 1 ||
        __builtin_mul_overflow(mbs, micro_batches, &product) ||
        __builtin_mul_overflow(product, dp, &product))
        return -1;
    return product;
}

static enum sweep_outcome outcome_of(const struct sweep_log *log,
                                     const struct finding_configuration *configuration)
{
    for (size_t i = 0; log && i < log->count; i++) {
        const struct sweep_entry *entry = &log->entries[i];
        bool same_dp = entry->dp < 1 || configuration->dp < 1 || entry->dp == configuration->dp;
        if (entry->tp == configuration->tp && entry->pp == configuration->pp && same_dp)
            return entry->outcome;
    }
    return SWEEP_PLANNED;
}

static void add_configuration(const struct findings_input *input, const struct group *group,
                              struct findings *findings)
{
    const struct trace_name *name = &input->files[group->members[0]]->name;
    struct finding_configuration *configuration = &findings->configurations[group->configuration];
    *configuration = (struct finding_configuration){
        .tp = trace_name_number(name, "tp", -1),
        .pp = trace_name_number(name, "pp", -1),
        .dp = trace_name_number(name, "dp", -1),
        .world_size = trace_name_number(name, "wd", -1),
        .ranks = group->count,
        .peak_mb = NAN,
        .theory_mb = NAN,
        .score = NAN,
        .tokens_per_gb = NAN,
    };
    name_configuration(name, configuration);
    configuration->sequences = sequences_of(name, configuration->dp);
    configuration->outcome = outcome_of(input->log, configuration);
    for (size_t i = 0; i < group->count; i++) {
        const struct rank_facts *facts = group_facts(input, group, i);
        configuration->peak_mb = fmax(configuration->peak_mb, facts->peak_mb); /* passes over NAN */
        configuration->theory_mb = fmax(configuration->theory_mb, facts->theory_mb);
    }
}

bool groups_make(const struct findings_input *input, struct findings *findings,
                 struct groups *groups)
{
    *groups = (struct groups){.members = calloc(input->count + 1, sizeof *groups->members),
                              .list = calloc(input->count + 1, sizeof *groups->list)};
    findings->configurations = calloc(input->count + 1, sizeof *findings->configurations);
    if (!groups->members || !groups->list || !findings->configurations)
        return false;
    size_t count = 0;
    for (size_t i = 0; i < input->count; i++)
        if (input->facts[i].read)
            groups->members[count++] = i;
    qsort_r(groups->members, count, sizeof *groups->members, compare_members, (void *)input);
    for (size_t i = 0; i < count; i++) {
        size_t *member = &groups->members[i];
        bool first = i == 0 || compare_tags(&input->files[member[-1]]->name,
                                            &input->files[*member]->name) != 0;
        if (first) {
            groups->list[groups->count] =
                (struct group){.configuration = groups->count, .members = member};
            groups->count++;
        }
        groups->list[groups->count - 1].count++;
    }
    for (size_t i = 0; i < groups->count; i++)
        add_configuration(input, &groups->list[i], findings);
    findings->configuration_count = groups->count;
    return true;
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
