#include "visualize/heatmap/grid.h"

#include "visualize/heatmap/metric.h"
#include "visualize/heatmap/theory.h"
#include "visualize/heatmap/variants.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A cell while its ranks are added up. */
struct gathering {
    double sum_peak, sum_theory, sum_static;
    size_t peaks, theories, statics;
    double best_peak;
};

struct builder {
    const struct heatmap_input *input;
    struct heatmap_grid *grid;
    struct gathering *gathering; /* one a cell */
    bool *mentioned;             /* one a cell: some line or file names it */
};

static double larger(double a, double b)
{
    return isnan(a) || b > a ? b : a;
}

struct trace_figures trace_figures_of(const struct trace *trace)
{
    struct trace_figures figures = {.read = true,
                                    .peak_mb = NAN,
                                    .theory_mb = NAN,
                                    .static_mb = NAN,
                                    .iterations = trace->count,
                                    .ending = trace->ending};
    for (size_t i = 0; i < trace->count; i++) {
        const struct trace_iteration *iteration = &trace->iterations[i];
        figures.peak_mb = larger(figures.peak_mb, trace_iteration_peak_mb(iteration));
        figures.theory_mb = larger(figures.theory_mb, iteration->theoretical_mb);
        figures.static_mb = larger(figures.static_mb, iteration->static_mb);
    }
    return figures;
}

const char *heatmap_status_text(enum heatmap_status status)
{
    static const char *const texts[] = {"none", "success", "oom", "failed", "too large"};
    return texts[status];
}

__attribute__((format(printf, 2, 3))) static void warn_of(struct heatmap_grid *grid,
                                                          const char *format, ...)
{
    char **more = realloc(grid->warnings, (grid->warning_count + 1) * sizeof *more);
    if (!more)
        return;
    grid->warnings = more;
    va_list arguments;
    va_start(arguments, format);
    if (vasprintf(&more[grid->warning_count], format, arguments) >= 0)
        grid->warning_count++;
    va_end(arguments);
}

/* ---- the axes ---- */

static int compare_numbers(const void *a, const void *b)
{
    int64_t first = *(const int64_t *)a, second = *(const int64_t *)b;
    return (first > second) - (first < second);
}

static size_t sort_unique(int64_t *values, size_t count)
{
    if (count == 0)
        return 0;
    qsort(values, count, sizeof *values, compare_numbers);
    size_t kept = 1;
    for (size_t i = 1; i < count; i++)
        if (values[i] != values[kept - 1])
            values[kept++] = values[i];
    return kept;
}

static size_t index_of(const int64_t *values, size_t count, int64_t value)
{
    const int64_t *found = bsearch(&value, values, count, sizeof *values, compare_numbers);
    return (size_t)(found - values);
}

static bool trace_shape(const struct trace_file *file, int64_t *tp, int64_t *pp)
{
    *tp = trace_name_number(&file->name, "tp", -1);
    *pp = trace_name_number(&file->name, "pp", -1);
    return *tp > 0 && *pp > 0;
}

static bool chosen(const struct heatmap_input *input, const struct sweep_entry *entry)
{
    return variants_choose_entry(input->filter, entry);
}

static bool collect_axes(struct builder *builder, struct fault *fault)
{
    const struct heatmap_input *input = builder->input;
    struct heatmap_grid *grid = builder->grid;
    size_t files = input->folder ? input->folder->count : 0;
    size_t entries = input->log ? input->log->count : 0;
    grid->tp = calloc(files + entries + 1, sizeof *grid->tp);
    grid->pp = calloc(files + entries + 1, sizeof *grid->pp);
    if (!grid->tp || !grid->pp)
        return fault_set(fault, "out of memory for %zu configurations", files + entries);
    size_t count = 0;
    for (size_t i = 0; i < files; i++) {
        if (trace_shape(&input->folder->files[i], &grid->tp[count], &grid->pp[count]))
            count++;
        else if (input->figures[i].read)
            warn_of(grid, "%s: left out: its name has no tp and pp, so it has no place in the grid",
                    input->folder->files[i].path);
    }
    for (size_t i = 0; i < entries; i++) {
        if (!chosen(input, &input->log->entries[i]))
            continue;
        grid->tp[count] = input->log->entries[i].tp;
        grid->pp[count] = input->log->entries[i].pp;
        count++;
    }
    if (count == 0)
        return fault_set(fault, "nothing to show: no configuration in the traces or logs%s",
                         input->filter && input->filter->count ? " that --where chooses" : "");
    grid->tp_count = sort_unique(grid->tp, count);
    grid->pp_count = sort_unique(grid->pp, count);
    return true;
}

