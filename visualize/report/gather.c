#include "visualize/heatmap/metric.h"
#include "visualize/report/report.h"

#include "schemas/support/units.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* So that the HTML stays a mail's attachment: a sample takes about 25 bytes of it. */
enum { MOST_SAMPLES = 500000, LEAST_OF_ONE = 400, MOST_TIMELINES = 512 };

struct report_parts {
    size_t folder_count;
    struct trace_folder folders[3];
    size_t count;
    const struct trace_file **files;
    enum report_role *roles;
    bool *shown; /* its timeline */
    struct rank_facts *facts;
    struct trace_figures *figures;
    struct report_series *series;
    struct fault *faults;
    size_t samples_each;
    struct sweep_log log;
    /* Of the first folder: what the heatmap shows. */
    trace_done_fn done;
    void *context;
    size_t first; /* of the folder at work */
};

/* ---- listing ---- */

static bool make_room(struct report_parts *parts)
{
    size_t count = parts->count + 1;
    parts->files = calloc(count, sizeof(void *));
    parts->roles = calloc(count, sizeof *parts->roles);
    parts->shown = calloc(count, sizeof *parts->shown);
    parts->facts = calloc(count, sizeof *parts->facts);
    parts->figures = calloc(count, sizeof *parts->figures);
    parts->series = calloc(count, sizeof *parts->series);
    parts->faults = calloc(count, sizeof *parts->faults);
    return parts->files && parts->roles && parts->shown && parts->facts && parts->figures &&
           parts->series && parts->faults;
}

/* Of too many ranks every so-manieth is shown; files are listed by rank. */
static void choose_shown(struct report_parts *parts)
{
    size_t shown = parts->count < MOST_TIMELINES ? parts->count : MOST_TIMELINES;
    for (size_t i = 0; i < shown; i++)
        parts->shown[i * parts->count / shown] = true;
    parts->samples_each = shown > 0 ? MOST_SAMPLES / shown : 0;
    if (parts->samples_each < LEAST_OF_ONE)
        parts->samples_each = LEAST_OF_ONE;
}

static bool list_all(const struct report_options *options, struct report_parts *parts,
                     struct fault *fault)
{
    for (size_t i = 0; i < options->source_count; i++) {
        if (!trace_folder_list(options->sources[i].path, &options->filter, &parts->folders[i],
                               fault))
            return false;
        parts->folder_count++;
        parts->count += parts->folders[i].count;
    }
    if (!make_room(parts))
        return fault_set_errno(fault, ENOMEM, "%zu traces", parts->count);
    size_t at = 0;
    for (size_t i = 0; i < parts->folder_count; i++)
        for (size_t k = 0; k < parts->folders[i].count; k++, at++) {
            parts->files[at] = &parts->folders[i].files[k];
            parts->roles[at] = options->sources[i].role;
        }
    choose_shown(parts);
    return true;
}

/* ---- reading ---- */

static void visit(void *context, size_t index, const struct trace *trace, const struct fault *fault)
{
    struct report_parts *parts = context;
    size_t at = parts->first + index;
    if (!trace) {
        parts->faults[at] = *fault;
        return;
    }
    parts->facts[at] = rank_facts_of(trace);
    parts->figures[at] = trace_figures_of(trace);
    if (parts->shown[at] && !report_series_make(&parts->series[at], trace, parts->samples_each))
        parts->shown[at] = false;
}

static void count_done(void *context, size_t done)
{
    struct report_parts *parts = context;
    if (parts->done)
        parts->done(parts->context, parts->first + done);
}

static void read_all(struct report_parts *parts, unsigned jobs)
{
    for (size_t i = 0; i < parts->folder_count; i++) {
        trace_folder_read(&parts->folders[i], TRACE_FULL, jobs, visit, count_done, parts);
        parts->first += parts->folders[i].count;
    }
}

/* ---- putting together ---- */

static bool note_unreadable(struct report *report, const struct report_parts *parts)
{
    report->warnings = calloc(parts->count + 1, sizeof *report->warnings);
    if (!report->warnings)
        return false;
    for (size_t i = 0; i < parts->count; i++)
        if (!parts->facts[i].read) {
            report->warnings[report->unreadable] = strdup(parts->faults[i].text);
            report->unreadable += report->warnings[report->unreadable] != NULL;
        }
    return true;
}

/* How many of the files are what is judged: a simulation only where nothing is real. They are
 * listed after the real ones. */
static size_t count_judged(const struct report_parts *parts)
{
    size_t real = 0;
    while (real < parts->count && parts->roles[real] == REPORT_REAL)
        real++;
    return real > 0 ? real : parts->count;
}

static bool make_findings(struct report *report, const struct report_parts *parts,
                          struct fault *fault)
{
    const struct report_options *options = report->options;
    const struct findings_input input = {.count = count_judged(parts),
                                         .files = parts->files,
                                         .facts = parts->facts,
                                         .log = options->log_dir ? &parts->log : NULL,
                                         .gpu_mb = mb_from_gb(options->gpu_gb),
                                         .sequence_length = options->sequence_length};
    return findings_make(&input, &report->findings, fault);
}

