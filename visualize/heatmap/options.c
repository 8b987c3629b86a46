#include "visualize/heatmap/options.h"

#include "schemas/metrics/metrics.h"
#include "schemas/support/number.h"
#include "schemas/support/units.h"
#include "schemas/sweep_log/sweep_log.h"
#include "visualize/figure/trace_options.h"
#include "visualize/heatmap/axes_options.h"
#include "visualize/heatmap/metric.h"

#include <string.h>

static bool take_metric(const struct option_row *row, void *target, const char *text,
                        struct fault *fault)
{
    (void)row;
    *(const char **)target = text;
    return heatmap_metric_find(text, "GB") ||
           fault_set(fault, "expected %s, found '%s'", heatmap_metric_names(), text);
}

/* In MB until all is read: one size in MB makes MB the figure's unit. */
static bool take_memory(const struct option_row *row, void *target, const char *text,
                        struct fault *fault)
{
    struct heatmap_options *options = target;
    double mb, unit_mb;
    if (!size_parse(text, UNITS_MB_PER_GB, &mb, &unit_mb, fault))
        return false;
    if (gb_from_mb(mb) > row->most || mb <= row->least)
        return fault_set(fault, "'%s' is not a size over %g MB, up to %g GB", text, row->least,
                         row->most);
    if (unit_mb <= 1)
        options->unit = "MB";
    *(double *)(void *)((char *)target + row->detail) = mb;
    return true;
}

static const char *const REDUCTIONS[] = {[HEATMAP_REDUCE_MAX] = "max",
                                         [HEATMAP_REDUCE_MEAN] = "mean",
                                         [HEATMAP_REDUCE_RANK0] = "rank0",
                                         NULL};

#define AT(member) offsetof(struct heatmap_options, member)
#define MEMORY_ROW(option, member, text)                                                           \
    {                                                                                              \
        .name = (option), .kind = OPTION_TAKEN, .take = take_memory, .detail = AT(member),         \
        .most = 1e6, .argument = OPTION_ARGUMENT_SIZE, .help = (text)                              \
    }

static const struct option_row OPTIONS[] = {
    {.kind = OPTION_HEADING, .help = "Input and output:"},
    OPTION_TEXT_ROW("memory-dir", AT(memory_dir), "DIR",
                    "folder of memory_trace_rank*.json or .gmtrace"),
    OPTION_TEXT_ROW("log-dir", AT(log_dir), "DIR",
                    "folder of a sweep's logs: " SWEEP_LOG_SUCCESSFUL ", " SWEEP_LOG_FAILED
                    ", " SWEEP_LOG_COMBINATIONS),
    {.name = "output",
     .letter = 'o',
     .kind = OPTION_TEXT,
     .target = AT(output),
     .argument = "BASE",
     .help = "writes BASE.png, BASE.pdf",
     .tells_default = true},
    OPTION_TEXT_ROW("table", AT(table), "FILE",
                    "also write the figure's data, as .csv, .json, or .tex (booktabs)"),
    OPTION_JSON_ROW(AT(json), "write the figure's data"),
    {.name = "reduce",
     .kind = OPTION_CHOICE,
     .target = AT(reduce),
     .words = REDUCTIONS,
     .help = "what stands for several ranks (default: max, the rank that runs out first)"},
    OPTION_ITERATIONS_ROW(AT(iterations)),
    {.name = "metric",
     .kind = OPTION_TAKEN,
     .target = AT(metric_name),
     .take = take_metric,
     .argument = "memory|theory|expected|headroom|static|reserved|ms|tflops|tokens|mfu",
     .help = "what cells show: memory (default), theory, expected peak, headroom (what of the "
             "GPU's memory stays free), static or reserved memory, ms an iteration, tflops of a "
             "GPU, tokens a second and GPU, or mfu (model FLOPs utilization)"},
    OPTION_TEXT_ROW("metrics", AT(metrics), "FILE",
                    "table of step times and throughput (default: " METRICS_FILE " in --log-dir)"),
    {.name = "peak-tflops",
     .kind = OPTION_NUMBER,
     .target = AT(peak_tflops),
     .least = 0.001,
     .most = 1e6,
     .argument = "N",
     .help = "the GPU's arithmetic in TFLOP/s, for mfu: 989 of an H100 in bf16, 312 of an A100"},
    OPTION_TEXT_ROW("model", AT(model), "FILE|PRESET",
                    "theory from a model where traces lack it (see estimate_memory)"),
    MEMORY_ROW("max-memory", max,
               "the full end of the colour scale (default: the GPU's memory, else a round number "
               "above all figures); 500MB: figures in MB"),
    MEMORY_ROW(
        "gpu-memory", gpu,
        "the GPU's memory: theory at or over it is hatched (default: as the traces say, else "
        "--max-memory)"),
    OPTION_WHERE_ROW(AT(filter)),
    OPTION_JOBS_ROW(AT(jobs)),
    OPTION_QUIET_ROW(AT(quiet)),
    {0},
};

