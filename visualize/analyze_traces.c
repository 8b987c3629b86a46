/* analyze_traces: is memory leaking, fragmented, unbalanced, close to the edge? Findings from
 * traces, worst first. Joins the reading of folders, the findings and their output. */
#include "schemas/support/number.h"
#include "schemas/support/shell_words.h"
#include "schemas/support/standard_output.h"
#include "schemas/support/units.h"
#include "visualize/baseline/baseline_output.h"
#include "visualize/figure/log_folder.h"
#include "visualize/figure/trace_options.h"
#include "visualize/findings/findings_output.h"

#include <err.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct options {
    char **folders; /* the arguments, or --memory-dir */
    size_t folder_count;
    char *memory_dir;
    const char *log_dir, *json;
    const char *against, *summary; /* a baseline's folder; the comparison for programs */
    double fail_over;              /* a share; NAN: not given */
    struct filter filter;
    struct iteration_choice iterations;
    double gpu_gb;
    int64_t sequence_length;
    enum finding_severity fail_on; /* past critical: never */
    unsigned jobs;
    bool quiet;
};

/* What counts as risen where --fail-over does not say it. */
static const double USUAL_LIMIT = 0.05;

/* The one of several ends that scripts want to tell from others. */
enum { EXIT_ROSE = 3 };

/* "5%" or "5", as a share. */
static bool take_percent(const struct option_row *row, void *target, const char *text,
                         struct fault *fault)
{
    char number[32];
    size_t length = strcspn(text, "%");
    double percent;
    (void)row;
    if (length >= sizeof number || strlen(text + length) > 1)
        return fault_set(fault, "expected a percentage as 5%%, found '%s'", text);
    snprintf(number, sizeof number, "%.*s", (int)length, text);
    if (!number_parse(number, 0, 1e6, &percent, fault))
        return false;
    *(double *)target = percent / 100;
    return true;
}

/* From FINDING_WARNING on. */
static const char *const SEVERITIES[] = {"warning", "critical", NULL};

#define AT(member) offsetof(struct options, member)

static const struct option_row OPTIONS[] = {
    {.name = "memory-dir",
     .kind = OPTION_TEXT,
     .target = AT(memory_dir),
     .argument = "DIR",
     .help = "folder of traces, or a sweep's, as an argument is"},
    {.name = "log-dir",
     .kind = OPTION_TEXT,
     .target = AT(log_dir),
     .argument = "DIR",
     .help = "folder of a sweep's logs"},
    OPTION_WHERE_ROW(AT(filter)),
    OPTION_GPU_MEMORY_ROW(
        AT(gpu_gb), "the GPU's memory: for headroom, hidden memory, and how long a leak can go on"),
    {.name = "seq-length",
     .kind = OPTION_INTEGER,
     .target = AT(sequence_length),
     .least = 1,
     .most = 0x1p40,
     .argument = "N",
     .help = "tokens per sequence: for the efficiency"},
    OPTION_ITERATIONS_ROW(AT(iterations)),
    OPTION_JSON_ROW(AT(json), "write the findings"),
    {.name = "fail-on",
     .kind = OPTION_CHOICE,
     .target = AT(fail_on),
     .least = FINDING_WARNING,
     .words = SEVERITIES,
     .help = "exit status 1 when there is such a finding, or a worse one"},
    {.name = "against",
     .kind = OPTION_TEXT,
     .target = AT(against),
     .argument = "DIR",
     .help = "compare peaks with those of the traces there, a baseline: which configurations, "
             "stages and ranks rose?"},
    {.name = "fail-over",
     .kind = OPTION_TAKEN,
     .target = AT(fail_over),
     .take = take_percent,
     .argument = "N%",
     .help =
         "exit status 3 when a peak rose by more than this, 1 when a part of the baseline could "
         "not be compared"},
    {.name = "summary",
     .kind = OPTION_TEXT,
     .target = AT(summary),
     .argument = "FILE",
     .help = "write the comparison as JSON (-: standard output)"},
    OPTION_JOBS_ROW(AT(jobs)),
    OPTION_QUIET_ROW(AT(quiet)),
    {0},
};

static const struct option_command COMMAND = {
    .arguments = "DIR...",
    .about = "Says what memory traces show: growth, spikes, fragmentation, imbalance, headroom and "
             "more.",
    .notes =
        "Example:\n"
        "  analyze_traces sweep --gpu-memory 80\n"
        "  analyze_traces memory_traces --gpu-memory 80 --fail-on critical   # in a CI job\n"
        "  analyze_traces memory_traces --against baseline --fail-over 5% --summary rose.json\n\n"
        "Exit status: 0 done, 1 failed (or --fail-on), 2 wrong usage, 3 a peak rose "
        "(--fail-over).\n",
};

