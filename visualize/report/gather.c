#include "visualize/report/gather_internal.h"

#include "schemas/support/units.h"
#include "schemas/support/warnings.h"
#include "visualize/heatmap/metric.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static bool out_of_memory(struct fault *fault)
{
    return fault_set_errno(fault, ENOMEM, "the report");
}

/* ---- listing and reading ---- */

static bool list_traces(struct report *report, struct fault *fault)
{
    const struct report_options *options = report->options;
    struct report_data *data = report->data;
    for (int role = 0; role < REPORT_ROLES; role++) {
        struct trace_set *set = &data->sets[role];
        if (!trace_set_list(set, options->folders[role], options->folder_count[role],
                            &options->filter, fault))
            return false;
        report->file_count += set->count;
    }
    if (report->file_count == 0 && data->log.count == 0 && report->snapshot_count == 0) {
        const struct trace_set *first = &data->sets[options->folder_count[REPORT_REAL] == 0];
        if (first->folder_count == 0)
            return fault_set(fault, "%s: no configurations in its logs", options->log_dir);
        return fault_set(fault, TRACE_SET_EMPTY, first->folders[0].path,
                         options->filter.count ? TRACE_SET_CHOSEN : "");
    }
    for (int role = 0; role < REPORT_ROLES; role++) {
        struct trace_set *set = &data->sets[role];
        if (!trace_set_warn_of_empty(set, &options->filter))
            return out_of_memory(fault);
        for (size_t i = 0; i < set->folder_count; i++)
            for (size_t k = 0; k < set->folders[i].warning_count; k++)
                if (!warnings_add(&report->warnings, &report->warning_count, "%s",
                                  set->folders[i].warnings[k]))
                    return out_of_memory(fault);
    }
    data->analyzed = data->sets[REPORT_SIMULATED].count > 0 && data->sets[REPORT_REAL].count == 0
                         ? REPORT_SIMULATED
                         : REPORT_REAL;
    data->facts = calloc(data->sets[data->analyzed].count + 1, sizeof *data->facts);
    return data->facts || out_of_memory(fault);
}

/* Progress over both sets. */
struct reading {
    struct report_data *data;
    size_t before; /* files of the sets that were read already */
    trace_done_fn done;
    void *context;
};

static bool keep_facts(void *context, size_t index, const struct trace *trace)
{
    struct report_data *data = ((struct reading *)context)->data;
    return rank_facts_make(trace, &data->sets[data->analyzed].summaries[index],
                           &data->facts[index]);
}

static void count_done(void *context, size_t done)
{
    struct reading *reading = context;
    if (reading->done)
        reading->done(reading->context, reading->before + done);
}

static bool read_all(struct report *report, struct reading *reading, struct fault *fault)
{
    struct report_data *data = report->data;
    for (int role = 0; role < REPORT_ROLES; role++) {
        struct trace_set *set = &data->sets[role];
        bool analyzed = role == (int)data->analyzed;
        char left_out[TRACE_SET_LEFT_OUT];
        set->iterations = report->options->iterations;
        if (!trace_set_read(set, analyzed ? TRACE_FULL : TRACE_SUMMARY, report->options->jobs,
                            analyzed ? keep_facts : NULL, count_done, reading, fault))
            return false;
        reading->before += set->count;
        report->unreadable += set->unreadable;
        for (size_t i = 0; i < set->count; i++)
            if (!set->summaries[i].read && !warnings_add(&report->warnings, &report->warning_count,
                                                         "%s; left out", set->faults[i].text))
                return out_of_memory(fault);
        *fault->text = '\0';
        if (set->count > 0 && !trace_set_check_iterations(set, fault))
            return false;
        if ((*fault->text &&
             !warnings_add(&report->warnings, &report->warning_count, "%s", fault->text)) ||
            (*trace_set_left_out(set, left_out) &&
             !warnings_add(&report->warnings, &report->warning_count, "%s", left_out)))
            return out_of_memory(fault);
    }
    return report->unreadable < report->file_count || data->log.count > 0 ||
           report->snapshot_count > 0 ||
           fault_set(fault, "none of the traces could be read; the last one: %s",
                     report->warnings[report->warning_count - 1]);
}

