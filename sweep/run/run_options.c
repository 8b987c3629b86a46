#include "sweep/run/run_options.h"

#include "schemas/support/command.h"
#include "schemas/support/shell_words.h"
#include "schemas/support/units.h"
#include "tracer/estimator/model/model_file.h"

#include <float.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum option_key {
    OPTION_WORLD_SIZE = 0x100, /* past the letters */
    OPTION_AXIS,
    OPTION_LAYERS,
    OPTION_DP_EVEN,
    OPTION_MODEL,
    OPTION_GPU_MEMORY,
    OPTION_SKIP_OVER,
    OPTION_MICRO_BATCHES,
    OPTION_GLOBAL_BATCH_SIZE,
    OPTION_PLAN,
    OPTION_GPUS,
    OPTION_TIMEOUT,
    OPTION_GRACE,
    OPTION_RETRIES,
    OPTION_LOG_LIMIT,
    OPTION_RETRY_FAILED,
    OPTION_FORCE,
    OPTION_LAUNCHER,
    OPTION_SBATCH_ARGS,
    OPTION_POLL,
    OPTION_TASK,
    OPTION_DIMENSION, /* and on: the options of DIMENSION_OPTIONS, in their order */
};

/* Options that are axes of their own. */
static const size_t DIMENSION_OPTIONS[] = {
    DIMENSION_TP,
    DIMENSION_PP,
    DIMENSION_CP,
    DIMENSION_EP,
    DIMENSION_ETP,
    DIMENSION_VPP,
    DIMENSION_MICRO_BATCH_SIZE,
};
enum { DIMENSION_OPTION_COUNT = sizeof DIMENSION_OPTIONS / sizeof *DIMENSION_OPTIONS };

static const struct argp_option OPTIONS[] = {
    {NULL, 0, NULL, 0, "What to try:", 1},
    {"world-size", OPTION_WORLD_SIZE, "N", 0, "number of ranks", 0},
    {"tp", OPTION_DIMENSION, "LIST", 0, "tensor parallel sizes: 1,2,4,8 or 2..64:2 or pow2:1..64",
     0},
    {"pp", OPTION_DIMENSION + 1, "LIST", 0, "pipeline parallel sizes", 0},
    {"cp", OPTION_DIMENSION + 2, "LIST", 0, "context parallel sizes", 0},
    {"ep", OPTION_DIMENSION + 3, "LIST", 0, "expert parallel sizes", 0},
    {"etp", OPTION_DIMENSION + 4, "LIST", 0, "expert tensor parallel sizes", 0},
    {"vpp", OPTION_DIMENSION + 5, "LIST", 0, "virtual pipeline parallel sizes", 0},
    {"micro-batch-size", OPTION_DIMENSION + 6, "LIST", 0, "sequences of a micro-batch (default: 1)",
     0},
    {"axis", OPTION_AXIS, "KEY=LIST", 0,
     "any other dimension, as often as you like: recompute=none,selective,full or zero=1,3", 0},
    {"layers", OPTION_LAYERS, "N", 0, "the model's layers: PP must divide them", 0},
    {"dp-even", OPTION_DP_EVEN, NULL, 0, "leave out odd data parallel sizes", 0},
    {"micro-batches", OPTION_MICRO_BATCHES, "EXPR", 0,
     "number of micro-batches, over any dimension (tp pp dp gbs mbs world_size layers ...): "
     "'6*pp', "
     "'gbs/(mbs*dp)'",
     0},
    {"global-batch-size", OPTION_GLOBAL_BATCH_SIZE, "EXPR", 0,
     "samples an iteration (default: micro-batches * micro-batch size * DP)", 0},
    {"model", OPTION_MODEL, "FILE|PRESET", 0,
     "theory beside each configuration (see estimate_memory)", 0},
    {"gpu-memory", OPTION_GPU_MEMORY, "GB", 0, "the GPU's memory (default: 80)", 0},
    {"skip-over", OPTION_SKIP_OVER, "FACTOR", 0,
     "do not try what needs so many times the GPU's memory by theory", 0},
    {"plan", OPTION_PLAN, NULL, 0, "print what would be tried, and stop", 0},

    {NULL, 0, NULL, 0, "How to run it:", 2},
    {"output", 'o', "DIR", 0, "the sweep's folder: logs, output, traces", 0},
    {"jobs", 'j', "N", 0, "configurations at once (default: 1; with Slurm: no limit)", 0},
    {"gpus", OPTION_GPUS, "LIST", 0,
     "share these out among the jobs, by CUDA_VISIBLE_DEVICES: 0,1,2,3", 0},
    {"timeout", OPTION_TIMEOUT, "TIME", 0, "end a run after so long: 90, 30m, 2h", 0},
    {"grace", OPTION_GRACE, "TIME", 0, "from SIGTERM to SIGKILL (default: 10 seconds)", 0},
    {"retries", OPTION_RETRIES, "N", 0, "try again after a failure that is not OOM", 0},
    {"log-limit", OPTION_LOG_LIMIT, "MB", 0,
     "keep so much of a run's output, its head and its end (default: 64)", 0},
    {"quiet", 'q', NULL, 0, "say nothing but what goes wrong", 0},

    {NULL, 0, NULL, 0, "To go on with a sweep (the same command does):", 3},
    {"retry-failed", OPTION_RETRY_FAILED, NULL, 0, "try again what failed otherwise than by OOM",
     0},
    {"force", OPTION_FORCE, NULL, 0, "try everything again", 0},

    {NULL, 0, NULL, 0, "Slurm:", 4},
    {"launcher", OPTION_LAUNCHER, "local|slurm", 0, "where runs happen (default: local)", 0},
    {"sbatch-args", OPTION_SBATCH_ARGS, "ARGS", 0,
     "more of sbatch's options: '--nodes=4 --gpus-per-node=8 --time=30'", 0},
    {"poll", OPTION_POLL, "TIME", 0, "ask Slurm so often (default: 2, growing to 15 seconds)", 0},
    {"slurm-task", OPTION_TASK, "DIR", OPTION_HIDDEN, NULL, 0},
    {0},
};

