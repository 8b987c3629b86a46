/* What the files of the findings share: configurations with their ranks, and adding a finding. */
#ifndef VISUALIZE_FINDINGS_FINDINGS_INTERNAL_H
#define VISUALIZE_FINDINGS_FINDINGS_INTERNAL_H

#include "visualize/findings/findings.h"

/* One configuration's ranks: places in the set, by rank. */
struct group {
    size_t configuration, count;
    size_t *members;
};

struct groups {
    size_t count;
    struct group *list;
    size_t *members; /* of all of them */
};

/* Groups the files that were read by configuration, and fills the findings' configurations. */
bool groups_make(const struct findings_input *input, struct findings *findings,
                 struct groups *groups);
void groups_free(struct groups *groups);

static inline const struct rank_facts *group_facts(const struct findings_input *input,
                                                   const struct group *group, size_t at)
{
    return &input->facts[group->members[at]];
}

static inline int64_t group_rank(const struct findings_input *input, const struct group *group,
                                 size_t at)
{
    return input->set->files[group->members[at]]->name.rank;
}

/* Whether a rank's peak measures what those of its configuration do that stand. */
static inline bool group_peak_counts(const struct finding_configuration *of,
                                     const struct trace_summary *summary)
{
    return summary->peak_mb >= 0 && summary->peak_measure == of->peak_measure;
}

/* Gives each configuration its outcome; `log` may be NULL. Fails as findings_make has it. */
bool findings_take_outcomes(const struct sweep_log *log, struct findings *findings,
                            struct fault *fault);

/* "0-7, 12": the ranks of a group that `chosen` names; NULL when out of memory. */
char *group_ranks_text(const struct findings_input *input, const struct group *group,
                       const bool *chosen);

/* Adds a finding and returns it, with its kind's advice; NULL when out of memory. */
struct finding *findings_add(struct findings *findings, enum finding_kind kind,
                             enum finding_severity severity, size_t configuration);
void finding_add_value(struct finding *finding, const char *name, double value, const char *unit);
__attribute__((format(printf, 2, 3))) void finding_mean(struct finding *finding, const char *format,
                                                        ...);

/* What single ranks show, folded over the ranks of a configuration. */
bool findings_of_ranks(const struct findings_input *input, const struct group *group,
                       struct findings *findings);

/* What shows only between the ranks, or against the GPU, the theory and other configurations. */
bool findings_of_configuration(const struct findings_input *input, const struct group *group,
                               struct findings *findings);
bool findings_of_efficiency(const struct findings_input *input, struct findings *findings);

#endif
