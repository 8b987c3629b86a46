/* visualize_accuracy: how well are peaks predicted, over many configurations: a scatter, the
 * errors' distribution, and the table that a paper prints.
 *
 * Joins the data part (accuracy/points, sources, errors) and the drawing part (accuracy/draw). */
#include "schemas/support/output_file.h"
#include "visualize/accuracy/draw.h"
#include "visualize/accuracy/sources.h"
#include "visualize/figure/figure_options.h"
#include "visualize/figure/figure_output.h"
#include "visualize/runs/runs.h"

#include <err.h>
#include <stdlib.h>

struct options {
    struct runs_options runs;
    char *simulated;
    const char *measured; /* a file of measured runs */
    struct option_texts tables;
    bool any_measure;
    enum { BY_CONFIGURATION, BY_RANK } by; /* what a point is */
    enum accuracy_panels panels;
    enum { SCALE_LINEAR, SCALE_LOG } scale;
    const char *predictors, *output, *table, *points;
    struct figure_options figure;
};

/* ---- the command line ---- */

static const char *const BY[] = {[BY_CONFIGURATION] = "configuration", [BY_RANK] = "rank", NULL};
static const char *const SCALES[] = {[SCALE_LINEAR] = "linear", [SCALE_LOG] = "log", NULL};
static const char *const PANELS[] = {
    [ACCURACY_BOTH] = "both", [ACCURACY_SCATTER] = "scatter", [ACCURACY_CDF] = "cdf", NULL};

#define AT(member) offsetof(struct options, member)

static const struct option_row OPTIONS[] = {
    {.kind = OPTION_HEADING, .help = "What is compared:"},
    OPTION_TEXT_ROW("simulated", AT(simulated), "DIR",
                    "folder of simulated traces, which predict the measured ones of --memory-dir"),
    OPTION_TEXT_ROW(
        "runs", AT(measured), "FILE",
        "measured runs and what is expected of their flags (estimate_memory --measured)"),
    {.name = "csv",
     .kind = OPTION_TEXTS,
     .target = AT(tables),
     .argument = "FILE",
     .help = "a table of predictions, with or without measured_gb "
             "(visualize/accuracy/accuracy.md); may be given several times"},
    {.name = "by",
     .kind = OPTION_CHOICE,
     .target = AT(by),
     .words = BY,
     .help = "what a point is (default: configuration)"},
    OPTION_TEXT_ROW(
        "predictors", AT(predictors), "NAMES",
        "only these, in this order: theory,expected peak,simulated, or a table's columns"),
    {.name = "any-measure",
     .kind = OPTION_FLAG,
     .target = AT(any_measure),
     .help = "compare figures of unlike measures, too: an allocator's with a device's"},
    OPTION_REFUSED_ROW("order", "a point's place is what was measured and predicted; --predictors "
                                "LIST puts the predictors in order"),
    {.kind = OPTION_HEADING, .help = "Output:"},
    {.name = "output",
     .letter = 'o',
     .kind = OPTION_TEXT,
     .target = AT(output),
     .argument = "BASE",
     .help = "writes BASE.png, BASE.pdf",
     .tells_default = true},
    {.name = "panels",
     .kind = OPTION_CHOICE,
     .target = AT(panels),
     .words = PANELS,
     .help = "predicted over measured, the errors' distribution, or both (default)"},
    {.name = "scale",
     .kind = OPTION_CHOICE,
     .target = AT(scale),
     .words = SCALES,
     .help = "of predicted over measured (default: linear)"},
    OPTION_TEXT_ROW(
        "table", AT(table), "FILE",
        "the errors of each predictor, as .csv, .tex (booktabs), or .json with all points"),
    OPTION_TEXT_ROW("points", AT(points), "FILE", "every point with its errors, as .csv"),
    {0},
};

static const struct option_command COMMAND = {
    .arguments = "[SWEEP]",
    .about = "Draws how well peak memory is predicted: predicted over measured, the distribution "
             "of the errors, and how often it was right about what fits.",
    .notes =
        "Example:\n"
        "  visualize_accuracy sweep --model llama3-70b --gpu-memory 80 \\\n"
        "      --table accuracy.tex --output accuracy --column single\n"
        "  visualize_accuracy --memory-dir traces/real --simulated traces/simulated --by rank\n"
        "  visualize_accuracy --csv predictions.csv --predictors ours,baseline\n\n"
        "Theory is what the traces have of it, or the model's; expected peak the model's "
        "(estimate_memory says what each is). Errors are of what was measured: predicted / "
        "measured - 1. With --gpu-memory it is counted how often fitting and running out of "
        "memory were foretold. Figures that measure different things (the framework's "
        "allocator, the device) are not compared.\n\n"
        "Exit status: 0 done, 1 failed, 2 wrong usage.\n",
};

static const struct figure_has HAS = {
    .parts = FIGURE_DECIMALS,
    .words = (const enum word[]){WORD_THEORY, WORD_EXPECTED, WORD_SIMULATED, WORD_MEASURED,
                                 WORD_PREDICTED, WORD_WITHIN, WORD_BEYOND, WORD_ERROR, WORD_SHARE,
                                 WORD_LIMIT, WORD_OOM, WORDS},
};

static void parse(int argc, char **argv, struct options *options)
{
    *options = (struct options){.output = "accuracy", .figure = figure_options_default(&HAS)};
    const struct option_table tables[] = {{OPTIONS, options},
                                          {RUNS_MEMORY_OPTIONS, &options->runs},
                                          {FIGURE_OPTIONS, &options->figure},
                                          {0}};
    size_t count;
    char **arguments = options_parse(&COMMAND, tables, argc, argv, &count);
    runs_options_complete(&options->runs, arguments);
    if (!options->runs.memory_dir && !options->measured && options->tables.count == 0)
        options_error("give --memory-dir, --runs or --csv");
    if (options->simulated && !options->runs.memory_dir)
        options_error("--simulated wants --memory-dir, the folder of the measured traces");
    figure_options_check_table(&options->figure, options->table);
}

