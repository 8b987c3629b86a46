#include "visualize/breakdown/breakdown.h"

#include "schemas/support/array.h"
#include "schemas/support/units.h"
#include "schemas/support/warnings.h"
#include "tracer/estimator/model/configuration_settings.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *breakdown_part_text(int part)
{
    return part == BREAKDOWN_STATIC  ? "static"
           : part == BREAKDOWN_ABOVE ? "above static"
                                     : memory_category_text((enum memory_category)part);
}

/* ---- bars ---- */

static bool out_of_memory(const struct breakdown *breakdown, struct fault *fault)
{
    return fault_set_errno(fault, ENOMEM, "%zu bars", breakdown->count);
}

static struct breakdown_bar *add_bar(struct breakdown *breakdown, const char *name)
{
    char *copy = strdup(name);
    struct breakdown_bar *bar = copy ? ARRAY_ADD(breakdown->bars, breakdown->count) : NULL;
    if (!bar) {
        free(copy);
        return NULL;
    }
    *bar = (struct breakdown_bar){
        .name = copy, .total_mb = NAN, .measured_mb = NAN, .status = HEATMAP_NONE};
    return bar;
}

static struct breakdown_bar *add_numbered_bar(struct breakdown *breakdown, int64_t number)
{
    char name[32];
    snprintf(name, sizeof name, "%" PRId64, number);
    return add_bar(breakdown, name);
}

static void sum_up(struct breakdown_bar *bar)
{
    bar->total_mb = 0;
    for (int i = 0; i < BREAKDOWN_PARTS; i++)
        bar->total_mb += bar->parts_mb[i];
}

/* Of several measures the first stands, and the others are left out. */
static void add_measured(struct breakdown_bar *bar, double mb, enum trace_measure measure)
{
    if (isnan(mb))
        return;
    if (isnan(bar->measured_mb) || trace_measure_first(bar->measure, measure) != bar->measure) {
        bar->measured_mb = mb;
        bar->measure = measure;
        bar->ranks = 1;
    } else if (measure == bar->measure) {
        bar->measured_mb = fmax(bar->measured_mb, mb);
        bar->ranks++;
    }
}

void breakdown_free(struct breakdown *breakdown)
{
    for (size_t i = 0; i < breakdown->count; i++)
        free(breakdown->bars[i].name);
    free(breakdown->bars);
    warnings_free(breakdown->warnings, breakdown->warning_count);
    *breakdown = (struct breakdown){0};
}

/* ---- the estimator's terms ---- */

static enum memory_category category_of(gmt_term term)
{
    switch (term) {
    case GMT_TERM_WEIGHTS:
    case GMT_TERM_GATHERED_WEIGHTS:
        return MEMORY_PARAMETERS;
    case GMT_TERM_GRADIENTS:
    case GMT_TERM_GRADIENT_COPIES:
        return MEMORY_GRADIENTS;
    case GMT_TERM_MASTER_WEIGHTS:
    case GMT_TERM_OPTIMIZER_STATE:
        return MEMORY_OPTIMIZER;
    case GMT_TERM_CUBLAS_WORKSPACE:
    case GMT_TERM_ENGINE_WORKSPACE:
        return MEMORY_WORKSPACE;
    case GMT_TERM_GLOBAL_BUFFER:
    case GMT_TERM_PIPELINE_TENSORS:
        return MEMORY_COMMUNICATION;
    case GMT_TERM_BACKWARD:
        return MEMORY_TEMPORARY;
    case GMT_TERM_ATTENTION:
    case GMT_TERM_SCORES:
    case GMT_TERM_MLP:
    case GMT_TERM_EXPERTS:
    case GMT_TERM_MAMBA:
    case GMT_TERM_DELTA:
    case GMT_TERM_NORMS:
    case GMT_TERM_CHECKPOINTS:
    case GMT_TERM_EMBEDDING:
    case GMT_TERM_FURTHER_TOKENS:
    case GMT_TERM_HEAD:
    case GMT_TERM_LOGITS:
        return MEMORY_ACTIVATIONS;
    case GMT_TERM_FREED:
    case GMT_TERM_COUNT:
        break;
    }
    return MEMORY_OTHER;
}

