/* visualize_report: all that the traces of a sweep or a run say, as a page to explore and as a
 * document to print. Joins the gathering (report/gather) and the two writers. */
#include "schemas/support/command.h"
#include "schemas/support/output_file.h"
#include "schemas/support/standard_output.h"
#include "visualize/figure/log_folder.h"
#include "visualize/heatmap/axes_options.h"
#include "visualize/report/report.h"

#include <err.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>

struct options {
    struct report_options report;
    char *memory_dir, *real_dir, *sim_dir;
    const char *output;
    bool quiet;
};

enum option_key {
    OPTION_MEMORY_DIR = 0x100, /* past the letters */
    OPTION_LOG_DIR,
    OPTION_REAL_DIR,
    OPTION_SIM_DIR,
    OPTION_WHERE,
    OPTION_GPU_MEMORY,
    OPTION_ITERATIONS,
    OPTION_SEQ_LENGTH,
    OPTION_TITLE,
};

static const struct argp_option OPTIONS[] = {
    {"memory-dir", OPTION_MEMORY_DIR, "DIR", 0, "folder of traces, or a sweep's, with its logs", 0},
    {"log-dir", OPTION_LOG_DIR, "DIR", 0, "folder of a sweep's logs", 0},
    {"real-dir", OPTION_REAL_DIR, "DIR", 0, "folder of a real run's traces, and", 0},
    {"sim-dir", OPTION_SIM_DIR, "DIR", 0, "of its simulation's: both in one timeline", 0},
    {"output", 'o', "BASE", 0, "writes BASE.html, BASE.pdf (default: report)", 0},
    {"where", OPTION_WHERE, "K=V,...", 0, "take only traces with these tags, e.g. tp=2,pp=64", 0},
    {"gpu-memory", OPTION_GPU_MEMORY, "GB", 0, "the GPU's memory (default: 80)", 0},
    {ITERATIONS_OPTION, OPTION_ITERATIONS, ITERATIONS_VALUES, 0, ITERATIONS_HELP, 0},
    {"seq-length", OPTION_SEQ_LENGTH, "N", 0, "tokens per sequence: for the efficiency", 0},
    {"title", OPTION_TITLE, "TEXT", 0, "of the report", 0},
    {"jobs", 'j', "N", 0, "threads that read (default: one per processor)", 0},
    {"quiet", 'q', NULL, 0, "print only warnings and errors", 0},
    {0},
};

static const char DOCUMENTATION[] =
    "Writes a report of memory traces: one HTML file that works offline, and a PDF."
    "\v"
    "Example:\n"
    "  visualize_report --memory-dir sweep/memory_traces --log-dir sweep --output report\n"
    "  visualize_report --real-dir traces/real --sim-dir traces/simulated --output report\n\n"
    "Exit status: 0 done, 1 failed, 2 wrong usage.";

static void add_folder(struct report_options *report, enum report_role role, char *path)
{
    if (path)
        report->folders[role][report->folder_count[role]++] = path;
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct options *options = state->input;
    struct report_options *report = &options->report;
    struct fault fault;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &report->axes;
        return 0;
    case OPTION_MEMORY_DIR:
        options->memory_dir = argument;
        return 0;
    case OPTION_LOG_DIR:
        report->log_dir = argument;
        return 0;
    case OPTION_REAL_DIR:
        options->real_dir = argument;
        return 0;
    case OPTION_SIM_DIR:
        options->sim_dir = argument;
        return 0;
    case 'o':
        options->output = argument;
        return 0;
    case OPTION_WHERE:
        if (!filter_parse(argument, &report->filter, &fault))
            argp_error(state, "--where '%s': %s", argument, fault.text);
        return 0;
    case OPTION_GPU_MEMORY:
        report->gpu_gb = command_number(state, "--gpu-memory", argument, 0.001, 1e6);
        return 0;
    case OPTION_ITERATIONS:
        if (!iteration_choice_parse(argument, &report->iterations))
            argp_error(state, "--" ITERATIONS_OPTION ": expected " ITERATIONS_VALUES ", found '%s'",
                       argument);
        return 0;
    case OPTION_SEQ_LENGTH:
        report->sequence_length = command_integer(state, "--seq-length", argument, 1, 1L << 40);
        return 0;
    case OPTION_TITLE:
        report->title = argument;
        return 0;
    case 'j':
        report->jobs = (unsigned)command_integer(state, "--jobs", argument, 1, 1024);
        return 0;
    case 'q':
        options->quiet = true;
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "'%s': expected options only", argument);
        return 0;
    case ARGP_KEY_END:
        if (!options->memory_dir && !options->real_dir && !options->sim_dir)
            argp_error(state, "give --memory-dir, or --real-dir and --sim-dir");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static void begin(void *context, size_t total)
{
    struct progress *progress = context;
    progress_start(progress, "reading traces", total, progress->quiet);
}

