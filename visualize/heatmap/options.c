#include "visualize/heatmap/options.h"

#include "schemas/metrics/metrics.h"
#include "schemas/support/command.h"
#include "schemas/sweep_log/sweep_log.h"
#include "visualize/heatmap/axes_options.h"
#include "visualize/heatmap/metric.h"
#include "visualize/heatmap/table.h"

#include <stdio.h>
#include <string.h>

enum option_key {
    OPTION_MEMORY_DIR = 0x100, /* past the letters */
    OPTION_LOG_DIR,
    OPTION_MAX_MEMORY,
    OPTION_GPU_MEMORY,
    OPTION_REDUCE,
    OPTION_ITERATIONS,
    OPTION_TABLE,
    OPTION_METRIC,
    OPTION_MODEL,
    OPTION_METRICS,
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
    {ITERATIONS_OPTION, OPTION_ITERATIONS, ITERATIONS_VALUES, 0, ITERATIONS_HELP, 0},
    {"metric", OPTION_METRIC, "NAME", 0,
     "what cells show: memory (default), theory, ms an iteration, or tflops of a GPU", 0},
    {"metrics", OPTION_METRICS, "FILE", 0,
     "table of step times and throughput (default: " METRICS_FILE " in --log-dir)", 0},
    {"model", OPTION_MODEL, "FILE|PRESET", 0,
     "theory from a model where traces lack it (see estimate_memory)", 0},
    {"max-memory", OPTION_MAX_MEMORY, "GB", 0,
     "the full end of the colour scale (default: the GPU's memory, else a round number above all "
     "figures); 500MB: figures in MB",
     0},
    {"gpu-memory", OPTION_GPU_MEMORY, "GB", 0,
     "the GPU's memory: theory at or over it is hatched (default: as the traces say, else "
     "--max-memory)",
     0},
    {0},
};

static const char DOCUMENTATION[] =
    "Draws a heatmap of peak memory, TP x PP or by any other two sizes, from trace files and a "
    "sweep's logs."
    "\v"
    "Example:\n"
    "  visualize_heatmap --memory-dir sweep/memory_traces --log-dir sweep \\\n"
    "      --output fig13 --column single\n"
    "  visualize_heatmap --memory-dir sweep/memory_traces --log-dir sweep \\\n"
    "      --y ep --facet cp --over tp=best --where wd=64\n\n"
    "The logs decide how a configuration ended; without --log-dir a trace means success. Without "
    "--memory-dir the figure shows outcomes alone. Exit status: 0 done, 1 failed, 2 wrong usage.";

static void take_reduce(struct argp_state *state, struct heatmap_options *options, const char *text)
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
                          struct heatmap_options *options)
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

static void check_whole(struct argp_state *state, const struct heatmap_options *options)
{
    if (!options->memory_dir && !options->log_dir)
        argp_error(state, "give --memory-dir, --log-dir, or both");
    if (options->table && !heatmap_table_path_valid(options->table))
        argp_error(state, "--table: expected a name that ends in .csv or .json, found '%s'",
                   options->table);
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct heatmap_options *options = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &options->axes;
        state->child_inputs[1] = &options->figure;
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
    case OPTION_ITERATIONS:
        if (!iteration_choice_parse(argument, &options->iterations))
            argp_error(state, "--" ITERATIONS_OPTION ": expected " ITERATIONS_VALUES ", found '%s'",
                       argument);
        return 0;
    case OPTION_METRIC:
        options->metric_name = argument;
        if (!heatmap_metric_find(argument, "GB"))
            argp_error(state, "--metric: expected %s, found '%s'", heatmap_metric_names(),
                       argument);
        return 0;
    case OPTION_METRICS:
        options->metrics = argument;
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

void heatmap_options_parse(int argc, char **argv, struct heatmap_options *options)
{
    *options = (struct heatmap_options){.output = "heatmap", .metric_name = "memory", .unit = "GB"};
    const struct argp_child children[] = {
        {&heatmap_axes_argp, 0, NULL, 0}, {&figure_options_argp, 0, NULL, 0}, {0}};
    const struct argp argp = {
        .options = OPTIONS, .parser = parse, .doc = DOCUMENTATION, .children = children};
    command_parse(&argp, argc, argv, 0, options);
    options->metric = heatmap_metric_find(options->metric_name, options->unit);
}