/* ---- which configuration is whose ---- */

static const struct configuration *configuration_at(const void *context, size_t index)
{
    return ((const struct findings *)context)->configurations[index].configuration;
}

/* The simulated run's configuration stands for the real one that it is compatible with. */
static bool place_simulated(struct report *report, const struct configuration *configuration,
                            size_t *place, struct fault *fault)
{
    const struct findings *findings = &report->findings;
    struct configuration_matching matching;
    char text[CONFIGURATION_TEXT], names[256];
    dimension_set which =
        (configuration->written & ~DIMENSION_BIT(DIMENSION_STAMP)) | DIMENSION_OTHER_TAGS;
    configuration_text(text, sizeof text, configuration, which);
    switch (configuration_find(configuration, findings->configuration_count, configuration_at,
                               findings, &matching)) {
    case CONFIGURATION_ONE:
        *place = matching.index;
        return true;
    case CONFIGURATION_NONE:
        *place = SIZE_MAX;
        return warnings_add(
                   &report->warnings, &report->warning_count,
                   "simulated traces of %s: no real run is of that configuration; left out",
                   text) ||
               out_of_memory(fault);
    case CONFIGURATION_SEVERAL:
        break;
    }
    return fault_set(fault,
                     "the simulated traces of %s fit several real runs, which differ in %s. "
                     "Choose one with --where",
                     text, dimension_set_text(names, sizeof names, matching.differing));
}

/* The findings' configurations are the analyzed set's own. */
static size_t place_analyzed(const struct findings *findings,
                             const struct configuration *configuration)
{
    for (size_t i = 0; i < findings->configuration_count; i++)
        if (findings->configurations[i].configuration == configuration)
            return i;
    return SIZE_MAX;
}

/* The row of one of the findings' configurations. */
static size_t row_of(const struct report *report, size_t finding)
{
    for (size_t i = 0; i < report->configuration_count && finding != SIZE_MAX; i++)
        if (report->configurations[i].finding == finding)
            return i;
    return SIZE_MAX;
}

size_t report_configuration_of_finding(const struct report *report, const struct finding *finding)
{
    return row_of(report, finding->configuration);
}

static bool place_set(struct report *report, enum report_role role, struct fault *fault)
{
    struct report_data *data = report->data;
    const struct trace_set *set = &data->sets[role];
    size_t *places = calloc(set->configuration_count + 1, sizeof *places);
    bool placed = true;
    data->configuration_of[role] = calloc(set->count + 1, sizeof(size_t));
    if (!places || !data->configuration_of[role]) {
        free(places);
        return out_of_memory(fault);
    }
    for (size_t i = 0; placed && i < set->configuration_count; i++) {
        const struct configuration *configuration = set->configurations[i];
        if (role == data->analyzed)
            places[i] = place_analyzed(&report->findings, configuration);
        else
            placed = place_simulated(report, configuration, &places[i], fault);
        places[i] = row_of(report, places[i]);
    }
    for (size_t i = 0; placed && i < set->count; i++)
        data->configuration_of[role][i] = places[set->configuration_of[i]];
    free(places);
    return placed;
}

/* ---- putting together ---- */

static bool make_findings(struct report *report, struct fault *fault)
{
    const struct report_options *options = report->options;
    const struct report_data *data = report->data;
    const struct findings_input input = {.set = &data->sets[data->analyzed],
                                         .facts = data->facts,
                                         .log = options->log_dir ? &data->log : NULL,
                                         .gpu_mb = mb_from_gb(options->gpu_gb),
                                         .sequence_length = options->sequence_length};
    return findings_make(&input, &report->findings, fault) &&
           report_take_configurations(report, fault) && place_set(report, REPORT_REAL, fault) &&
           place_set(report, REPORT_SIMULATED, fault);
}

