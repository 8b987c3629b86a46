#include "sweep/run/run_options.h"

#include "schemas/configuration/value_list.h"
#include "schemas/support/number.h"
#include "schemas/support/options.h"
#include "schemas/support/shell_words.h"
#include "schemas/support/text.h"
#include "schemas/support/units.h"
#include "tracer/estimator/model/model_file.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ---- values with a syntax of their own ---- */

static bool take_layers(const struct option_row *row, void *target, const char *text,
                        struct fault *fault)
{
    int64_t layers;
    (void)row;
    if (!integer_parse(text, 1, INT64_MAX, &layers, fault))
        return false;
    configuration_set_number(target, DIMENSION_LAYERS, layers);
    return true;
}

static bool take_model(const struct option_row *row, void *target, const char *text,
                       struct fault *fault)
{
    struct run_options *options = target;
    (void)row;
    options->rules.model = &options->model;
    return model_load(text, &options->model, fault);
}

/* "0-3" as "0,1,2,3"; what is no range (a UUID has dashes, too) stays as it is. NULL when out of
 * memory. */
static char *numbers_of(const char *text)
{
    struct value_list list;
    struct growing_text numbers;
    if (!strpbrk(text, "-.:") || !value_list_parse(text, 0, &list, NULL))
        return strdup(text);
    bool begun = growing_text_begin(&numbers);
    for (size_t i = 0; begun && i < list.count; i++)
        fprintf(numbers.stream, "%s%" PRId64, i > 0 ? "," : "", list.values[i]);
    value_list_free(&list);
    return begun ? growing_text_end(&numbers) : NULL;
}

static bool take_gpus(const struct option_row *row, void *target, const char *text,
                      struct fault *fault)
{
    struct run_options *options = target;
    (void)row;
    shell_words_free(options->gpus);
    char *numbers = numbers_of(text);
    options->gpus = numbers ? shell_words_split(numbers, ",", fault) : NULL;
    free(numbers);
    options->gpu_count = 0;
    while (options->gpus && options->gpus[options->gpu_count])
        options->gpu_count++;
    if (options->gpus && options->gpu_count == 0)
        return fault_set(fault, "expected devices like 0,1,2,3, found '%s'", text);
    return options->gpus != NULL;
}

static bool take_words(const struct option_row *row, void *target, const char *text,
                       struct fault *fault)
{
    char ***words = target;
    (void)row;
    shell_words_free(*words);
    *words = shell_words_split(text, " \t\n", fault);
    return *words != NULL;
}

/* ---- the options ---- */

#define AT(member) offsetof(struct run_options, member)
#define AXIS_ROW(option, dimension, text)                                                          \
    {                                                                                              \
        .name = (option), .kind = OPTION_TAKEN, .target = AT(rules.axes),                          \
        .take = combinations_take_values, .detail = (dimension), .argument = "LIST",               \
        .help = (text)                                                                             \
    }

static const char *const LAUNCHERS[] = {
    [LAUNCHER_LOCAL] = "local", [LAUNCHER_SLURM] = "slurm", NULL};

