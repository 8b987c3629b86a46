/* analyze_snapshot: what was in GPU memory, by PyTorch's memory snapshots. Joins the reading of
 * files, their analysis, and what is printed, drawn and written of it. */
#include "schemas/support/command.h"
#include "schemas/support/output_file.h"
#include "schemas/support/standard_output.h"
#include "schemas/support/workers.h"
#include "visualize/figure/figure_options.h"
#include "visualize/snapshot/draw.h"
#include "visualize/snapshot/inputs.h"
#include "visualize/snapshot/json.h"
#include "visualize/snapshot/print.h"

#include <err.h>
#include <float.h>
#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { EXIT_GREW = 3 }; /* --fail-over */

struct options {
    struct snapshot_inputs inputs, baseline;
    const char *rules, *json, *output, *traces;
    enum site_by by;
    bool by_given, layers_by_site;
    unsigned depth; /* 0: not given */
    size_t top;
    double fail_over; /* percent; NAN: not asked for */
    struct figure_options figure;
};

enum option_key {
    OPTION_BY = 0x100, /* past the letters */
    OPTION_DEPTH,
    OPTION_TOP,
    OPTION_RULES,
    OPTION_JSON,
    OPTION_AGAINST,
    OPTION_FAIL_OVER,
    OPTION_LAYERS,
    OPTION_TRACES,
};

static const struct argp_option OPTIONS[] = {
    {NULL, 0, NULL, 0, "What is shown:", 1},
    {"by", OPTION_BY, "WHAT", 0,
     "line (default), function, file, stack, category, size or stream: what memory is summed by",
     0},
    {"depth", OPTION_DEPTH, "N", 0, "so many callers in a site's name (default: 1)", 0},
    {"top", OPTION_TOP, "N", 0, "rows of each list (default: 10)", 0},
    {"rules", OPTION_RULES, "FILE", 0,
     "rules of categories before the built-in ones: a category, a tab, a regular expression on "
     "file:function",
     0},
    {"json", OPTION_JSON, "FILE", 0, "write all of it for programs, too; -: to standard output", 0},
    {NULL, 0, NULL, 0, "Two runs:", 1},
    {"against", OPTION_AGAINST, "BASELINE", 0,
     "a file or folder of an earlier run: say what has changed since", 0},
    {"fail-over", OPTION_FAIL_OVER, "PERCENT", 0,
     "with --against: exit status 3 where a peak has grown by more, e.g. 5%", 0},
    {NULL, 0, NULL, 0, "What is written:", 1},
    {"output", 'o', "BASE", 0,
     "draw memory over time (and, of several, the peaks) as BASE.png, .pdf", 0},
    {"layers", OPTION_LAYERS, "category|site", 0, "what the figure stacks (default: category)", 0},
    {"traces", OPTION_TRACES, "DIR", 0,
     "write a memory_trace_rank*.json of each, for the other commands", 0},
    {0},
};

static const char DOCUMENTATION[] =
    "Says what PyTorch's memory snapshots (torch.cuda.memory._dump_snapshot) show: the peak, what "
    "lived at it and where it came from. Reads the pickles without running anything in them."
    "\v"
    "Example:\n"
    "  analyze_snapshot snapshot_0.pickle\n"
    "  analyze_snapshot snapshots/ --by function --depth 3 --output memory\n"
    "  analyze_snapshot today/ --against yesterday/ --fail-over 5%   # in a CI job\n\n"
    "Exit status: 0 done, 1 failed, 2 wrong usage, 3 grown past --fail-over.";

static double parse_percent(struct argp_state *state, char *text)
{
    size_t length = strlen(text);
    if (length > 0 && text[length - 1] == '%')
        text[length - 1] = '\0';
    return command_number(state, "--fail-over", text, 0, 1e6);
}

static void take_input(struct argp_state *state, struct snapshot_inputs *inputs, const char *path)
{
    struct fault fault = {0};
    if (!snapshot_inputs_add(inputs, path, &fault))
        argp_failure(state, EXIT_FAILED, 0, "%s", fault.text);
}

static void take_layers(struct argp_state *state, struct options *options, const char *text)
{
    options->layers_by_site = strcmp(text, "site") == 0;
    if (!options->layers_by_site && strcmp(text, "category") != 0)
        argp_error(state, "--layers: expected category or site, found '%s'", text);
}

static void take_by(struct argp_state *state, struct options *options, const char *text)
{
    options->by_given = true;
    if (!site_by_parse(text, &options->by))
        argp_error(state,
                   "--by: expected line, function, file, stack, category, size or stream, "
                   "found '%s'",
                   text);
}