static const struct option_command COMMAND = {
    .arguments = "[SWEEP]",
    .about = "Draws a heatmap of peak memory, TP x PP or by any other two sizes, from trace files "
             "and a sweep's logs.",
    .notes = "Example:\n"
             "  visualize_heatmap sweep --output fig13 --column single\n"
             "  visualize_heatmap --memory-dir sweep/memory_traces --log-dir sweep \\\n"
             "      --y ep --facet cp --over tp=best --where wd=64\n\n"
             "SWEEP is a folder of traces, or one with logs and traces in memory_traces. The logs "
             "decide how a configuration ended; without --log-dir a trace means success. "
             "Without --memory-dir the figure shows outcomes alone. Exit status: 0 done, 1 failed, "
             "2 wrong usage.\n",
};

static const struct figure_has HAS = {
    .parts = FIGURE_COLORBAR | FIGURE_HATCH | FIGURE_VALUES | FIGURE_DECIMALS,
    .words = (const enum word[]){WORD_ACTUAL, WORD_THEORY,   WORD_EXPECTED,  WORD_FREE,
                                 WORD_STATIC, WORD_RESERVED, WORD_TIME,      WORD_THROUGHPUT,
                                 WORD_UPPER,  WORD_LOWER,    WORD_BEST,      WORD_WORST,
                                 WORD_OOM,    WORD_FAILED,   WORD_TOO_LARGE, WORD_OVERFLOW,
                                 WORD_RAN,    WORD_EMPTY,    WORD_BAR,       WORD_X,
                                 WORD_Y,      WORDS},
};

void heatmap_options_parse(int argc, char **argv, struct heatmap_options *options)
{
    *options = (struct heatmap_options){.output = "heatmap",
                                        .metric_name = "memory",
                                        .unit = "GB",
                                        .axes = heatmap_usual_axes(),
                                        .figure = figure_options_default(&HAS)};
    const struct option_table tables[] = {{OPTIONS, options},
                                          {HEATMAP_AXES_OPTIONS, &options->axes},
                                          {FIGURE_OPTIONS, &options->figure},
                                          {0}};
    size_t count;
    char **arguments = options_parse(&COMMAND, tables, argc, argv, &count);
    options->folder = options_folder(arguments, options->memory_dir);
    heatmap_axes_check(&options->axes);
    if (!options->folder && !options->memory_dir && !options->log_dir)
        options_error("give a sweep's folder, or --memory-dir, --log-dir, or both");
    figure_options_check_table(&options->figure, options->table);
    options->quiet = options->quiet || options_print_alone(options->json);
    if (options->figure.style.unit)
        options->unit = options->figure.style.unit;
    struct memory_unit unit = {"GB", UNITS_MB_PER_GB};
    memory_unit_named(options->unit, &unit);
    options->max /= unit.mb;
    options->gpu /= unit.mb;
    options->metric = heatmap_metric_find(options->metric_name, options->unit);
}
