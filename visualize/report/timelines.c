/* Which ranks' timelines a report shows: of each configuration first the fullest rank, then one of
 * each pipeline stage, then others evenly, as far as the limit goes; the configurations share it.
 */
#include "schemas/support/workers.h"
#include "visualize/report/gather_internal.h"

#include <errno.h>
#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>

/* So that the HTML stays a mail's attachment: a sample takes about 12 bytes of it. */
enum { MOST_SAMPLES = 500000, LEAST_SAMPLES_OF_ONE = 400, MOST_TIMELINES = 512 };

struct candidate {
    const struct trace_file *file;
    enum report_role role;
    size_t configuration; /* a row */
    double peak_mb;       /* of the analyzed trace of this rank; NAN: not known */
    int64_t stage;
    size_t turn; /* its place among its configuration's ranks: lower ones are shown first */
};

struct candidates {
    size_t count;
    struct candidate *list;
};

static bool collect(const struct report_data *data, struct candidates *candidates)
{
    size_t most = data->sets[REPORT_REAL].count + data->sets[REPORT_SIMULATED].count;
    candidates->list = calloc(most + 1, sizeof *candidates->list);
    for (int role = 0; candidates->list && role < REPORT_ROLES; role++) {
        const struct trace_set *set = &data->sets[role];
        for (size_t i = 0; i < set->count; i++) {
            size_t configuration = data->configuration_of[role][i];
            const struct trace_name *name = &set->files[i]->name;
            if (!set->summaries[i].read || configuration == SIZE_MAX)
                continue;
            candidates->list[candidates->count++] = (struct candidate){
                .file = set->files[i],
                .role = (enum report_role)role,
                .configuration = configuration,
                .peak_mb = role == (int)data->analyzed ? set->summaries[i].peak_mb : NAN,
                .stage =
                    rank_stage(&set->summaries[i].coordinates, &name->configuration, name->rank)};
        }
    }
    return candidates->list != NULL;
}

/* By configuration, rank and role. */
static int compare_places(const void *a, const void *b)
{
    const struct candidate *first = a, *second = b;
    if (first->configuration != second->configuration)
        return first->configuration < second->configuration ? -1 : 1;
    if (first->file->name.rank != second->file->name.rank)
        return first->file->name.rank < second->file->name.rank ? -1 : 1;
    return (first->role > second->role) - (first->role < second->role);
}

static int compare_turns(const void *a, const void *b)
{
    const struct candidate *first = a, *second = b;
    if (first->turn != second->turn)
        return first->turn < second->turn ? -1 : 1;
    return compare_places(a, b);
}

/* The bits of a number in reverse order: counting upwards, the results fill a range evenly. */
static size_t reversed(size_t number)
{
    size_t result = 0;
    for (size_t bit = 0; bit < sizeof number * 8; bit++, number >>= 1)
        result = result << 1 | (number & 1);
    return result;
}

enum { MOST_STAGES = 1024 };

static bool is_first_of_stage(const bool seen[MOST_STAGES], int64_t stage)
{
    return stage >= 0 && stage < MOST_STAGES && !seen[stage];
}

/* Gives the ranks of one configuration their turns; a rank's real and simulated traces have the
 * same. They are sorted by rank. */
static void give_turns(struct candidate *list, size_t count)
{
    enum { FULLEST, FIRST_OF_STAGE, OTHERS = 1 << 20 };
    size_t fullest = 0;
    bool seen[MOST_STAGES] = {false};
    for (size_t i = 1; i < count; i++)
        if (!(list[i].peak_mb <= list[fullest].peak_mb) && !isnan(list[i].peak_mb))
            fullest = i;
    int64_t fullest_rank = list[fullest].file->name.rank;
    for (size_t i = 0, ranks = 0; i < count; i++) {
        bool same_rank = i > 0 && list[i - 1].file->name.rank == list[i].file->name.rank;
        ranks += !same_rank;
        if (same_rank) {
            list[i].turn = list[i - 1].turn;
        } else if (list[i].file->name.rank == fullest_rank) {
            list[i].turn = FULLEST;
        } else if (is_first_of_stage(seen, list[i].stage)) {
            list[i].turn = (size_t)(FIRST_OF_STAGE + list[i].stage);
        } else {
            list[i].turn = OTHERS + (reversed(ranks) >> 24);
        }
        if (list[i].stage >= 0 && list[i].stage < MOST_STAGES)
            seen[list[i].stage] = true;
    }
}

