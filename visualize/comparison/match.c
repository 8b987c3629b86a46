#include "visualize/comparison/match.h"

#include "schemas/configuration/value_list.h"

#include <errno.h>
#include <stdlib.h>

/* A run's files ascend by rank, so that `at` only moves on. NULL: the run lacks the rank. */
static const struct trace_file *take_rank(const struct trace_set *run, size_t *at, int64_t rank)
{
    bool has = *at < run->count && run->files[*at]->name.rank == rank;
    return has ? run->files[(*at)++] : NULL;
}

/* The lowest rank that is still to come on either side; INT64_MAX: none. */
static int64_t next_rank(const struct trace_set runs[COMPARISON_SIDES],
                         const size_t at[COMPARISON_SIDES])
{
    int64_t rank = INT64_MAX;
    for (int side = 0; side < COMPARISON_SIDES; side++)
        if (at[side] < runs[side].count && runs[side].files[at[side]]->name.rank < rank)
            rank = runs[side].files[at[side]]->name.rank;
    return rank;
}

bool matched_ranks_make(struct matched_ranks *matched,
                        const struct trace_set runs[COMPARISON_SIDES], const char *chosen,
                        struct fault *fault)
{
    size_t most = runs[COMPARISON_REAL].count + runs[COMPARISON_SIMULATED].count;
    size_t at[COMPARISON_SIDES] = {0};
    *matched = (struct matched_ranks){.ranks = calloc(most + 1, sizeof *matched->ranks)};
    if (!matched->ranks)
        return fault_set_errno(fault, ENOMEM, "%zu traces", most);
    for (int64_t rank; (rank = next_rank(runs, at)) != INT64_MAX;) {
        struct matched_rank match = {.rank = rank};
        for (int side = 0; side < COMPARISON_SIDES; side++)
            match.files[side] = take_rank(&runs[side], &at[side], rank);
        if (!chosen || value_list_contains(chosen, rank))
            matched->ranks[matched->count++] = match;
    }
    return matched->count > 0 || fault_set(fault, "no trace of the ranks that --ranks chooses");
}

void matched_ranks_free(struct matched_ranks *matched)
{
    free(matched->ranks);
    *matched = (struct matched_ranks){0};
}
