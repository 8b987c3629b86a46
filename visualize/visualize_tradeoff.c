/* visualize_tradeoff: memory against throughput or step time, with the configurations that are
 * worth running by name.
 *
 * Joins the data part (tradeoff/tradeoff) and the drawing part (tradeoff/draw). */
#include "schemas/support/output_file.h"
#include "visualize/figure/figure_options.h"
#include "visualize/figure/figure_output.h"
#include "visualize/runs/runs.h"
#include "visualize/tradeoff/draw.h"
#include "visualize/tradeoff/output.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>

struct options {
    struct runs_options runs;
    int metric; /* enum tradeoff_metric; -1: not given */
    enum tradeoff_names names;
    const char *output, *table;
    struct figure_options figure;
};

/* ---- the command line ---- */

static const char *const NAMES[] = {[TRADEOFF_NAMES_FRONT] = "front",
                                    [TRADEOFF_NAMES_ALL] = "all",
                                    [TRADEOFF_NAMES_NONE] = "none",
                                    NULL};

static bool take_metric(const struct option_row *row, void *target, const char *text,
                        struct fault *fault)
{
    (void)row;
    for (int i = 0; i < TRADEOFF_METRICS; i++)
        if (strcmp(text, TRADEOFF_WORDS[i].name) == 0) {
            *(int *)target = i;
            return true;
        }
    return fault_set(fault, "expected tflops, tokens, mfu or ms, found '%s'", text);
}

#define AT(member) offsetof(struct options, member)

static const struct option_row OPTIONS[] = {
    {.kind = OPTION_HEADING, .help = "What is drawn:"},
    {.name = "metric",
     .kind = OPTION_TAKEN,
     .target = AT(metric),
     .take = take_metric,
     .argument = "tflops|tokens|mfu|ms",
     .help = "over memory: TFLOP/s of a GPU, tokens a second and GPU, the model's share of the "
             "GPU's arithmetic, or the time of an iteration (default: tflops, else ms)"},
    {.name = "names",
     .kind = OPTION_CHOICE,
     .target = AT(names),
     .words = NAMES,
     .help = "which configurations are named (default: front)"},
    OPTION_REFUSED_ROW("order", "a configuration's place is what it needs and how fast it is"),
    {.name = "output",
     .letter = 'o',
     .kind = OPTION_TEXT,
     .target = AT(output),
     .argument = "BASE",
     .help = "writes BASE.png, BASE.pdf",
     .tells_default = true},
    {.name = "table",
     .kind = OPTION_TEXT,
     .target = AT(table),
     .argument = "FILE",
     .help = "also write the figure's data, as .csv, .json, or .tex (the front, with booktabs)"},
    {0},
};

static const struct option_command COMMAND = {
    .arguments = "[SWEEP]",
    .about = "Draws memory against throughput or step time: the configurations of which none that "
             "fits needs less memory and is faster are named.",
    .notes =
        "Example:\n"
        "  visualize_tradeoff sweep --gpu-memory 80 --output tradeoff\n"
        "  visualize_tradeoff sweep --metrics metrics.csv --metric mfu \\\n"
        "      --model llama3-70b --peak-tflops 989 --column single --table front.tex\n\n"
        "Memory is the measured peak; step times and throughput are those of metrics.csv "
        "(schemas/metrics/metrics.md), which import_logs makes of Megatron-LM's logs. What ran "
        "out of memory stands at the foot, at the model's expected peak where --model says "
        "it. MFU counts the model's matrix products, not what is recomputed; without --model "
        "it is of the TFLOP/s that the run itself counted.\n\n"
        "Exit status: 0 done, 1 failed, 2 wrong usage.\n",
};

static const struct figure_has HAS = {
    .parts = FIGURE_DECIMALS,
    .words = (const enum word[]){WORD_PEAK, WORD_THROUGHPUT, WORD_TIME, WORD_FRONT, WORD_DOMINATED,
                                 WORD_TOO_LARGE, WORD_OOM, WORD_BEYOND, WORD_LIMIT, WORDS},
    .no_values = "--names none leaves out the names of configurations",
};

static void parse(int argc, char **argv, struct options *options)
{
    *options = (struct options){
        .metric = -1, .output = "tradeoff", .figure = figure_options_default(&HAS)};
    const struct option_table tables[] = {{OPTIONS, options},
                                          {RUNS_OPTIONS, &options->runs},
                                          {FIGURE_OPTIONS, &options->figure},
                                          {0}};
    size_t count;
    char **arguments = options_parse(&COMMAND, tables, argc, argv, &count);
    runs_options_complete(&options->runs, arguments);
    if (!options->runs.memory_dir)
        options_error("give --memory-dir, the folder of the runs' traces");
    figure_options_check_table(&options->figure, options->table);
}

/* ---- writing ---- */

static bool write_figure(struct options *options, const struct tradeoff *tradeoff,
                         struct fault *fault)
{
    struct tradeoff_figure drawn = {
        .tradeoff = tradeoff, .names = options->names, .title = options->figure.title};
    double width = figure_options_width(&options->figure);
    struct figure figure = figure_of_options(
        &options->figure, tradeoff_natural_height(&drawn, &options->figure.style, width),
        "Memory and speed");
    figure.draw = tradeoff_draw;
    figure.context = &drawn;
    return figure_write_output(&figure, options->output, options->runs.quiet, fault);
}

static bool write_table(struct options *options, const struct tradeoff *tradeoff, const char *path,
                        struct fault *fault)
{
    if (!path)
        return true;
    if (!make_folder_of(path, fault) ||
        !tradeoff_write(tradeoff, &options->figure.style, path, fault))
        return false;
    figure_print_written(path, options->runs.quiet);
    return true;
}

static enum exit_code run(struct options *options, struct fault *fault)
{
    struct runs runs;
    struct tradeoff tradeoff = {0};
    enum exit_code code = runs_read(&options->runs, &runs, warnx, fault);
    enum tradeoff_metric metric = options->metric >= 0 ? (enum tradeoff_metric)options->metric
                                  : code == EXIT_DONE  ? tradeoff_usual_metric(&runs)
                                                       : TRADEOFF_TFLOPS;
    if (code == EXIT_DONE && !tradeoff_make(&runs, metric, runs.gpu_mb, &tradeoff, fault))
        code = EXIT_FAILED;
    if (code == EXIT_DONE && !options->runs.quiet && !tradeoff_print(stdout, &tradeoff, fault))
        code = EXIT_FAILED;
    if (code == EXIT_DONE && (!write_figure(options, &tradeoff, fault) ||
                              !write_table(options, &tradeoff, options->table, fault) ||
                              !write_table(options, &tradeoff, options->runs.json, fault)))
        code = EXIT_FAILED;
    tradeoff_free(&tradeoff);
    runs_free(&runs);
    return code;
}

int main(int argc, char **argv)
{
    command_setup("visualize_tradeoff");
    struct options options;
    struct fault fault = {0};
    parse(argc, argv, &options);
    enum exit_code code = run(&options, &fault);
    if (code != EXIT_DONE)
        warnx("%s", fault.text);
    figure_options_free(&options.figure);
    return code;
}
