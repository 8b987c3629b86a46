/* Traces as measured runs: each file is a rank. */
#include "schemas/support/units.h"
#include "tracer/estimator/model/configuration_settings.h"
#include "visualize/estimate/measured.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* The rank's stage; the only one where there is one. */
static bool find_stage(const struct trace_file *file, int64_t pp, int64_t *stage,
                       struct fault *fault)
{
    *stage = 0;
    if (pp <= 1)
        return true;
    *stage = configuration_stage(&file->name.configuration, file->name.rank);
    return *stage >= 0 || fault_set(fault, "its name does not say the world size (wd) and PP, so "
                                           "that the rank's stage is not known");
}

static bool expect(const struct trace_file *file, const struct model_settings *model,
                   struct compared_run *one, struct fault *fault)
{
    struct model_settings settings = *model;
    gmt_model shape;
    gmt_parallel parallel;
    int64_t stage;
    gmt_expected_memory *e = &one->expected;
    if (!settings_take_configuration(&settings, &file->name.configuration, fault) ||
        !settings_resolve(&settings, &shape, &parallel, fault) ||
        !find_stage(file, parallel.pp, &stage, fault))
        return false;
    one->family = validation_family(&shape, &parallel);
    if (gmt_expect_memory(&shape, &parallel, stage, e) != GMT_OK)
        return settings_refuse(e->invalid_field, e->expected, fault);
    one->expected_static_mb = e->static_bytes / UNITS_BYTES_PER_MB;
    one->expected_first_mb = e->first_peak_bytes / UNITS_BYTES_PER_MB;
    one->expected_peak_mb = e->peak_bytes / UNITS_BYTES_PER_MB;
    return true;
}

static struct compared_run compare_trace(const struct trace_set *set, size_t index,
                                         const struct model_settings *model)
{
    struct fault fault = {0};
    const struct trace_summary *summary = &set->summaries[index];
    struct compared_run one = {.name = set->files[index]->base,
                               .gpu = setting_word("gpu", (int)model->parallel.gpu),
                               .software = model->parallel.older_software ? "lts" : "dev",
                               .runs = 1,
                               .family = "",
                               .complete = true,
                               .static_mb = summary->read ? summary->static_mb : NAN,
                               .first_mb = NAN,
                               .peak_mb = summary->read ? summary->peak_mb : NAN,
                               .expected_static_mb = NAN,
                               .expected_first_mb = NAN,
                               .expected_peak_mb = NAN};
    if (!expect(set->files[index], model, &one, &fault))
        snprintf(one.impossible, sizeof one.impossible, "%.*s", (int)sizeof one.impossible - 1,
                 fault.text);
    return one;
}

bool validation_make_of_traces(char *folder, const struct model_settings *settings,
                               struct validation *validation, struct fault *fault)
{
    *validation = (struct validation){0};
    struct trace_set *set = &validation->traces;
    bool well = trace_set_list(set, &folder, 1, NULL, fault) &&
                trace_set_read(set, TRACE_SUMMARY, 0, NULL, NULL, NULL, fault);
    if (well && set->count == 0)
        well = fault_set(fault, "%s: there are no traces in it", folder);
    validation->items = well ? calloc(set->count + 1, sizeof *validation->items) : NULL;
    if (well && !validation->items)
        well = fault_set_errno(fault, ENOMEM, "%s", folder);
    validation->figures = set->count;
    for (size_t i = 0; validation->items && i < set->count; i++) {
        validation->items[validation->count++] = compare_trace(set, i, settings);
        if (set->summaries[i].read)
            continue;
        if (validation->bad_lines++ == 0)
            validation->first_bad = set->faults[i];
    }
    if (!well)
        validation_free(validation);
    return well;
}