static const char DOCUMENTATION[] =
    "Runs a command once for every TP x PP (and every value of other axes) that divides the world "
    "size, and logs which configurations succeed, run out of memory, or fail otherwise."
    "\v"
    "In the command's arguments {tp} {pp} {dp} {cp} {ep} {nmb} {gbs} {mbs} {world_size} {layers} "
    "{recompute} and the like, and {trace_dir} {log_dir}, are replaced ({{ is a brace); GMT_TP, "
    "GMT_PP, ... in its environment say the same, and GMT_DIR where traces go. No shell is in "
    "between.\n\n"
    "Example:\n"
    "  run_sweep --world-size 8192 --tp 1,2,4,8 --pp 2,4,8,16,32,64 --layers 96 \\\n"
    "      --micro-batches '6*pp' --output sweeps/485b -- ./train.sh --tp {tp} --pp {pp}\n\n"
    "The same command again goes on where it stopped. Exit status: 0 every configuration ran, or "
    "ran out of memory, or was left out; 1 some failed otherwise or were not run; 2 wrong usage.";

/* ---- values ---- */

/* "90", "90s", "30m", "2h", in seconds. */
static double take_time(struct argp_state *state, const char *option, const char *text)
{
    static const struct {
        char letter;
        double seconds;
    } UNITS[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}};
    size_t length = strlen(text);
    double unit = 1;
    for (size_t i = 0; length > 1 && i < sizeof UNITS / sizeof *UNITS; i++)
        if (text[length - 1] == UNITS[i].letter) {
            unit = UNITS[i].seconds;
            length--;
            break;
        }
    char number[32];
    if (length >= sizeof number)
        argp_error(state, "%s: '%s' is not a time like 90, 30m or 2h", option, text);
    snprintf(number, sizeof number, "%.*s", (int)length, text);
    return unit * command_number(state, option, number, 0, 1e9);
}

