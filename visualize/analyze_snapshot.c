/* analyze_snapshot: what was in GPU memory, by PyTorch's memory snapshots. Joins the reading of
 * files, their analysis, and what is printed, drawn and written of it. */
#include "schemas/support/output_file.h"
#include "schemas/support/shell_words.h"
#include "schemas/support/standard_output.h"
#include "schemas/support/workers.h"
#include "visualize/figure/figure_options.h"
#include "visualize/figure/figure_output.h"
#include "visualize/snapshot/draw.h"
#include "visualize/snapshot/inputs.h"
#include "visualize/snapshot/json.h"
#include "visualize/snapshot/print.h"
#include "visualize/snapshot/table.h"

#include <err.h>
#include <float.h>
#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { EXIT_GREW = 3 }; /* --fail-over */

struct options {
    struct snapshot_inputs inputs, baseline;
    const char *rules, *json, *output, *table, *traces;
    struct option_texts against; /* the baseline's paths */
    char *const *named;          /* the arguments */
    enum site_by by;
    bool by_given;
    enum { LAYERS_BY_CATEGORY, LAYERS_BY_SITE } layers;
    unsigned depth; /* 0: not given */
    unsigned top;
    double fail_over; /* percent; NAN: not asked for */
    struct figure_options figure;
    unsigned jobs; /* 0: one per processor */
    bool quiet;
};

static bool take_by(const struct option_row *row, void *target, const char *text,
                    struct fault *fault)
{
    struct options *options = target;
    (void)row;
    options->by_given = true;
    return site_by_parse(text, &options->by) ||
           fault_set(fault,
                     "expected line, function, file, stack, category, size or stream, found '%s'",
                     text);
}

static const char *const LAYERS[] = {
    [LAYERS_BY_CATEGORY] = "category", [LAYERS_BY_SITE] = "site", NULL};

#define AT(member) offsetof(struct options, member)

static const struct option_row OPTIONS[] = {
    {.kind = OPTION_HEADING, .help = "What is shown:"},
    {.name = "by",
     .kind = OPTION_TAKEN,
     .take = take_by,
     .argument = "line|function|file|stack|category|size|stream",
     .help = "what memory is summed by (default: line)"},
    {.name = "depth",
     .kind = OPTION_COUNT,
     .target = AT(depth),
     .least = 1,
     .most = SITE_MOST_DEPTH,
     .argument = "N",
     .help = "so many callers in a site's name (default: 1)"},
    {.name = "top",
     .kind = OPTION_COUNT,
     .target = AT(top),
     .least = 1,
     .most = 1000000,
     .argument = "N",
     .help = "rows of each list",
     .tells_default = true},
    OPTION_TEXT_ROW(
        "rules", AT(rules), "FILE",
        "rules of categories before the built-in ones: a category, a tab, a regular expression "
        "on file:function"),
    OPTION_JSON_ROW(AT(json), "write all of it"),
    {.kind = OPTION_HEADING, .help = "Two runs:"},
    {.name = "against",
     .kind = OPTION_TEXTS,
     .target = AT(against),
     .argument = "BASELINE",
     .help = "a file or folder of an earlier run: say what has changed since"},
    {.name = "fail-over",
     .kind = OPTION_PERCENT,
     .target = AT(fail_over),
     .most = 1e6,
     .argument = "PERCENT",
     .help = "with --against: exit status 3 where a peak has grown by more, e.g. 5%"},
    {.kind = OPTION_HEADING, .help = "What is written:"},
    {.name = "output",
     .letter = 'o',
     .kind = OPTION_TEXT,
     .target = AT(output),
     .argument = "BASE",
     .help = "writes BASE.png, BASE.pdf: memory over time (and, of several, the peaks)"},
    OPTION_TEXT_ROW("table", AT(table), "FILE",
                    "the peaks, a row for each device, as .csv, .json or .tex (booktabs)"),
    {.name = "layers",
     .kind = OPTION_CHOICE,
     .target = AT(layers),
     .words = LAYERS,
     .help = "what the figure stacks (default: category)"},
    OPTION_TEXT_ROW("traces", AT(traces), "DIR",
                    "write a memory_trace_rank*.json of each, for the other commands"),
    OPTION_REFUSED_ROW("order",
                       "time has one order; visualize_breakdown --snapshots puts ranks in order"),
    OPTION_REFUSED_ROW("where",
                       "a snapshot's name tells no configuration to choose by; name the files"),
    OPTION_JOBS_ROW(AT(jobs)),
    OPTION_QUIET_ROW(AT(quiet)),
    {0},
};

static const struct option_command COMMAND = {
    .arguments = "FILE|FOLDER...",
    .about =
        "Says what PyTorch's memory snapshots (torch.cuda.memory._dump_snapshot) show: the peak, "
        "what lived at it and where it came from. Reads the pickles without running anything in "
        "them.",
    .notes = "Example:\n"
             "  analyze_snapshot snapshot_0.pickle\n"
             "  analyze_snapshot snapshots/ --by function --depth 3 --output memory\n"
             "  analyze_snapshot today/ --against yesterday/ --fail-over 5%   # in a CI job\n\n"
             "Exit status: 0 done, 1 failed, 2 wrong usage, 3 grown past --fail-over.\n",
};

