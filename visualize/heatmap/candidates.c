#include "visualize/heatmap/candidates.h"

#include "schemas/support/warnings.h"
#include "schemas/trace/trace_words.h"
#include "tracer/estimator/model/configuration_settings.h"
#include "tracer/estimator/model/throughput.h"
#include "visualize/heatmap/metric.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void heatmap_warn(struct heatmap_grid *grid, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    grid->warning_lost |=
        !warnings_add_list(&grid->warnings, &grid->warning_count, format, arguments);
    va_end(arguments);
}

static const struct configuration *configuration_at(const void *context, size_t index)
{
    return &((const struct candidates *)context)->list[index].cell.configuration;
}

static struct candidate *add_candidate(struct candidates *candidates,
                                       const struct configuration *configuration)
{
    struct candidate *candidate = &candidates->list[candidates->count++];
    *candidate = (struct candidate){.traced = SIZE_MAX, .cell = heatmap_blank_cell()};
    candidate->cell.configuration = *configuration;
    candidate->cell.mentioned = true;
    return candidate;
}

/* ---- the traces ---- */

/* A configuration while its ranks are added up. */
struct sums {
    double peak, theory, of_static, reserved;
    size_t peaks, theories, statics, reserves;
};

static void add_to_mean(double *sum, size_t *count, double value)
{
    if (isnan(value))
        return;
    *sum += value;
    ++*count;
}

static void add_summary(const struct heatmap_input *input, struct candidate *candidate,
                        struct sums *sums, const struct trace_file *file,
                        const struct trace_summary *summary)
{
    struct heatmap_cell *cell = &candidate->cell;
    cell->ranks++;
    if (summary->iterations > cell->iterations)
        cell->iterations = summary->iterations;
    if (input->reduce == HEATMAP_REDUCE_RANK0 && file->name.rank != 0)
        return;
    cell->theory_mb = larger_known(cell->theory_mb, summary->theory_mb);
    cell->static_mb = larger_known(cell->static_mb, summary->static_mb);
    cell->reserved_mb = larger_known(cell->reserved_mb, summary->reserved_mb);
    add_to_mean(&sums->theory, &sums->theories, summary->theory_mb);
    add_to_mean(&sums->of_static, &sums->statics, summary->static_mb);
    add_to_mean(&sums->reserved, &sums->reserves, summary->reserved_mb);
    if (summary->peak_measure != cell->peak_measure)
        return;
    add_to_mean(&sums->peak, &sums->peaks, summary->peak_mb);
    if (isnan(summary->peak_mb) || summary->peak_mb <= cell->actual_mb)
        return;
    cell->actual_mb = summary->peak_mb;
    cell->file = file->base;
    cell->peak_iteration = summary->peak_iteration;
    cell->peak_sampled = summary->peak_sampled;
}

/* Without a line in the logs the trace itself tells how the run ended. */
static void take_ending(struct candidate *candidate, const struct trace_summary *summary)
{
    candidate->killed |= summary->ending == TRACE_ENDED_KILLED;
    candidate->unfinished +=
        summary->ending == TRACE_ENDED_NOT_YET || summary->ending == TRACE_ENDED_KILLED;
}

static void tell_ending(const struct heatmap_input *input, struct heatmap_grid *grid,
                        const struct trace_file *file, const struct trace_summary *summary)
{
    if (summary->ending == TRACE_ENDED_NOT_YET)
        heatmap_warn(grid, "%s: its run had not ended: the peak so far is shown", file->path);
    else if (isnan(summary->peak_mb))
        heatmap_warn(grid, "%s: its run did not end well, and left no figure", file->path);
    else
        heatmap_warn(grid, "%s: its run did not end well; the peak until then was %.4g %s",
                     file->path, summary->peak_mb / input->metric->mb_per_unit,
                     input->metric->unit);
}

enum { UNFINISHED_NAMED = 4 }; /* traces of a configuration, each in a warning */