/* The option's own name for an axis of a dimension. */
static void take_values(struct argp_state *state, struct plan_rules *rules, size_t dimension,
                        const char *text)
{
    struct fault fault;
    struct axis axis;
    if (axis_parse_values(dimension, text, &axis, &fault))
        combinations_add(&rules->axes, &axis);
    else
        argp_error(state, "--%s: %s",
                   dimension == DIMENSION_MICRO_BATCH_SIZE ? "micro-batch-size"
                                                           : DIMENSIONS[dimension].column,
                   fault.text);
}

static void take_axis(struct argp_state *state, struct plan_rules *rules, const char *text)
{
    struct fault fault;
    if (!combinations_add_text(&rules->axes, text, &fault))
        argp_error(state, "--axis: %s", fault.text);
}

static char **take_words(struct argp_state *state, const char *option, const char *text,
                         const char *separators)
{
    struct fault fault;
    char **words = shell_words_split(text, separators, &fault);
    if (!words)
        argp_error(state, "%s: %s", option, fault.text);
    return words;
}

static void take_gpus(struct argp_state *state, struct run_options *options, const char *text)
{
    shell_words_free(options->gpus);
    options->gpus = take_words(state, "--gpus", text, ",");
    options->gpu_count = 0;
    while (options->gpus && options->gpus[options->gpu_count])
        options->gpu_count++;
    if (options->gpu_count == 0)
        argp_error(state, "--gpus: expected devices like 0,1,2,3, found '%s'", text);
}

static void take_launcher(struct argp_state *state, struct run_options *options, const char *text)
{
    if (strcmp(text, "slurm") == 0)
        options->launcher = LAUNCHER_SLURM;
    else if (strcmp(text, "local") == 0)
        options->launcher = LAUNCHER_LOCAL;
    else
        argp_error(state, "--launcher: expected local or slurm, found '%s'", text);
}

/* ---- the line ---- */

static void check_whole(struct argp_state *state, const struct run_options *options)
{
    if (options->rules.world_size < 1)
        argp_error(state, "--world-size is missing");
    else if (!combinations_axis(&options->rules.axes, DIMENSION_TP) ||
             !combinations_axis(&options->rules.axes, DIMENSION_PP))
        argp_error(state, "--tp and --pp are missing");
    else if (options->rules.skip_over > 0 && !options->rules.model)
        argp_error(state, "--skip-over wants --model, for the theory");
    else if (options->plan_only)
        return;
    else if (!options->output)
        argp_error(state, "--output is missing");
    else if (!options->command)
        argp_error(state, "expected a command after --");
    else if (options->gpu_count > 0 && options->jobs > options->gpu_count)
        argp_error(state, "--jobs: %u jobs cannot have a GPU each of %zu", options->jobs,
                   options->gpu_count);
    else if (options->gpu_count > 0 && options->launcher == LAUNCHER_SLURM)
        argp_error(state, "--gpus: Slurm hands out GPUs itself: --sbatch-args --gpus=N");
    else if (options->sbatch_args && options->launcher != LAUNCHER_SLURM)
        argp_error(state, "--sbatch-args: only with --launcher slurm");
}

static void take_model(struct argp_state *state, struct run_options *options, const char *text)
{
    struct fault fault = {0};
    if (!model_load(text, &options->model, &fault))
        argp_error(state, "--model: %s", fault.text);
    options->rules.model = &options->model;
}

