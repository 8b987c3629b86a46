/* visualize_heatmap: which TPxPP configurations fit in the GPU's memory, as a paper's figure.
 *
 * Joins the data part (heatmap/grid) and the drawing part (heatmap/draw), and tells the user what
 * was read. */
#include "schemas/support/command.h"
#include "schemas/support/output_file.h"
#include "schemas/support/units.h"
#include "schemas/sweep_log/sweep_log.h"
#include "schemas/trace_folder/trace_folder.h"
#include "tracer/estimator/model/model_file.h"
#include "visualize/figure/figure.h"
#include "visualize/heatmap/draw.h"
#include "visualize/heatmap/grid.h"
#include "visualize/heatmap/metric.h"
#include "visualize/heatmap/options.h"
#include "visualize/heatmap/table.h"

#include <err.h>
#include <libgen.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- reading ---- */

struct reading {
    const struct trace_folder *folder;
    struct trace_figures *figures;
    struct fault *faults;
    struct progress progress;
};

static void visit(void *context, size_t index, const struct trace *trace, const struct fault *fault)
{
    struct reading *reading = context;
    if (trace)
        reading->figures[index] = trace_figures_of(trace);
    else
        reading->faults[index] = *fault;
}

static void done(void *context, size_t count)
{
    struct reading *reading = context;
    progress_update(&reading->progress, count);
}

/* Reads every trace, names those that cannot be read; false if out of memory. */
static bool read_traces(const struct heatmap_options *options, const struct trace_folder *folder,
                        struct trace_figures **figures, size_t *unreadable)
{
    struct reading reading = {
        .folder = folder,
        .figures = calloc(folder->count + 1, sizeof *reading.figures),
        .faults = calloc(folder->count + 1, sizeof *reading.faults),
    };
    *figures = reading.figures;
    *unreadable = 0;
    if (!reading.figures || !reading.faults) {
        free(reading.faults);
        return false;
    }
    progress_start(&reading.progress, "reading traces", folder->count, options->figure.quiet);
    trace_folder_read(folder, TRACE_SUMMARY, options->figure.jobs, visit, done, &reading);
    progress_end(&reading.progress);
    for (size_t i = 0; i < folder->count; i++)
        if (!reading.figures[i].read) {
            warnx("%s; left out", reading.faults[i].text);
            ++*unreadable;
        }
    free(reading.faults);
    return true;
}

/* ---- telling ---- */

static void print_overflows(const struct heatmap_options *options, const struct heatmap_grid *grid)
{
    bool first = true;
    for (size_t i = 0; i < grid->tp_count * grid->pp_count; i++) {
        const struct heatmap_cell *cell = &grid->cells[i];
        if (!cell->overflow)
            continue;
        if (first)
            printf("ran, though theory is at or over %g %s:\n", options->gpu, options->unit);
        first = false;
        printf("  TP %lld, PP %lld: actual %.1f %s, theory %.1f %s\n", (long long)cell->tp,
               (long long)cell->pp, cell->value, options->unit, cell->second, options->unit);
    }
}

static void print_summary(const struct heatmap_options *options, const struct trace_folder *folder,
                          size_t unreadable, const struct heatmap_grid *grid)
{
    if (options->memory_dir) {
        printf("traces: %zu read from %s", folder->count - unreadable, options->memory_dir);
        if (unreadable)
            printf(", %zu unreadable", unreadable);
        if (folder->others)
            printf(", %zu other files passed over", folder->others);
        putchar('\n');
    }
    const size_t *by = grid->by_status;
    if (options->metric->judges) {
        printf("configurations: %zu by theory (%zu fit into %g %s, %zu do not)\n",
               by[HEATMAP_SUCCESS] + by[HEATMAP_TOO_LARGE], by[HEATMAP_SUCCESS], options->gpu,
               options->unit, by[HEATMAP_TOO_LARGE]);
        return;
    }
    printf("configurations: %zu (%zu success, %zu oom, %zu failed, %zu without an outcome)\n",
           by[HEATMAP_SUCCESS] + by[HEATMAP_OOM] + by[HEATMAP_FAILED] + by[HEATMAP_NONE],
           by[HEATMAP_SUCCESS], by[HEATMAP_OOM], by[HEATMAP_FAILED], by[HEATMAP_NONE]);
    print_overflows(options, grid);
}

static void print_written(void *context, const char *path)
{
    const struct heatmap_options *options = context;
    if (!options->figure.quiet)
        printf("wrote %s\n", path);
}

/* ---- the whole ---- */

static bool make_folder_of(const char *path, struct fault *fault)
{
    char *copy = strdup(path);
    bool made = copy && make_folders(dirname(copy), fault);
    free(copy);
    return made;
}

/* A round number that no cell is over. */
static double largest_value(const struct heatmap_grid *grid)
{
    double largest = 0;
    for (size_t i = 0; i < grid->tp_count * grid->pp_count; i++)
        largest = fmax(largest, grid->cells[i].value); /* passes over NAN */
    double tick = axes_round_tick((struct axes_range){0, largest > 0 ? largest : 1}, 5);
    return ceil((largest > 0 ? largest : 1) / tick) * tick;
}

