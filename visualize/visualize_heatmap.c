/* visualize_heatmap: which configurations fit in the GPU's memory, as a paper's figure.
 *
 * Joins the data part (heatmap/grid) and the drawing part (heatmap/draw), and tells the user what
 * was read. */
#include "schemas/support/command.h"
#include "schemas/support/output_file.h"
#include "schemas/support/standard_output.h"
#include "schemas/support/text.h"
#include "schemas/support/units.h"
#include "schemas/sweep_log/sweep_log.h"
#include "schemas/trace_folder/trace_set.h"
#include "tracer/estimator/model/configuration_settings.h"
#include "tracer/estimator/model/model_file.h"
#include "visualize/figure/figure_output.h"
#include "visualize/figure/log_folder.h"
#include "visualize/heatmap/draw.h"
#include "visualize/heatmap/grid.h"
#include "visualize/heatmap/latex.h"
#include "visualize/heatmap/metric.h"
#include "visualize/heatmap/options.h"
#include "visualize/heatmap/table.h"

#include <err.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- reading ---- */

static void show_progress(void *context, size_t done)
{
    progress_update(context, done);
}

/* Reads every trace, and names those that cannot be read. */
static bool read_traces(const struct heatmap_options *options, struct trace_set *set,
                        struct fault *fault)
{
    struct progress progress;
    set->iterations = options->iterations;
    progress_start(&progress, "reading traces", set->count, options->quiet);
    bool read = trace_set_read(set, options->metric->reads_samples ? TRACE_FULL : TRACE_SUMMARY,
                               options->jobs, NULL, show_progress, &progress, fault);
    progress_end(&progress);
    for (size_t i = 0; read && i < set->count; i++)
        if (!set->summaries[i].read)
            warnx("%s; left out", set->faults[i].text);
    if (!read || !trace_set_check_iterations(set, fault))
        return false;
    if (*fault->text)
        warnx("%s", fault->text);
    return true;
}

static bool list_traces(const struct heatmap_options *options, struct trace_set *set,
                        struct fault *fault)
{
    char *paths[] = {options->memory_dir};
    return !options->memory_dir || trace_set_list(set, paths, 1, &options->filter, fault);
}

static void print_warnings(const struct trace_set *set, const struct sweep_log *log)
{
    for (size_t i = 0; i < set->folder_count; i++)
        for (size_t k = 0; k < set->folders[i].warning_count; k++)
            warnx("%s", set->folders[i].warnings[k]);
    for (size_t i = 0; i < log->warning_count; i++)
        warnx("%s", log->warnings[i]);
}

/* A key of --where that nothing here has is a mistake on the command line. */
struct found {
    const struct trace_set *set;
    const struct sweep_log *log;
};

static const struct configuration *found_at(const void *context, size_t index)
{
    const struct found *found = context;
    return index < found->set->configuration_count
               ? found->set->configurations[index]
               : &found->log->entries[index - found->set->configuration_count].configuration;
}

static void check_where(const struct heatmap_options *options, const struct trace_set *set,
                        const struct sweep_log *log)
{
    struct found found = {set, log};
    struct fault fault = {0};
    if (!filter_check_keys(&options->filter, set->configuration_count + log->count, found_at,
                           &found, &fault))
        errx(EXIT_USAGE, "--where: %s", fault.text);
}

/* ---- telling ---- */

static void print_overflows(const struct heatmap_options *options, const struct heatmap_grid *grid)
{
    bool first = true;
    dimension_set which = heatmap_axis_dimensions(grid);
    for (size_t i = 0; i < grid->cell_count; i++) {
        const struct heatmap_cell *cell = &grid->cells[i];
        if (!cell->overflow)
            continue;
        if (first)
            printf("ran, though theory is at or over %g %s:\n", options->gpu, options->unit);
        first = false;
        char text[CONFIGURATION_TEXT];
        configuration_text(text, sizeof text, &cell->configuration, which);
        printf("  %s%s%s: actual %.1f %s, theory %.1f %s\n", text, *cell->note ? ", " : "",
               cell->note, cell->value, options->unit, cell->second, options->unit);
    }
}

