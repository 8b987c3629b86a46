/* visualize_breakdown: what a rank's memory goes to, as stacked bars by pipeline stage, rank or
 * configuration, beside what was measured.
 *
 * Joins the data part (breakdown/breakdown) and the drawing part (breakdown/draw). */
#include "schemas/support/output_file.h"
#include "visualize/breakdown/draw.h"
#include "visualize/breakdown/order.h"
#include "visualize/breakdown/output.h"
#include "visualize/figure/figure_options.h"
#include "visualize/figure/figure_output.h"
#include "visualize/snapshot/inputs.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>

struct options {
    struct runs_options runs;
    struct configuration given; /* by --config */
    struct option_texts snapshots;
    const char *rules, *output, *table;
    int by; /* enum breakdown_by; -1: not given */
    struct breakdown_orders orders;
    struct figure_options figure;
};

/* ---- the command line ---- */

static bool take_config(const struct option_row *row, void *target, const char *text,
                        struct fault *fault)
{
    (void)row;
    return configuration_add_given(target, text, fault);
}

static bool take_order(const struct option_row *row, void *target, const char *text,
                       struct fault *fault)
{
    (void)row;
    return breakdown_orders_add(target, text, fault);
}

static const char *const BY[] = {[BREAKDOWN_BY_STAGE] = "stage",
                                 [BREAKDOWN_BY_RANK] = "rank",
                                 [BREAKDOWN_BY_CONFIGURATION] = "configuration",
                                 NULL};

#define AT(member) offsetof(struct options, member)

static const struct option_row OPTIONS[] = {
    {.kind = OPTION_HEADING, .help = "What is drawn:"},
    {.name = "config",
     .kind = OPTION_TAKEN,
     .target = AT(given),
     .take = take_config,
     .argument = "K=V,...",
     .help = "how --model is divided and trained: wd=64,tp=8,pp=8,mbs=1,gbs=512,sp=1,zero=1,"
             "rc=selective,prec=bf16 (any dimension of schemas/configuration/configuration.md)"},
    {.name = "snapshots",
     .kind = OPTION_TEXTS,
     .target = AT(snapshots),
     .argument = "FILE|FOLDER",
     .help = "PyTorch's memory snapshots, a bar each (see analyze_snapshot); may be given several "
             "times"},
    OPTION_TEXT_ROW("rules", AT(rules), "FILE",
                    "rules of categories for snapshots, before the usual ones"),
    {.name = "by",
     .kind = OPTION_CHOICE,
     .target = AT(by),
     .words = BY,
     .help = "what a bar is (default: stage with --config, rank with --snapshots, configuration "
             "where there are several, else stage)"},
    {.name = "order",
     .kind = OPTION_TAKEN,
     .target = AT(orders),
     .take = take_order,
     .argument = "KEY=VALUES",
     .help = "of the bars, e.g. stage=3,2,1,0, rank=0,4, or of configurations tp=8,4,2,1; others "
             "follow; may be given several times"},
    {.name = "output",
     .letter = 'o',
     .kind = OPTION_TEXT,
     .target = AT(output),
     .argument = "BASE",
     .help = "writes BASE.png, BASE.pdf",
     .tells_default = true},
    OPTION_TEXT_ROW("table", AT(table), "FILE",
                    "also write the figure's data, as .csv, .json or .tex (booktabs)"),
    {0},
};

static const struct option_command COMMAND = {
    .arguments = "[SWEEP]",
    .about = "Draws what memory goes to: parameters, gradients, optimizer state, activations and "
             "what else, as stacked bars by pipeline stage, rank or configuration.",
    .notes =
        "Example:\n"
        "  visualize_breakdown --model llama3-70b --config wd=64,tp=8,pp=4,gbs=64,zero=1,sp=1 \\\n"
        "      --gpu-memory 80 --output stages --column single\n"
        "  visualize_breakdown --memory-dir traces --model model.json --where tp=2,pp=4\n"
        "  visualize_breakdown sweep --by configuration --table parts.csv\n"
        "  visualize_breakdown --snapshots snapshots/ --output categories\n\n"
        "With --model the bars are the expected peak by its terms (estimate_memory), with "
        "--snapshots the allocator's blocks at the peak by category, else static memory and "
        "what the peak has above it, as the traces have them. The mark on a bar is the "
        "largest measured peak of its ranks.\n\n"
        "Exit status: 0 done, 1 failed, 2 wrong usage.\n",
};

static const struct figure_has HAS = {
    .parts = FIGURE_HATCH | FIGURE_VALUES | FIGURE_DECIMALS,
    .words = (const enum word[]){WORD_PARAMETERS, WORD_GRADIENTS, WORD_OPTIMIZER, WORD_ACTIVATIONS,
                                 WORD_TEMPORARY, WORD_COMMUNICATION, WORD_WORKSPACE, WORD_OTHER,
                                 WORD_STATIC, WORD_ABOVE_STATIC, WORD_EXPECTED, WORD_PEAK,
                                 WORD_MEASURED, WORD_OOM, WORD_LIMIT, WORD_RANK, WORD_X, WORDS},
};

static void check_whole(const struct options *options)
{
    if (options->snapshots.count > 0 && options->runs.model)
        options_error("either --model or --snapshots says what the bars consist of");
    if (options->given.written && !options->runs.model)
        options_error("--config wants --model, whose configuration it is");
    if (!options->snapshots.count && !options->runs.memory_dir && !options->runs.log_dir &&
        !options->given.written)
        options_error("give --model with --config, --snapshots, or --memory-dir");
    if (options->given.written && options->by >= 0 && options->by != BREAKDOWN_BY_STAGE)
        options_error("--config is one configuration: its bars are --by stage");
    if (options->snapshots.count > 0 && options->by >= 0 && options->by != BREAKDOWN_BY_RANK)
        options_error("snapshots are of ranks: their bars are --by rank");
    figure_options_check_table(&options->figure, options->table);
}

