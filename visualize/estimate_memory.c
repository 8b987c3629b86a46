/* estimate_memory: how much memory should a rank of a training job need, and where does it go? By
 * Megatron-LM's formula and what it leaves out, from a model file, a preset, or a training script's
 * own flags. */
#include "schemas/support/number.h"
#include "schemas/support/output_json.h"
#include "schemas/support/units.h"
#include "tracer/estimator/model/configuration_settings.h"
#include "tracer/estimator/model/model_file.h"
#include "tracer/estimator/model/presets.h"
#include "visualize/estimate/cluster.h"
#include "visualize/estimate/draw.h"
#include "visualize/estimate/job_yaml.h"
#include "visualize/estimate/measured.h"
#include "visualize/estimate/pasted.h"
#include "visualize/estimate/report.h"
#include "visualize/estimate/suggest.h"
#include "visualize/figure/trace_options.h"
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
    bool list_presets, sweep, suggest;
    const char *json;            /* FILE, or "-"; NULL: for people */
    double margin;               /* a share */
    struct combinations cluster; /* what --sweep combines */
    struct heatmap_axes axes;    /* of the sweep's figure */
    struct filter filter;        /* what of the sweep is drawn */
    struct figure_options figure;
    double gpu_gb; /* 0: not given */
    const char *output, *table;
    bool quiet;
    char *measured; /* a file of runs, or a folder of traces */
};

/* ---- the command line ---- */

static bool take_stage(const struct option_row *row, void *target, const char *text,
                       struct fault *fault)
{
    struct options *options = target;
    options->all_stages = strcmp(text, "all") == 0;
    return options->all_stages ||
           integer_parse(text, (int64_t)row->least, (int64_t)row->most, &options->stage, fault);
}

#define AT(member) offsetof(struct options, member)
#define AXIS_ROW(option, dimension, text)                                                          \
    {                                                                                              \
        .name = (option), .kind = OPTION_TAKEN, .target = AT(cluster),                             \
        .take = combinations_take_values, .detail = (dimension), .argument = "LIST",               \
        .help = (text)                                                                             \
    }

static const struct option_row OPTIONS[] = {
    {.kind = OPTION_HEADING, .help = "What is estimated:"},
    {.name = "model", /* loaded before all others are taken, see read_command_line */
     .kind = OPTION_TEXT,
     .target = AT(model),
     .argument = "FILE|PRESET",
     .help = "a model file, Hugging Face's config.json, YAML with MODEL_ARGS, or a name"},
    OPTION_FLAG_ROW("list-presets", AT(list_presets), "say which models are known by name"),
    {.name = "stage",
     .kind = OPTION_TAKEN,
     .take = take_stage,
     .most = INT32_MAX,
     .argument = "N|all",
     .help = "a pipeline stage (default: the most loaded one)"},
    OPTION_GPU_MEMORY_ROW(AT(gpu_gb), "say whether it fits (--sweep: default 80GB)"),
    {.name = "json",
     .kind = OPTION_TEXT,
     .target = AT(json),
     .bare = "-",
     .argument = "FILE",
     .help = "for programs: every term, in bytes; without FILE, or with -: to standard output"},
    {.name = "measured",
     .kind = OPTION_TEXT,
     .target = AT(measured),
     .argument = "FILE|FOLDER",
     .help = "compare with measured runs (schemas/measured_runs/measured_runs.md), or with traces"},
    OPTION_FLAG_ROW("suggest", AT(suggest),
                    "the smallest changes that make it fit into the GPU: one setting, or two"),
    {.name = "margin",
     .kind = OPTION_PERCENT,
     .target = AT(margin),
     .most = 99,
     .scale = 0.01,
     .argument = "PERCENT",
     .help = "of the GPU's memory, what is to stay free with --sweep and --suggest",
     .tells_default = true},
    {.kind = OPTION_HEADING, .help = "A whole cluster:"},
    OPTION_FLAG_ROW("sweep", AT(sweep), "every TP x PP (x ...) of --world-size ranks"),
    AXIS_ROW("tp", DIMENSION_TP, "tensor parallel sizes; without --sweep one, as all of these"),
    AXIS_ROW("pp", DIMENSION_PP, "pipeline parallel sizes"),
    AXIS_ROW("cp", DIMENSION_CP, "context parallel sizes"),
    AXIS_ROW("ep", DIMENSION_EP, "expert parallel sizes"),
    AXIS_ROW("etp", DIMENSION_ETP, "expert tensor parallel sizes"),
    AXIS_ROW("vpp", DIMENSION_VPP, "virtual pipeline parallel sizes"),
    {.name = "axis",
     .kind = OPTION_TAKEN,
     .target = AT(cluster),
     .take = combinations_take_axis,
     .argument = "KEY=LIST",
     .help = "any other dimension, as often as you like: mbs=1,2,4 or "
             "recompute=none,selective,full"},
    {.name = "output",
     .letter = 'o',
     .kind = OPTION_TEXT,
     .target = AT(output),
     .argument = "BASE",
     .help = "writes BASE.png, BASE.pdf: the sweep's heatmap"},
    {.name = "table",
     .kind = OPTION_TEXT,
     .target = AT(table),
     .argument = "FILE",
     .help = "writes the heatmap's figures, as .csv, .json or .tex (booktabs)"},
    {.name = "where",
     .kind = OPTION_TAKEN,
     .target = AT(filter),
     .take = trace_options_take_where,
     .argument = "K=V,...",
     .help = "of the sweep, draw only what is like this: mbs=1,recompute=full"},
    OPTION_QUIET_ROW(AT(quiet)),
    {0},
};

