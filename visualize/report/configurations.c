/* The rows of the report: every configuration that traces or logs tell of, with how it ended. */
#include "schemas/support/units.h"
#include "visualize/heatmap/candidates.h"
#include "visualize/heatmap/metric.h"
#include "visualize/report/gather_internal.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *report_outcome_text(enum report_outcome outcome)
{
    static const char *const texts[REPORT_OUTCOMES] = {
        [REPORT_FITS] = "fits",     [REPORT_OVER] = "ran, over the limit",
        [REPORT_RAN] = "ran",       [REPORT_OUT_OF_MEMORY] = "out of memory",
        [REPORT_FAILED] = "failed", [REPORT_NOT_RUN] = "not run",
    };
    return texts[outcome];
}

/* ---- how it ended ---- */

static enum report_outcome outcome_of(const struct heatmap_cell *cell, double gpu_mb)
{
    switch (cell->status) {
    case HEATMAP_OOM:
        return REPORT_OUT_OF_MEMORY;
    case HEATMAP_FAILED:
        return REPORT_FAILED;
    case HEATMAP_SUCCESS:
        if (isnan(cell->actual_mb) || !trace_measure_is_of_gpu(cell->peak_measure))
            return REPORT_RAN;
        return cell->actual_mb <= gpu_mb ? REPORT_FITS : REPORT_OVER;
    case HEATMAP_TOO_LARGE:
    case HEATMAP_NONE:
    case HEATMAP_STATUS_COUNT:
        break;
    }
    return REPORT_NOT_RUN;
}

/* "signal 9", "status 1", "out of memory"; the log's own words where they say more. */
static void explain(struct report_configuration *row, const struct candidate *candidate)
{
    const struct sweep_entry *entry = candidate->entry;
    if (!entry) {
        if (candidate->killed)
            snprintf(row->why, sizeof row->why, "its trace did not end well");
        return;
    }
    if (row->outcome == REPORT_OUT_OF_MEMORY && strcmp(entry->cause, "oom") != 0 && *entry->cause)
        snprintf(row->why, sizeof row->why, "out of memory (%s)", entry->cause);
    else if (row->outcome == REPORT_OUT_OF_MEMORY)
        snprintf(row->why, sizeof row->why, "out of memory");
    else if (row->outcome == REPORT_FAILED && entry->signal >= 0)
        snprintf(row->why, sizeof row->why, "ended by signal %lld", (long long)entry->signal);
    else if (row->outcome == REPORT_FAILED && strcmp(entry->cause, "timeout") == 0)
        snprintf(row->why, sizeof row->why, "ran out of time");
    else if (row->outcome == REPORT_FAILED && entry->status >= 0)
        snprintf(row->why, sizeof row->why, "exit status %lld", (long long)entry->status);
    else if (row->outcome == REPORT_FAILED)
        snprintf(row->why, sizeof row->why, "%s", *entry->cause ? entry->cause : "failed");
    else if (entry->outcome == SWEEP_SKIPPED)
        snprintf(row->why, sizeof row->why, "left out%s%s", *entry->cause ? ": " : "",
                 entry->cause);
}

/* ---- one row ---- */

static size_t finding_of(const struct report *report, const struct candidate *candidate)
{
    const struct trace_set *set = &report->data->sets[report->data->analyzed];
    const struct findings *findings = &report->findings;
    for (size_t i = 0; i < findings->configuration_count && candidate->traced != SIZE_MAX; i++)
        if (findings->configurations[i].configuration == set->configurations[candidate->traced])
            return i;
    return SIZE_MAX;
}

static bool fill_row(struct report *report, struct report_configuration *row,
                     const struct candidate *candidate)
{
    const struct heatmap_cell *cell = &candidate->cell;
    double gpu_mb = mb_from_gb(report->options->gpu_gb);
    *row = (struct report_configuration){.configuration = cell->configuration,
                                         .finding = finding_of(report, candidate),
                                         .outcome = outcome_of(cell, gpu_mb),
                                         .ranks = cell->ranks,
                                         .peak_mb = cell->actual_mb,
                                         .theory_mb = cell->theory_mb,
                                         .expected_mb = cell->expected_mb,
                                         .tokens_per_gb = NAN,
                                         .peak_measure = cell->peak_measure,
                                         .against_theory = cell->overflow};
    if (row->finding != SIZE_MAX)
        row->tokens_per_gb = report->findings.configurations[row->finding].tokens_per_gb;
    explain(row, candidate);
    bool ended_badly = row->outcome == REPORT_OUT_OF_MEMORY || row->outcome == REPORT_FAILED;
    return !ended_badly || !candidate->entry ||
           report_take_last_output(row, candidate->entry, report->options->log_dir);
}