static void parse(int argc, char **argv, struct options *options)
{
    *options =
        (struct options){.by = -1, .output = "breakdown", .figure = figure_options_default(&HAS)};
    const struct option_table tables[] = {{OPTIONS, options},
                                          {RUNS_MEMORY_OPTIONS, &options->runs},
                                          {FIGURE_OPTIONS, &options->figure},
                                          {0}};
    size_t count;
    char **arguments = options_parse(&COMMAND, tables, argc, argv, &count);
    runs_options_complete(&options->runs, arguments);
    check_whole(options);
}

/* ---- gathering ---- */

static bool analyse(const struct options *options, const struct snapshot_inputs *inputs,
                    struct file_analysis *files, size_t *count, struct fault *fault)
{
    const struct analysis_options how = {.rules = options->rules, .only_file = inputs->count == 1};
    struct progress progress;
    struct fault why = {0};
    progress_start(&progress, "reading snapshots", inputs->count, options->runs.quiet);
    for (size_t i = 0; i < inputs->count; i++) {
        if (file_analysis_make(&files[*count], inputs->paths[i], &how, &why))
            ++*count;
        else
            warnx("%s; left out", why.text);
        progress_update(&progress, i + 1);
    }
    progress_end(&progress);
    return *count > 0 || fault_set(fault, "none of %zu snapshots could be read", inputs->count);
}

static bool take_snapshots(const struct options *options, const struct runs *runs,
                           struct breakdown *breakdown, struct fault *fault)
{
    struct snapshot_inputs inputs = {0};
    bool taken = true;
    size_t count = 0;
    for (size_t i = 0; i < options->snapshots.count && taken; i++)
        taken = snapshot_inputs_add(&inputs, options->snapshots.list[i], fault);
    struct file_analysis *files = taken ? calloc(inputs.count + 1, sizeof *files) : NULL;
    if (taken && !files)
        taken = fault_set(fault, "out of memory for %zu snapshots", inputs.count);
    taken = taken && analyse(options, &inputs, files, &count, fault) &&
            breakdown_make_snapshots(breakdown, files, count, runs, fault);
    for (size_t i = 0; i < count; i++)
        file_analysis_free(&files[i]);
    free(files);
    snapshot_inputs_free(&inputs);
    return taken;
}

static bool make(const struct options *options, const struct runs *runs,
                 struct breakdown *breakdown, struct fault *fault)
{
    breakdown->gpu_mb = runs->gpu_mb;
    if (options->snapshots.count > 0)
        return take_snapshots(options, runs, breakdown, fault);
    if (options->given.written)
        return breakdown_make_stages(breakdown, &runs->model, &options->given, runs, fault);
    enum breakdown_by by = options->by >= 0 ? (enum breakdown_by)options->by
                           : runs->known.count > 1 || runs->set.count == 0
                               ? BREAKDOWN_BY_CONFIGURATION
                               : BREAKDOWN_BY_STAGE;
    if (by == BREAKDOWN_BY_STAGE && runs->has_model && runs->set.configuration_count > 0)
        return breakdown_make_stages(breakdown, &runs->model, runs->set.configurations[0], runs,
                                     fault);
    return breakdown_make_traces(breakdown, by, runs, fault);
}

/* ---- writing ---- */

static bool write_figure(struct options *options, const struct breakdown *breakdown,
                         struct fault *fault)
{
    struct breakdown_figure drawn = {breakdown, options->figure.title};
    double width = figure_options_width(&options->figure);
    struct figure figure = figure_of_options(
        &options->figure, breakdown_natural_height(&drawn, &options->figure.style, width),
        "What memory goes to");
    figure.draw = breakdown_draw;
    figure.context = &drawn;
    return figure_write_output(&figure, options->output, options->runs.quiet, fault);
}

static bool write_table(struct options *options, const struct breakdown *breakdown,
                        const char *path, struct fault *fault)
{
    if (!path)
        return true;
    if (!make_folder_of(path, fault) ||
        !breakdown_write(breakdown, &options->figure.style, path, fault))
        return false;
    figure_print_written(path, options->runs.quiet);
    return true;
}

static enum exit_code run(struct options *options, struct fault *fault)
{
    struct runs runs;
    struct breakdown breakdown = {0};
    enum exit_code code = runs_read(&options->runs, &runs, warnx, fault);
    if (code == EXIT_DONE && !make(options, &runs, &breakdown, fault))
        code = EXIT_FAILED;
    if (code == EXIT_DONE && !breakdown_orders_apply(&options->orders, &breakdown, fault))
        code = EXIT_FAILED;
    for (size_t i = 0; i < breakdown.warning_count; i++)
        warnx("%s", breakdown.warnings[i]);
    if (code == EXIT_DONE && !options->runs.quiet)
        breakdown_print(stdout, &breakdown);
    if (code == EXIT_DONE && (!write_figure(options, &breakdown, fault) ||
                              !write_table(options, &breakdown, options->table, fault) ||
                              !write_table(options, &breakdown, options->runs.json, fault)))
        code = EXIT_FAILED;
    breakdown_free(&breakdown);
    runs_free(&runs);
    return code;
}

int main(int argc, char **argv)
{
    command_setup("visualize_breakdown");
    struct options options;
    struct fault fault = {0};
    parse(argc, argv, &options);
    enum exit_code code = run(&options, &fault);
    if (code != EXIT_DONE)
        warnx("%s", fault.text);
    free(options.snapshots.list);
    figure_options_free(&options.figure);
    return code;
}