void breakdown_parts_of(const gmt_expected_memory *expected, double parts_mb[BREAKDOWN_PARTS])
{
    /* What has been freed are copies of gradients first, then what pipeline stages received. */
    double freed = -expected->terms[GMT_TERM_FREED];
    double copies = fmin(freed, expected->terms[GMT_TERM_GRADIENT_COPIES]);
    for (int i = 0; i < BREAKDOWN_PARTS; i++)
        parts_mb[i] = 0;
    for (int i = 0; i < GMT_TERM_COUNT; i++)
        if (i != GMT_TERM_FREED)
            parts_mb[category_of((gmt_term)i)] += expected->terms[i] / UNITS_BYTES_PER_MB;
    parts_mb[MEMORY_GRADIENTS] -= copies / UNITS_BYTES_PER_MB;
    parts_mb[MEMORY_COMMUNICATION] -= (freed - copies) / UNITS_BYTES_PER_MB;
}

/* The model divided as the configuration says. */
struct divided {
    struct model_settings settings;
    gmt_model shape;
    gmt_parallel parallel;
};

static bool divide(const struct model_settings *model, const struct configuration *configuration,
                   struct divided *divided, struct fault *fault)
{
    divided->settings = *model;
    if (!settings_take_configuration(&divided->settings, configuration, fault) ||
        !settings_resolve(&divided->settings, &divided->shape, &divided->parallel, fault))
        return false;
    const char *wants = settings_wants_ranks(&divided->settings);
    return !wants || fault_set(fault,
                               "%s shares state out over data-parallel ranks: the configuration "
                               "must say their number (wd or dp)",
                               wants);
}

static bool expect(const struct divided *divided, int64_t stage, struct breakdown_bar *bar,
                   struct fault *fault)
{
    gmt_expected_memory expected;
    if (gmt_expect_memory(&divided->shape, &divided->parallel, stage, &expected) != GMT_OK)
        return settings_refuse(expected.invalid_field, expected.expected, fault);
    breakdown_parts_of(&expected, bar->parts_mb);
    sum_up(bar);
    return true;
}

/* ---- one configuration's stages and ranks ---- */

static int64_t stage_of(const struct runs *runs, size_t file, int64_t stages)
{
    const struct trace_file *of = runs->set.files[file];
    int64_t stage =
        rank_stage(&runs->set.summaries[file].coordinates, &of->name.configuration, of->name.rank);
    return stages <= 1 ? 0 : stage;
}

static bool add_stages(struct breakdown *breakdown, int64_t stages, struct fault *fault)
{
    for (int64_t stage = 0; stage < stages; stage++)
        if (!add_numbered_bar(breakdown, stage))
            return out_of_memory(breakdown, fault);
    return true;
}

static bool measure_stages(struct breakdown *breakdown, const struct runs *runs,
                           struct fault *fault)
{
    size_t placeless = 0;
    for (size_t i = 0; i < runs->set.count; i++) {
        int64_t stage = stage_of(runs, i, (int64_t)breakdown->count);
        if (!runs->set.summaries[i].read)
            continue;
        if (stage < 0 || (size_t)stage >= breakdown->count)
            placeless++;
        else
            add_measured(&breakdown->bars[stage], runs->set.summaries[i].peak_mb,
                         runs->set.summaries[i].peak_measure);
    }
    return placeless == 0 ||
           warnings_add(&breakdown->warnings, &breakdown->warning_count,
                        "%zu traces do not tell their pipeline stage (wd, tp, pp in their names, "
                        "or coordinates); left out",
                        placeless) ||
           out_of_memory(breakdown, fault);
}