/* What to try. */
static bool parse_plan_option(int key, char *text, struct argp_state *state,
                              struct plan_rules *rules)
{
    if (key >= OPTION_DIMENSION && key < OPTION_DIMENSION + DIMENSION_OPTION_COUNT) {
        take_values(state, rules, DIMENSION_OPTIONS[key - OPTION_DIMENSION], text);
        return true;
    }
    switch (key) {
    case OPTION_GPU_MEMORY:
        rules->gpu_mb = mb_from_gb(command_number(state, "--gpu-memory", text, 0.001, 1e6));
        return true;
    case OPTION_SKIP_OVER:
        rules->skip_over = command_number(state, "--skip-over", text, 0.001, 1e6);
        return true;
    case OPTION_WORLD_SIZE:
        rules->world_size = command_integer(state, "--world-size", text, 1, LONG_MAX);
        return true;
    case OPTION_AXIS:
        take_axis(state, rules, text);
        return true;
    case OPTION_LAYERS:
        configuration_set_number(&rules->given, DIMENSION_LAYERS,
                                 command_integer(state, "--layers", text, 1, LONG_MAX));
        return true;
    case OPTION_DP_EVEN:
        rules->dp_even = true;
        return true;
    case OPTION_MICRO_BATCHES:
        rules->micro_batches = text;
        return true;
    case OPTION_GLOBAL_BATCH_SIZE:
        rules->global_batch_size = text;
        return true;
    default:
        return false;
    }
}

/* Where and how it runs. */
static bool parse_launch_option(int key, char *text, struct argp_state *state,
                                struct run_options *options)
{
    switch (key) {
    case 'j':
        options->jobs = (unsigned)command_integer(state, "--jobs", text, 1, 4096);
        return true;
    case OPTION_GPUS:
        take_gpus(state, options, text);
        return true;
    case OPTION_TIMEOUT:
        options->timeout_s = take_time(state, "--timeout", text);
        return true;
    case OPTION_GRACE:
        options->grace_s = take_time(state, "--grace", text);
        return true;
    case OPTION_RETRIES:
        options->retries = (unsigned)command_integer(state, "--retries", text, 0, 1000);
        return true;
    case OPTION_LOG_LIMIT:
        options->log_limit =
            (uint64_t)(command_number(state, "--log-limit", text, 0.001, 1e9) * 0x1p20);
        return true;
    case OPTION_LAUNCHER:
        take_launcher(state, options, text);
        return true;
    case OPTION_SBATCH_ARGS:
        shell_words_free(options->sbatch_args);
        options->sbatch_args = take_words(state, "--sbatch-args", text, " \t\n");
        return true;
    case OPTION_POLL:
        options->poll_s = take_time(state, "--poll", text);
        return true;
    default:
        return false;
    }
}

static error_t parse_option(int key, char *text, struct argp_state *state)
{
    struct run_options *options = state->input;
    if (parse_plan_option(key, text, state, &options->rules) ||
        parse_launch_option(key, text, state, options))
        return 0;
    switch (key) {
    case 'o':
        options->output = text;
        return 0;
    case 'q':
        options->quiet = true;
        return 0;
    case OPTION_PLAN:
        options->plan_only = true;
        return 0;
    case OPTION_RETRY_FAILED:
        options->retry_failed = true;
        return 0;
    case OPTION_FORCE:
        options->force = true;
        return 0;
    case OPTION_MODEL:
        take_model(state, options, text);
        return 0;
    case OPTION_TASK:
        options->task_dir = text;
        return 0;
    case ARGP_KEY_ARG:
        /* From here on everything is the command's. */
        options->command = state->argv + state->next - 1;
        state->next = state->argc;
        return 0;
    case ARGP_KEY_END:
        check_whole(state, options);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

void run_options_parse(int argc, char **argv, struct run_options *options)
{
    static const struct argp parser = {OPTIONS, parse_option, "-- COMMAND...", DOCUMENTATION, NULL,
                                       NULL,    NULL};
    *options = (struct run_options){
        .rules = {.world_size = -1, .gpu_mb = mb_from_gb(80)},
        .grace_s = 10,
        .log_limit = 64 << 20,
        .argument_count = argc,
        .arguments = argv,
    };
    configuration_set_number(&options->rules.given, DIMENSION_MICRO_BATCH_SIZE, 1);
    command_parse(&parser, argc, argv, ARGP_IN_ORDER, options);
    if (options->jobs == 0)
        options->jobs = options->launcher == LAUNCHER_LOCAL ? 1 : 0;
}

void run_options_free(struct run_options *options)
{
    combinations_free(&options->rules.axes);
    shell_words_free(options->gpus);
    shell_words_free(options->sbatch_args);
}
