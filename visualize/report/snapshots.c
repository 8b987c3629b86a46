/* PyTorch's memory snapshots, read by several threads. */
#include "schemas/support/warnings.h"
#include "schemas/support/workers.h"
#include "visualize/report/gather_internal.h"
#include "visualize/snapshot/inputs.h"

#include <errno.h>
#include <stdlib.h>

/* Columns of the chart, and blocks that one can point at and follow. */
enum { COLUMNS = 1500, BLOCKS = 1500, LARGEST = 10 };

struct reading {
    char *const *paths;
    struct file_analysis *files;
    struct fault *faults;
    struct analysis_options options;
};

static void read_one(void *context, size_t index, unsigned worker)
{
    struct reading *reading = context;
    (void)worker;
    if (file_analysis_make(&reading->files[index], reading->paths[index], &reading->options,
                           &reading->faults[index]))
        reading->faults[index].text[0] = '\0';
}

static int compare_ranks(const void *a, const void *b)
{
    const struct file_analysis *first = a, *second = b;
    return (first->rank > second->rank) - (first->rank < second->rank);
}

static bool read_all(struct report *report, const struct snapshot_inputs *inputs,
                     struct fault *fault)
{
    struct reading reading = {
        .paths = inputs->paths,
        .files = calloc(inputs->count + 1, sizeof *reading.files),
        .faults = calloc(inputs->count + 1, sizeof *reading.faults),
        .options = {.by = SITE_BY_LINE,
                    .depth = 1,
                    .largest = LARGEST,
                    .course_columns = COLUMNS,
                    .course_by = SITE_BY_CATEGORY,
                    .blocks = BLOCKS,
                    .only_file = inputs->count == 1},
    };
    report->snapshots = reading.files;
    bool read = reading.files && reading.faults;
    if (read)
        workers_run(inputs->count, report->options->jobs, read_one, &reading);
    for (size_t i = 0; read && i < inputs->count; i++) {
        if (*reading.faults[i].text)
            read = warnings_add(&report->warnings, &report->warning_count, "%s; left out",
                                reading.faults[i].text);
        else
            reading.files[report->snapshot_count++] = reading.files[i];
    }
    if (read && report->snapshot_count > 1)
        qsort(reading.files, report->snapshot_count, sizeof *reading.files, compare_ranks);
    free(reading.faults);
    if (!read)
        return fault_set_errno(fault, ENOMEM, "%zu snapshots", inputs->count);
    return report->snapshot_count > 0 ||
           fault_set(fault, "none of the snapshots could be read; the last one: %s",
                     report->warnings[report->warning_count - 1]);
}

bool report_take_snapshots(struct report *report, struct fault *fault)
{
    const struct option_texts *given = &report->options->snapshots;
    struct snapshot_inputs inputs = {0};
    bool taken = true;
    for (size_t i = 0; taken && i < given->count; i++)
        taken = snapshot_inputs_add(&inputs, given->list[i], fault);
    if (taken && inputs.count > 0)
        taken = read_all(report, &inputs, fault);
    snapshot_inputs_free(&inputs);
    return taken;
}