static bool report_findings(const struct options *options, const struct findings *findings,
                            struct fault *fault)
{
    if (!options->quiet)
        findings_print(findings, stdout);
    if (options->json && !findings_write_json(findings, options->json, fault))
        return false;
    if (options->json && !options->quiet)
        printf("wrote %s\n", NAME(options->json));
    return true;
}

static bool check_findings(const struct options *options, const struct findings *findings,
                           struct fault *fault)
{
    size_t bad = findings_at_least(findings, options->fail_on);
    if (bad == 0)
        return true;
    return fault_set(fault, "%zu findings are %s or worse", bad,
                     finding_severity_text(options->fail_on));
}

struct work {
    const struct options *options;
    struct trace_set set;
    struct rank_facts *facts; /* one per file */
    struct sweep_log log;
    struct progress progress;
};

static bool keep_facts(void *context, size_t index, const struct trace *trace)
{
    struct work *work = context;
    return rank_facts_make(trace, &work->set.summaries[index], &work->facts[index]);
}

static void show_progress(void *context, size_t done)
{
    struct work *work = context;
    progress_update(&work->progress, done);
}

static bool list_inputs(struct work *work, struct fault *fault)
{
    const struct options *options = work->options;
    bool listed = trace_set_list(&work->set, options->folders, options->folder_count,
                                 &options->filter, fault);
    if (listed && work->set.count > 0 && !trace_set_warn_of_empty(&work->set, &options->filter))
        listed = fault_set(fault, "out of memory");
    for (size_t i = 0; i < work->set.folder_count; i++)
        for (size_t k = 0; k < work->set.folders[i].warning_count; k++)
            warnx("%s", work->set.folders[i].warnings[k]);
    listed = listed && (!options->log_dir || sweep_log_read(options->log_dir, &work->log, fault));
    for (size_t i = 0; i < work->log.warning_count; i++)
        warnx("%s", work->log.warnings[i]);
    return listed;
}

static bool read_all(struct work *work, struct fault *fault)
{
    const struct options *options = work->options;
    struct trace_set *set = &work->set;
    if (set->count == 0)
        return fault_set(fault, TRACE_SET_EMPTY, set->folders[0].path,
                         options->filter.count ? TRACE_SET_CHOSEN : "");
    work->facts = calloc(set->count, sizeof *work->facts);
    if (!work->facts)
        return fault_set_errno(fault, ENOMEM, "%zu traces", set->count);
    set->iterations = options->iterations;
    progress_start(&work->progress, "reading traces", set->count, options->quiet);
    bool room =
        trace_set_read(set, TRACE_FULL, options->jobs, keep_facts, show_progress, work, fault);
    progress_end(&work->progress);
    for (size_t i = 0; room && i < set->count; i++)
        if (!set->summaries[i].read)
            warnx("%s; left out", set->faults[i].text);
    if (room && set->unreadable == set->count)
        return fault_set(fault, "%s: none of the traces could be read", options->folders[0]);
    char left_out[TRACE_SET_LEFT_OUT];
    if (!room || !trace_set_check_iterations(set, fault))
        return false;
    if (*fault->text)
        warnx("%s", fault->text);
    if (*trace_set_left_out(set, left_out))
        warnx("%s", left_out);
    return true;
}

/* ---- against a baseline ---- */

static bool read_baseline(const struct options *options, struct trace_set *set, struct fault *fault)
{
    char *folders[] = {(char *)options->against};
    struct progress progress;
    if (!trace_set_list(set, folders, 1, &options->filter, fault))
        return false;
    if (set->count == 0)
        return fault_set(fault, TRACE_SET_EMPTY, set->folders[0].path,
                         options->filter.count ? TRACE_SET_CHOSEN : "");
    for (size_t k = 0; k < set->folders[0].warning_count; k++)
        warnx("%s", set->folders[0].warnings[k]);
    set->iterations = options->iterations;
    progress_start(&progress, "reading the baseline", set->count, options->quiet);
    bool read = trace_set_read(set, TRACE_SUMMARY, options->jobs, NULL, NULL, NULL, fault);
    progress_end(&progress);
    for (size_t i = 0; read && i < set->count; i++)
        if (!set->summaries[i].read)
            warnx("%s; left out", set->faults[i].text);
    return read && trace_set_check_iterations(set, fault);
}

static bool report_baseline(const struct options *options, const struct baseline *baseline,
                            double limit, struct fault *fault)
{
    if (!options->quiet)
        baseline_print(baseline, limit, stdout);
    if (options->summary &&
        !baseline_write_json(baseline, options->against, limit, options->summary, fault))
        return false;
    if (options->summary && !options->quiet)
        printf("wrote %s\n", NAME(options->summary));
    return true;
}

/* Whether anything rose, and else whether all could be compared: a baseline that is not held
 * against anything is no check that passed. */
