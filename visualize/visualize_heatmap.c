/* visualize_heatmap: which TPxPP configurations fit in the GPU's memory, as a paper's figure.
 *
 * Joins the data part (heatmap/grid) and the drawing part (heatmap/draw), and tells the user what
 * was read. */
#include "schemas/base/command.h"
#include "schemas/base/output_file.h"
#include "schemas/sweep_log.h"
#include "schemas/trace_folder.h"
#include "schemas/units.h"
#include "tracer/model/model_file.h"
#include "visualize/figure/figure.h"
#include "visualize/figure/figure_options.h"
#include "visualize/heatmap/draw.h"
#include "visualize/heatmap/grid.h"
#include "visualize/heatmap/metric.h"
#include "visualize/heatmap/table.h"

#include <err.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct options {
    const char *memory_dir, *log_dir, *output, *table, *model;
    const char *metric_name, *unit;
    const struct heatmap_metric *metric;
    double max, gpu; /* in the unit; gpu 0: as max */
    enum heatmap_reduce reduce;
    struct figure_options figure;
};

/* ---- the command line ---- */

enum option_key {
    OPTION_MEMORY_DIR = 0x100, /* past the letters */
    OPTION_LOG_DIR,
    OPTION_MAX_MEMORY,
    OPTION_GPU_MEMORY,
    OPTION_REDUCE,
    OPTION_TABLE,
    OPTION_METRIC,
    OPTION_MODEL,
};

static const struct argp_option OPTIONS[] = {
    {NULL, 0, NULL, 0, "Input and output:", 1},
    {"memory-dir", OPTION_MEMORY_DIR, "DIR", 0, "folder of memory_trace_rank*.json or .gmtrace", 0},
    {"log-dir", OPTION_LOG_DIR, "DIR", 0,
     "folder of a sweep's logs: " SWEEP_LOG_SUCCESSFUL ", " SWEEP_LOG_FAILED
     ", " SWEEP_LOG_COMBINATIONS,
     0},
    {"output", 'o', "BASE", 0, "writes BASE.png, BASE.pdf (default: heatmap)", 0},
    {"table", OPTION_TABLE, "FILE", 0, "also write the figure's data, as .csv or .json", 0},
    {"reduce", OPTION_REDUCE, "max|mean|rank0", 0,
     "what stands for several ranks (default: max, the rank that runs out first)", 0},
    {"metric", OPTION_METRIC, "memory|theory", 0, "what cells show (default: memory)", 0},
    {"model", OPTION_MODEL, "FILE|PRESET", 0,
     "theory from a model where traces lack it (see estimate_memory)", 0},
    {"max-memory", OPTION_MAX_MEMORY, "GB", 0,
     "the full end of the colour scale (default: 80); 500MB: figures in MB", 0},
    {"gpu-memory", OPTION_GPU_MEMORY, "GB", 0,
     "the GPU's memory: theory at or over it is hatched (default: --max-memory)", 0},
    {0},
};

static const char DOCUMENTATION[] =
    "Draws a TP x PP heatmap of peak memory from trace files and a sweep's logs."
    "\v"
    "Example:\n"
    "  visualize_heatmap --memory-dir sweep/memory_traces --log-dir sweep \\\n"
    "      --output fig13 --column single\n\n"
    "The logs decide how a configuration ended; without --log-dir a trace means success. Without "
    "--memory-dir the figure shows outcomes alone. Exit status: 0 done, 1 failed, 2 wrong usage.";

static void take_reduce(struct argp_state *state, struct options *options, const char *text)
{
    static const char *const names[] = {"max", "mean", "rank0"};
    for (int i = 0; i < 3; i++)
        if (strcmp(text, names[i]) == 0) {
            options->reduce = (enum heatmap_reduce)i;
            return;
        }
    argp_error(state, "--reduce: expected max, mean or rank0, found '%s'", text);
}