static void check_whole(struct argp_state *state, struct options *options)
{
    if (options->inputs.count == 0)
        argp_error(state, "give a snapshot, or a folder of them");
    if (options->figure.filter.count > 0)
        argp_error(state,
                   "--where: a snapshot's name tells no configuration to choose by; name the "
                   "files");
    bool against = options->baseline.count > 0;
    if (!isnan(options->fail_over) && !against)
        argp_error(state, "--fail-over: needs --against BASELINE");
    if (against && options->by_given &&
        (options->by == SITE_BY_LINE || options->by == SITE_BY_STACK))
        argp_error(state,
                   "--by %s: lines move from run to run; with --against use --by function "
                   "--depth N",
                   site_by_text(options->by));
    if (options->layers_by_site && !options->output)
        argp_error(state, "--layers: needs --output BASE");
    if (against && !options->by_given)
        options->by = SITE_BY_FUNCTION;
    if (options->depth == 0)
        options->depth = against ? 3 : 1;
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct options *options = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &options->figure;
        return 0;
    case OPTION_BY:
        take_by(state, options, argument);
        return 0;
    case OPTION_DEPTH:
        options->depth = (unsigned)command_integer(state, "--depth", argument, 1, SITE_MOST_DEPTH);
        return 0;
    case OPTION_TOP:
        options->top = (size_t)command_integer(state, "--top", argument, 1, 1000000);
        return 0;
    case OPTION_RULES:
        options->rules = argument;
        return 0;
    case OPTION_JSON:
        options->json = argument;
        return 0;
    case OPTION_AGAINST:
        take_input(state, &options->baseline, argument);
        return 0;
    case OPTION_FAIL_OVER:
        options->fail_over = parse_percent(state, argument);
        return 0;
    case 'o':
        options->output = argument;
        return 0;
    case OPTION_LAYERS:
        take_layers(state, options, argument);
        return 0;
    case OPTION_TRACES:
        options->traces = argument;
        return 0;
    case ARGP_KEY_ARG:
        take_input(state, &options->inputs, argument);
        return 0;
    case ARGP_KEY_END:
        check_whole(state, options);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
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

static void tell_written(void *context, const char *path)
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
        .written = options->figure.quiet || (options->json && strcmp(options->json, "-") == 0)
                       ? NULL
                       : tell_written,
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
    if (written && strcmp(options->json, "-") != 0 && !options->figure.quiet)
        printf("wrote %s\n", NAME(options->json));
    return written;
}

static enum exit_code tell(const struct options *options, const struct side *side,
                           const struct difference *difference, struct fault *fault)
{
    bool quiet = options->figure.quiet || (options->json && strcmp(options->json, "-") == 0);
    if (!quiet && difference)
        print_difference(stdout, difference, options->top);
    else if (!quiet)
        print_side(options, side);
    if (!quiet && options->traces)
        printf("wrote the traces of %zu files into %s\n", side->count, NAME(options->traces));
    if ((options->output && !draw(options, side, fault)) ||
        (options->json && !write_json(options, side, difference, fault)))
        return EXIT_FAILED;
    double percent = difference ? difference_most_percent(difference) : NAN;
    if (!isnan(options->fail_over) && percent > options->fail_over) {
        fault_set(fault, "a peak has grown by %.1f%%, more than --fail-over %g%%", percent,
                  options->fail_over);
        return (enum exit_code)EXIT_GREW;
    }
    return EXIT_DONE;
}

static enum exit_code compare_and_tell(const struct options *options, const struct side *side,
                                       struct fault *fault)
{
    if (options->baseline.count == 0)
        return tell(options, side, NULL, fault);
    struct side baseline = {.inputs = &options->baseline, .options = side->options};
    baseline.options.traces = NULL;
    baseline.options.course_columns = 0;
    struct difference difference;
    enum exit_code code = EXIT_FAILED;
    if (read_side(&baseline, options->figure.jobs, options->figure.quiet, fault) &&
        difference_make(&difference, baseline.files, baseline.count, side->files, side->count,
                        fault)) {
        code = tell(options, side, &difference, fault);
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
                    .course_by = options->layers_by_site ? options->by : SITE_BY_CATEGORY,
                    .traces = options->traces},
    };
    /* Once, to say at once what is wrong with them. */
    struct category_rules *rules = category_rules_make(options->rules, fault);
    bool rules_are_fine = rules != NULL;
    category_rules_free(rules);
    enum exit_code code = EXIT_FAILED;
    if (rules_are_fine && (!options->traces || make_folders(options->traces, fault)) &&
        read_side(&side, options->figure.jobs, options->figure.quiet, fault))
        code = compare_and_tell(options, &side, fault);
    free_side(&side);
    return code;
}

int main(int argc, char **argv)
{
    command_setup("analyze_snapshot");
    struct options options = {.top = 10, .fail_over = NAN};
    const struct argp_child children[] = {{&figure_options_argp, 0, NULL, 0}, {0}};
    const struct argp argp = {.options = OPTIONS,
                              .parser = parse,
                              .args_doc = "FILE|FOLDER...",
                              .doc = DOCUMENTATION,
                              .children = children};
    command_parse(&argp, argc, argv, 0, &options);
    struct fault fault = {0};
    enum exit_code code = run(&options, &fault);
    if (code != EXIT_DONE)
        warnx("%s", fault.text);
    snapshot_inputs_free(&options.inputs);
    snapshot_inputs_free(&options.baseline);
    return (int)code;
}
