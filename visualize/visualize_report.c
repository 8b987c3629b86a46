/* visualize_report: all that the traces of a sweep or a run say, as a page to explore and as a
 * document to print. Joins the gathering (report/gather) and the two writers. */
#include "schemas/support/output_file.h"
#include "schemas/support/standard_output.h"
#include "tracer/estimator/model/model_file.h"
#include "visualize/figure/log_folder.h"
#include "visualize/figure/trace_options.h"
#include "visualize/findings/findings_output.h"
#include "visualize/heatmap/axes_options.h"
#include "visualize/report/report.h"

#include <err.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>

struct options {
    struct report_options report;
    char *memory_dir, *real_dir, *sim_dir;
    const char *output, *json, *model;
    bool quiet;
};

#define AT(member) offsetof(struct options, member)

static const struct option_row OPTIONS[] = {
    {.kind = OPTION_HEADING, .help = "Input and output:"},
    OPTION_TEXT_ROW("memory-dir", AT(memory_dir), "DIR",
                    "folder of traces, or a sweep's, with its logs"),
    OPTION_TEXT_ROW("log-dir", AT(report.log_dir), "DIR", "folder of a sweep's logs"),
    OPTION_TEXT_ROW("real-dir", AT(real_dir), "DIR", "folder of a real run's traces, and"),
    OPTION_TEXT_ROW("sim-dir", AT(sim_dir), "DIR", "of its simulation's: both in one timeline"),
    {.name = "output",
     .letter = 'o',
     .kind = OPTION_TEXT,
     .target = AT(output),
     .argument = "BASE",
     .help = "writes BASE.html, BASE.pdf",
     .tells_default = true},
    OPTION_JSON_ROW(AT(json), "write configurations and findings, as analyze_traces does"),
    OPTION_WHERE_ROW(AT(report.filter)),
    OPTION_GPU_MEMORY_ROW(AT(report.gpu_gb), "the GPU's memory (default: 80GB)"),
    OPTION_ITERATIONS_ROW(AT(report.iterations)),
    {.name = "seq-length",
     .kind = OPTION_INTEGER,
     .target = AT(report.sequence_length),
     .least = 1,
     .most = 0x1p40,
     .argument = "N",
     .help = "tokens per sequence: for the efficiency"},
    OPTION_TEXT_ROW("model", AT(model), "FILE|PRESET",
                    "model: theory where traces lack it, and expected peaks"),
    {.name = "snapshots",
     .kind = OPTION_TEXTS,
     .target = AT(report.snapshots),
     .argument = "FILE|FOLDER",
     .help = "PyTorch's memory snapshots: what lived at the peak, by category and by block"},
    OPTION_TEXT_ROW("title", AT(report.title), "TEXT", "of the report"),
    OPTION_JOBS_ROW(AT(report.jobs)),
    OPTION_QUIET_ROW(AT(quiet)),
    {0},
};

static const struct option_command COMMAND = {
    .arguments = "[SWEEP]",
    .about = "Writes a report of memory traces: one HTML file that works offline, and a PDF.",
    .notes =
        "Example:\n"
        "  visualize_report sweep --output report\n"
        "  visualize_report --log-dir sweep --model gpt-175b --output report\n"
        "  visualize_report --snapshots snapshots/ --output report\n"
        "  visualize_report --real-dir traces/real --sim-dir traces/simulated --output report\n\n"
        "SWEEP is a folder of traces, or one with logs and traces in memory_traces.\n\n"
        "Exit status: 0 done, 1 failed, 2 wrong usage.\n",
};

static void add_folder(struct report_options *report, enum report_role role, char *path)
{
    if (path)
        report->folders[role][report->folder_count[role]++] = path;
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
        printf("traces: %zu read, timelines of %zu\n%s\n", report.file_count - report.unreadable,
               report.rank_count, report.answer);
    bool written = write_one(options, &report, "html", report_write_html, fault) &&
                   write_one(options, &report, "pdf", report_write_pdf, fault);
    written =
        written && (!options->json || findings_write_json(&report.findings, options->json, fault));
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
    struct options options = {
        .report = {.gpu_gb = 80, .title = "Memory report", .axes = heatmap_usual_axes()},
        .output = "report"};
    const struct option_table tables[] = {
        {OPTIONS, &options}, {HEATMAP_AXES_OPTIONS, &options.report.axes}, {0}};
    size_t count;
    char **arguments = options_parse(&COMMAND, tables, argc, argv, &count);
    char *folder = options_folder(arguments, options.memory_dir);
    heatmap_axes_check(&options.report.axes);
    options.quiet = options.quiet || options_print_alone(options.json);
    if (folder)
        options.memory_dir = folder;
    if (!options.memory_dir && !options.real_dir && !options.sim_dir && !options.report.log_dir &&
        options.report.snapshots.count == 0)
        options_error("give a sweep's folder, --memory-dir, --log-dir, --snapshots, or --real-dir "
                      "and --sim-dir");
    add_folder(&options.report, REPORT_REAL, options.memory_dir);
    add_folder(&options.report, REPORT_REAL, options.real_dir);
    add_folder(&options.report, REPORT_SIMULATED, options.sim_dir);
    struct fault fault = {0};
    struct model_settings model = {0};
    if (options.model && !model_load(options.model, &model, &fault))
        errx(EXIT_FAILED, "%s", fault.text);
    options.report.model = options.model ? &model : NULL;
    if (!log_folder_find(&options.report.log_dir, &options.memory_dir, 1, &fault))
        errx(EXIT_FAILED, "%s", fault.text);
    /* A sweep of which nothing left a trace has its logs alone. */
    if (!options.report.log_dir && options.memory_dir && sweep_log_is_there(options.memory_dir))
        options.report.log_dir = options.memory_dir;
    check_where(&options.report);
    if (!run(&options, &fault))
        errx(EXIT_FAILED, "%s", fault.text);
    free(options.report.snapshots.list);
    return EXIT_DONE;
}