static bool write_figure(struct heatmap_options *options, const struct heatmap_grid *grid,
                         struct fault *fault)
{
    struct heatmap_figure heatmap = {.grid = grid,
                                     .metric = options->metric,
                                     .max_value = options->max,
                                     .limit = options->gpu,
                                     .title = options->figure.title};
    if (options->metric->mb_per_unit <= 0)
        heatmap.max_value = largest_value(grid);
    double width = figure_options_width(&options->figure);
    struct figure figure = {
        .width_inch = width,
        .height_inch = options->figure.height_inch > 0 ? options->figure.height_inch
                                                       : heatmap_natural_height(&heatmap, width),
        .formats = options->figure.formats,
        .dpi = options->figure.dpi,
        .title = options->figure.title ? options->figure.title : options->metric->figure_title,
        .draw = heatmap_draw,
        .context = &heatmap,
    };
    char *base = figure_base(options->output);
    bool written = base && make_folder_of(base, fault) &&
                   figure_write(&figure, base, print_written, options, fault);
    free(base);
    return written;
}

static bool write_outputs(struct heatmap_options *options, const struct heatmap_grid *grid,
                          struct fault *fault)
{
    if (!write_figure(options, grid, fault))
        return false;
    if (!options->table)
        return true;
    if (!make_folder_of(options->table, fault) || !heatmap_table_write(grid, options->table, fault))
        return false;
    print_written(options, options->table);
    return true;
}

/* Says what was looked for, and where, when neither traces nor logs are there. */
static bool found_something(const struct heatmap_options *options,
                            const struct trace_folder *folder, const struct sweep_log *log,
                            struct fault *fault)
{
    if (folder->count > 0 || log->count > 0)
        return true;
    return fault_set(fault,
                     "nothing to show: no memory_trace_rank*.json%s in %s, and no "
                     "configurations in the logs of %s",
                     options->figure.filter.count ? " that --where chooses" : "",
                     options->memory_dir ? options->memory_dir : "(no --memory-dir)",
                     options->log_dir ? options->log_dir : "(no --log-dir)");
}

/* Step times and throughput are in a table of their own. */
static bool read_metrics(const struct heatmap_options *options, struct metrics *metrics,
                         struct fault *fault)
{
    char *path = NULL;
    if (options->metrics)
        return metrics_read(options->metrics, metrics, fault);
    if (!options->log_dir)
        return fault_set(fault,
                         "--metric %s wants --metrics FILE, or a " METRICS_FILE " in --log-dir",
                         options->metric->name);
    if (asprintf(&path, "%s/" METRICS_FILE, options->log_dir) < 0)
        return fault_set(fault, "out of memory");
    bool read = metrics_read(path, metrics, fault);
    free(path);
    return read;
}

static bool run(struct heatmap_options *options, struct fault *fault)
{
    struct trace_folder folder = {0};
    struct trace_figures *figures = NULL;
    struct sweep_log log = {0};
    struct heatmap_grid grid = {0};
    struct model_settings model = {0};
    struct metrics metrics = {0};
    size_t unreadable = 0;
    bool finished = false;

    if (options->model && !model_load(options->model, &model, fault))
        goto done;
    if (options->memory_dir &&
        !trace_folder_list(options->memory_dir, &options->figure.filter, &folder, fault))
        goto done;
    if (options->metric->mb_per_unit <= 0 && !read_metrics(options, &metrics, fault))
        goto done;
    if (options->log_dir && !sweep_log_read(options->log_dir, &log, fault))
        goto done;
    for (size_t i = 0; i < log.warning_count; i++)
        warnx("%s", log.warnings[i]);
    if (!found_something(options, &folder, &log, fault))
        goto done;
    if (!read_traces(options, &folder, &figures, &unreadable)) {
        fault_set(fault, "out of memory for %zu traces", folder.count);
        goto done;
    }
    const struct heatmap_input input = {
        .folder = options->memory_dir ? &folder : NULL,
        .figures = figures,
        .log = options->log_dir ? &log : NULL,
        .filter = &options->figure.filter,
        .reduce = options->reduce,
        .limit_mb = options->gpu * options->metric->mb_per_unit,
        .metric = options->metric,
        .metrics = &metrics,
        .model = options->model ? &model : NULL,
    };
    if (!heatmap_grid_build(&input, &grid, fault))
        goto done;
    for (size_t i = 0; i < grid.warning_count; i++)
        warnx("%s", grid.warnings[i]);
    if (!options->figure.quiet)
        print_summary(options, &folder, unreadable, &grid);
    finished = write_outputs(options, &grid, fault);
done:
    heatmap_grid_free(&grid);
    metrics_free(&metrics);
    sweep_log_free(&log);
    free(figures);
    trace_folder_free(&folder);
    return finished;
}

int main(int argc, char **argv)
{
    command_setup("visualize_heatmap");
    struct heatmap_options options;
    heatmap_options_parse(argc, argv, &options);
    struct fault fault = {0};
    if (!run(&options, &fault))
        errx(EXIT_FAILED, "%s", fault.text);
    return EXIT_DONE;
}
