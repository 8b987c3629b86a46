#include "schemas/metrics/metrics.h"
#include "schemas/sweep_log/sweep_log.h"
#include "visualize/figure/data_table.h"
#include "visualize/figure/log_folder.h"
#include "visualize/figure/trace_options.h"
#include "visualize/runs/runs.h"

#include <err.h>

static const char *const REDUCTIONS[] = {[HEATMAP_REDUCE_MAX] = "max",
                                         [HEATMAP_REDUCE_MEAN] = "mean",
                                         [HEATMAP_REDUCE_RANK0] = "rank0",
                                         NULL};

#define AT(member) offsetof(struct runs_options, member)

#define MEMORY_ROWS                                                                                \
    OPTION_TEXT_ROW("memory-dir", AT(memory_dir), "DIR",                                           \
                    "folder of memory_trace_rank*.json or .gmtrace"),                              \
        OPTION_TEXT_ROW("log-dir", AT(log_dir), "DIR",                                             \
                        "folder of a sweep's logs: " SWEEP_LOG_SUCCESSFUL ", " SWEEP_LOG_FAILED    \
                        ", " SWEEP_LOG_COMBINATIONS),                                              \
        OPTION_TEXT_ROW("model", AT(model), "FILE|PRESET",                                         \
                        "a model, for theory and expected peak (see estimate_memory)"),            \
        {.name = "reduce",                                                                         \
         .kind = OPTION_CHOICE,                                                                    \
         .target = AT(reduce),                                                                     \
         .words = REDUCTIONS,                                                                      \
         .help = "what stands for several ranks (default: max, the rank that runs out first)"},    \
        OPTION_ITERATIONS_ROW(AT(iterations)), OPTION_WHERE_ROW(AT(filter)),                       \
        OPTION_GPU_MEMORY_ROW(AT(gpu_gb), "the GPU's memory (default: as the traces say)")
#define RUNNING_ROWS                                                                               \
    OPTION_JSON_ROW(AT(json), "write the figure's data"), OPTION_JOBS_ROW(AT(jobs)),               \
        OPTION_QUIET_ROW(AT(quiet))

const struct option_row RUNS_MEMORY_OPTIONS[] = {
    {.kind = OPTION_HEADING, .help = "What is read:"}, MEMORY_ROWS, RUNNING_ROWS, {0}};

const struct option_row RUNS_OPTIONS[] = {
    {.kind = OPTION_HEADING, .help = "What is read:"},
    MEMORY_ROWS,
    OPTION_TEXT_ROW("metrics", AT(metrics), "FILE",
                    "table of step times and throughput (default: " METRICS_FILE " in --log-dir)"),
    {.name = "peak-tflops",
     .kind = OPTION_NUMBER,
     .target = AT(peak_tflops),
     .least = 0.001,
     .most = 1e6,
     .argument = "N",
     .help = "the GPU's arithmetic in TFLOP/s, for MFU: 989 of an H100 in bf16, 312 of an A100"},
    RUNNING_ROWS,
    {0}};

void runs_options_complete(struct runs_options *options, char *const *arguments)
{
    struct fault fault = {0};
    char *folder = options_folder(arguments, options->memory_dir);
    if (folder && !log_folder_take(folder, &options->memory_dir, &options->log_dir, &fault))
        errx(EXIT_FAILED, "%s", fault.text);
    if (options->json && !data_table_path_is_json(options->json))
        options_error("--json: '%s' is the name of a table: --table writes it", options->json);
    options->quiet = options->quiet || options_print_alone(options->json);
}
