#include "visualize/accuracy/sources.h"

#include "schemas/support/units.h"
#include "schemas/support/warnings.h"
#include "tracer/estimator/model/configuration_settings.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

static bool out_of_memory(const struct accuracy *accuracy, struct fault *fault)
{
    return fault_set_errno(fault, ENOMEM, "%zu points", accuracy->count);
}

static void predict(struct accuracy *accuracy, struct accuracy_point *point, const char *predictor,
                    double mb, enum trace_measure measure)
{
    size_t place = isnan(mb) ? ACCURACY_PREDICTORS : accuracy_predictor(accuracy, predictor);
    if (place == ACCURACY_PREDICTORS)
        return;
    point->predicted_mb[place] = mb;
    point->predicted_of[place] = measure;
}

/* ---- configurations ---- */

static enum accuracy_outcome outcome_of(enum heatmap_status status)
{
    return status == HEATMAP_SUCCESS ? ACCURACY_RAN
           : status == HEATMAP_OOM   ? ACCURACY_OOM
                                     : ACCURACY_NOT_KNOWN;
}

bool accuracy_add_configurations(struct accuracy *accuracy, const struct runs *runs,
                                 struct fault *fault)
{
    dimension_set naming = runs_naming(runs);
    char name[CONFIGURATION_TEXT];
    for (size_t i = 0; i < runs->known.count; i++) {
        const struct heatmap_cell *cell = &runs->known.list[i].cell;
        runs_name(name, sizeof name, &cell->configuration, naming);
        struct accuracy_point *point = accuracy_add(accuracy, name);
        if (!point)
            return out_of_memory(accuracy, fault);
        point->configuration = cell->configuration;
        point->has_configuration = true;
        point->outcome = outcome_of(cell->status);
        /* What a run had reached when it ran out of memory is no peak. */
        point->measured_mb = point->outcome == ACCURACY_RAN ? cell->actual_mb : NAN;
        point->measure = cell->peak_measure;
        predict(accuracy, point, ACCURACY_THEORY, cell->theory_mb, TRACE_MEASURE_ALLOCATOR);
        predict(accuracy, point, ACCURACY_EXPECTED, cell->expected_mb, TRACE_MEASURE_ALLOCATOR);
    }
    return true;
}

/* ---- ranks ---- */

/* Expected peak of the rank's stage, MB; NAN where the model cannot be divided so, or the stage is
 * not known. */
static double expected_of_rank(const struct runs *runs, const struct trace_file *file,
                               const struct coordinates *coordinates)
{
    struct model_settings settings = runs->model;
    gmt_model shape;
    gmt_parallel parallel;
    gmt_expected_memory expected;
    if (!settings_take_configuration(&settings, &file->name.configuration, NULL) ||
        !settings_resolve(&settings, &shape, &parallel, NULL) || settings_wants_ranks(&settings))
        return NAN;
    int64_t stage = rank_stage(coordinates, &file->name.configuration, file->name.rank);
    if (parallel.pp <= 1)
        stage = 0;
    return stage >= 0 && gmt_expect_memory(&shape, &parallel, stage, &expected) == GMT_OK
               ? expected.peak_bytes / UNITS_BYTES_PER_MB
               : NAN;
}

static enum accuracy_outcome outcome_of_trace(enum trace_ending ending)
{
    return ending == TRACE_ENDED_CLEAN || ending == TRACE_ENDED_NOT_SAID ? ACCURACY_RAN
                                                                         : ACCURACY_NOT_KNOWN;
}

/* As the logs say of the configuration, where they do. */
static enum accuracy_outcome outcome_of_rank(const struct runs *runs, size_t file)
{
    const struct configuration *own = runs->set.configurations[runs->set.configuration_of[file]];
    for (size_t i = 0; runs->has_log && i < runs->known.count; i++) {
        const struct heatmap_cell *cell = &runs->known.list[i].cell;
        if (configuration_compatible(&cell->configuration, own, true, NULL))
            return outcome_of(cell->status);
    }
    return outcome_of_trace(runs->set.summaries[file].ending);
}

bool accuracy_add_ranks(struct accuracy *accuracy, const struct runs *runs, struct fault *fault)
{
    const struct trace_set *set = &runs->set;
    dimension_set naming = runs_naming(runs);
    char text[CONFIGURATION_TEXT], name[CONFIGURATION_TEXT + 32];
    for (size_t i = 0; i < set->count; i++) {
        const struct trace_file *file = set->files[i];
        const struct trace_summary *summary = &set->summaries[i];
        if (!summary->read)
            continue;
        runs_name(text, sizeof text, &file->name.configuration, naming);
        snprintf(name, sizeof name, "%s%srank %" PRId64, text, *text ? ", " : "", file->name.rank);
        struct accuracy_point *point = accuracy_add(accuracy, name);
        if (!point)
            return out_of_memory(accuracy, fault);
        point->configuration = file->name.configuration;
        point->has_configuration = true;
        point->rank = file->name.rank;
        point->outcome = outcome_of_rank(runs, i);
        point->measured_mb = point->outcome == ACCURACY_RAN ? summary->peak_mb : NAN;
        point->measure = summary->peak_measure;
        predict(accuracy, point, ACCURACY_THEORY, summary->theory_mb, TRACE_MEASURE_ALLOCATOR);
        if (runs->has_model)
            predict(accuracy, point, ACCURACY_EXPECTED,
                    expected_of_rank(runs, file, &summary->coordinates), TRACE_MEASURE_ALLOCATOR);
    }
    return true;
}

/* ---- simulated traces ---- */