static const struct option_command COMMAND = {
    .arguments = "",
    .about = "Says how much memory a training rank should need: what Megatron-LM itself reports, "
             "and where it goes.",
    .notes =
        "Example:\n"
        "  estimate_memory --model gpt-485b --world-size 8192 \\\n"
        "      --tensor-model-parallel-size 2 --pipeline-model-parallel-size 64 \\\n"
        "      --global-batch-size 24576 --sequence-parallel --recompute-granularity selective\n"
        "  estimate_memory --model llama3-70b --sweep --world-size 512 --tp pow2:1..8 \\\n"
        "      --pp 1,2,4,8,16 --use-distributed-optimizer --gpu h100 --output fits\n"
        "  estimate_memory --model llama3-70b --suggest --world-size 64 --gpu h100 \\\n"
        "      --tensor-model-parallel-size 8 --use-distributed-optimizer\n\n"
        "A training script's flags can be pasted, as --flag value, flag=value or flag: value: they "
        "are taken literally, and what is absent has Megatron-LM's default. MB are MiB, and GB "
        "1024 of them. Exit status: 0 done, 1 failed, 2 wrong usage.\n",
};

/* Of a sweep's figure. */
static const struct figure_has FIGURE_HAS = {
    .parts = FIGURE_COLORBAR | FIGURE_VALUES | FIGURE_DECIMALS,
    .words = (const enum word[]){WORD_EXPECTED, WORD_THEORY, WORD_UPPER, WORD_LOWER, WORD_BEST,
                                 WORD_WORST, WORD_TOO_LARGE, WORD_BAR, WORD_X, WORD_Y, WORDS},
};

/* What is no flag of Megatron-LM's. */
static const struct option_table OWN_OPTIONS[] = {
    {OPTIONS, NULL}, {HEATMAP_AXES_OPTIONS, NULL}, {FIGURE_OPTIONS, NULL}, {0}};

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

/* --tp 8 --pp 4 without --sweep: one value of each, over the settings. */
static void take_single_values(struct options *options)
{
    const struct combinations *axes = &options->cluster;
    struct model_settings *settings = &options->settings;
    struct configuration configuration = {0};
    struct fault fault = {0};
    int64_t tp = settings->parallel.tp, pp = settings->parallel.pp;
    for (size_t i = 0; i < axes->axis_count; i++)
        if (axes->axes[i].count > 1)
            options_error("several values of %s want --sweep",
                          DIMENSIONS[axes->axes[i].dimension].tag);
    if (axes->axis_count == 0)
        return;
    if (!cluster_check_axes(axes, &fault) || !combinations_take(axes, 0, &configuration, &fault) ||
        !settings_take_configuration(settings, &configuration, &fault))
        errx(EXIT_FAILED, "%s", fault.text);
    if (!combinations_axis(axes, DIMENSION_TP))
        settings->parallel.tp = tp;
    if (!combinations_axis(axes, DIMENSION_PP))
        settings->parallel.pp = pp;
}

static void check_whole(struct options *options)
{
    struct fault fault;
    heatmap_axes_check(&options->axes);
    if (!filter_check_keys(&options->filter, 0, NULL, NULL, &fault))
        errx(EXIT_USAGE, "--where: %s", fault.text);
    options->quiet = options->quiet || options_print_alone(options->json);
    figure_options_check_table(&options->figure, options->table);
    if (options->table && !options->sweep)
        options_error("--table wants --sweep: it is of many configurations");
    if (options->output && !options->sweep)
        options_error("--output wants --sweep: there is nothing to draw of one configuration");
    if (options->filter.count > 0 && !options->sweep)
        options_error("--where wants --sweep: it chooses what of it is drawn");
    if (!options->sweep)
        take_single_values(options);
    else if (!combinations_axis(&options->cluster, DIMENSION_TP) ||
             !combinations_axis(&options->cluster, DIMENSION_PP) || !options->settings.world_size)
        options_error("--sweep wants --world-size, --tp and --pp");
}

static bool take_setting(const struct option_row *row, void *target, const char *text,
                         struct fault *fault)
{
    return setting_take(&SETTINGS[row->detail], text, target, fault);
}