static size_t cell_index(const struct heatmap_grid *grid, int64_t tp, int64_t pp)
{
    return index_of(grid->tp, grid->tp_count, tp) * grid->pp_count +
           index_of(grid->pp, grid->pp_count, pp);
}

static bool make_cells(struct builder *builder, struct fault *fault)
{
    struct heatmap_grid *grid = builder->grid;
    size_t count = grid->tp_count * grid->pp_count;
    grid->cells = calloc(count, sizeof *grid->cells);
    builder->gathering = calloc(count, sizeof *builder->gathering);
    builder->mentioned = calloc(count, sizeof *builder->mentioned);
    if (!grid->cells || !builder->gathering || !builder->mentioned)
        return fault_set(fault, "out of memory for a grid of %zu cells", count);
    for (size_t i = 0; i < count; i++)
        grid->cells[i] = (struct heatmap_cell){.tp = grid->tp[i / grid->pp_count],
                                               .pp = grid->pp[i % grid->pp_count],
                                               .dp = -1,
                                               .micro_batches = -1,
                                               .micro_batch_size = -1,
                                               .step_ms = NAN,
                                               .tflops = NAN,
                                               .actual_mb = NAN,
                                               .theory_mb = NAN,
                                               .static_mb = NAN};
    return true;
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

static void add_entry(struct builder *builder, const struct sweep_entry *entry)
{
    size_t index = cell_index(builder->grid, entry->tp, entry->pp);
    struct heatmap_cell *cell = &builder->grid->cells[index];
    enum heatmap_status status = status_of(entry->outcome);
    if (builder->mentioned[index] && status != HEATMAP_NONE && cell->status != HEATMAP_NONE &&
        cell->status != status)
        warn_of(builder->grid, "TP %ld, PP %ld stands in the logs as %s and as %s: %s it is",
                (long)entry->tp, (long)entry->pp, heatmap_status_text(cell->status),
                heatmap_status_text(status), heatmap_status_text(status));
    builder->mentioned[index] = true;
    if (status != HEATMAP_NONE)
        cell->status = status;
    if (entry->dp > 0)
        cell->dp = entry->dp;
    if (entry->micro_batches > 0)
        cell->micro_batches = entry->micro_batches;
}

/* ---- the traces ---- */

static void gather_theory_and_static(struct gathering *sums, const struct trace_figures *figures)
{
    if (!isnan(figures->theory_mb)) {
        sums->sum_theory += figures->theory_mb;
        sums->theories++;
    }
    if (!isnan(figures->static_mb)) {
        sums->sum_static += figures->static_mb;
        sums->statics++;
    }
}

/* What a trace's name says of its run. */
static void learn_sizes(struct heatmap_cell *cell, const struct trace_name *name)
{
    int64_t world_size = trace_name_number(name, "wd", -1);
    if (cell->dp < 0)
        cell->dp = trace_name_number(name, "dp", -1);
    if (cell->dp < 0 && world_size > 0 && world_size % (cell->tp * cell->pp) == 0)
        cell->dp = world_size / (cell->tp * cell->pp);
    if (cell->micro_batches < 0)
        cell->micro_batches = trace_name_number(name, "nmbs", -1);
    if (cell->micro_batch_size < 0)
        cell->micro_batch_size = trace_name_number(name, "mbs", -1);
}

static void add_figures(struct builder *builder, size_t index, const struct trace_file *file,
                        const struct trace_figures *figures)
{
    struct heatmap_cell *cell = &builder->grid->cells[index];
    struct gathering *sums = &builder->gathering[index];
    learn_sizes(cell, &file->name);
    cell->ranks++;
    if (figures->iterations > cell->iterations)
        cell->iterations = figures->iterations;
    if (builder->input->reduce == HEATMAP_REDUCE_RANK0 && file->name.rank != 0)
        return;
    cell->theory_mb = larger(cell->theory_mb, figures->theory_mb);
    cell->static_mb = larger(cell->static_mb, figures->static_mb);
    gather_theory_and_static(sums, figures);
    if (isnan(figures->peak_mb))
        return;
    sums->sum_peak += figures->peak_mb;
    if (sums->peaks++ == 0 || figures->peak_mb > sums->best_peak) {
        sums->best_peak = figures->peak_mb;
        cell->actual_mb = figures->peak_mb;
        cell->file = file->base;
    }
}

/* Without a verdict from the logs the trace itself tells how the run ended. */
static void judge_by_trace(struct builder *builder, size_t index, const struct trace_file *file,
                           const struct trace_figures *figures)
{
    struct heatmap_cell *cell = &builder->grid->cells[index];
    if (figures->ending == TRACE_ENDED_NOT_YET)
        warn_of(builder->grid, "%s: still being written: the figure so far is shown", file->path);
    if (figures->ending == TRACE_ENDED_KILLED && isnan(figures->peak_mb))
        warn_of(builder->grid, "%s: its run did not end well, and left no figure", file->path);
    else if (figures->ending == TRACE_ENDED_KILLED)
        warn_of(builder->grid, "%s: its run did not end well; the peak until then was %.4g %s",
                file->path, figures->peak_mb / builder->input->metric->mb_per_unit,
                builder->input->metric->unit);
    if (figures->ending == TRACE_ENDED_KILLED && cell->status == HEATMAP_NONE)
        cell->status = HEATMAP_FAILED;
}

static void add_traces(struct builder *builder)
{
    const struct heatmap_input *input = builder->input;
    for (size_t i = 0; input->folder && i < input->folder->count; i++) {
        const struct trace_file *file = &input->folder->files[i];
        int64_t tp, pp;
        if (!trace_shape(file, &tp, &pp))
            continue;
        size_t index = cell_index(builder->grid, tp, pp);
        builder->mentioned[index] = true;
        if (!input->figures[i].read)
            continue;
        add_figures(builder, index, file, &input->figures[i]);
        judge_by_trace(builder, index, file, &input->figures[i]);
    }
    for (size_t i = 0; i < builder->grid->tp_count * builder->grid->pp_count; i++) {
        struct heatmap_cell *cell = &builder->grid->cells[i];
        if (cell->ranks > 0 && cell->status == HEATMAP_NONE)
            cell->status = HEATMAP_SUCCESS;
    }
}

/* ---- step times and throughput ---- */

static void add_metrics(struct builder *builder, const struct metrics *metrics)
{
    struct heatmap_grid *grid = builder->grid;
    for (size_t i = 0; i < grid->tp_count * grid->pp_count; i++)
        for (size_t k = 0; k < metrics->count; k++) {
            const struct metrics_row *row = &metrics->rows[k];
            struct heatmap_cell *cell = &grid->cells[i];
            if (row->tp != cell->tp || row->pp != cell->pp ||
                (row->dp > 0 && cell->dp > 0 && row->dp != cell->dp))
                continue;
            cell->step_ms = row->step_ms;
            cell->tflops = row->tflops;
        }
}

/* ---- the end ---- */

static void warn_of_duplicate(void *context, const struct trace_file *first,
                              const struct trace_file *second)
{
    warn_of(context, "%s and %s are both rank %ld of one configuration: the larger peak stands",
            first->base, second->base, (long)first->name.rank);
}

static double mean_or_nan(double sum, size_t count)
{
    return count > 0 ? sum / (double)count : NAN;
}

static void finish_cells(struct builder *builder)
{
    struct heatmap_grid *grid = builder->grid;
    for (size_t i = 0; i < grid->tp_count * grid->pp_count; i++) {
        struct heatmap_cell *cell = &grid->cells[i];
        const struct gathering *sums = &builder->gathering[i];
        if (builder->input->reduce == HEATMAP_REDUCE_MEAN) {
            cell->actual_mb = mean_or_nan(sums->sum_peak, sums->peaks);
            cell->theory_mb = mean_or_nan(sums->sum_theory, sums->theories);
            cell->static_mb = mean_or_nan(sums->sum_static, sums->statics);
        }
        if (isnan(cell->theory_mb) && builder->mentioned[i] && builder->input->model)
            cell->theory_mb = heatmap_theory_mb(builder->input->model, cell);
        builder->input->metric->show(builder->input->metric, cell, builder->input->limit_mb);
        if (builder->mentioned[i])
            grid->by_status[cell->status]++;
    }
}

bool heatmap_grid_build(const struct heatmap_input *input, struct heatmap_grid *grid,
                        struct fault *fault)
{
    *grid = (struct heatmap_grid){0};
    struct builder builder = {.input = input, .grid = grid};
    bool built = variants_agree(input, fault) && collect_axes(&builder, fault) &&
                 make_cells(&builder, fault);
    if (built) {
        for (size_t i = 0; input->log && i < input->log->count; i++)
            if (chosen(input, &input->log->entries[i]))
                add_entry(&builder, &input->log->entries[i]);
        add_traces(&builder);
        if (input->metrics)
            add_metrics(&builder, input->metrics);
        finish_cells(&builder);
        variants_duplicates(input, warn_of_duplicate, grid);
    }
    free(builder.gathering);
    free(builder.mentioned);
    if (!built)
        heatmap_grid_free(grid);
    return built;
}

void heatmap_grid_free(struct heatmap_grid *grid)
{
    for (size_t i = 0; i < grid->warning_count; i++)
        free(grid->warnings[i]);
    free(grid->warnings);
    free(grid->tp);
    free(grid->pp);
    free(grid->cells);
    *grid = (struct heatmap_grid){0};
}