static const struct configuration *point_at(const void *context, size_t index)
{
    return &((const struct accuracy *)context)->points[index].configuration;
}

/* The points of a configuration (or of a rank of it) that a simulated one is compatible with; of
 * several configurations it must not be. *found stays as it is where there is none. */
static bool find_point(const struct accuracy *accuracy, const struct configuration *configuration,
                       int64_t rank, struct accuracy_point **found, struct fault *fault)
{
    char names[256];
    dimension_set differing = 0;
    for (int strict = 1; strict >= 0 && !*found; strict--)
        for (size_t i = 0; i < accuracy->count; i++) {
            struct accuracy_point *point = &accuracy->points[i];
            if (!point->has_configuration || point->rank != rank ||
                !configuration_compatible(point_at(accuracy, i), configuration, strict, NULL))
                continue;
            if (*found)
                differing |=
                    configuration_differences(&(*found)->configuration, &point->configuration);
            *found = *found ? *found : point;
        }
    return !differing ||
           fault_set(fault,
                     "a simulated trace fits several measured configurations, which differ in %s. "
                     "Choose one with --where, or name that in the simulated traces",
                     dimension_set_text(names, sizeof names, differing));
}

/* What the simulation says of a configuration: the largest peak of its ranks, of one measure. */
struct simulated {
    size_t ranks, example;
    double peak_mb;
    enum trace_measure measure;
};

static struct simulated simulated_of(const struct trace_set *set, size_t configuration,
                                     int64_t rank)
{
    struct simulated of = {.peak_mb = NAN};
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < set->count; i++) {
            const struct trace_summary *summary = &set->summaries[i];
            if (set->configuration_of[i] != configuration || !summary->read ||
                isnan(summary->peak_mb) || (rank >= 0 && set->files[i]->name.rank != rank))
                continue;
            if (pass == 0)
                of.measure = trace_measure_first(of.measure, summary->peak_measure);
            else if (summary->peak_measure == of.measure) {
                of.peak_mb = larger_known(of.peak_mb, summary->peak_mb);
                of.ranks++;
            }
            of.example = i;
        }
    return of;
}

static size_t measured_ranks(const struct runs *runs, const struct accuracy_point *point)
{
    for (size_t i = 0; i < runs->known.count; i++)
        if (configuration_compare(&runs->known.list[i].cell.configuration, &point->configuration) ==
            0)
            return runs->known.list[i].cell.ranks;
    return 0;
}

static bool add_simulated(struct accuracy *accuracy, const struct runs *runs,
                          const struct trace_set *simulated, size_t configuration, int64_t rank,
                          struct fault *fault)
{
    struct accuracy_point *point = NULL;
    struct simulated of = simulated_of(simulated, configuration, rank);
    if (isnan(of.peak_mb))
        return true;
    if (!find_point(accuracy, simulated->configurations[configuration], rank, &point, fault))
        return false;
    if (!point)
        return warnings_add(&accuracy->warnings, &accuracy->warning_count,
                            "%s: no measured run is of its configuration%s; left out",
                            simulated->files[of.example]->path, rank >= 0 ? " and rank" : "") ||
               out_of_memory(accuracy, fault);
    predict(accuracy, point, ACCURACY_SIMULATED, of.peak_mb, of.measure);
    size_t real = measured_ranks(runs, point);
    return rank >= 0 || of.ranks >= real ||
           warnings_add(&accuracy->warnings, &accuracy->warning_count,
                        "%s: %zu of %zu ranks are simulated; the largest of their peaks is "
                        "compared with the largest of all",
                        point->name, of.ranks, real) ||
           out_of_memory(accuracy, fault);
}

bool accuracy_add_simulated(struct accuracy *accuracy, const struct runs *runs,
                            const struct trace_set *simulated, bool by_rank, struct fault *fault)
{
    bool added = true;
    for (size_t i = 0; i < simulated->configuration_count && !by_rank && added; i++)
        added = add_simulated(accuracy, runs, simulated, i, -1, fault);
    for (size_t i = 0; i < simulated->count && by_rank && added; i++)
        if (simulated->summaries[i].read)
            added = add_simulated(accuracy, runs, simulated, simulated->configuration_of[i],
                                  simulated->files[i]->name.rank, fault);
    return added;
}

/* ---- measured runs ---- */

bool accuracy_add_measured(struct accuracy *accuracy, const struct validation *validation,
                           struct fault *fault)
{
    size_t scattered = 0, impossible = 0;
    char name[512];
    for (size_t i = 0; i < validation->count; i++) {
        const struct compared_run *one = &validation->items[i];
        scattered += one->scattered;
        impossible += one->impossible[0] != '\0';
        if (one->scattered || one->impossible[0] || isnan(one->peak_mb))
            continue;
        snprintf(name, sizeof name, "%s, %s, %s", one->name, *one->gpu ? one->gpu : "h100",
                 *one->software ? one->software : "dev");
        struct accuracy_point *point = accuracy_add(accuracy, name);
        if (!point)
            return out_of_memory(accuracy, fault);
        point->outcome = ACCURACY_RAN;
        point->measured_mb = one->peak_mb;
        point->measure = TRACE_MEASURE_ALLOCATOR;
        predict(accuracy, point, ACCURACY_EXPECTED, one->expected_peak_mb, TRACE_MEASURE_ALLOCATOR);
    }
    return scattered + impossible == 0 ||
           warnings_add(&accuracy->warnings, &accuracy->warning_count,
                        "of %zu configurations of measured runs %zu are left out: their runs "
                        "scatter by over 10%%; %zu could not be estimated",
                        validation->count, scattered, impossible) ||
           out_of_memory(accuracy, fault);
}
