/* Real runs beside their simulations, rank by rank: the numbers of visualize_comparison. */
#include "schemas/support/workers.h"
#include "visualize/comparison/pair.h"
#include "visualize/report/gather_internal.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

/* A rank that both have. */
struct couple {
    size_t configuration;
    int64_t rank;
    const struct trace_file *files[COMPARISON_SIDES];
    struct comparison_row row;
};

struct couples {
    size_t count;
    struct couple *list;
};

/* A trace's place among the ranks of its row. */
struct placed {
    size_t configuration;
    const struct trace_file *file;
};

static int compare_placed(const void *a, const void *b)
{
    const struct placed *first = a, *second = b;
    if (first->configuration != second->configuration)
        return first->configuration < second->configuration ? -1 : 1;
    int64_t rank = first->file->name.rank, other = second->file->name.rank;
    return (rank > other) - (rank < other);
}

/* The traces of one role that were read and have a row, in order; NULL when out of memory. */
static struct placed *place_all(const struct report_data *data, enum report_role role,
                                size_t *count)
{
    const struct trace_set *set = &data->sets[role];
    struct placed *list = calloc(set->count + 1, sizeof *list);
    *count = 0;
    for (size_t i = 0; list && i < set->count; i++)
        if (set->summaries[i].read && data->configuration_of[role][i] != SIZE_MAX)
            list[(*count)++] = (struct placed){data->configuration_of[role][i], set->files[i]};
    if (list && *count > 1)
        qsort(list, *count, sizeof *list, compare_placed);
    return list;
}

static bool couple_all(const struct report_data *data, struct couples *couples)
{
    size_t counts[2], at[2] = {0, 0};
    struct placed *sides[2] = {place_all(data, REPORT_REAL, &counts[0]),
                               place_all(data, REPORT_SIMULATED, &counts[1])};
    bool room = sides[0] && sides[1];
    couples->list = room ? calloc(counts[0] + 1, sizeof *couples->list) : NULL;
    while (couples->list && at[0] < counts[0] && at[1] < counts[1]) {
        int order = compare_placed(&sides[0][at[0]], &sides[1][at[1]]);
        if (order == 0) {
            const struct placed *real = &sides[0][at[0]], *simulated = &sides[1][at[1]];
            couples->list[couples->count++] =
                (struct couple){.configuration = real->configuration,
                                .rank = real->file->name.rank,
                                .files = {real->file, simulated->file}};
        }
        at[0] += order <= 0;
        at[1] += order >= 0;
    }
    free(sides[0]);
    free(sides[1]);
    return couples->list != NULL;
}

/* ---- reading ---- */

struct comparing {
    struct couples *couples;
    struct trace *traces; /* one per worker */
    atomic_bool out_of_memory;
};

static void compare_one(void *context, size_t index, unsigned worker)
{
    struct comparing *comparing = context;
    struct couple *couple = &comparing->couples->list[index];
    struct comparison_pair pair = {.rank = couple->rank};
    for (int side = 0; side < COMPARISON_SIDES; side++) {
        struct trace *trace = &comparing->traces[worker];
        struct fault why = {0};
        comparison_side_free(&pair.sides[side]); /* absent, with nothing recorded */
        bool read = trace_read(couple->files[side], TRACE_FULL, trace, &why);
        if (read ? !comparison_side_make(&pair.sides[side], trace,
                                         (struct comparison_choice){.which = COMPARISON_LAST})
                 : why.error == ENOMEM)
            atomic_store(&comparing->out_of_memory, true);
    }
    comparison_pair_finish(&pair, COMPARISON_ALIGN_START);
    couple->row = comparison_row_of(&pair);
    for (int side = 0; side < COMPARISON_SIDES; side++)
        comparison_side_free(&pair.sides[side]);
}

static bool compare_all(struct couples *couples, unsigned jobs)
{
    unsigned workers = workers_count(couples->count, jobs);
    struct comparing comparing = {.couples = couples,
                                  .traces = calloc(workers, sizeof *comparing.traces)};
    if (!comparing.traces)
        return false;
    workers_run(couples->count, workers, compare_one, &comparing);
    for (unsigned i = 0; i < workers; i++)
        trace_free(&comparing.traces[i]);
    free(comparing.traces);
    return !comparing.out_of_memory;
}

/* ---- by configuration ---- */

static const struct configuration *configuration_of(const struct couple *couple, int side)
{
    return &couple->files[side]->name.configuration;
}

static bool add_comparison(struct report *report, const struct couple *list, size_t count)
{
    struct report_comparison *comparison = &report->comparisons[report->comparison_count];
    *comparison = (struct report_comparison){.configuration = list[0].configuration,
                                             .rows = calloc(count, sizeof *comparison->rows)};
    if (!comparison->rows)
        return false;
    report->comparison_count++;
    for (size_t i = 0; i < count; i++)
        comparison->rows[comparison->count++] = list[i].row;
    comparison->overall = comparison_overall_of(comparison->rows, count);
    for (int side = 0; side < COMPARISON_SIDES; side++)
        comparison->not_known[side] =
            agreement_unwritten(configuration_of(list, side), configuration_of(list, !side));
    comparison->conclusion = report_make_conclusion(&comparison->overall);
    return comparison->conclusion != NULL;
}

bool report_take_comparisons(struct report *report, struct fault *fault)
{
    struct couples couples = {0};
    const struct report_data *data = report->data;
    if (data->sets[REPORT_REAL].count == 0 || data->sets[REPORT_SIMULATED].count == 0)
        return true;
    report->comparisons = calloc(report->configuration_count + 1, sizeof *report->comparisons);
    bool taken = report->comparisons && couple_all(data, &couples) &&
                 compare_all(&couples, report->options->jobs);
    for (size_t first = 0, i = 1; taken && i <= couples.count; i++)
        if (i == couples.count ||
            couples.list[i].configuration != couples.list[first].configuration) {
            taken = add_comparison(report, couples.list + first, i - first);
            first = i;
        }
    free(couples.list);
    return taken || fault_set_errno(fault, ENOMEM, "the comparison");
}