static int check_baseline(const struct options *options, const struct baseline *baseline,
                          const struct trace_set *before, struct fault *fault)
{
    size_t risen = baseline_risen(baseline, options->fail_over);
    size_t incomplete = baseline_incomplete(baseline);
    if (isnan(options->fail_over))
        return EXIT_DONE;
    if (risen > 0) {
        fault_set(fault, "peaks of %zu configurations rose by over %g%%", risen,
                  options->fail_over * 100);
        return EXIT_ROSE;
    }
    if (incomplete == 0 && before->unreadable == 0)
        return EXIT_DONE;
    fault_set(fault,
              "%zu configurations of the baseline could not be compared in full (and %zu of its "
              "traces not be read); --where chooses what to compare",
              incomplete, before->unreadable);
    return EXIT_FAILED;
}

static int compare_with_baseline(const struct work *work, struct fault *fault)
{
    const struct options *options = work->options;
    double limit = isnan(options->fail_over) ? USUAL_LIMIT : options->fail_over;
    struct trace_set before = {0};
    struct baseline baseline = {0};
    int code = EXIT_FAILED;
    if (read_baseline(options, &before, fault) &&
        baseline_make(&work->set, &before, &baseline, fault) &&
        report_baseline(options, &baseline, limit, fault))
        code = check_baseline(options, &baseline, &before, fault);
    baseline_free(&baseline);
    trace_set_free(&before);
    return code;
}

/* ---- all of it ---- */

static int analyze(struct work *work, struct fault *fault)
{
    const struct options *options = work->options;
    if (!read_all(work, fault))
        return EXIT_FAILED;
    if (!options->quiet)
        printf("traces: %zu read%s\n\n", work->set.count - work->set.unreadable,
               work->set.unreadable ? ", others were unreadable" : "");
    const struct findings_input input = {.set = &work->set,
                                         .facts = work->facts,
                                         .log = options->log_dir ? &work->log : NULL,
                                         .gpu_mb = mb_from_gb(options->gpu_gb),
                                         .sequence_length = options->sequence_length};
    struct findings findings;
    struct fault of_findings = {0};
    int code = EXIT_FAILED;
    if (findings_make(&input, &findings, fault) && report_findings(options, &findings, fault)) {
        code = options->against ? compare_with_baseline(work, fault) : EXIT_DONE;
        if (!check_findings(options, &findings, &of_findings)) {
            if (code != EXIT_DONE)
                warnx("%s", fault->text);
            *fault = of_findings;
            code = EXIT_FAILED;
        }
    }
    findings_free(&findings);
    return code;
}

/* What to do next, for who looks at it. The report is of one folder. */
static void print_next_command(const struct options *options)
{
    char where[FILTER_MOST * (FILTER_KEY + FILTER_VALUES)], gpu[64] = "";
    if (options->quiet || options->folder_count != 1 || !isatty(STDOUT_FILENO))
        return;
    if (options->gpu_gb > 0)
        snprintf(gpu, sizeof gpu, "%.15g", options->gpu_gb);
    next_command_begin("\nthe report", "visualize_report");
    next_command_add("--memory-dir", options->folders[0]);
    next_command_add("--log-dir", options->log_dir);
    next_command_add("--where", filter_text(where, sizeof where, &options->filter));
    next_command_add("--gpu-memory", gpu);
    next_command_add("--output", "report");
    putchar('\n');
}

static int run(const struct options *options, struct fault *fault)
{
    struct work work = {.options = options};
    int code = EXIT_FAILED;
    if (list_inputs(&work, fault)) {
        if (!trace_set_check_keys(options->folders, options->folder_count, &options->filter, fault))
            code = EXIT_USAGE;
        else
            code = analyze(&work, fault);
        if (code == EXIT_DONE)
            print_next_command(options);
    }
    free(work.facts);
    sweep_log_free(&work.log);
    trace_set_free(&work.set);
    return code;
}

int main(int argc, char **argv)
{
    command_setup("analyze_traces");
    struct options options = {.fail_on = (enum finding_severity)(FINDING_CRITICAL + 1),
                              .fail_over = NAN};
    const struct option_table tables[] = {{OPTIONS, &options}, {0}};
    options.folders = options_parse(&COMMAND, tables, argc, argv, &options.folder_count);
    if (options.memory_dir && !options_folder(options.folders, options.memory_dir)) {
        options.folders = &options.memory_dir;
        options.folder_count = 1;
    }
    if (options.folder_count == 0)
        options_error("give a folder of traces");
    if (!options.against && (options.summary || !isnan(options.fail_over)))
        options_error("--fail-over and --summary want --against DIR");
    if (options_print_alone(options.json) && options_print_alone(options.summary))
        options_error("--json and --summary: only one can be standard output");
    options.quiet =
        options.quiet || options_print_alone(options.json) || options_print_alone(options.summary);
    struct fault fault = {0};
    int code = EXIT_FAILED;
    if (log_folder_find(&options.log_dir, options.folders, options.folder_count, &fault))
        code = run(&options, &fault);
    if (code != EXIT_DONE)
        warnx("%s", fault.text);
    return code;
}