static void choose(struct candidates *candidates)
{
    if (candidates->count < 2)
        return;
    qsort(candidates->list, candidates->count, sizeof *candidates->list, compare_places);
    for (size_t first = 0, i = 1; i <= candidates->count; i++)
        if (i == candidates->count ||
            candidates->list[i].configuration != candidates->list[first].configuration) {
            give_turns(candidates->list + first, i - first);
            first = i;
        }
    if (candidates->count <= MOST_TIMELINES)
        return;
    qsort(candidates->list, candidates->count, sizeof *candidates->list, compare_turns);
    candidates->count = MOST_TIMELINES;
    qsort(candidates->list, candidates->count, sizeof *candidates->list, compare_places);
}

/* ---- reading ---- */

struct reading {
    const struct candidates *chosen;
    struct report_series *series; /* of each; without samples where it could not be read */
    struct trace *traces;         /* one per worker */
    size_t samples_each;
    atomic_bool out_of_memory;
};

static void read_one(void *context, size_t index, unsigned worker)
{
    struct reading *reading = context;
    struct trace *trace = &reading->traces[worker];
    struct fault why; /* it was read a moment ago: it has gone since, or memory has */
    bool read = trace_read(reading->chosen->list[index].file, TRACE_FULL, trace, &why);
    bool made = read && report_series_make(&reading->series[index], trace, reading->samples_each);
    if (made)
        return;
    if (read || why.error == ENOMEM)
        atomic_store(&reading->out_of_memory, true);
    report_series_free(&reading->series[index]);
}

static bool read_chosen(const struct candidates *chosen, unsigned jobs,
                        struct report_series *series)
{
    unsigned workers = workers_count(chosen->count, jobs);
    struct reading reading = {
        .chosen = chosen, .series = series, .traces = calloc(workers, sizeof *reading.traces)};
    if (!reading.traces)
        return false;
    reading.samples_each = chosen->count > 0 ? MOST_SAMPLES / chosen->count : 0;
    if (reading.samples_each < LEAST_SAMPLES_OF_ONE)
        reading.samples_each = LEAST_SAMPLES_OF_ONE;
    workers_run(chosen->count, workers, read_one, &reading);
    for (unsigned i = 0; i < workers; i++)
        trace_free(&reading.traces[i]);
    free(reading.traces);
    return !reading.out_of_memory;
}

bool report_take_timelines(struct report *report, struct fault *fault)
{
    struct candidates chosen = {0};
    struct report_series *series = NULL;
    bool taken = collect(report->data, &chosen);
    size_t all = chosen.count;
    if (taken) {
        choose(&chosen);
        series = calloc(chosen.count + 1, sizeof *series);
        report->ranks = calloc(chosen.count + 1, sizeof *report->ranks);
        taken = series && report->ranks && read_chosen(&chosen, report->options->jobs, series);
    }
    for (size_t i = 0; taken && i < chosen.count; i++) {
        if (series[i].count == 0) {
            report_series_free(&series[i]);
            continue;
        }
        report->reduced += series[i].count < series[i].all;
        report->ranks[report->rank_count++] =
            (struct report_rank){.file = chosen.list[i].file,
                                 .role = chosen.list[i].role,
                                 .configuration = chosen.list[i].configuration,
                                 .stage = chosen.list[i].stage,
                                 .turn = chosen.list[i].turn,
                                 .peak_mb = chosen.list[i].peak_mb,
                                 .series = series[i]};
    }
    report->left_out = all - report->rank_count;
    free(series);
    free(chosen.list);
    return taken || fault_set_errno(fault, ENOMEM, "the report's timelines");
}