bool breakdown_make_stages(struct breakdown *breakdown, const struct model_settings *model,
                           const struct configuration *configuration, const struct runs *runs,
                           struct fault *fault)
{
    struct divided divided;
    breakdown->by = BREAKDOWN_BY_STAGE;
    breakdown->source = BREAKDOWN_ESTIMATED;
    if (!trace_set_is_one(&runs->set, 0, fault) || !divide(model, configuration, &divided, fault) ||
        !add_stages(breakdown, divided.parallel.pp > 1 ? divided.parallel.pp : 1, fault))
        return false;
    for (size_t i = 0; i < breakdown->count; i++)
        if (!expect(&divided, (int64_t)i, &breakdown->bars[i], fault))
            return false;
    return measure_stages(breakdown, runs, fault);
}

/* ---- traces alone ---- */

static void take_trace(struct breakdown_bar *bar, double peak_mb, double static_mb)
{
    double of_static = isnan(static_mb) ? 0 : fmin(static_mb, peak_mb);
    if (isnan(peak_mb) || peak_mb <= bar->total_mb)
        return;
    bar->parts_mb[BREAKDOWN_STATIC] = of_static;
    bar->parts_mb[BREAKDOWN_ABOVE] = peak_mb - of_static;
    sum_up(bar);
}

static bool is_without_static(const struct breakdown *breakdown)
{
    for (size_t i = 0; i < breakdown->count; i++)
        if (breakdown->bars[i].parts_mb[BREAKDOWN_STATIC] > 0)
            return false;
    return true;
}

/* A peak whose static part is not known is all one part. */
static bool warn_of_static(struct breakdown *breakdown, struct fault *fault)
{
    return !is_without_static(breakdown) ||
           warnings_add(&breakdown->warnings, &breakdown->warning_count,
                        "the traces do not tell static memory: the bars are whole peaks; --model "
                        "says what they should consist of") ||
           out_of_memory(breakdown, fault);
}

static bool take_ranks(struct breakdown *breakdown, const struct runs *runs, struct fault *fault)
{
    int64_t stages = 1;
    bool by_stage = breakdown->by == BREAKDOWN_BY_STAGE;
    if (!trace_set_is_one(&runs->set, 0, fault))
        return false;
    if (runs->set.configuration_count > 0)
        stages = configuration_number(runs->set.configurations[0], DIMENSION_PP);
    if (by_stage && !add_stages(breakdown, stages > 1 ? stages : 1, fault))
        return false;
    for (size_t i = 0; i < runs->set.count; i++) {
        const struct trace_summary *summary = &runs->set.summaries[i];
        int64_t stage = stage_of(runs, i, stages);
        struct breakdown_bar *bar = NULL;
        if (!summary->read || (by_stage && (stage < 0 || stage >= (int64_t)breakdown->count)))
            continue;
        bar = by_stage ? &breakdown->bars[stage]
                       : add_numbered_bar(breakdown, runs->set.files[i]->name.rank);
        if (!bar)
            return out_of_memory(breakdown, fault);
        take_trace(bar, summary->peak_mb, summary->static_mb);
        add_measured(bar, summary->peak_mb, summary->peak_measure);
    }
    return warn_of_static(breakdown, fault);
}

/* Ranks with a model: what is expected of each one's stage, and what was measured. */
static bool expect_ranks(struct breakdown *breakdown, const struct runs *runs, struct fault *fault)
{
    struct divided divided;
    if (!trace_set_is_one(&runs->set, 0, fault) ||
        !divide(&runs->model, runs->set.configurations[0], &divided, fault))
        return false;
    for (size_t i = 0; i < runs->set.count; i++) {
        const struct trace_summary *summary = &runs->set.summaries[i];
        int64_t stage = stage_of(runs, i, divided.parallel.pp);
        if (!summary->read)
            continue;
        struct breakdown_bar *bar = add_numbered_bar(breakdown, runs->set.files[i]->name.rank);
        if (!bar)
            return out_of_memory(breakdown, fault);
        if (stage >= 0 && !expect(&divided, stage, bar, fault))
            return false;
        add_measured(bar, summary->peak_mb, summary->peak_measure);
    }
    return true;
}

/* ---- configurations ---- */

