/* estimate_memory: how much memory should a rank of a training job need, and where does it go? By
 * Megatron-LM's formula and what it leaves out, from a model file, a preset, or a training script's
 * own flags. */
#include "schemas/support/command.h"
#include "schemas/support/output_file.h"
#include "schemas/support/output_json.h"
#include "schemas/support/units.h"
#include "tracer/estimator/model/model_file.h"
#include "tracer/estimator/model/presets.h"
#include "visualize/estimate/cluster.h"
#include "visualize/estimate/draw.h"
#include "visualize/estimate/job_yaml.h"
#include "visualize/estimate/measured.h"
#include "visualize/estimate/pasted.h"
#include "visualize/estimate/report.h"
#include "visualize/estimate/suggest.h"
#include "visualize/heatmap/axes_options.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct options {
    const char *model; /* the file or preset; NULL: flags alone */
    struct messages messages;
    struct model_settings settings;
    int64_t stage; /* or GMT_MOST_LOADED, or: */
    bool all_stages;
    bool json, sweep, suggest;
    double margin;               /* a share */
    struct combinations cluster; /* what --sweep combines */
    struct heatmap_axes axes;    /* of the sweep's figure */
    double gpu_gb;               /* 0: not given */
    const char *output;
    char *measured; /* a file of runs, or a folder of traces */
};

/* ---- the command line ---- */

enum option_key {
    OPTION_MODEL = 0x100, /* past the letters */
    OPTION_LIST_PRESETS,
    OPTION_STAGE,
    OPTION_JSON,
    OPTION_SWEEP,
    OPTION_AXIS,
    OPTION_GPU_MEMORY,
    OPTION_MEASURED,
    OPTION_MARGIN,
    OPTION_SUGGEST,
    OPTION_DIMENSION = 0x200, /* and those behind it: see DIMENSION_OPTIONS */
    OPTION_SETTING =
        0x1000, /* and those behind it: Megatron's flags, by their place in the table */
};

static const struct argp_option OWN[] = {
    {NULL, 0, NULL, 0, "What is estimated:", 1},
    {"model", OPTION_MODEL, "FILE|PRESET", 0,
     "a model file, Hugging Face's config.json, YAML with MODEL_ARGS, or a name", 0},
    {"list-presets", OPTION_LIST_PRESETS, NULL, 0, "say which models are known by name", 0},
    {"stage", OPTION_STAGE, "N|all", 0, "a pipeline stage (default: the most loaded one)", 0},
    {"gpu-memory", OPTION_GPU_MEMORY, "GB", 0, "say whether it fits (--sweep: default 80)", 0},
    {"json", OPTION_JSON, NULL, 0, "for programs: every term, in bytes", 0},
    {"measured", OPTION_MEASURED, "FILE|FOLDER", 0,
     "compare with measured runs (schemas/measured_runs/measured_runs.md), or with traces", 0},
    {"suggest", OPTION_SUGGEST, NULL, 0,
     "the smallest changes that make it fit into the GPU: one setting, or two", 0},
    {"margin", OPTION_MARGIN, "PERCENT", 0,
     "of the GPU's memory, what is to stay free with --sweep and --suggest (10)", 0},
    {NULL, 0, NULL, 0, "A whole cluster:", 2},
    {"sweep", OPTION_SWEEP, NULL, 0, "every TP x PP (x ...) of --world-size ranks", 0},
    {"tp", OPTION_DIMENSION, "LIST", 0, "tensor parallel sizes: 1,2,4,8 or pow2:1..8 or 2..8:2", 0},
    {"pp", OPTION_DIMENSION + 1, "LIST", 0, "pipeline parallel sizes", 0},
    {"cp", OPTION_DIMENSION + 2, "LIST", 0, "context parallel sizes", 0},
    {"ep", OPTION_DIMENSION + 3, "LIST", 0, "expert parallel sizes", 0},
    {"etp", OPTION_DIMENSION + 4, "LIST", 0, "expert tensor parallel sizes", 0},
    {"vpp", OPTION_DIMENSION + 5, "LIST", 0, "virtual pipeline parallel sizes", 0},
    {"axis", OPTION_AXIS, "KEY=LIST", 0,
     "any other dimension, as often as you like: mbs=1,2,4 or recompute=none,selective,full", 0},
    {"output", 'o', "BASE", 0, "draws the sweep: BASE.png, BASE.pdf", 0},
    {NULL, 0, NULL, 0, "Megatron-LM's flags:", 3},
};
enum { OWN_COUNT = sizeof OWN / sizeof *OWN };

