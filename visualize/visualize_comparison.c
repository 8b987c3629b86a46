/* visualize_comparison: does the simulator predict what a real run needs? A figure a rank, an
 * overview, and their numbers.
 *
 * Joins the data parts (comparison/pair, comparison/summary) and the drawing parts
 * (comparison/timeline, comparison/overview). */
#include "schemas/support/command.h"
#include "schemas/support/output_file.h"
#include "schemas/trace_folder/trace_folder.h"
#include "visualize/comparison/match.h"
#include "visualize/comparison/overview.h"
#include "visualize/comparison/rank_list.h"
#include "visualize/comparison/summary.h"
#include "visualize/comparison/timeline.h"
#include "visualize/figure/figure.h"
#include "visualize/figure/figure_options.h"
#include "visualize/figure/processes.h"
#include "visualize/figure/text.h"

#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const SIDE_NAMES[COMPARISON_SIDES] = {"real", "simulated"};

struct options {
    const char *folders[COMPARISON_SIDES], *output;
    bool show_theory;
    struct rank_list ranks;
    struct comparison_choice iteration;
    enum comparison_alignment alignment;
    struct figure_options figure;
};

/* ---- the command line ---- */

enum option_key {
    OPTION_RANKS = 0x100, /* past the letters */
    OPTION_ITERATION,
    OPTION_ALIGN,
};

static const struct argp_option OPTIONS[] = {
    {NULL, 0, NULL, 0, "Input and output:", 1},
    {"real-dir", 'r', "DIR", 0, "folder of the real run's traces, as REAL_DIR", 0},
    {"sim-dir", 's', "DIR", 0, "folder of the simulation's traces, as SIM_DIR", 0},
    {"output-dir", 'o', "DIR", 0, "where to write, as OUT_DIR (default: memory_plots)", 0},
    {"ranks", OPTION_RANKS, "LIST", 0, "which ranks: 0,3,7 or 0-15 or all (default)", 0},
    {"iteration", OPTION_ITERATION, "last|N|all", 0, "which iteration (default: last)", 0},
    {"align", OPTION_ALIGN, "start|stretch", 0,
     "from a common start in seconds (default), or both over 0-100% of their iteration", 0},
    {"show-theoretical", 't', NULL, 0, "draw theoretical memory over the curves", 0},
    {0},
};

static const char DOCUMENTATION[] =
    "Compares the memory of a real run with its simulation: a figure a rank, an overview of all, "
    "and "
    "memory_comparison.csv and .json."
    "\v"
    "Example:\n"
    "  visualize_comparison traces/real traces/simulated figures --column single\n\n"
    "Ranks are paired by number; a rank that one side lacks is drawn all the same, and named. Exit "
    "status: 0 done, 1 failed, 2 wrong usage.";

static void take_iteration(struct argp_state *state, struct options *options, const char *text)
{
    options->iteration.which = strcmp(text, "last") == 0  ? COMPARISON_LAST
                               : strcmp(text, "all") == 0 ? COMPARISON_ALL
                                                          : COMPARISON_NUMBER;
    if (options->iteration.which == COMPARISON_NUMBER)
        options->iteration.number =
            command_integer(state, "--iteration", text, INT64_MIN + 1, INT64_MAX - 1);
}

static void take_align(struct argp_state *state, struct options *options, const char *text)
{
    options->alignment =
        strcmp(text, "stretch") == 0 ? COMPARISON_ALIGN_STRETCH : COMPARISON_ALIGN_START;
    if (options->alignment == COMPARISON_ALIGN_START && strcmp(text, "start") != 0)
        argp_error(state, "--align: expected start or stretch, found '%s'", text);
}

static void take_positional(struct argp_state *state, struct options *options, char *argument)
{
    const char **places[] = {&options->folders[COMPARISON_REAL],
                             &options->folders[COMPARISON_SIMULATED], &options->output};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        if (!*places[i]) {
            *places[i] = argument;
            return;
        }
    argp_error(state, "'%s': expected no more than REAL_DIR, SIM_DIR and OUT_DIR", argument);
}