static const struct option_row OPTIONS[] = {
    {.kind = OPTION_HEADING, .help = "What to try:"},
    {.name = "world-size",
     .kind = OPTION_INTEGER,
     .target = AT(rules.world_size),
     .least = 1,
     .argument = "N",
     .help = "number of ranks"},
    AXIS_ROW("tp", DIMENSION_TP, "tensor parallel sizes"),
    AXIS_ROW("pp", DIMENSION_PP, "pipeline parallel sizes"),
    AXIS_ROW("cp", DIMENSION_CP, "context parallel sizes"),
    AXIS_ROW("ep", DIMENSION_EP, "expert parallel sizes"),
    AXIS_ROW("etp", DIMENSION_ETP, "expert tensor parallel sizes"),
    AXIS_ROW("vpp", DIMENSION_VPP, "virtual pipeline parallel sizes"),
    AXIS_ROW("micro-batch-size", DIMENSION_MICRO_BATCH_SIZE,
             "sequences of a micro-batch (default: 1)"),
    {.name = "axis",
     .kind = OPTION_TAKEN,
     .target = AT(rules.axes),
     .take = combinations_take_axis,
     .argument = "KEY=LIST",
     .help =
         "any other dimension, as often as you like: recompute=none,selective,full or zero=1,3"},
    {.name = "layers",
     .kind = OPTION_TAKEN,
     .target = AT(rules.given),
     .take = take_layers,
     .argument = "N",
     .help = "the model's layers: PP must divide them"},
    {.name = "dp-even",
     .kind = OPTION_FLAG,
     .target = AT(rules.dp_even),
     .help = "leave out odd data parallel sizes"},
    {.name = "micro-batches",
     .kind = OPTION_TEXT,
     .target = AT(rules.micro_batches),
     .argument = "EXPR",
     .help = "number of micro-batches, over any dimension (tp pp dp gbs mbs world_size layers "
             "...): '6*pp', 'gbs/(mbs*dp)'"},
    {.name = "global-batch-size",
     .kind = OPTION_TEXT,
     .target = AT(rules.global_batch_size),
     .argument = "EXPR",
     .help = "samples per iteration (default: micro-batches * micro-batch size * DP)"},
    {.name = "model",
     .kind = OPTION_TAKEN,
     .target = 0,
     .take = take_model,
     .argument = "FILE|PRESET",
     .help = "theory beside each configuration (see estimate_memory)"},
    {.name = "gpu-memory",
     .kind = OPTION_SIZE,
     .target = AT(rules.gpu_mb),
     .least = 0.001,
     .most = 1e6,
     .scale = UNITS_MB_PER_GB,
     .tells_default = true,
     .argument = OPTION_ARGUMENT_SIZE,
     .help = "the GPU's memory"},
    {.name = "skip-over",
     .kind = OPTION_NUMBER,
     .target = AT(rules.skip_over),
     .least = 0.001,
     .most = 1e6,
     .argument = "FACTOR",
     .help = "do not try what needs so many times the GPU's memory by theory"},
    {.name = "plan",
     .kind = OPTION_FLAG,
     .target = AT(plan_only),
     .help = "print what would be tried, and stop"},
    {.kind = OPTION_HEADING, .help = "How to run it:"},
    {.name = "output",
     .letter = 'o',
     .kind = OPTION_TEXT,
     .target = AT(output),
     .argument = "DIR",
     .help = "writes into DIR: logs, output, and traces in DIR/memory_traces"},
    {.name = "parallel",
     .old_name = "jobs",
     .letter = 'j',
     .kind = OPTION_COUNT,
     .target = AT(jobs),
     .least = 1,
     .most = 4096,
     .argument = "N",
     .help = "configurations at once (default: 1; with Slurm: no limit)"},
    {.name = "gpus",
     .kind = OPTION_TAKEN,
     .target = 0,
     .take = take_gpus,
     .argument = "LIST",
     .help = "share these out among the runs, by CUDA_VISIBLE_DEVICES: 0-3, or names"},
    {.name = "timeout",
     .kind = OPTION_DURATION,
     .target = AT(timeout_s),
     .argument = "TIME",
     .help = "end a run after so long: 90, 30m, 2h"},
    {.name = "grace",
     .kind = OPTION_DURATION,
     .target = AT(grace_s),
     .tells_default = true,
     .argument = "TIME",
     .help = "from SIGTERM to SIGKILL, in seconds"},
    {.name = "retries",
     .kind = OPTION_COUNT,
     .target = AT(retries),
     .most = 1000,
     .argument = "N",
     .help = "try again after a failure that is not OOM"},
    {.name = "log-limit",
     .kind = OPTION_BYTES,
     .target = AT(log_limit),
     .least = 0.001,
     .most = 1e9,
     .tells_default = true,
     .argument = OPTION_ARGUMENT_SIZE,
     .help = "keep so much of a run's output, its head and its end; MB without a unit"},
    OPTION_JSON_ROW(AT(json), "write the plan, or what summary.json says at the end"),
    OPTION_QUIET_ROW(AT(quiet)),
    {.kind = OPTION_HEADING, .help = "To go on with a sweep (the same command does):"},
    {.name = "retry-failed",
     .kind = OPTION_FLAG,
     .target = AT(retry_failed),
     .help = "try again what failed otherwise than by OOM"},
    {.name = "force", .kind = OPTION_FLAG, .target = AT(force), .help = "try everything again"},
    {.kind = OPTION_HEADING, .help = "Slurm:"},
    {.name = "launcher",
     .kind = OPTION_CHOICE,
     .target = AT(launcher),
     .words = LAUNCHERS,
     .tells_default = true,
     .help = "where runs happen"},
    {.name = "sbatch-args",
     .kind = OPTION_TAKEN,
     .target = AT(sbatch_args),
     .take = take_words,
     .argument = "ARGS",
     .help = "more of sbatch's options: '--nodes=4 --gpus-per-node=8 --time=30'"},
    {.name = "poll",
     .kind = OPTION_DURATION,
     .target = AT(poll_s),
     .argument = "TIME",
     .help = "ask Slurm so often (default: 2, growing to 15 seconds)"},
    {.name = "slurm-task",
     .kind = OPTION_TEXT,
     .target = AT(task_dir),
     .hidden = true,
     .argument = "DIR"},
    {0},
};