/* "80" and "80GB" are GB; "500MB" makes MB the figure's unit. */
static double take_memory(struct argp_state *state, const char *option, const char *text,
                          struct options *options)
{
    char number[64];
    size_t length = strlen(text);
    bool in_mb = length > 2 && strcmp(text + length - 2, "MB") == 0;
    bool in_gb = length > 2 && strcmp(text + length - 2, "GB") == 0;
    snprintf(number, sizeof number, "%.*s", (int)(in_mb || in_gb ? length - 2 : length), text);
    if (in_mb)
        options->unit = "MB";
    return command_number(state, option, number, 0.001, 1e6);
}

static void check_whole(struct argp_state *state, const struct options *options)
{
    if (!options->memory_dir && !options->log_dir)
        argp_error(state, "give --memory-dir, --log-dir, or both");
    if (options->table && !heatmap_table_path_valid(options->table))
        argp_error(state, "--table: expected a name that ends in .csv or .json, found '%s'",
                   options->table);
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct options *options = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &options->figure;
        return 0;
    case OPTION_MEMORY_DIR:
        options->memory_dir = argument;
        return 0;
    case OPTION_LOG_DIR:
        options->log_dir = argument;
        return 0;
    case 'o':
        options->output = argument;
        return 0;
    case OPTION_TABLE:
        options->table = argument;
        return 0;
    case OPTION_MAX_MEMORY:
        options->max = take_memory(state, "--max-memory", argument, options);
        return 0;
    case OPTION_GPU_MEMORY:
        options->gpu = take_memory(state, "--gpu-memory", argument, options);
        return 0;
    case OPTION_REDUCE:
        take_reduce(state, options, argument);
        return 0;
    case OPTION_METRIC:
        options->metric_name = argument;
        if (!heatmap_metric_find(argument, "GB"))
            argp_error(state, "--metric: expected %s, found '%s'", heatmap_metric_names(),
                       argument);
        return 0;
    case OPTION_MODEL:
        options->model = argument;
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "'%s': expected options only", argument);
        return 0;
    case ARGP_KEY_END:
        check_whole(state, options);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

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
static bool read_traces(const struct options *options, const struct trace_folder *folder,
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

static void print_overflows(const struct options *options, const struct heatmap_grid *grid)
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

static void print_summary(const struct options *options, const struct trace_folder *folder,
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
    if (by[HEATMAP_TOO_LARGE] > 0 || !options->metric->second_word) {
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
    const struct options *options = context;
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

static bool write_figure(struct options *options, const struct heatmap_grid *grid,
                         struct fault *fault)
{
    struct heatmap_figure heatmap = {.grid = grid,
                                     .metric = options->metric,
                                     .max_value = options->max,
                                     .limit = options->gpu,
                                     .title = options->figure.title};
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

static bool write_outputs(struct options *options, const struct heatmap_grid *grid,
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
static bool found_something(const struct options *options, const struct trace_folder *folder,
                            const struct sweep_log *log, struct fault *fault)
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

static bool run(struct options *options, struct fault *fault)
{
    struct trace_folder folder = {0};
    struct trace_figures *figures = NULL;
    struct sweep_log log = {0};
    struct heatmap_grid grid = {0};
    struct model_settings model = {0};
    size_t unreadable = 0;
    bool finished = false;

    if (options->model && !model_load(options->model, &model, fault))
        goto done;
    if (options->memory_dir &&
        !trace_folder_list(options->memory_dir, &options->figure.filter, &folder, fault))
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
    sweep_log_free(&log);
    free(figures);
    trace_folder_free(&folder);
    return finished;
}

int main(int argc, char **argv)
{
    command_setup("visualize_heatmap");
    struct options options = {
        .output = "heatmap", .metric_name = "memory", .unit = "GB", .max = 80};
    const struct argp_child children[] = {{&figure_options_argp, 0, NULL, 0}, {0}};
    const struct argp argp = {
        .options = OPTIONS, .parser = parse, .doc = DOCUMENTATION, .children = children};
    argp_parse(&argp, argc, argv, 0, NULL, &options);
    if (options.gpu == 0)
        options.gpu = options.max;
    options.metric = heatmap_metric_find(options.metric_name, options.unit);
    struct fault fault = {0};
    if (!run(&options, &fault))
        errx(EXIT_FAILED, "%s", fault.text);
    return EXIT_DONE;
}