/* A job of a thousand ranks that was killed is five lines, not a thousand. */
static void tell_endings_of(const struct heatmap_input *input, struct heatmap_grid *grid,
                            const struct candidate *candidate)
{
    const struct trace_set *set = input->set;
    size_t told = 0;
    for (size_t i = 0; i < set->count && told < UNFINISHED_NAMED; i++) {
        enum trace_ending ending = set->summaries[i].ending;
        if (set->configuration_of[i] != candidate->traced || !set->summaries[i].read ||
            (ending != TRACE_ENDED_NOT_YET && ending != TRACE_ENDED_KILLED))
            continue;
        tell_ending(input, grid, set->files[i], &set->summaries[i]);
        told++;
    }
    if (candidate->unfinished > told)
        heatmap_warn(grid,
                     "%zu more ranks of the configuration of %s did not end well, or had not "
                     "ended",
                     candidate->unfinished - told, candidate->example);
}

/* Of a run that the logs call a failure, an unfinished trace is what is to be expected. */
static void tell_endings(const struct heatmap_input *input, struct candidates *candidates)
{
    for (size_t i = 0; i < candidates->count; i++) {
        const struct candidate *candidate = &candidates->list[i];
        bool failed = candidate->entry && (candidate->entry->outcome == SWEEP_OOM ||
                                           candidate->entry->outcome == SWEEP_FAILED);
        if (candidate->unfinished > 0 && !failed)
            tell_endings_of(input, candidates->grid, candidate);
    }
}

static double mean_or_nan(double sum, size_t count)
{
    return count > 0 ? sum / (double)count : NAN;
}

static void take_means(struct candidate *candidates, const struct sums *sums, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct heatmap_cell *cell = &candidates[i].cell;
        cell->actual_mb = mean_or_nan(sums[i].peak, sums[i].peaks);
        cell->theory_mb = mean_or_nan(sums[i].theory, sums[i].theories);
        cell->static_mb = mean_or_nan(sums[i].of_static, sums[i].statics);
        cell->reserved_mb = mean_or_nan(sums[i].reserved, sums[i].reserves);
    }
}

/* A configuration of which no trace could be read is not there. */
static void drop_unread(struct candidates *candidates)
{
    size_t kept = 0;
    for (size_t i = 0; i < candidates->count; i++)
        if (candidates->list[i].cell.ranks > 0)
            candidates->list[kept++] = candidates->list[i];
    candidates->count = kept;
}

static bool counts(const struct heatmap_input *input, size_t file)
{
    return input->set->summaries[file].read &&
           (input->reduce != HEATMAP_REDUCE_RANK0 || input->set->files[file]->name.rank == 0);
}

/* What the peaks of each configuration measure that stand; says where ranks' peaks are left out. */
static void choose_measures(const struct heatmap_input *input, struct candidates *candidates)
{
    const struct trace_set *set = input->set;
    for (size_t i = 0; i < set->count; i++) {
        struct heatmap_cell *cell = &candidates->list[set->configuration_of[i]].cell;
        if (counts(input, i) && !isnan(set->summaries[i].peak_mb))
            cell->peak_measure =
                trace_measure_first(cell->peak_measure, set->summaries[i].peak_measure);
    }
    size_t ranks = 0;
    for (size_t i = 0; i < set->count; i++)
        ranks += counts(input, i) && !isnan(set->summaries[i].peak_mb) &&
                 set->summaries[i].peak_measure !=
                     candidates->list[set->configuration_of[i]].cell.peak_measure;
    if (ranks > 0)
        heatmap_warn(candidates->grid,
                     "the peaks of %zu ranks are left out: they measure something else than those "
                     "of other ranks of their configurations",
                     ranks);
}