/* A report without a heatmap is a report all the same. False when out of memory for one. */
static bool make_grid(struct report *report)
{
    const struct report_options *options = report->options;
    const struct report_data *data = report->data;
    const struct heatmap_input input = {
        .set = &data->sets[data->analyzed],
        .log = options->log_dir ? &data->log : NULL,
        .filter = &options->filter,
        .axes = options->axes,
        .limit_mb = mb_from_gb(options->gpu_gb),
        .metric = heatmap_metric_find("memory", "GB"),
        .model = options->model,
    };
    bool built = heatmap_grid_build(&input, &report->grid, &report->grid_fault);
    report->has_grid = built && report->grid.cell_count > 1;
    if (built || report->configuration_count == 0)
        *report->grid_fault.text = '\0'; /* one configuration, or none: nothing is amiss */
    report->heatmap = (struct heatmap_figure){.grid = &report->grid,
                                              .metric = input.metric,
                                              .max_value = options->gpu_gb,
                                              .limit = options->gpu_gb};
    return built || report->grid_fault.error != ENOMEM;
}

static const struct configuration *row_at(const void *context, size_t index)
{
    return &((const struct report *)context)->configurations[index].configuration;
}

size_t report_configuration_of_cell(const struct report *report, const struct heatmap_cell *cell)
{
    struct configuration_matching matching;
    if (!cell->mentioned || configuration_find(&cell->configuration, report->configuration_count,
                                               row_at, report, &matching) != CONFIGURATION_ONE)
        return SIZE_MAX;
    return matching.index;
}

bool report_gather(const struct report_options *options, struct report *report,
                   void (*begin)(void *context, size_t total), trace_done_fn done, void *context,
                   struct fault *fault)
{
    *report = (struct report){.options = options, .data = calloc(1, sizeof *report->data)};
    if (!report->data)
        return out_of_memory(fault);
    struct reading reading = {.data = report->data, .done = done, .context = context};
    bool gathered =
        (!options->log_dir || sweep_log_read(options->log_dir, &report->data->log, fault)) &&
        report_take_snapshots(report, fault) && list_traces(report, fault);
    for (size_t i = 0; gathered && i < report->data->log.warning_count; i++)
        gathered = warnings_add(&report->warnings, &report->warning_count, "%s",
                                report->data->log.warnings[i]) ||
                   out_of_memory(fault);
    if (gathered && begin)
        begin(context, report->file_count);
    gathered = gathered && read_all(report, &reading, fault) && make_findings(report, fault);
    if (gathered && !make_grid(report))
        gathered = out_of_memory(fault);
    gathered =
        gathered && report_take_comparisons(report, fault) && report_take_timelines(report, fault);
    if (gathered && !(report->answer = report_make_answer(report)))
        gathered = out_of_memory(fault);
    if (!gathered)
        report_free(report);
    return gathered;
}

static void free_data(struct report_data *data)
{
    for (int role = 0; role < REPORT_ROLES; role++) {
        trace_set_free(&data->sets[role]);
        free(data->configuration_of[role]);
    }
    free(data->facts);
    sweep_log_free(&data->log);
    free(data);
}

void report_free(struct report *report)
{
    for (size_t i = 0; i < report->rank_count; i++)
        report_series_free(&report->ranks[i].series);
    for (size_t i = 0; i < report->configuration_count; i++) {
        free(report->configurations[i].line);
        free(report->configurations[i].words);
        free(report->configurations[i].log);
    }
    for (size_t i = 0; i < report->comparison_count; i++) {
        free(report->comparisons[i].rows);
        free(report->comparisons[i].conclusion);
    }
    for (size_t i = 0; i < report->snapshot_count; i++)
        file_analysis_free(&report->snapshots[i]);
    free(report->snapshots);
    free(report->answer);
    free(report->configurations);
    free(report->comparisons);
    free(report->ranks);
    warnings_free(report->warnings, report->warning_count);
    findings_free(&report->findings);
    heatmap_grid_free(&report->grid);
    if (report->data)
        free_data(report->data);
    *report = (struct report){0};
}
