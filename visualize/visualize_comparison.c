/* visualize_comparison: does the simulator predict what a real run needs? One figure per
 * rank, an overview, and their numbers.
 *
 * Joins the data parts (comparison/runs, comparison/pair, comparison/summary) and the drawing parts
 * (comparison/timeline, comparison/overview). */
#include "schemas/configuration/value_list.h"
#include "schemas/support/number.h"
#include "schemas/support/output_file.h"
#include "schemas/support/standard_output.h"
#include "schemas/support/text.h"
#include "schemas/trace_folder/trace_set.h"
#include "visualize/comparison/environment.h"
#include "visualize/comparison/latex.h"
#include "visualize/comparison/match.h"
#include "visualize/comparison/order.h"
#include "visualize/comparison/overview.h"
#include "visualize/comparison/runs.h"
#include "visualize/comparison/summary.h"
#include "visualize/comparison/timeline.h"
#include "visualize/figure/figure.h"
#include "visualize/figure/figure_options.h"
#include "visualize/figure/processes.h"
#include "visualize/figure/text.h"
#include "visualize/figure/trace_options.h"

#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct options {
    char *folders[COMPARISON_SIDES], *output;
    const char *json, *table;
    bool show_theory;
    const char *ranks; /* NULL: all */
    const char *order; /* of the ranks; NULL: their own */
    struct comparison_choice iteration;
    enum comparison_alignment alignment;
    struct filter filter;
    struct figure_options figure;
    unsigned jobs; /* 0: one per processor */
    bool quiet;
};

/* ---- the command line ---- */

static bool take_iteration(const struct option_row *row, void *target, const char *text,
                           struct fault *fault)
{
    struct comparison_choice *iteration = target;
    (void)row;
    iteration->which = strcmp(text, "last") == 0  ? COMPARISON_LAST
                       : strcmp(text, "all") == 0 ? COMPARISON_ALL
                                                  : COMPARISON_NUMBER;
    return iteration->which != COMPARISON_NUMBER ||
           integer_parse(text, INT64_MIN + 1, INT64_MAX - 1, &iteration->number, fault);
}

static bool take_ranks(const struct option_row *row, void *target, const char *text,
                       struct fault *fault)
{
    (void)row;
    bool all = strcmp(text, "all") == 0;
    *(const char **)target = all ? NULL : text;
    return all || value_list_check(text, 0, NULL) ||
           fault_set(fault, "expected 0,3,7 or 0-15 or all, found '%s'", text);
}

static bool take_order(const struct option_row *row, void *target, const char *text,
                       struct fault *fault)
{
    (void)row;
    *(const char **)target = text;
    return comparison_order_check(text, fault);
}

static const char *const ALIGNMENTS[] = {
    [COMPARISON_ALIGN_START] = "start", [COMPARISON_ALIGN_STRETCH] = "stretch", NULL};

#define AT(member) offsetof(struct options, member)
#define FOLDER_ROW(option, short_name, member, text)                                               \
    {                                                                                              \
        .name = (option), .letter = (short_name), .kind = OPTION_TEXT, .target = AT(member),       \
        .argument = "DIR", .help = (text)                                                          \
    }

static const struct option_row OPTIONS[] = {
    {.kind = OPTION_HEADING, .help = "Input and output:"},
    FOLDER_ROW("real-dir", 'r', folders[COMPARISON_REAL],
               "folder of the real run's traces, as REAL_DIR"),
    FOLDER_ROW("sim-dir", 's', folders[COMPARISON_SIMULATED],
               "folder of the simulation's traces, as SIM_DIR"),
    {.name = "output",
     .old_name = "output-dir",
     .letter = 'o',
     .kind = OPTION_TEXT,
     .target = AT(output),
     .argument = "DIR",
     .help = "writes into DIR, as OUT_DIR (or --output-dir): figures and tables (default: "
             "memory_plots)"},
    {.name = "ranks",
     .kind = OPTION_TAKEN,
     .target = AT(ranks),
     .take = take_ranks,
     .argument = "LIST|all",
     .help = "which ranks (default: all)"},
    {.name = "order",
     .kind = OPTION_TAKEN,
     .target = AT(order),
     .take = take_order,
     .argument = "rank=RANKS|peak",
     .help = "of the ranks in the overview and in --table FILE.tex, e.g. rank=6,4,2,0 (others "
             "follow), or the largest peak first"},
    {.name = "iteration",
     .kind = OPTION_TAKEN,
     .target = AT(iteration),
     .take = take_iteration,
     .argument = "last|N|all",
     .help = "which iteration (default: last)"},
    {.name = "align",
     .kind = OPTION_CHOICE,
     .target = AT(alignment),
     .words = ALIGNMENTS,
     .help = "from a common start in seconds (default), or both over 0-100% of their iteration"},
    {.name = "show-theoretical",
     .letter = 't',
     .kind = OPTION_FLAG,
     .target = AT(show_theory),
     .help = "draw theoretical memory over the curves"},
    {.name = "table",
     .kind = OPTION_TEXT,
     .target = AT(table),
     .argument = "FILE",
     .help = "also write the peaks and their errors there, as .csv, .json or .tex (booktabs)"},
    OPTION_JSON_ROW(AT(json), "write memory_comparison.json there, too"),
    OPTION_WHERE_ROW(AT(filter)),
    OPTION_JOBS_ROW(AT(jobs)),
    OPTION_QUIET_ROW(AT(quiet)),
    {0},
};