static const char DOCUMENTATION[] =
    "Says how much memory a training rank should need: what Megatron-LM itself reports, and where "
    "it goes."
    "\v"
    "Example:\n"
    "  estimate_memory --model gpt-485b --world-size 8192 \\\n"
    "      --tensor-model-parallel-size 2 --pipeline-model-parallel-size 64 \\\n"
    "      --global-batch-size 24576 --sequence-parallel --recompute-granularity selective\n"
    "  estimate_memory --model llama3-70b --sweep --world-size 512 --tp pow2:1..8 \\\n"
    "      --pp 1,2,4,8,16 --use-distributed-optimizer --gpu h100 --output fits\n"
    "  estimate_memory --model llama3-70b --suggest --world-size 64 --gpu h100 \\\n"
    "      --tensor-model-parallel-size 8 --use-distributed-optimizer\n\n"
    "A training script's flags can be pasted, as --flag value, flag=value or flag: value: they are "
    "taken literally, and what is absent has Megatron-LM's default. MB are MiB, and GB 1024 of "
    "them. Exit status: 0 done, 1 failed, 2 wrong usage.";

/* In the order of the options' keys. */
static const size_t DIMENSION_OPTIONS[] = {DIMENSION_TP, DIMENSION_PP,  DIMENSION_CP,
                                           DIMENSION_EP, DIMENSION_ETP, DIMENSION_VPP};
enum { DIMENSION_OPTION_COUNT = sizeof DIMENSION_OPTIONS / sizeof *DIMENSION_OPTIONS };

/* The names of our own flags, ended by NULL. */
static const char **own_flags(void)
{
    static const char *const argps[] = {"help", "usage", "version"};
    enum { ARGPS_COUNT = sizeof argps / sizeof *argps };
    size_t count = 0, axes = 0;
    while (HEATMAP_AXES_FLAGS[axes])
        axes++;
    const char **names = calloc(OWN_COUNT + axes + ARGPS_COUNT + 1, sizeof *names);
    if (!names)
        errx(EXIT_FAILED, "out of memory");
    for (int i = 0; i < OWN_COUNT; i++)
        if (OWN[i].name)
            names[count++] = OWN[i].name;
    for (size_t i = 0; i < axes; i++)
        names[count++] = HEATMAP_AXES_FLAGS[i];
    for (size_t i = 0; i < ARGPS_COUNT; i++)
        names[count++] = argps[i];
    return names;
}

static void list_presets(void)
{
    for (size_t i = 0; i < PRESETS_COUNT; i++) {
        const struct preset *preset = &PRESETS[i];
        const gmt_parallel undivided = {0};
        gmt_memory_estimate estimate;
        gmt_estimate_memory(&preset->model, &undivided, GMT_MOST_LOADED, &estimate);
        printf("%-16s %7.1fB  %3lld layers, hidden %5lld, %3lld heads; %s\n", preset->name,
               estimate.model_parameters / 1e9, (long long)preset->model.layers,
               (long long)preset->model.hidden_size, (long long)preset->model.attention_heads,
               preset->source);
    }
    exit(EXIT_DONE);
}

static void take_values(struct argp_state *state, size_t dimension, const char *text)
{
    struct options *options = state->input;
    struct fault fault = {0};
    struct axis axis;
    if (!axis_parse_values(dimension, text, &axis, &fault))
        argp_error(state, "--%s: %s", DIMENSIONS[dimension].column, fault.text);
    combinations_add(&options->cluster, &axis);
}

static void take_axis(struct argp_state *state, const char *text)
{
    struct options *options = state->input;
    struct fault fault = {0};
    if (!combinations_add_text(&options->cluster, text, &fault))
        argp_error(state, "--axis: %s", fault.text);
}