static const struct figure_has HAS = {
    .parts = FIGURE_HATCH | FIGURE_VALUES | FIGURE_DECIMALS,
    .words = (const enum word[]){WORD_PARAMETERS, WORD_GRADIENTS, WORD_OPTIMIZER, WORD_ACTIVATIONS,
                                 WORD_TEMPORARY, WORD_COMMUNICATION, WORD_WORKSPACE, WORD_OTHER,
                                 WORD_RESERVED, WORD_PEAK, WORD_MEMORY, WORD_TIME, WORD_RANK,
                                 WORD_X, WORDS},
};

static void add_inputs(struct snapshot_inputs *inputs, size_t count, char *const *paths)
{
    struct fault fault = {0};
    for (size_t i = 0; i < count; i++)
        if (!snapshot_inputs_add(inputs, paths[i], &fault))
            errx(EXIT_FAILED, "%s", fault.text);
}

static void check_whole(struct options *options)
{
    bool against = options->baseline.count > 0;
    options->quiet = options->quiet || options_print_alone(options->json);
    if (options->inputs.count == 0)
        options_error("give a snapshot, or a folder of them");
    figure_options_check_table(&options->figure, options->table);
    if (!isnan(options->fail_over) && !against)
        options_error("--fail-over: needs --against BASELINE");
    if (against && options->by_given &&
        (options->by == SITE_BY_LINE || options->by == SITE_BY_STACK))
        options_error("--by %s: lines move from run to run; with --against use --by function "
                      "--depth N",
                      site_by_text(options->by));
    if (options->layers == LAYERS_BY_SITE && !options->output)
        options_error("--layers: needs --output BASE");
    if (against && !options->by_given)
        options->by = SITE_BY_FUNCTION;
    if (options->depth == 0)
        options->depth = against ? 3 : 1;
}

static void parse(int argc, char **argv, struct options *options)
{
    const struct option_table tables[] = {
        {OPTIONS, options}, {FIGURE_OPTIONS, &options->figure}, {0}};
    size_t count;
    char **arguments = options_parse(&COMMAND, tables, argc, argv, &count);
    options->named = arguments;
    add_inputs(&options->inputs, count, arguments);
    add_inputs(&options->baseline, options->against.count, options->against.list);
    free(options->against.list);
    check_whole(options);
}

/* ---- reading ---- */

/* The files of one side, read by several threads. */
struct side {
    const struct snapshot_inputs *inputs;
    struct analysis_options options;
    struct file_analysis *files;
    struct unreadable *unreadable; /* one a file; "" where it could be read */
    size_t count, unreadable_count;
    atomic_size_t done;
    struct progress progress;
};

static void read_file(void *context, size_t index, unsigned worker)
{
    struct side *side = context;
    struct unreadable *unreadable = &side->unreadable[index];
    unreadable->path = side->inputs->paths[index];
    file_analysis_make(&side->files[index], unreadable->path, &side->options, &unreadable->why);
    size_t done = atomic_fetch_add(&side->done, 1) + 1;
    if (worker == 0)
        progress_update(&side->progress, done);
}

/* Those that were read come first, those that were not are named. */
static void sort_out(struct side *side)
{
    for (size_t i = 0; i < side->inputs->count; i++)
        if (*side->unreadable[i].why.text) {
            warnx("%s; left out", side->unreadable[i].why.text);
            side->unreadable[side->unreadable_count++] = side->unreadable[i];
        } else {
            side->files[side->count++] = side->files[i];
        }
}

static bool read_side(struct side *side, unsigned jobs, bool quiet, struct fault *fault)
{
    size_t count = side->inputs->count;
    side->files = calloc(count, sizeof *side->files);
    side->unreadable = calloc(count, sizeof *side->unreadable);
    if (!side->files || !side->unreadable)
        return fault_set(fault, "out of memory for %zu snapshots", count);
    side->options.only_file = count == 1;
    progress_start(&side->progress, "reading snapshots", count, quiet);
    workers_run(count, jobs, read_file, side);
    progress_end(&side->progress);
    sort_out(side);
    return side->count > 0 || fault_set(fault, "none of %zu snapshots could be read", count);
}

static void free_side(struct side *side)
{
    for (size_t i = 0; i < side->count; i++)
        file_analysis_free(&side->files[i]);
    free(side->files);
    free(side->unreadable);
}

/* ---- telling ---- */

static void print_written(void *context, const char *path)
{
    (void)context;
    printf("wrote %s\n", NAME(path));
}

static bool draw(const struct options *options, const struct side *side, struct fault *fault)
{
    const struct snapshot_figure figure = {
        .files = side->files,
        .count = side->count,
        .options = &options->figure,
        .written = options->quiet ? NULL : print_written,
    };
    return snapshot_draw(&figure, options->output, fault);
}