/* Cells are compared by their colour. */
static void warn_of_measures(const struct heatmap_input *input, struct candidates *candidates)
{
    size_t by[TRACE_MEASURES] = {0}, kinds = 0;
    char text[TRACE_SET_LEFT_OUT], list[512] = "";
    for (size_t i = 0; i < candidates->count; i++)
        if (!isnan(candidates->list[i].cell.actual_mb))
            by[candidates->list[i].cell.peak_measure]++;
    for (int measure = 0; measure < TRACE_MEASURES; measure++) {
        size_t used = strlen(list);
        if (by[measure] > 0)
            snprintf(list + used, sizeof list - used, "%s%s (%zu)", kinds++ ? "; " : "",
                     trace_measure_text((enum trace_measure)measure), by[measure]);
    }
    if (kinds > 1)
        heatmap_warn(candidates->grid,
                     "the peaks of different configurations measure different things, and should "
                     "not be compared: %s",
                     list);
    else if (kinds == 1 && by[TRACE_MEASURE_ALLOCATOR] == 0)
        heatmap_warn(candidates->grid, "the peaks are not an allocator's, but those of %s", list);
    if (*trace_set_left_out(input->set, text))
        heatmap_warn(candidates->grid, "%s", text);
}

static bool add_traces(const struct heatmap_input *input, struct candidates *candidates)
{
    const struct trace_set *set = input->set;
    struct sums *sums = calloc(set->configuration_count + 1, sizeof *sums);
    if (!sums)
        return false;
    for (size_t i = 0; i < set->configuration_count; i++)
        add_candidate(candidates, set->configurations[i])->traced = i;
    choose_measures(input, candidates);
    for (size_t i = 0; i < set->count; i++) {
        size_t at = set->configuration_of[i];
        struct candidate *candidate = &candidates->list[at];
        if (!set->summaries[i].read)
            continue;
        candidate->example = candidate->example ? candidate->example : set->files[i]->base;
        add_summary(input, candidate, &sums[at], set->files[i], &set->summaries[i]);
        take_ending(candidate, &set->summaries[i]);
    }
    if (input->reduce == HEATMAP_REDUCE_MEAN)
        take_means(candidates->list, sums, set->configuration_count);
    free(sums);
    drop_unread(candidates);
    warn_of_measures(input, candidates);
    return true;
}

/* The log decides how a run ended; without a line in it the trace does. */
static void decide_statuses(struct candidates *candidates)
{
    for (size_t i = 0; i < candidates->count; i++) {
        struct candidate *candidate = &candidates->list[i];
        if (candidate->cell.ranks > 0 && candidate->cell.status == HEATMAP_NONE)
            candidate->cell.status = candidate->killed ? HEATMAP_FAILED : HEATMAP_SUCCESS;
    }
}

/* ---- the log ---- */

static enum heatmap_status status_of(enum sweep_outcome outcome)
{
    switch (outcome) {
    case SWEEP_SUCCESS:
        return HEATMAP_SUCCESS;
    case SWEEP_OOM:
        return HEATMAP_OOM;
    case SWEEP_FAILED:
        return HEATMAP_FAILED;
    case SWEEP_PLANNED:
    case SWEEP_SKIPPED:
        break;
    }
    return HEATMAP_NONE;
}

/* In what all traces agree: lines of older logs do not say it. DP, the batch and the axes are a
 * line's own. */
static struct configuration common_of(const struct trace_set *set)
{
    static const dimension_set own = DIMENSION_BIT(DIMENSION_WORLD_SIZE) | CONFIGURATION_USUAL |
                                     DIMENSION_BIT(DIMENSION_MICRO_BATCHES) |
                                     DIMENSION_BIT(DIMENSION_GLOBAL_BATCH_SIZE);
    struct configuration common = {0};
    if (!set || set->configuration_count == 0)
        return common;
    common = *set->configurations[0];
    configuration_keep(&common, ~(own | trace_set_differences(set)));
    return common;
}

static bool refuse_several(const char *what, const struct configuration *configuration,
                           dimension_set differing, struct fault *fault)
{
    char text[CONFIGURATION_TEXT], names[256], key[256];
    return fault_set(fault,
                     "%s (%s) fits several configurations of the traces, which differ in %s; it "
                     "does not say which. Choose one by --where (%s)",
                     what,
                     configuration_text(text, sizeof text, configuration, configuration->written),
                     dimension_set_text(names, sizeof names, differing),
                     configuration_where(key, sizeof key, configuration, differing));
}