/* The grid of the first folder; a report without one is a report all the same. */
static void make_grid(struct report *report, const struct report_parts *parts)
{
    const struct report_options *options = report->options;
    struct fault fault = {0};
    const struct heatmap_input input = {
        .folder = &parts->folders[0],
        .figures = parts->figures,
        .log = options->log_dir ? &parts->log : NULL,
        .filter = &options->filter,
        .limit_mb = mb_from_gb(options->gpu_gb),
        .metric = heatmap_metric_find("memory", "GB"),
    };
    report->has_grid = heatmap_grid_build(&input, &report->grid, &fault);
    snprintf(report->grid_fault, sizeof report->grid_fault, "%.*s",
             (int)sizeof report->grid_fault - 1, fault.text);
    report->heatmap = (struct heatmap_figure){.grid = &report->grid,
                                              .metric = input.metric,
                                              .max_value = options->gpu_gb,
                                              .limit = options->gpu_gb};
}

static size_t configuration_of(const struct findings *findings, const struct trace_file *file)
{
    for (size_t i = 0; i < findings->configuration_count; i++) {
        const struct finding_configuration *of = &findings->configurations[i];
        if (of->tp == trace_name_number(&file->name, "tp", -1) &&
            of->pp == trace_name_number(&file->name, "pp", -1) &&
            of->dp == trace_name_number(&file->name, "dp", -1))
            return i;
    }
    return 0;
}

static int compare_ranks(const void *a, const void *b)
{
    const struct report_rank *first = a, *second = b;
    if (first->configuration != second->configuration)
        return first->configuration < second->configuration ? -1 : 1;
    if (first->file->name.rank != second->file->name.rank)
        return first->file->name.rank < second->file->name.rank ? -1 : 1;
    return (first->role > second->role) - (first->role < second->role);
}

static bool take_series(struct report *report, struct report_parts *parts)
{
    report->ranks = calloc(parts->count + 1, sizeof *report->ranks);
    if (!report->ranks)
        return false;
    for (size_t i = 0; i < parts->count; i++) {
        if (!parts->facts[i].read)
            continue;
        if (!parts->shown[i] || parts->series[i].count == 0) {
            report->left_out++;
            continue;
        }
        report->reduced += parts->series[i].count < parts->series[i].all;
        report->ranks[report->rank_count++] = (struct report_rank){
            .file = parts->files[i],
            .role = parts->roles[i],
            .configuration = configuration_of(&report->findings, parts->files[i]),
            .series = parts->series[i]};
        parts->series[i] = (struct report_series){0};
    }
    if (report->rank_count > 1)
        qsort(report->ranks, report->rank_count, sizeof *report->ranks, compare_ranks);
    return true;
}

bool report_gather(const struct report_options *options, struct report *report,
                   void (*begin)(void *context, size_t total), trace_done_fn done, void *context,
                   struct fault *fault)
{
    *report = (struct report){.options = options, .parts = calloc(1, sizeof *report->parts)};
    struct report_parts *parts = report->parts;
    if (!parts)
        return fault_set_errno(fault, ENOMEM, "the report");
    parts->done = done;
    parts->context = context;
    bool well = list_all(options, parts, fault) &&
                (!options->log_dir || sweep_log_read(options->log_dir, &parts->log, fault));
    if (well && parts->count == 0)
        well = fault_set(fault, "%s: no memory_trace_rank*.json or .gmtrace%s",
                         options->sources[0].path,
                         options->filter.count ? " that --where chooses" : "");
    if (well) {
        if (begin)
            begin(context, parts->count);
        read_all(parts, options->jobs);
        report->file_count = parts->count;
        well = note_unreadable(report, parts) ? true : fault_set_errno(fault, ENOMEM, "the report");
    }
    if (well && report->unreadable == parts->count)
        well = fault_set(fault, "%s", report->warnings[0]);
    if (well)
        well = make_findings(report, parts, fault);
    if (well) {
        make_grid(report, parts);
        well = take_series(report, parts) ? true : fault_set_errno(fault, ENOMEM, "the report");
    }
    if (!well)
        report_free(report);
    return well;
}

static void free_parts(struct report_parts *parts)
{
    for (size_t i = 0; parts->series && i < parts->count; i++)
        report_series_free(&parts->series[i]);
    for (size_t i = 0; i < parts->folder_count; i++)
        trace_folder_free(&parts->folders[i]);
    sweep_log_free(&parts->log);
    free(parts->files);
    free(parts->roles);
    free(parts->shown);
    free(parts->facts);
    free(parts->figures);
    free(parts->series);
    free(parts->faults);
    free(parts);
}

void report_free(struct report *report)
{
    for (size_t i = 0; i < report->rank_count; i++)
        report_series_free(&report->ranks[i].series);
    for (size_t i = 0; i < report->unreadable; i++)
        free(report->warnings[i]);
    free(report->ranks);
    free(report->warnings);
    findings_free(&report->findings);
    heatmap_grid_free(&report->grid);
    if (report->parts)
        free_parts(report->parts);
    *report = (struct report){0};
}