static void print_summary(const struct heatmap_options *options, const struct trace_set *set,
                          const struct heatmap_grid *grid)
{
    if (options->memory_dir) {
        printf("traces: %zu read from %s", set->count - set->unreadable,
               NAME(set->folders[0].path));
        if (set->unreadable)
            printf(", %zu unreadable", set->unreadable);
        if (set->folders[0].others)
            printf(", %zu other files passed over", set->folders[0].others);
        putchar('\n');
    }
    const size_t *by = grid->by_status;
    if (options->metric->decides_fit) {
        printf("configurations: %zu by %s", by[HEATMAP_SUCCESS] + by[HEATMAP_TOO_LARGE],
               strcmp(options->metric->name, "expected") == 0 ? "expected peak" : "theory");
        if (isnan(options->gpu))
            puts(" (--gpu-memory would tell which of them fit)");
        else
            printf(" (%zu fit into %g %s, %zu do not)\n", by[HEATMAP_SUCCESS], options->gpu,
                   options->unit, by[HEATMAP_TOO_LARGE]);
        return;
    }
    size_t all = by[HEATMAP_SUCCESS] + by[HEATMAP_OOM] + by[HEATMAP_FAILED] + by[HEATMAP_NONE];
    printf("configurations: %zu (%zu success, %zu oom, %zu failed, %zu without an outcome)", all,
           by[HEATMAP_SUCCESS], by[HEATMAP_OOM], by[HEATMAP_FAILED], by[HEATMAP_NONE]);
    if (grid->shown_count < all)
        printf("; %zu of them shown, by --over", grid->shown_count);
    putchar('\n');
    print_overflows(options, grid);
}

/* ---- the whole ---- */

/* What is not given of the GPU's memory and of the unit follows from the traces: the smallest unit
 * in which a figure that has the traces' largest is a readable number. */
static void complete_options(struct heatmap_options *options, const struct trace_set *set)
{
    char text[TRACE_SET_GPU];
    double largest = 0, per_unit;
    for (size_t i = 0; i < set->count; i++)
        if (set->summaries[i].read)
            largest = fmax(largest, fmax(set->summaries[i].peak_mb, set->summaries[i].theory_mb));
    if (!options->figure.style.unit && options->max <= 0 && options->gpu <= 0 && largest > 0 &&
        largest < UNITS_MB_PER_GB) {
        options->unit = "MB";
        options->metric = heatmap_metric_find(options->metric_name, options->unit);
    }
    per_unit = options->metric->mb_per_unit > 0 ? options->metric->mb_per_unit : UNITS_MB_PER_GB;
    options->gpu = trace_set_gpu_mb(set, options->gpu * per_unit, text) / per_unit;
    if (*text)
        warnx("%s", text);
    if (options->gpu <= 0)
        options->gpu = options->max > 0 ? options->max : NAN;
}

/* The ends of the colour scale: memory begins at none, and ends at the GPU's. */
static struct axes_range scale_of(const struct heatmap_options *options,
                                  const struct heatmap_grid *grid)
{
    if (options->metric->mb_per_unit <= 0)
        return heatmap_round_range(grid);
    return (struct axes_range){0, options->max > 0   ? options->max
                                  : options->gpu > 0 ? options->gpu
                                                     : heatmap_round_end(grid)};
}

static char *title_of(const struct heatmap_options *options)
{
    char *title = NULL;
    int length = asprintf(&title, "%s by %s and %s", options->metric->figure_title,
                          DIMENSIONS[options->axes.y].name, DIMENSIONS[options->axes.x].name);
    return length < 0 ? NULL : title;
}

static struct heatmap_figure heatmap_of(const struct heatmap_options *options,
                                        const struct heatmap_grid *grid)
{
    struct axes_range scale = scale_of(options, grid);
    return (struct heatmap_figure){.grid = grid,
                                   .metric = options->metric,
                                   .min_value = scale.least,
                                   .max_value = scale.most,
                                   .limit = options->gpu,
                                   .title = options->figure.title};
}

static bool write_table(const struct heatmap_options *options, const struct heatmap_grid *grid,
                        struct fault *fault)
{
    struct heatmap_figure heatmap = heatmap_of(options, grid);
    if (!make_folder_of(options->table, fault))
        return false;
    return text_ends_with(options->table, ".tex")
               ? heatmap_latex_write(&heatmap, &options->figure.style, options->table, fault)
               : heatmap_table_write(grid, options->table, fault);
}

static bool write_figure(struct heatmap_options *options, const struct heatmap_grid *grid,
                         struct fault *fault)
{
    struct heatmap_figure heatmap = heatmap_of(options, grid);
    double width = figure_options_width(&options->figure);
    char *title = title_of(options);
    struct figure figure = figure_of_options(
        &options->figure, heatmap_natural_height(&heatmap, &options->figure.style, width), title);
    figure.draw = heatmap_draw;
    figure.context = &heatmap;
    bool written = title ? figure_write_output(&figure, options->output, options->quiet, fault)
                         : fault_set(fault, "out of memory");
    free(title);
    return written;
}

static bool write_outputs(struct heatmap_options *options, const struct heatmap_grid *grid,
                          struct fault *fault)
{
    if (!write_figure(options, grid, fault))
        return false;
    if (options->table && !write_table(options, grid, fault))
        return false;
    if (options->json && (!make_folder_of(options->json, fault) ||
                          !heatmap_table_write_json(grid, options->json, fault)))
        return false;
    if (options->table)
        figure_print_written(options->table, options->quiet);
    if (options->json)
        figure_print_written(options->json, options->quiet);
    return true;
}