/* A line that no trace fits stands for itself: it ran out of memory, say, before one was there. */
static bool add_line(struct candidates *candidates, size_t traces, bool *taken,
                     const struct sweep_entry *entry, const struct configuration *common,
                     struct fault *fault)
{
    struct configuration line = entry->configuration;
    struct configuration_matching matching;
    configuration_add_missing(&line, common, NULL);
    enum configuration_match match =
        configuration_find(&line, traces, configuration_at, candidates, &matching);
    if (match == CONFIGURATION_SEVERAL)
        return refuse_several("a line of the logs", &entry->configuration, matching.differing,
                              fault);
    struct candidate *candidate = match == CONFIGURATION_ONE && !taken[matching.index]
                                      ? &candidates->list[matching.index]
                                      : add_candidate(candidates, &line);
    if (match == CONFIGURATION_ONE)
        taken[matching.index] = true;
    candidate->cell.status = status_of(entry->outcome);
    candidate->entry = entry;
    return configuration_add_missing(&candidate->cell.configuration, &line, fault);
}

static bool add_log(const struct heatmap_input *input, struct candidates *candidates,
                    struct fault *fault)
{
    size_t traces = candidates->count;
    const struct configuration common = common_of(input->set);
    bool *taken = calloc(traces + 1, sizeof *taken), added = taken != NULL;
    if (!taken)
        return fault_set_errno(fault, ENOMEM, "the logs");
    for (size_t i = 0; i < input->log->count && added; i++) {
        const struct sweep_entry *entry = &input->log->entries[i];
        if (!input->filter || filter_may_match(input->filter, &entry->configuration))
            added = add_line(candidates, traces, taken, entry, &common, fault);
    }
    free(taken);
    return added;
}

/* ---- step times and throughput ---- */

static bool add_metrics(const struct metrics *metrics, struct candidates *candidates,
                        struct fault *fault)
{
    for (size_t i = 0; i < metrics->count; i++) {
        const struct metrics_row *row = &metrics->rows[i];
        struct configuration_matching matching;
        enum configuration_match match = configuration_find(
            &row->configuration, candidates->count, configuration_at, candidates, &matching);
        if (match == CONFIGURATION_SEVERAL)
            return refuse_several("a row of the metrics", &row->configuration, matching.differing,
                                  fault);
        if (match == CONFIGURATION_NONE)
            continue;
        candidates->list[matching.index].cell.step_ms = row->step_ms;
        candidates->list[matching.index].cell.tflops = row->tflops;
    }
    return true;
}

/* ---- all of it ---- */

static void show_values(const struct heatmap_input *input, struct candidates *candidates)
{
    for (size_t i = 0; i < candidates->count; i++) {
        struct heatmap_cell *cell = &candidates->list[i].cell;
        if (isnan(cell->theory_mb) && input->model)
            cell->theory_mb = settings_theory_mb(input->model, &cell->configuration);
        if (input->model)
            cell->expected_mb = settings_expected_mb(input->model, &cell->configuration);
        cell->tokens_a_gpu =
            throughput_tokens_a_gpu(input->model, &cell->configuration, cell->step_ms);
        cell->mfu = throughput_mfu(input->model, &cell->configuration, cell->step_ms, cell->tflops,
                                   input->peak_tflops);
        input->metric->show(input->metric, cell, input->limit_mb);
    }
}

bool candidates_make(const struct heatmap_input *input, struct heatmap_grid *grid,
                     struct candidates *candidates, struct fault *fault)
{
    size_t most =
        (input->set ? input->set->configuration_count : 0) + (input->log ? input->log->count : 0);
    *candidates =
        (struct candidates){.list = calloc(most + 1, sizeof *candidates->list), .grid = grid};
    if (!candidates->list || (input->set && !add_traces(input, candidates)))
        return fault_set_errno(fault, ENOMEM, "%zu configurations", most);
    if (input->log && !add_log(input, candidates, fault))
        return false;
    decide_statuses(candidates);
    if (input->set)
        tell_endings(input, candidates);
    if (input->metrics && !add_metrics(input->metrics, candidates, fault))
        return false;
    show_values(input, candidates);
    return true;
}

void candidates_free(struct candidates *candidates)
{
    free(candidates->list);
    *candidates = (struct candidates){0};
}