static void advance(void *context, size_t done)
{
    progress_update(context, done);
}

static bool write_one(const struct options *options, const struct report *report,
                      const char *extension,
                      bool (*write)(const struct report *, const char *, struct fault *),
                      struct fault *fault)
{
    char *path, *folder = NULL;
    if (asprintf(&path, "%s.%s", options->output, extension) < 0)
        return fault_set(fault, "out of memory");
    folder = strdup(path);
    bool written = folder && make_folders(dirname(folder), fault) && write(report, path, fault);
    if (written && !options->quiet)
        printf("wrote %s\n", NAME(path));
    free(folder);
    free(path);
    return written;
}

static bool run(const struct options *options, struct fault *fault)
{
    struct report report;
    struct progress progress = {.quiet = options->quiet};
    if (!report_gather(&options->report, &report, begin, advance, &progress, fault))
        return false;
    progress_end(&progress);
    for (size_t i = 0; i < report.warning_count; i++)
        warnx("%s", report.warnings[i]);
    if (!options->quiet)
        printf("traces: %zu read, timelines of %zu\n", report.file_count - report.unreadable,
               report.rank_count);
    bool written = write_one(options, &report, "html", report_write_html, fault) &&
                   write_one(options, &report, "pdf", report_write_pdf, fault);
    report_free(&report);
    return written;
}

/* A key of --where that no trace has is a mistake on the command line. */
static void check_where(const struct report_options *report)
{
    char *folders[REPORT_ROLES * REPORT_MOST_FOLDERS];
    size_t count = 0;
    struct fault fault;
    for (int role = 0; role < REPORT_ROLES; role++)
        for (size_t i = 0; i < report->folder_count[role]; i++)
            folders[count++] = report->folders[role][i];
    if (!trace_set_check_keys(folders, count, &report->filter, &fault))
        errx(EXIT_USAGE, "%s", fault.text);
}

int main(int argc, char **argv)
{
    command_setup("visualize_report");
    struct options options = {.report = {.gpu_gb = 80, .title = "Memory report"},
                              .output = "report"};
    const struct argp_child children[] = {{&heatmap_axes_argp, 0, NULL, 0}, {0}};
    const struct argp argp = {
        .options = OPTIONS, .parser = parse, .doc = DOCUMENTATION, .children = children};
    command_parse(&argp, argc, argv, 0, &options);
    add_folder(&options.report, REPORT_REAL, options.memory_dir);
    add_folder(&options.report, REPORT_REAL, options.real_dir);
    add_folder(&options.report, REPORT_SIMULATED, options.sim_dir);
    struct fault fault = {0};
    if (!log_folder_find(&options.report.log_dir, &options.memory_dir, 1, &fault))
        errx(EXIT_FAILED, "%s", fault.text);
    check_where(&options.report);
    if (!run(&options, &fault))
        errx(EXIT_FAILED, "%s", fault.text);
    return EXIT_DONE;
}