static const struct option_command COMMAND = {
    .arguments = "[REAL_DIR SIM_DIR [OUT_DIR]]",
    .about =
        "Compares the memory of a real run with its simulation: one figure per rank, an overview "
        "of all ranks, and memory_comparison.csv and .json.",
    .notes = "Example:\n"
             "  visualize_comparison traces/real traces/simulated figures --column single\n"
             "  visualize_comparison sweep/real sweep/simulated figures --where tp=2,pp=4\n\n"
             "Each folder holds one configuration, or --where chooses one; what both traces' names "
             "say of it (TP, PP, ...) must be equal, and what only one side's names say is taken "
             "for both. Ranks are paired by number; a rank that one side lacks is drawn all the "
             "same, and named.\n\n"
             "Exit status: 0 done, 1 failed, 2 wrong usage.\n",
};

static const struct figure_has HAS = {
    .parts = FIGURE_VALUES | FIGURE_DECIMALS,
    .words = (const enum word[]){WORD_REAL, WORD_SIMULATED, WORD_STATIC, WORD_THEORY, WORD_PEAK,
                                 WORD_RANK, WORD_FIRST, WORD_LAST, WORD_LARGEST_ERROR, WORD_MEMORY,
                                 WORD_TIME, WORD_ERROR, WORD_X, WORDS},
};

/* The arguments are what no option has given. */
static void take_arguments(char **arguments, struct options *options)
{
    char **places[] = {&options->folders[COMPARISON_REAL], &options->folders[COMPARISON_SIMULATED],
                       &options->output};
    for (size_t i = 0; *arguments && i < sizeof places / sizeof *places; i++)
        if (!*places[i])
            *places[i] = *arguments++;
    if (*arguments)
        options_error("'%s': expected no more than REAL_DIR, SIM_DIR and OUT_DIR", *arguments);
    if (!options->folders[COMPARISON_REAL] || !options->folders[COMPARISON_SIMULATED])
        options_error("give the folders of the real and of the simulated traces");
}

/* ---- the work ---- */

struct result {
    struct comparison_row row;
    struct fault unreadable[COMPARISON_SIDES], undrawn;
    size_t unusable[COMPARISON_SIDES]; /* samples that are in no curve */
};

struct job {
    const struct options *options;
    struct comparison_runs runs;
    struct matched_ranks matched;
    struct result *results; /* one per rank, shared with the drawing processes */
    struct progress progress;
};

static void print_warnings(const struct comparison_runs *runs)
{
    for (int side = 0; side < COMPARISON_SIDES; side++)
        for (size_t i = 0; i < runs->chosen[side].folder_count; i++)
            for (size_t k = 0; k < runs->chosen[side].folders[i].warning_count; k++)
                warnx("%s", runs->chosen[side].folders[i].warnings[k]);
}

/* Before anything is drawn. */
static bool check_order(const struct job *job, struct fault *fault)
{
    size_t count = job->matched.count;
    struct comparison_row *rows = job->options->order ? calloc(count, sizeof *rows) : NULL;
    if (!job->options->order)
        return true;
    if (count > OVERVIEW_MOST_BARS) {
        free(rows);
        return fault_set(fault,
                         "--order: of more than %d ranks the overview shows the errors, sorted; "
                         "choose fewer with --ranks",
                         OVERVIEW_MOST_BARS);
    }
    if (!rows)
        return fault_set(fault, "out of memory for %zu ranks", count);
    for (size_t i = 0; i < count; i++)
        rows[i].rank = job->matched.ranks[i].rank;
    bool right = comparison_order_apply(job->options->order, rows, count, fault);
    free(rows);
    return right;
}

