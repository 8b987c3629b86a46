#include "visualize/comparison/match.h"

#include "schemas/trace_folder/trace_kinds.h"

#include <stdlib.h>

static bool list_side(struct trace_folder *folder, const char *path,
                      const struct tag_filter *filter, struct fault *fault)
{
    if (!trace_folder_list(path, filter, folder, fault))
        return false;
    if (folder->count == 0)
        return fault_set(fault, "%s: no memory_trace_rank*.json%s there", path,
                         filter->count ? " that --where chooses" : "");
    struct trace_kinds kinds = {0};
    for (size_t i = 0; i < folder->count; i++)
        trace_kinds_add(&kinds, TRACE_KIND_RUN, &folder->files[i].name, folder->files[i].base);
    if (kinds.count < 2)
        return true;
    struct fault mixed;
    trace_kinds_refuse(&kinds, &mixed);
    return fault_set(fault, "%s: %s", path, mixed.text);
}

/* The last of a rank's files in a folder; both go up by rank, so that `*at` only moves on. */
static const struct trace_file *take_rank(const struct trace_folder *folder, size_t *at,
                                          int64_t rank, match_left_out_fn left_out)
{
    const struct trace_file *found = NULL;
    for (; *at < folder->count && folder->files[*at].name.rank == rank; ++*at) {
        if (found)
            left_out(found, &folder->files[*at]);
        found = &folder->files[*at];
    }
    return found;
}

/* The lowest rank that is still to come on either side; INT64_MAX: none. */
static int64_t next_rank(const struct matches *matches, const size_t at[COMPARISON_SIDES])
{
    int64_t rank = INT64_MAX;
    for (int side = 0; side < COMPARISON_SIDES; side++) {
        const struct trace_folder *folder = &matches->folders[side];
        if (at[side] < folder->count && folder->files[at[side]].name.rank < rank)
            rank = folder->files[at[side]].name.rank;
    }
    return rank;
}

static bool match_ranks(struct matches *matches, const struct rank_list *ranks,
                        match_left_out_fn left_out, struct fault *fault)
{
    size_t most =
        matches->folders[COMPARISON_REAL].count + matches->folders[COMPARISON_SIMULATED].count;
    size_t at[COMPARISON_SIDES] = {0};
    matches->list = calloc(most, sizeof *matches->list);
    if (!matches->list)
        return fault_set(fault, "out of memory for %zu traces", most);
    for (int64_t rank; (rank = next_rank(matches, at)) != INT64_MAX;) {
        struct match match = {.rank = rank};
        for (int side = 0; side < COMPARISON_SIDES; side++)
            match.files[side] = take_rank(&matches->folders[side], &at[side], rank, left_out);
        if (rank_list_has(ranks, rank))
            matches->list[matches->count++] = match;
    }
    return matches->count > 0 || fault_set(fault, "no trace of the ranks that --ranks chooses");
}

bool matches_make(struct matches *matches, const char *const folders[COMPARISON_SIDES],
                  const struct tag_filter *filter, const struct rank_list *ranks,
                  match_left_out_fn left_out, struct fault *fault)
{
    *matches = (struct matches){0};
    bool made = true;
    for (int side = 0; made && side < COMPARISON_SIDES; side++)
        made = list_side(&matches->folders[side], folders[side], filter, fault);
    made = made && match_ranks(matches, ranks, left_out, fault);
    if (!made)
        matches_free(matches);
    return made;
}

void matches_free(struct matches *matches)
{
    for (int side = 0; side < COMPARISON_SIDES; side++)
        trace_folder_free(&matches->folders[side]);
    free(matches->list);
    *matches = (struct matches){0};
}