static int compare_rows(const void *a, const void *b)
{
    const struct report_configuration *first = a, *second = b;
    return configuration_compare(&first->configuration, &second->configuration);
}

/* ---- their names ---- */

static const struct configuration *row_at(const void *context, size_t index)
{
    return &((const struct report *)context)->configurations[index].configuration;
}

static void name_by(struct report *report, dimension_set which)
{
    for (size_t i = 0; i < report->configuration_count; i++) {
        struct report_configuration *row = &report->configurations[i];
        configuration_text(row->text, sizeof row->text, &row->configuration, which);
        if (!*row->text) /* none of the usual sizes is known */
            configuration_text(row->text, sizeof row->text, &row->configuration,
                               (row->configuration.written & ~DIMENSION_BIT(DIMENSION_STAMP)) |
                                   DIMENSION_OTHER_TAGS);
        if (!*row->text)
            snprintf(row->text, sizeof row->text, "all ranks");
    }
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Do no two rows have the same text? `sorted` has room for one per row. */
static bool texts_differ(const struct report *report, const char **sorted)
{
    for (size_t i = 0; i < report->configuration_count; i++)
        sorted[i] = report->configurations[i].text;
    if (report->configuration_count > 1)
        qsort((void *)sorted, report->configuration_count, sizeof *sorted, compare_texts);
    for (size_t i = 1; i < report->configuration_count; i++)
        if (strcmp(sorted[i - 1], sorted[i]) == 0)
            return false;
    return true;
}

/* As the findings name theirs: the usual sizes, and all in which the configurations differ; what
 * only follows from other sizes where two would have the same text without it. */
static bool name_rows(struct report *report)
{
    const struct trace_set *set = &report->data->sets[report->data->analyzed];
    dimension_set which =
        CONFIGURATION_USUAL | trace_set_differences(set) |
        configuration_known_differences(report->configuration_count, row_at, report);
    const char **sorted = calloc(report->configuration_count + 1, sizeof *sorted);
    if (!sorted)
        return false;
    which &= ~DIMENSION_BIT(DIMENSION_STAMP);
    name_by(report, CONFIGURATION_USUAL | (which & ~CONFIGURATION_FOLLOWING));
    if (!texts_differ(report, sorted))
        name_by(report, which);
    free((void *)sorted);
    return true;
}

/* ---- all of them ---- */

static bool fill_rows(struct report *report, const struct candidates *candidates)
{
    report->configurations = calloc(candidates->count + 1, sizeof *report->configurations);
    if (!report->configurations)
        return false;
    for (size_t i = 0; i < candidates->count; i++) {
        struct report_configuration *row = &report->configurations[report->configuration_count++];
        if (!fill_row(report, row, &candidates->list[i]))
            return false;
    }
    if (report->configuration_count > 1)
        qsort(report->configurations, report->configuration_count, sizeof *report->configurations,
              compare_rows);
    return name_rows(report);
}

bool report_take_configurations(struct report *report, struct fault *fault)
{
    const struct report_options *options = report->options;
    const struct heatmap_input input = {
        .set = &report->data->sets[report->data->analyzed],
        .log = options->log_dir ? &report->data->log : NULL,
        .filter = &options->filter,
        .axes = options->axes,
        .limit_mb = mb_from_gb(options->gpu_gb),
        .metric = heatmap_metric_find("memory", "GB"),
        .model = options->model,
    };
    struct heatmap_grid warned = {.axes = options->axes}; /* takes the candidates' warnings */
    struct candidates candidates;
    bool taken = candidates_make(&input, &warned, &candidates, fault);
    if (taken && !fill_rows(report, &candidates))
        taken = fault_set_errno(fault, ENOMEM, "%zu configurations", candidates.count);
    candidates_free(&candidates);
    heatmap_grid_free(&warned);
    return taken;
}