static void print_side(const struct options *options, const struct side *side)
{
    bool several = side->count > 1 || side->files[0].device_count > 1;
    /* A thousand ranks have their figures in the JSON. */
    for (size_t i = 0; i < side->count && side->count <= 8; i++)
        for (size_t k = 0; k < side->files[i].device_count; k++)
            print_device(stdout, &side->files[i], &side->files[i].devices[k], &side->options,
                         options->top);
    for (size_t i = 0; i < side->count; i++)
        if (side->files[i].device_count == 0)
            printf("%s: no memory was allocated\n", NAME(side->files[i].path));
    if (several)
        print_overview(stdout, side->files, side->count);
}

static bool write_json(const struct options *options, const struct side *side,
                       const struct difference *difference, struct fault *fault)
{
    const struct json_input input = {
        .files = side->files,
        .count = side->count,
        .unreadable = side->unreadable,
        .unreadable_count = side->unreadable_count,
        .several = side->inputs->has_folder || side->inputs->count > 1,
        .difference = difference,
        .options = &side->options,
    };
    bool written = json_write_analysis(&input, options->json, fault);
    if (written && !options->quiet)
        printf("wrote %s\n", NAME(options->json));
    return written;
}

static bool write_table(const struct options *options, const struct side *side, struct fault *fault)
{
    bool written = snapshot_table_write(side->files, side->count, &options->figure.style,
                                        options->table, fault);
    if (written)
        figure_print_written(options->table, options->quiet);
    return written;
}

/* What to do next, for who looks at it: the figure, where none is drawn. */
static void print_next_command(const struct options *options)
{
    if (options->quiet || options->output || !isatty(STDOUT_FILENO))
        return;
    next_command_begin("memory over time", "analyze_snapshot");
    for (char *const *path = options->named; *path; path++) {
        putchar(' ');
        shell_words_show(stdout, *path);
    }
    next_command_add("--output", "memory");
    putchar('\n');
}

static enum exit_code write_outputs(const struct options *options, const struct side *side,
                                    const struct difference *difference, struct fault *fault)
{
    bool quiet = options->quiet;
    if (!quiet && difference)
        print_difference(stdout, difference, options->top);
    else if (!quiet)
        print_side(options, side);
    if (!quiet && options->traces)
        printf("wrote the traces of %zu files into %s\n", side->count, NAME(options->traces));
    if ((options->output && !draw(options, side, fault)) ||
        (options->json && !write_json(options, side, difference, fault)) ||
        (options->table && !write_table(options, side, fault)))
        return EXIT_FAILED;
    print_next_command(options);
    double percent = difference ? difference_most_percent(difference) : NAN;
    if (!isnan(options->fail_over) && percent > options->fail_over) {
        fault_set(fault, "a peak has grown by %.1f%%, more than --fail-over %g%%", percent,
                  options->fail_over);
        return (enum exit_code)EXIT_GREW;
    }
    return EXIT_DONE;
}

static enum exit_code compare_and_write(const struct options *options, const struct side *side,
                                        struct fault *fault)
{
    if (options->baseline.count == 0)
        return write_outputs(options, side, NULL, fault);
    struct side baseline = {.inputs = &options->baseline, .options = side->options};
    baseline.options.traces = NULL;
    baseline.options.course_columns = 0;
    struct difference difference;
    enum exit_code code = EXIT_FAILED;
    if (read_side(&baseline, options->jobs, options->quiet, fault) &&
        difference_make(&difference, baseline.files, baseline.count, side->files, side->count,
                        fault)) {
        code = write_outputs(options, side, &difference, fault);
        difference_free(&difference);
    }
    free_side(&baseline);
    return code;
}

static enum exit_code run(const struct options *options, struct fault *fault)
{
    struct side side = {
        .inputs = &options->inputs,
        .options = {.by = options->by,
                    .depth = options->depth,
                    .largest = options->top,
                    .rules = options->rules,
                    .course_columns = options->output ? snapshot_draw_columns(&options->figure) : 0,
                    .course_by = options->layers == LAYERS_BY_SITE ? options->by : SITE_BY_CATEGORY,
                    .traces = options->traces},
    };
    /* Once, to say at once what is wrong with them. */
    struct category_rules *rules = category_rules_make(options->rules, fault);
    bool rules_are_fine = rules != NULL;
    category_rules_free(rules);
    enum exit_code code = EXIT_FAILED;
    if (rules_are_fine && (!options->traces || make_folders(options->traces, fault)) &&
        read_side(&side, options->jobs, options->quiet, fault))
        code = compare_and_write(options, &side, fault);
    free_side(&side);
    return code;
}

int main(int argc, char **argv)
{
    command_setup("analyze_snapshot");
    struct options options = {.top = 10, .fail_over = NAN, .figure = figure_options_default(&HAS)};
    parse(argc, argv, &options);
    struct fault fault = {0};
    enum exit_code code = run(&options, &fault);
    if (code != EXIT_DONE)
        warnx("%s", fault.text);
    snapshot_inputs_free(&options.inputs);
    snapshot_inputs_free(&options.baseline);
    figure_options_free(&options.figure);
    return (int)code;
}