static void check_whole(struct argp_state *state, struct options *options)
{
    if (!options->sweep) {
        if (options->cluster.axis_count || options->output)
            argp_error(state, "--tp, --pp, ..., --axis and --output want --sweep");
        return;
    }
    if (!combinations_axis(&options->cluster, DIMENSION_TP) ||
        !combinations_axis(&options->cluster, DIMENSION_PP) || !options->settings.world_size)
        argp_error(state, "--sweep wants --world-size, --tp and --pp");
    if (options->output && options->json)
        argp_error(state, "either --output or --json");
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct options *options = state->input;
    if (key >= OPTION_DIMENSION && key < OPTION_DIMENSION + DIMENSION_OPTION_COUNT) {
        take_values(state, DIMENSION_OPTIONS[key - OPTION_DIMENSION], argument);
        return 0;
    }
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &options->axes;
        return 0;
    case OPTION_MODEL:
        return 0; /* taken before all others, see load_model */
    case OPTION_LIST_PRESETS:
        list_presets();
        return 0;
    case OPTION_STAGE:
        options->all_stages = strcmp(argument, "all") == 0;
        if (!options->all_stages)
            options->stage = command_integer(state, "--stage", argument, 0, INT32_MAX);
        return 0;
    case OPTION_JSON:
        options->json = true;
        return 0;
    case OPTION_SWEEP:
        options->sweep = true;
        return 0;
    case OPTION_AXIS:
        take_axis(state, argument);
        return 0;
    case OPTION_GPU_MEMORY:
        options->gpu_gb = command_number(state, "--gpu-memory", argument, 0.001, 1e6);
        return 0;
    case OPTION_SUGGEST:
        options->suggest = true;
        return 0;
    case OPTION_MARGIN:
        options->margin = command_number(state, "--margin", argument, 0, 99) / 100;
        return 0;
    case OPTION_MEASURED:
        options->measured = argument;
        return 0;
    case 'o':
        options->output = argument;
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

/* Own options and Megatron's flags as one table. */
static struct argp_option *make_table(void)
{
    struct argp_option *table = calloc(OWN_COUNT + SETTINGS_COUNT + 1, sizeof *table);
    if (!table) {
        warnx("out of memory");
        exit(EXIT_FAILED);
    }
    memcpy(table, OWN, sizeof OWN);
    for (size_t i = 0; i < SETTINGS_COUNT; i++)
        table[OWN_COUNT + i] = (struct argp_option){
            .name = SETTINGS[i].flag,
            .key = OPTION_SETTING + (int)i,
            .arg = SETTINGS[i].value,
            .flags = SETTINGS[i].kind == SETTING_SWITCH ? OPTION_ARG_OPTIONAL : 0,
            .doc = SETTINGS[i].meaning};
    return table;
}

/* The value of --model, as "--model X" or "--model=X"; NULL: none is given. */
static const char *model_argument(char **argv)
{
    static const char flag[] = "--model";
    const char *found = NULL;
    for (; *argv; argv++) {
        if (strncmp(*argv, flag, strlen(flag)) != 0)
            continue;
        const char *behind = *argv + strlen(flag);
        if (*behind == '=')
            found = behind + 1;
        else if (*behind == '\0')
            found = argv[1];
    }
    return found;
}

/* The memory of --gpu, unless --gpu-memory is given; a sweep without either is for 80 GB. */
static void find_gpu_memory(struct options *options)
{
    if (options->gpu_gb > 0)
        return;
    if (options->settings.gpu_said)
        options->gpu_gb = gb_from_mb(mb_from_bytes(gmt_gpu_bytes(options->settings.parallel.gpu)));
    else if (options->sweep || options->suggest)
        options->gpu_gb = 80;
}

static void usage_error(const char *text)
{
    warnx("%s", text);
    warnx("see --help");
    exit(EXIT_USAGE);
}

/* A job's YAML: its flags are put before those of the command line, which rule over them. */
static char **with_job(const char *path, int *argc, char **argv, struct job_yaml *job)
{
    struct fault fault = {0};
    if (!job_yaml_read(path, job, &fault))
        errx(EXIT_FAILED, "%s", fault.text);
    size_t own = (size_t)*argc, of_job = (size_t)job->count;
    char **both = calloc(own + of_job + 1, sizeof *both);
    if (!both)
        errx(EXIT_FAILED, "out of memory");
    both[0] = argv[0];
    if (of_job > 0)
        memcpy(both + 1, job->words, of_job * sizeof *both);
    memcpy(both + 1 + of_job, argv + 1, (own - 1) * sizeof *both);
    *argc += job->count;
    return both;
}

static void read_command_line(int argc, char **argv, struct options *options)
{
    const char *model = model_argument(argv);
    struct job_yaml job = {0};
    char **joined = NULL;
    if (model && job_yaml_is(model))
        argv = joined = with_job(model, &argc, argv, &job);
    struct pasted pasted;
    struct fault fault = {0};
    const char **own = own_flags();
    if (!pasted_sort(argc, argv, own, &pasted, &fault))
        usage_error(fault.text);
    free(own);
    struct argp_option *table = make_table();
    const struct argp_child children[] = {{&heatmap_axes_argp, 0, NULL, 0}, {0}};
    const struct argp argp = {
        .options = table, .parser = parse, .doc = DOCUMENTATION, .children = children};
    /* Flags rule over the model, wherever they stand: it is loaded before them. */
    options->model = model;
    if (model && !job_yaml_is(model) && !model_load(options->model, &options->settings, &fault))
        errx(EXIT_FAILED, "%s", fault.text);
    if (!pasted_apply(&pasted, &options->settings, &fault))
        usage_error(fault.text);
    command_parse(&argp, pasted.argc, pasted.argv, 0, options);
    find_gpu_memory(options);
    pasted_report(&pasted, &options->messages);
    free(table);
    pasted_free(&pasted);
    job_yaml_free(&job);
    free(joined);
}

/* What a figure would depend on without a word: which ranks there are, and switches that
 * Megatron-LM turns off by itself. */
static void check_ranks(struct options *options)
{
    const struct model_settings *settings = &options->settings;
    const char *sharing = settings_wants_ranks(settings);
    char text[160];
    snprintf(text, sizeof text,
             "%s shares state out over data-parallel ranks: give --world-size or "
             "--data-parallel-size",
             sharing ? sharing : "");
    if (sharing)
        usage_error(text);
    if (settings->world_size == 0 && settings->data_parallel_size == 0)
        messages_add(&options->messages,
                     "without --world-size or --data-parallel-size there is one data-parallel "
                     "rank%s",
                     settings->global_batch_size > 0
                         ? ", and as many micro-batches as stages at least"
                         : "");
    if (settings->parallel.sequence_parallel && settings->parallel.tp <= 1 && !options->sweep)
        messages_add(&options->messages,
                     "theory is with --sequence-parallel, which Megatron-LM itself turns off where "
                     "the tensor parallel size is 1");
    if (!*settings->tokenizer && *settings->merge_file && settings->vocabulary == 0 &&
        settings->model.padded_vocabulary == 0)
        messages_add(&options->messages, "--merge-file without --tokenizer-type is taken for "
                                         "GPT2BPETokenizer, of 50257 words");
}

/* ---- telling ---- */

static bool estimate_stages(const struct options *options, struct estimate_report *report,
                            gmt_memory_estimate *stages, gmt_expected_memory *expected,
                            struct fault *fault)
{
    for (size_t i = 0; i < report->count; i++) {
        int64_t stage = options->all_stages ? (int64_t)i : options->stage;
        if (gmt_estimate_memory(&report->model, &report->parallel, stage, &stages[i]) != GMT_OK)
            return settings_refuse(stages[i].invalid_field, stages[i].expected, fault);
        if (gmt_expect_memory(&report->model, &report->parallel, stage, &expected[i]) != GMT_OK)
            return settings_refuse(expected[i].invalid_field, expected[i].expected, fault);
    }
    return true;
}

static bool run_one(const struct options *options, struct fault *fault)
{
    struct estimate_report report = {.name = options->settings.name,
                                     .count = 1,
                                     .gpu = setting_word("gpu", options->settings.parallel.gpu),
                                     .gpu_gb = options->gpu_gb,
                                     .messages = &options->messages};
    if (!settings_resolve(&options->settings, &report.model, &report.parallel, fault))
        return false;
    if (options->all_stages && report.parallel.pp > 1)
        report.count = (size_t)report.parallel.pp;
    gmt_memory_estimate *stages = calloc(report.count, sizeof *stages);
    gmt_expected_memory *expected = calloc(report.count, sizeof *expected);
    bool done = stages && expected;
    if (!done)
        fault_set(fault, "out of memory for %zu stages", report.count);
    report.stages = stages;
    report.expected = expected;
    done = done && estimate_stages(options, &report, stages, expected, fault);
    if (done && options->json)
        done = output_json_print(report_to_json(&report), fault);
    else if (done)
        report_print(&report, stdout);
    free(stages);
    free(expected);
    return done;
}

static bool draw(const struct options *options, const struct cluster *cluster, struct fault *fault)
{
    struct fault why = {0};
    struct model_settings settings = options->settings;
    /* Flags are literal: nothing is assumed where they say nothing. */
    settings.sequence_parallel_said = settings.recompute_said = true;
    return estimate_draw(cluster, &settings, &options->axes,
                         options->gpu_gb * (1 - options->margin), options->output, &why) ||
           fault_set(fault, "%s; nothing was drawn", why.text);
}

static bool run_sweep(const struct options *options, struct fault *fault)
{
    struct cluster cluster;
    bool done = cluster_estimate(&options->settings, &options->cluster, options->gpu_gb,
                                 options->margin, &cluster, fault);
    if (done && options->json)
        done = output_json_print(cluster_to_json(&cluster), fault);
    else if (done)
        done = cluster_print(&cluster, stdout) || fault_set(fault, "out of memory");
    fflush(stdout);
    if (done && options->output)
        done = draw(options, &cluster, fault);
    cluster_free(&cluster);
    return done;
}

static bool run_suggest(struct options *options, struct fault *fault)
{
    struct suggestions suggestions;
    if (!suggestions_find(&options->settings, options->gpu_gb * (1 - options->margin), &suggestions,
                          fault))
        return false;
    bool done = true;
    if (options->json)
        done = output_json_print(suggestions_to_json(&suggestions), fault);
    else
        suggestions_print(&suggestions, stdout);
    suggestions_free(&suggestions);
    return done;
}

static bool run_measured(struct options *options, struct fault *fault)
{
    struct judgement judgement;
    const char **own = own_flags();
    struct stat status;
    bool folder = stat(options->measured, &status) == 0 && S_ISDIR(status.st_mode);
    bool done =
        folder ? judgement_make_of_traces(options->measured, &options->settings, &judgement, fault)
               : judgement_make(options->measured, own, &judgement, fault);
    free(own);
    if (!done)
        return false;
    if (judgement.bad_lines > 0)
        messages_add(&options->messages, "%zu %s%s left out: %s", judgement.bad_lines,
                     folder ? "trace" : "line", judgement.bad_lines == 1 ? " is" : "s are",
                     judgement.first_bad.text);
    if (options->json)
        done = output_json_print(judgement_to_json(&judgement), fault);
    else
        judgement_print(&judgement, stdout);
    judgement_free(&judgement);
    return done;
}

int main(int argc, char **argv)
{
    command_setup("estimate_memory");
    struct options options = {.stage = GMT_MOST_LOADED, .margin = 0.10};
    read_command_line(argc, argv, &options);
    struct fault fault = {0};
    if (!options.measured)
        check_ranks(&options);
    bool done = options.measured  ? run_measured(&options, &fault)
                : options.suggest ? run_suggest(&options, &fault)
                : options.sweep   ? run_sweep(&options, &fault)
                                  : run_one(&options, &fault);
    messages_print(&options.messages);
    if (!done)
        warnx("%s%s%s", options.model ? options.model : "", options.model ? ": " : "", fault.text);
    if (options.messages.out_of_memory) {
        warnx("out of memory: a message is missing");
        done = false;
    }
    combinations_free(&options.cluster);
    messages_free(&options.messages);
    return done ? EXIT_DONE : EXIT_FAILED;
}