/* Finds the two runs, and pairs their ranks. */
static enum exit_code make_job(struct job *job, struct fault *fault)
{
    const struct options *options = job->options;
    const struct filter *filter = &options->filter;
    if (!comparison_runs_list(&job->runs, options->folders, filter, fault))
        return EXIT_FAILED;
    print_warnings(&job->runs);
    if (!trace_set_check_keys(options->folders, COMPARISON_SIDES, filter, fault))
        return EXIT_USAGE;
    if (!comparison_runs_check(&job->runs, fault) ||
        !matched_ranks_make(&job->matched, job->runs.chosen, options->ranks, fault) ||
        !check_order(job, fault))
        return EXIT_FAILED;
    job->results = processes_shared(job->matched.count * sizeof *job->results);
    if (!job->results)
        fault_set(fault, "out of memory for %zu ranks", job->matched.count);
    return job->results ? EXIT_DONE : EXIT_FAILED;
}

/* ---- one rank ---- */

/* Reads both sides; what cannot be read is absent, and its fault kept. */
static void make_pair(const struct job *job, size_t index, struct comparison_pair *pair,
                      struct fault unreadable[COMPARISON_SIDES])
{
    struct trace trace = {0};
    *pair = (struct comparison_pair){.rank = job->matched.ranks[index].rank};
    for (int side = 0; side < COMPARISON_SIDES; side++) {
        const struct trace_file *file = job->matched.ranks[index].files[side];
        comparison_side_free(&pair->sides[side]); /* absent, with nothing recorded */
        if (!file || !trace_read(file, TRACE_FULL, &trace, &unreadable[side]))
            continue;
        if (!comparison_side_make(&pair->sides[side], &trace, job->options->iteration))
            fault_set_errno(&unreadable[side], ENOMEM, "%s", file->path);
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

/* "Rank 3", or behind the author's title "..., rank 3"; NULL when out of memory. */
static char *rank_title(const struct figure_options *options, int64_t rank)
{
    char *title;
    const char *word =
        figure_style_word(&options->style, WORD_RANK, options->title ? "rank" : "Rank");
    int length = options->title ? asprintf(&title, "%s, %s %" PRId64, options->title, word, rank)
                                : asprintf(&title, "%s %" PRId64, word, rank);
    return length < 0 ? NULL : title;
}

static bool write_figure(const struct job *job, const char *name, const char *title,
                         double natural_height, void (*draw)(cairo_t *, double, double, void *),
                         void *context, struct fault *fault)
{
    struct figure figure = figure_of_options(&job->options->figure, natural_height, NULL);
    figure.title = title; /* with the rank's number */
    if (draw != overview_draw)
        figure.warn = NULL; /* the overview has the same words, and warns once for all */
    figure.draw = draw;
    figure.context = context;
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
    for (int side = 0; side < COMPARISON_SIDES; side++)
        result->unusable[side] = pair.sides[side].unusable;
    char name[64], *title = rank_title(&job->options->figure, pair.rank);
    snprintf(name, sizeof name, "memory_comparison_rank_%" PRId64, pair.rank);
    struct timeline timeline = timeline_of(job, &pair, title);
    double width = figure_options_width(&job->options->figure);
    bool something = result->row.present[0] || result->row.present[1];
    /* Out of memory is no fault of a file's: the rank is not compared by half. */
    bool half = result->unreadable[0].error == ENOMEM || result->unreadable[1].error == ENOMEM;
    if (!title)
        fault_set(&result->undrawn, "%s: out of memory", name);
    result->row.failed = !something || half || !title ||
                         !write_figure(job, name, title, width >= 5 ? width / 3 : width * 0.55,
                                       timeline_draw, &timeline, &result->undrawn);
    free(title);
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
    for (size_t i = 0; i < job->matched.count; i++) {
        const struct result *result = &job->results[i];
        for (int side = 0; side < COMPARISON_SIDES; side++)
            if (result->unreadable[side].text[0])
                warnx("%s; left out", result->unreadable[side].text);
        for (int side = 0; side < COMPARISON_SIDES; side++)
            if (result->unusable[side])
                warnx("%s: %zu samples without a memory figure or a possible time; left out of the "
                      "curve",
                      job->matched.ranks[i].files[side]->path, result->unusable[side]);
        if (result->undrawn.text[0])
            warnx("%s", result->undrawn.text);
        drawn += !result->row.failed;
    }
    return drawn;
}

/* The rows of the ranks that were drawn, in new memory. */
static struct comparison_row *keep_rows(const struct job *job, size_t *indices, size_t *count)
{
    struct comparison_row *rows = calloc(job->matched.count, sizeof *rows);
    *count = 0;
    for (size_t i = 0; rows && i < job->matched.count; i++)
        if (!job->results[i].row.failed) {
            indices[*count] = i;
            rows[(*count)++] = job->results[i].row;
        }
    return rows;
}

/* The rows as the author wants them side by side, in new memory; NULL with a fault. */
static struct comparison_row *order_rows(const struct options *options,
                                         const struct comparison_row *rows, size_t count,
                                         struct fault *fault)
{
    struct comparison_row *ordered = calloc(count, sizeof *ordered);
    if (!ordered) {
        fault_set(fault, "out of memory for %zu ranks", count);
        return NULL;
    }
    memcpy(ordered, rows, count * sizeof *ordered);
    if (!options->order || comparison_order_apply(options->order, ordered, count, fault))
        return ordered;
    free(ordered);
    return NULL;
}

static bool draw_overview(const struct job *job, const struct comparison_row *rows,
                          const size_t *indices, size_t count, struct fault *fault)
{
    size_t chosen[OVERVIEW_TIMELINES];
    size_t used = overview_choose(rows, count, &job->runs.agreement.both, chosen);
    struct comparison_pair pairs[OVERVIEW_TIMELINES];
    struct timeline timelines[OVERVIEW_TIMELINES];
    char titles[OVERVIEW_TIMELINES][OVERVIEW_TITLE];
    bool whole = true;
    for (size_t i = 0; i < used; i++) {
        struct fault why[COMPARISON_SIDES] = {0}; /* told when the rank was drawn, but for these */
        make_pair(job, indices[chosen[i]], &pairs[i], why);
        for (int side = 0; side < COMPARISON_SIDES; side++)
            if (rows[chosen[i]].present[side] && !pairs[i].sides[side].present)
                whole = fault_set(fault, "%s", why[side].text);
        overview_title(rows, count, &job->runs.agreement.both, chosen[i],
                       &job->options->figure.style, titles[i]);
        timelines[i] = timeline_of(job, &pairs[i], titles[i]);
    }
    struct comparison_row *ordered = order_rows(job->options, rows, count, fault);
    whole = whole && ordered;
    struct overview overview = {.rows = ordered,
                                .count = count,
                                .timelines = timelines,
                                .timeline_count = used,
                                .title = job->options->figure.title};
    double width = figure_options_width(&job->options->figure);
    bool written =
        whole &&
        write_figure(job, "memory_comparison_overview",
                     overview.title ? overview.title : "Real and simulated memory",
                     overview_natural_height(&overview, &job->options->figure.style, width),
                     overview_draw, &overview, fault);
    for (size_t i = 0; i < used; i++)
        free_pair(&pairs[i]);
    free(ordered);
    return written;
}

/* What --table names. */
static bool write_author_table(const struct options *options, const struct agreement *agreement,
                               const struct comparison_row *rows, size_t count, struct fault *fault)
{
    const char *path = options->table;
    if (!path)
        return true;
    if (!make_folder_of(path, fault))
        return false;
    if (!text_ends_with(path, ".tex"))
        return text_ends_with(path, ".csv")
                   ? comparison_write_csv(path, agreement, rows, count, fault)
                   : comparison_write_json(path, agreement, rows, count, fault);
    struct comparison_row *ordered = order_rows(options, rows, count, fault);
    bool written =
        ordered && comparison_latex_write(ordered, count, &options->figure.style, path, fault);
    free(ordered);
    return written;
}

static bool write_tables(const struct job *job, const struct comparison_row *rows, size_t count,
                         struct fault *fault)
{
    const struct agreement *agreement = &job->runs.agreement;
    char *csv = NULL, *json = NULL;
    bool written = asprintf(&csv, "%s/memory_comparison.csv", job->options->output) >= 0 &&
                   asprintf(&json, "%s/memory_comparison.json", job->options->output) >= 0 &&
                   comparison_write_csv(csv, agreement, rows, count, fault) &&
                   comparison_write_json(json, agreement, rows, count, fault) &&
                   (!job->options->json ||
                    comparison_write_json(job->options->json, agreement, rows, count, fault)) &&
                   write_author_table(job->options, agreement, rows, count, fault);
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
            printf("%s traces alone have rank", COMPARISON_SIDE_NAMES[side]);
        any = true;
        printf(" %" PRId64, rows[i].rank);
    }
    if (any)
        putchar('\n');
}

/* As the first rank has it that both runs have. */
static void print_environment(const struct job *job)
{
    struct trace traces[COMPARISON_SIDES] = {{0}};
    const struct trace *const sides[COMPARISON_SIDES] = {&traces[0], &traces[1]};
    for (size_t i = 0; i < job->matched.count; i++) {
        const struct comparison_row *row = &job->results[i].row;
        bool read = row->present[0] && row->present[1];
        for (int side = 0; side < COMPARISON_SIDES && read; side++)
            read =
                trace_read(job->matched.ranks[i].files[side], TRACE_SUMMARY, &traces[side], NULL);
        if (!read)
            continue;
        comparison_print_environment(stdout, sides);
        break;
    }
    for (int side = 0; side < COMPARISON_SIDES; side++)
        trace_free(&traces[side]);
}

static bool summarize(const struct job *job, struct fault *fault)
{
    size_t *indices = calloc(job->matched.count, sizeof *indices), count = 0;
    struct comparison_row *rows = indices ? keep_rows(job, indices, &count) : NULL;
    bool written = rows != NULL;
    if (!written)
        fault_set(fault, "out of memory for %zu ranks", job->matched.count);
    else if (count == 0)
        written = fault_set(fault, "no rank could be compared");
    written = written && write_tables(job, rows, count, fault) &&
              draw_overview(job, rows, indices, count, fault);
    if (written)
        comparison_warn_of_measures(warnx, rows, count);
    if (written && !job->options->quiet) {
        comparison_print(stdout, &job->runs.agreement, rows, count);
        print_environment(job);
        for (int side = 0; side < COMPARISON_SIDES; side++)
            print_only(rows, count, side);
        printf("wrote %zu figures memory_comparison_rank_*, memory_comparison_overview, and "
               "memory_comparison.csv and .json in %s\n",
               count, NAME(job->options->output));
    }
    free(rows);
    free(indices);
    return written;
}

static bool compare(struct job *job, struct fault *fault)
{
    const struct options *options = job->options;
    size_t count = job->matched.count;
    if (!make_folders(options->output, fault))
        return false;
    text_family(); /* found once, before the processes part */
    progress_start(&job->progress, "drawing ranks", count, options->quiet);
    const struct processes processes = {.count = count,
                                        .jobs = options->jobs,
                                        .work = draw_rank,
                                        .done = show_progress,
                                        .context = job};
    bool finished = processes_run(&processes, fault);
    progress_end(&job->progress);
    size_t drawn = report_faults(job);
    if (!finished || !summarize(job, fault))
        return false;
    return drawn == count ||
           fault_set(fault, "%zu of %zu ranks could not be compared", count - drawn, count);
}

static enum exit_code run(const struct options *options, struct fault *fault)
{
    struct job job = {.options = options};
    enum exit_code code = make_job(&job, fault);
    if (code == EXIT_DONE && !compare(&job, fault))
        code = EXIT_FAILED;
    processes_unshare(job.results, job.matched.count * sizeof *job.results);
    matched_ranks_free(&job.matched);
    comparison_runs_free(&job.runs);
    return code;
}

int main(int argc, char **argv)
{
    command_setup("visualize_comparison");
    static char usual_output[] = "memory_plots";
    struct options options = {.figure = figure_options_default(&HAS)};
    const struct option_table tables[] = {
        {OPTIONS, &options}, {FIGURE_OPTIONS, &options.figure}, {0}};
    size_t count;
    take_arguments(options_parse(&COMMAND, tables, argc, argv, &count), &options);
    if (!options.output)
        options.output = usual_output;
    figure_options_check_table(&options.figure, options.table);
    options.quiet = options.quiet || options_print_alone(options.json);
    struct fault fault = {0};
    enum exit_code code = run(&options, &fault);
    if (code != EXIT_DONE)
        warnx("%s", fault.text);
    figure_options_free(&options.figure);
    return code;
}