static bool take_configurations(struct breakdown *breakdown, const struct runs *runs,
                                struct fault *fault)
{
    size_t impossible = 0;
    char name[CONFIGURATION_TEXT];
    struct fault why = {0};
    breakdown->naming = runs_naming(runs);
    for (size_t i = 0; i < runs->known.count; i++) {
        const struct heatmap_cell *cell = &runs->known.list[i].cell;
        struct divided divided;
        runs_name(name, sizeof name, &cell->configuration, breakdown->naming);
        struct breakdown_bar *bar = add_bar(breakdown, name);
        if (!bar)
            return out_of_memory(breakdown, fault);
        bar->configuration = cell->configuration;
        bar->has_configuration = true;
        bar->status = cell->status;
        if (!runs->has_model)
            take_trace(bar, cell->status == HEATMAP_SUCCESS ? cell->actual_mb : NAN,
                       cell->static_mb);
        else if (!divide(&runs->model, &cell->configuration, &divided, &why) ||
                 !expect(&divided, GMT_MOST_LOADED, bar, &why))
            impossible++;
        if (cell->status == HEATMAP_SUCCESS) {
            add_measured(bar, cell->actual_mb, cell->peak_measure);
            bar->ranks = cell->ranks;
        }
    }
    if (impossible > 0 &&
        !warnings_add(&breakdown->warnings, &breakdown->warning_count,
                      "%zu configurations cannot be estimated, and have no bar: %s", impossible,
                      why.text))
        return out_of_memory(breakdown, fault);
    return runs->has_model || warn_of_static(breakdown, fault);
}

bool breakdown_make_traces(struct breakdown *breakdown, enum breakdown_by by,
                           const struct runs *runs, struct fault *fault)
{
    breakdown->by = by;
    breakdown->source = runs->has_model ? BREAKDOWN_ESTIMATED : BREAKDOWN_TRACES;
    if (by == BREAKDOWN_BY_CONFIGURATION)
        return take_configurations(breakdown, runs, fault);
    return by == BREAKDOWN_BY_RANK && runs->has_model ? expect_ranks(breakdown, runs, fault)
                                                      : take_ranks(breakdown, runs, fault);
}

/* ---- snapshots ---- */

static void measure_rank(struct breakdown_bar *bar, const struct runs *runs, int64_t rank)
{
    for (size_t i = 0; i < runs->set.count; i++)
        if (runs->set.files[i]->name.rank == rank && runs->set.summaries[i].read)
            add_measured(bar, runs->set.summaries[i].peak_mb, runs->set.summaries[i].peak_measure);
}

static bool add_device(struct breakdown *breakdown, const struct file_analysis *file,
                       const struct device_analysis *device, size_t number, const struct runs *runs)
{
    char name[64];
    int64_t place = file->rank >= 0 ? file->rank : (int64_t)number;
    if (file->device_count > 1)
        snprintf(name, sizeof name, "%" PRId64 ", device %" PRId64, place, device->device);
    else
        snprintf(name, sizeof name, "%" PRId64, place);
    struct breakdown_bar *bar = add_bar(breakdown, name);
    if (!bar)
        return false;
    for (int i = 0; i < MEMORY_CATEGORIES; i++)
        bar->parts_mb[i] = mb_from_bytes(device->categories[i]);
    sum_up(bar);
    if (file->rank >= 0)
        measure_rank(bar, runs, file->rank);
    return true;
}

bool breakdown_make_snapshots(struct breakdown *breakdown, const struct file_analysis *files,
                              size_t count, const struct runs *runs, struct fault *fault)
{
    breakdown->by = BREAKDOWN_BY_RANK;
    breakdown->source = BREAKDOWN_SNAPSHOTS;
    if (!trace_set_is_one(&runs->set, 0, fault))
        return false;
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < files[i].device_count; k++)
            if (!add_device(breakdown, &files[i], &files[i].devices[k], i, runs))
                return out_of_memory(breakdown, fault);
    return breakdown->count > 0 || fault_set(fault, "the snapshots have no allocations");
}