static void check_whole(struct argp_state *state, struct options *options)
{
    if (!options->folders[COMPARISON_REAL] || !options->folders[COMPARISON_SIMULATED])
        argp_error(state, "give the folders of the real and of the simulated traces");
    if (!options->output)
        options->output = "memory_plots";
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct options *options = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &options->figure;
        return 0;
    case 'r':
        options->folders[COMPARISON_REAL] = argument;
        return 0;
    case 's':
        options->folders[COMPARISON_SIMULATED] = argument;
        return 0;
    case 'o':
        options->output = argument;
        return 0;
    case 't':
        options->show_theory = true;
        return 0;
    case OPTION_RANKS:
        if (!rank_list_parse(argument, &options->ranks))
            argp_error(state, "--ranks: expected 0,3,7 or 0-15 or all, found '%s'", argument);
        return 0;
    case OPTION_ITERATION:
        take_iteration(state, options, argument);
        return 0;
    case OPTION_ALIGN:
        take_align(state, options, argument);
        return 0;
    case ARGP_KEY_ARG:
        take_positional(state, options, argument);
        return 0;
    case ARGP_KEY_END:
        check_whole(state, options);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* ---- the work ---- */

struct result {
    struct comparison_row row;
    struct fault unreadable[COMPARISON_SIDES], undrawn;
};

struct job {
    const struct options *options;
    struct matches matches;
    struct result *results; /* one per match, shared with the drawing processes */
    struct progress progress;
};

static void tell_left_out(const struct trace_file *left_out, const struct trace_file *later)
{
    warnx("%s is of rank %" PRId64 " too: %s is left out", later->path, later->name.rank,
          left_out->base);
}

static bool make_job(struct job *job, struct fault *fault)
{
    const struct options *options = job->options;
    if (!matches_make(&job->matches, options->folders, &options->figure.filter, &options->ranks,
                      tell_left_out, fault))
        return false;
    job->results = processes_shared(job->matches.count * sizeof *job->results);
    return job->results || fault_set(fault, "out of memory for %zu ranks", job->matches.count);
}

/* ---- a rank ---- */

/* Reads both sides; what cannot be read is absent, and its fault kept. */
static void make_pair(const struct job *job, size_t index, struct comparison_pair *pair,
                      struct fault unreadable[COMPARISON_SIDES])
{
    struct trace trace = {0};
    *pair = (struct comparison_pair){.rank = job->matches.list[index].rank};
    for (int side = 0; side < COMPARISON_SIDES; side++) {
        const struct trace_file *file = job->matches.list[index].files[side];
        comparison_side_free(&pair->sides[side]); /* absent, with nothing recorded */
        if (!file || !trace_read(file, TRACE_FULL, &trace, &unreadable[side]))
            continue;
        if (!comparison_side_make(&pair->sides[side], &trace, job->options->iteration))
            fault_set(&unreadable[side], "%s: out of memory", file->path);
        else if (!pair->sides[side].present)
            fault_set(&unreadable[side], "%s: it has no such iteration", file->path);
    }
    trace_free(&trace);
    comparison_pair_finish(pair, job->options->alignment);
}

static void free_pair(struct comparison_pair *pair)
{
    for (int side = 0; side < COMPARISON_SIDES; side++)
        comparison_side_free(&pair->sides[side]);
}

static struct timeline timeline_of(const struct job *job, const struct comparison_pair *pair,
                                   const char *title)
{
    return (struct timeline){.pair = pair,
                             .alignment = job->options->alignment,
                             .show_theory = job->options->show_theory,
                             .title = title,
                             .dpi = job->options->figure.dpi};
}

static bool write_figure(const struct job *job, const char *name, const char *title,
                         double natural_height, void (*draw)(cairo_t *, double, double, void *),
                         void *context, struct fault *fault)
{
    const struct figure_options *options = &job->options->figure;
    struct figure figure = {
        .width_inch = figure_options_width(options),
        .height_inch = options->height_inch > 0 ? options->height_inch : natural_height,
        .formats = options->formats,
        .dpi = options->dpi,
        .title = title,
        .draw = draw,
        .context = context,
    };
    char *base = NULL;
    if (asprintf(&base, "%s/%s", job->options->output, name) < 0)
        return fault_set(fault, "%s: out of memory", name);
    bool written = figure_write(&figure, base, NULL, NULL, fault);
    free(base);
    return written;
}

static void draw_rank(void *context, size_t index)
{
    struct job *job = context;
    struct result *result = &job->results[index];
    struct comparison_pair pair;
    make_pair(job, index, &pair, result->unreadable);
    result->row = comparison_row_of(&pair);
    char name[64], title[256];
    snprintf(name, sizeof name, "memory_comparison_rank_%" PRId64, pair.rank);
    const char *given = job->options->figure.title;
    snprintf(title, sizeof title, "%s%sank %" PRId64, given ? given : "", given ? ", r" : "R",
             pair.rank);
    struct timeline timeline = timeline_of(job, &pair, title);
    double width = figure_options_width(&job->options->figure);
    bool something = result->row.present[0] || result->row.present[1];
    result->row.failed =
        !something || !write_figure(job, name, title, width >= 5 ? width / 3 : width * 0.55,
                                    timeline_draw, &timeline, &result->undrawn);
    free_pair(&pair);
}

static void show_progress(void *context, size_t done)
{
    struct job *job = context;
    progress_update(&job->progress, done);
}

/* ---- all ranks ---- */

/* What could not be read or drawn, by name; returns how many ranks have a figure. */
static size_t report_faults(const struct job *job)
{
    size_t drawn = 0;
    for (size_t i = 0; i < job->matches.count; i++) {
        const struct result *result = &job->results[i];
        for (int side = 0; side < COMPARISON_SIDES; side++)
            if (result->unreadable[side].text[0])
                warnx("%s; left out", result->unreadable[side].text);
        if (result->undrawn.text[0])
            warnx("%s", result->undrawn.text);
        drawn += !result->row.failed;
    }
    return drawn;
}

/* The rows of the ranks that were drawn, in new memory. */
static struct comparison_row *keep_rows(const struct job *job, size_t *indices, size_t *count)
{
    struct comparison_row *rows = calloc(job->matches.count, sizeof *rows);
    *count = 0;
    for (size_t i = 0; rows && i < job->matches.count; i++)
        if (!job->results[i].row.failed) {
            indices[*count] = i;
            rows[(*count)++] = job->results[i].row;
        }
    return rows;
}

static bool draw_overview(const struct job *job, const struct comparison_row *rows,
                          const size_t *indices, size_t count, struct fault *fault)
{
    size_t chosen[OVERVIEW_TIMELINES];
    const struct trace_name *name = &job->matches.folders[COMPARISON_REAL].files[0].name;
    size_t used = overview_choose(rows, count, trace_name_number(name, "wd", 0),
                                  trace_name_number(name, "pp", 0), chosen);
    struct comparison_pair pairs[OVERVIEW_TIMELINES];
    struct timeline timelines[OVERVIEW_TIMELINES];
    char titles[OVERVIEW_TIMELINES][32];
    for (size_t i = 0; i < used; i++) {
        struct fault ignored[COMPARISON_SIDES]; /* reported when the rank was drawn */
        make_pair(job, indices[chosen[i]], &pairs[i], ignored);
        snprintf(titles[i], sizeof titles[i], "Rank %" PRId64, pairs[i].rank);
        timelines[i] = timeline_of(job, &pairs[i], titles[i]);
    }
    struct overview overview = {.rows = rows,
                                .count = count,
                                .timelines = timelines,
                                .timeline_count = used,
                                .title = job->options->figure.title};
    double width = figure_options_width(&job->options->figure);
    bool written =
        write_figure(job, "memory_comparison_overview", "Real and simulated memory",
                     overview_natural_height(&overview, width), overview_draw, &overview, fault);
    for (size_t i = 0; i < used; i++)
        free_pair(&pairs[i]);
    return written;
}

static bool write_tables(const struct job *job, const struct comparison_row *rows, size_t count,
                         struct fault *fault)
{
    char *csv = NULL, *json = NULL;
    bool written = asprintf(&csv, "%s/memory_comparison.csv", job->options->output) >= 0 &&
                   asprintf(&json, "%s/memory_comparison.json", job->options->output) >= 0 &&
                   comparison_write_csv(csv, rows, count, fault) &&
                   comparison_write_json(json, rows, count, fault);
    free(csv);
    free(json);
    return written;
}

static void print_only(const struct comparison_row *rows, size_t count, int side)
{
    bool any = false;
    for (size_t i = 0; i < count; i++) {
        if (!rows[i].present[side] || rows[i].present[!side])
            continue;
        if (!any)
            printf("%s traces alone have rank", SIDE_NAMES[side]);
        any = true;
        printf(" %" PRId64, rows[i].rank);
    }
    if (any)
        putchar('\n');
}

static bool summarize(const struct job *job, struct fault *fault)
{
    size_t *indices = calloc(job->matches.count, sizeof *indices), count = 0;
    struct comparison_row *rows = indices ? keep_rows(job, indices, &count) : NULL;
    bool written = rows != NULL;
    if (!written)
        fault_set(fault, "out of memory for %zu ranks", job->matches.count);
    else if (count == 0)
        written = fault_set(fault, "no rank could be compared");
    written = written && write_tables(job, rows, count, fault) &&
              draw_overview(job, rows, indices, count, fault);
    if (written && !job->options->figure.quiet) {
        comparison_print(stdout, rows, count);
        for (int side = 0; side < COMPARISON_SIDES; side++)
            print_only(rows, count, side);
        printf("wrote %zu figures memory_comparison_rank_*, memory_comparison_overview, and "
               "memory_comparison.csv and .json in %s\n",
               count, job->options->output);
    }
    free(rows);
    free(indices);
    return written;
}

static bool run(const struct options *options, struct fault *fault)
{
    struct job job = {.options = options};
    bool finished = make_job(&job, fault) && make_folders(options->output, fault);
    if (finished) {
        text_family(); /* found once, before the processes part */
        progress_start(&job.progress, "drawing ranks", job.matches.count, options->figure.quiet);
        const struct processes processes = {.count = job.matches.count,
                                            .jobs = options->figure.jobs,
                                            .work = draw_rank,
                                            .done = show_progress,
                                            .context = &job};
        finished = processes_run(&processes, fault);
        progress_end(&job.progress);
        size_t drawn = report_faults(&job);
        finished = finished && summarize(&job, fault);
        if (finished && drawn < job.matches.count)
            finished = fault_set(fault, "%zu of %zu ranks could not be compared",
                                 job.matches.count - drawn, job.matches.count);
    }
    processes_unshare(job.results, job.matches.count * sizeof *job.results);
    matches_free(&job.matches);
    return finished;
}

int main(int argc, char **argv)
{
    command_setup("visualize_comparison");
    struct options options = {.ranks = {.all = true}};
    const struct argp_child children[] = {{&figure_options_argp, 0, NULL, 0}, {0}};
    const struct argp argp = {.options = OPTIONS,
                              .parser = parse,
                              .args_doc = "[REAL_DIR SIM_DIR [OUT_DIR]]",
                              .doc = DOCUMENTATION,
                              .children = children};
    argp_parse(&argp, argc, argv, 0, NULL, &options);
    struct fault fault = {0};
    if (!run(&options, &fault))
        errx(EXIT_FAILED, "%s", fault.text);
    return EXIT_DONE;
}