/* Megatron's flags, as rows. */
static struct option_row *settings_rows(void)
{
    struct option_row *rows = calloc(SETTINGS_COUNT + 2, sizeof *rows);
    if (!rows)
        errx(EXIT_FAILED, "out of memory");
    rows[0] = (struct option_row){.kind = OPTION_HEADING, .help = "Megatron-LM's flags:"};
    for (size_t i = 0; i < SETTINGS_COUNT; i++)
        rows[i + 1] = (struct option_row){.name = SETTINGS[i].flag,
                                          .kind = OPTION_TAKEN,
                                          .take = take_setting,
                                          .detail = i,
                                          .bare = SETTINGS[i].kind == SETTING_SWITCH ? "" : NULL,
                                          .argument = SETTINGS[i].value,
                                          .help = SETTINGS[i].meaning};
    return rows;
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
    struct option_row *settings = settings_rows();
    const struct option_table tables[] = {{OPTIONS, options},
                                          {HEATMAP_AXES_OPTIONS, &options->axes},
                                          {FIGURE_OPTIONS, &options->figure},
                                          {settings, &options->settings},
                                          {0}};
    options_answer_install(&COMMAND, tables, argc, argv);
    if (!pasted_sort(argc, argv, OWN_OPTIONS, &pasted, &fault))
        usage_error(fault.text);
    /* Flags rule over the model, wherever they stand: it is loaded before them. */
    options->model = model;
    if (model && !job_yaml_is(model) && !model_load(options->model, &options->settings, &fault))
        errx(EXIT_FAILED, "%s", fault.text);
    if (!pasted_apply(&pasted, &options->settings, &fault))
        usage_error(fault.text);
    size_t count;
    options_expect_no_arguments(options_parse(&COMMAND, tables, pasted.argc, pasted.argv, &count));
    if (options->list_presets)
        list_presets();
    check_whole(options);
    find_gpu_memory(options);
    pasted_report(&pasted, &options->messages);
    free(settings);
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

static bool check_stage(const struct options *options, const struct estimate_report *report,
                        struct fault *fault)
{
    long long pp = report->parallel.pp > 0 ? report->parallel.pp : 1;
    return options->stage < pp ||
           fault_set(fault, "--stage: expected from 0 to %lld, of %lld pipeline stages, found %lld",
                     pp - 1, pp, (long long)options->stage);
}

static bool estimate_stages(const struct options *options, struct estimate_report *report,
                            gmt_memory_estimate *stages, gmt_expected_memory *expected,
                            struct fault *fault)
{
    if (!check_stage(options, report, fault))
        return false;
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
        done = output_json(options->json, report_to_json(&report), fault);
    else if (done && !options->quiet)
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
    const struct estimate_figure figure = {.axes = &options->axes,
                                           .options = &options->figure,
                                           .filter = &options->filter,
                                           .gpu_gb = options->gpu_gb * (1 - options->margin),
                                           .output = options->output,
                                           .table = options->table,
                                           .quiet = options->quiet};
    return estimate_draw(cluster, &settings, &figure, &why) ||
           fault_set(fault, "%s; nothing was drawn", why.text);
}

static bool run_sweep(const struct options *options, struct fault *fault)
{
    struct cluster cluster;
    bool done = cluster_estimate(&options->settings, &options->cluster, options->gpu_gb,
                                 options->margin, &cluster, fault);
    if (done && options->json)
        done = output_json(options->json, cluster_to_json(&cluster), fault);
    else if (done && !options->quiet)
        done = cluster_print(&cluster, stdout) || fault_set(fault, "out of memory");
    fflush(stdout);
    if (done && (options->output || options->table))
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
        done = output_json(options->json, suggestions_to_json(&suggestions), fault);
    else if (!options->quiet)
        suggestions_print(&suggestions, stdout);
    suggestions_free(&suggestions);
    return done;
}

static bool run_measured(struct options *options, struct fault *fault)
{
    struct validation validation;
    struct stat status;
    bool folder = stat(options->measured, &status) == 0 && S_ISDIR(status.st_mode);
    bool done = folder ? validation_make_of_traces(options->measured, &options->settings,
                                                   &validation, fault)
                       : validation_make(options->measured, OWN_OPTIONS, &validation, fault);
    if (!done)
        return false;
    if (validation.bad_lines > 0)
        messages_add(&options->messages, "%zu %s%s left out: %s", validation.bad_lines,
                     folder ? "trace" : "line", validation.bad_lines == 1 ? " is" : "s are",
                     validation.first_bad.text);
    if (options->json)
        done = output_json(options->json, validation_to_json(&validation), fault);
    else if (!options->quiet)
        validation_print(&validation, stdout);
    validation_free(&validation);
    return done;
}

int main(int argc, char **argv)
{
    command_setup("estimate_memory");
    struct options options = {.stage = GMT_MOST_LOADED,
                              .margin = 0.10,
                              .axes = heatmap_usual_axes(),
                              .figure = figure_options_default(&FIGURE_HAS)};
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
    figure_options_free(&options.figure);
    return done ? EXIT_DONE : EXIT_FAILED;
}