/* ---- reading ---- */

static bool add_simulated(struct options *options, const struct runs *runs,
                          struct accuracy *accuracy, struct fault *fault)
{
    char *paths[] = {options->simulated};
    struct trace_set set = {0};
    bool added = trace_set_list(&set, paths, 1, NULL, fault);
    if (added && set.count == 0)
        added = fault_set(fault, TRACE_SET_EMPTY, options->simulated, "");
    added = added && runs_read_traces(&options->runs, &set, warnx, fault) &&
            accuracy_add_simulated(accuracy, runs, &set, options->by == BY_RANK, fault);
    trace_set_free(&set);
    return added;
}

static bool add_measured(const struct options *options, struct accuracy *accuracy,
                         struct fault *fault)
{
    static const struct option_table none[] = {{0}};
    struct validation validation;
    if (!validation_make(options->measured, none, &validation, fault))
        return false;
    if (validation.bad_lines)
        warnx("%s: %zu lines are no runs; the first: %s", options->measured, validation.bad_lines,
              validation.first_bad.text);
    bool added = accuracy_add_measured(accuracy, &validation, fault);
    validation_free(&validation);
    return added;
}

/* Those that measure first: the others predict their points, too. */
static bool add_tables(const struct options *options, struct accuracy *accuracy,
                       struct fault *fault)
{
    for (int measuring = 1; measuring >= 0; measuring--)
        for (size_t i = 0; i < options->tables.count; i++) {
            bool measures;
            if (!accuracy_table_measures(options->tables.list[i], &measures, fault))
                return false;
            if (measures == (bool)measuring &&
                !accuracy_add_table(accuracy, options->tables.list[i], fault))
                return false;
        }
    return true;
}

static enum exit_code gather(struct options *options, struct runs *runs, struct accuracy *accuracy,
                             struct fault *fault)
{
    enum exit_code code = runs_read(&options->runs, runs, warnx, fault);
    if (code != EXIT_DONE)
        return code;
    bool added = options->by == BY_RANK ? accuracy_add_ranks(accuracy, runs, fault)
                                        : accuracy_add_configurations(accuracy, runs, fault);
    added = added && (!options->measured || add_measured(options, accuracy, fault)) &&
            (!options->simulated || add_simulated(options, runs, accuracy, fault)) &&
            add_tables(options, accuracy, fault) &&
            (!options->predictors || accuracy_choose(accuracy, options->predictors, fault));
    bool settled = added && accuracy_settle(accuracy, options->any_measure, fault);
    for (size_t i = 0; i < accuracy->warning_count; i++)
        warnx("%s", accuracy->warnings[i]);
    return settled ? EXIT_DONE : EXIT_FAILED;
}

/* ---- writing ---- */

static bool write_figure(struct options *options, struct accuracy_figure *drawn,
                         struct fault *fault)
{
    double width = figure_options_width(&options->figure);
    struct figure figure = figure_of_options(
        &options->figure, accuracy_natural_height(drawn, &options->figure.style, width),
        "Predicted and measured memory");
    figure.draw = accuracy_draw;
    figure.context = drawn;
    return figure_write_output(&figure, options->output, options->runs.quiet, fault);
}

static bool write_table(struct options *options, const struct accuracy_result *result,
                        const char *path, bool points, struct fault *fault)
{
    if (!path)
        return true;
    if (!make_folder_of(path, fault) ||
        !(points ? accuracy_write_points(result, path, fault)
                 : accuracy_write_table(result, &options->figure.style, path, fault)))
        return false;
    figure_print_written(path, options->runs.quiet);
    return true;
}

static bool write_tables(struct options *options, const struct accuracy_result *result,
                         struct fault *fault)
{
    return write_table(options, result, options->table, false, fault) &&
           write_table(options, result, options->runs.json, false, fault) &&
           write_table(options, result, options->points, true, fault);
}

static bool write_outputs(struct options *options, const struct accuracy *accuracy, double gpu_mb,
                          struct fault *fault)
{
    struct accuracy_errors errors[ACCURACY_PREDICTORS] = {{0}};
    bool told = true;
    for (size_t i = 0; i < accuracy->predictor_count && told; i++)
        told = accuracy_errors_of(accuracy, i, gpu_mb, &errors[i], fault);
    struct accuracy_figure figure = {.result = {accuracy, errors, gpu_mb},
                                     .panels = options->panels,
                                     .logarithmic = options->scale == SCALE_LOG,
                                     .title = options->figure.title};
    if (told && !options->runs.quiet)
        accuracy_print(stdout, &figure.result);
    told = told && write_figure(options, &figure, fault) &&
           write_tables(options, &figure.result, fault);
    for (size_t i = 0; i < accuracy->predictor_count; i++)
        accuracy_errors_free(&errors[i]);
    return told;
}

int main(int argc, char **argv)
{
    command_setup("visualize_accuracy");
    struct options options;
    struct runs runs = {0};
    struct accuracy accuracy = {0};
    struct fault fault = {0};
    parse(argc, argv, &options);
    enum exit_code code = gather(&options, &runs, &accuracy, &fault);
    if (code == EXIT_DONE && !write_outputs(&options, &accuracy, runs.gpu_mb, &fault))
        code = EXIT_FAILED;
    if (code != EXIT_DONE)
        warnx("%s", fault.text);
    accuracy_free(&accuracy);
    runs_free(&runs);
    free(options.tables.list);
    figure_options_free(&options.figure);
    return code;
}