static size_t chosen_entries(const struct heatmap_options *options, const struct sweep_log *log)
{
    size_t count = 0;
    for (size_t i = 0; i < log->count; i++)
        count += filter_matches(&options->filter, &log->entries[i].configuration, -1);
    return count;
}

/* Says what was looked for, and where, when neither traces nor logs have it; a warning where one of
 * them has. */
static bool found_something(const struct heatmap_options *options, struct trace_set *set,
                            const struct sweep_log *log, struct fault *fault)
{
    size_t entries = chosen_entries(options, log);
    const char *chosen = options->filter.count ? TRACE_SET_CHOSEN : "";
    if (set->count == 0 && entries == 0)
        return fault_set(fault,
                         "nothing to show: no memory_trace_rank*.json%s in %s, and no "
                         "configurations%s in the logs of %s",
                         chosen, options->memory_dir ? options->memory_dir : "(no --memory-dir)",
                         chosen, options->log_dir ? options->log_dir : "(no --log-dir)");
    if (options->log_dir && entries == 0)
        warnx("%s: no configurations%s in its logs", NAME(options->log_dir), chosen);
    return trace_set_warn_of_empty(set, &options->filter) || fault_set(fault, "out of memory");
}

/* Traces alone, and not one that can be read: there is nothing to draw. */
static bool read_something(const struct heatmap_options *options, const struct trace_set *set,
                           struct fault *fault)
{
    return set->unreadable < set->count || options->log_dir ||
           fault_set(fault, "%s: none of the traces could be read", set->folders[0].path);
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

struct inputs {
    struct trace_set set;
    struct sweep_log log;
    struct metrics metrics;
    struct model_settings model;
};

static bool read_inputs(const struct heatmap_options *options, struct inputs *inputs,
                        struct fault *fault)
{
    if (strcmp(options->metric->name, "expected") == 0 && !options->model)
        return fault_set(fault, "--metric expected wants --model FILE|PRESET");
    if (options->model && !model_load(options->model, &inputs->model, fault))
        return false;
    if (!list_traces(options, &inputs->set, fault))
        return false;
    if (options->metric->mb_per_unit <= 0 && !read_metrics(options, &inputs->metrics, fault))
        return false;
    if (options->log_dir && !sweep_log_read(options->log_dir, &inputs->log, fault))
        return false;
    check_where(options, &inputs->set, &inputs->log);
    bool found = found_something(options, &inputs->set, &inputs->log, fault);
    print_warnings(&inputs->set, &inputs->log);
    return found && read_traces(options, &inputs->set, fault) &&
           read_something(options, &inputs->set, fault);
}

/* A figure without figures would say nothing of what was asked for. */
static bool shows_something(const struct heatmap_grid *grid, struct fault *fault)
{
    for (size_t i = 0; i < grid->cell_count; i++)
        if (!isnan(grid->cells[i].value))
            return true;
    return !grid->metric->wants || fault_set(fault, "nothing to show: --metric %s wants %s",
                                             grid->metric->name, grid->metric->wants);
}

static bool draw(struct heatmap_options *options, const struct inputs *inputs, struct fault *fault)
{
    struct heatmap_grid grid;
    char text[200];
    complete_options(options, &inputs->set);
    const struct heatmap_input input = {
        .set = options->memory_dir ? &inputs->set : NULL,
        .log = options->log_dir ? &inputs->log : NULL,
        .filter = &options->filter,
        .axes = options->axes,
        .reduce = options->reduce,
        .limit_mb = options->gpu * options->metric->mb_per_unit,
        .metric = options->metric,
        .metrics = &inputs->metrics,
        .model = options->model ? &inputs->model : NULL,
        .peak_tflops = options->peak_tflops,
    };
    if (!heatmap_grid_build(&input, &grid, fault))
        return false;
    if (!shows_something(&grid, fault)) {
        heatmap_grid_free(&grid);
        return false;
    }
    for (size_t i = 0; i < grid.warning_count; i++)
        warnx("%s", grid.warnings[i]);
    if (!options->quiet)
        print_summary(options, &inputs->set, &grid);
    if (!options->quiet && options->model)
        puts(settings_theory_text(&inputs->model, text, sizeof text));
    bool written = write_outputs(options, &grid, fault);
    heatmap_grid_free(&grid);
    return written;
}

static bool run(struct heatmap_options *options, struct fault *fault)
{
    struct inputs inputs = {0};
    bool finished = (!options->folder || log_folder_take(options->folder, &options->memory_dir,
                                                         &options->log_dir, fault)) &&
                    log_folder_find(&options->log_dir, &options->memory_dir, 1, fault) &&
                    read_inputs(options, &inputs, fault) && draw(options, &inputs, fault);
    metrics_free(&inputs.metrics);
    sweep_log_free(&inputs.log);
    trace_set_free(&inputs.set);
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
    figure_options_free(&options.figure);
    return EXIT_DONE;
}