static const struct option_command COMMAND = {
    .arguments = "-- COMMAND...",
    .about =
        "Runs a command once for every TP x PP (and every value of other axes) that divides the "
        "world size, and logs which configurations succeed, run out of memory, or fail otherwise.",
    .notes =
        "In the command's arguments {tp} {pp} {dp} {cp} {ep} {nmb} {gbs} {mbs} {world_size} "
        "{layers} "
        "{recompute} and the like, and {trace_dir} {log_dir}, are replaced ({{ is a brace); "
        "GMT_TP, "
        "GMT_PP, ... in its environment say the same, and GMT_DIR where traces go. No shell is in "
        "between.\n\n"
        "Example:\n"
        "  run_sweep --world-size 8192 --tp 1,2,4,8 --pp 2,4,8,16,32,64 --layers 96 \\\n"
        "      --micro-batches '6*pp' --output sweeps/485b -- ./train.sh --tp {tp} --pp {pp}\n\n"
        "The same command again goes on where it stopped. Exit status: 0 every configuration ran, "
        "or "
        "ran out of memory, or was left out; 1 some failed otherwise or were not run; 2 wrong "
        "usage.\n",
    .runs_command = true,
};

/* ---- the whole ---- */

static void check_whole(struct run_options *options)
{
    options->quiet = options->quiet || options_print_alone(options->json);
    if (options->rules.world_size < 1)
        options_error("--world-size is missing");
    if (!combinations_axis(&options->rules.axes, DIMENSION_TP) ||
        !combinations_axis(&options->rules.axes, DIMENSION_PP))
        options_error("--tp and --pp are missing");
    if (options->rules.skip_over > 0 && !options->rules.model)
        options_error("--skip-over wants --model, for the theory");
    if (options->plan_only)
        return;
    if (!options->output)
        options_error("--output is missing");
    if (!options->command)
        options_error("expected a command after --");
    if (options->gpu_count > 0 && options->jobs > options->gpu_count)
        options_error("--parallel: %u runs cannot have a GPU each of %zu", options->jobs,
                      options->gpu_count);
    if (options->gpu_count > 0 && options->launcher == LAUNCHER_SLURM)
        options_error("--gpus: Slurm hands out GPUs itself: --sbatch-args --gpus=N");
    if (options->sbatch_args && options->launcher != LAUNCHER_SLURM)
        options_error("--sbatch-args: only with --launcher slurm");
}

void run_options_parse(int argc, char **argv, struct run_options *options)
{
    size_t count;
    const struct option_table tables[] = {{OPTIONS, options}, {0}};
    *options = (struct run_options){
        .rules = {.world_size = -1, .gpu_mb = mb_from_gb(80)},
        .grace_s = 10,
        .log_limit = 64 << 20,
        .argument_count = argc,
        .arguments = argv,
    };
    configuration_set_number(&options->rules.given, DIMENSION_MICRO_BATCH_SIZE, 1);
    char **command = options_parse(&COMMAND, tables, argc, argv, &count);
    if (count > 0)
        options->command = command;
    check_whole(options);
    if (options->jobs == 0 && options->launcher == LAUNCHER_LOCAL)
        options->jobs = 1;
}

void run_options_free(struct run_options *options)
{
    combinations_free(&options->rules.axes);
    shell_words_free(options->gpus);
    shell_words_free(options->sbatch_args);
}
