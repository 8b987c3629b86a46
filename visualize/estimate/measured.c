#include "visualize/estimate/measured.h"

#include "schemas/configuration/configuration.h"
#include "schemas/support/units.h"
#include "visualize/estimate/pasted.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- estimating ---- */

const char *validation_family(const gmt_model *model, const gmt_parallel *p)
{
    const struct {
        bool is;
        const char *name;
    } families[] = {{p->fsdp, "FSDP"},
                    {p->optimizer == GMT_MUON || p->optimizer == GMT_DIST_MUON, "Muon"},
                    {p->fp8, "FP8"},
                    {model->multi_latent_attention, "MLA"},
                    {model->hybrid_pattern != NULL, "hybrid"},
                    {model->experts > 0, "MoE"},
                    {p->cp > 1, "context parallel"},
                    {p->virtual_stages > 1, "virtual stages"},
                    {p->precision == GMT_FP16, "fp16"},
                    {true, "dense"}};
    size_t i = 0;
    while (!families[i].is)
        i++;
    return families[i].name;
}

/* The run's flags as a command line would have them: in new memory, ended by NULL. */
static char **command_line(const struct measured_run *run, char *world_size, size_t size, int *argc)
{
    size_t count = 0;
    char **argv = calloc(run->flag_count + run->variable_count + 8, sizeof *argv);
    if (!argv)
        return NULL;
    snprintf(world_size, size, "world_size=%lld", (long long)run->world_size);
    argv[count++] = "";
    argv[count++] = world_size;
    for (size_t i = 0; i < run->variable_count; i++)
        argv[count++] = run->variables[i];
    for (size_t i = 0; i < run->flag_count; i++)
        argv[count++] = run->flags[i];
    *argc = (int)count;
    return argv;
}

static bool take_setting(struct model_settings *settings, const char *flag, const char *value,
                         struct fault *fault)
{
    return !*value || setting_take(setting_find(flag, strlen(flag)), value, settings, fault);
}

static bool read_flags(const struct measured_run *run, const struct option_table *own,
                       struct model_settings *settings, struct compared_run *one,
                       struct fault *fault)
{
    char world_size[32];
    int argc = 0;
    struct pasted pasted = {0};
    char **argv = command_line(run, world_size, sizeof world_size, &argc);
    if (!argv)
        return fault_set_errno(fault, ENOMEM, "%s", run->name);
    bool well = pasted_sort(argc, argv, own, &pasted, fault) &&
                pasted_apply(&pasted, settings, fault) &&
                take_setting(settings, "gpu", run->gpu, fault) &&
                take_setting(settings, "software", run->software, fault);
    one->complete = pasted.unmodelled_count == 0 && pasted.unknown_count == 0;
    pasted_free(&pasted);
    free(argv);
    return well;
}

static int64_t stage_of(const struct measured_run *run, const gmt_parallel *parallel)
{
    int64_t stage = pipeline_stage(run->rank, run->world_size, parallel->pp);
    return stage < 0 ? 0 : stage;
}

static bool expect(const struct measured_run *run, const struct option_table *own,
                   struct compared_run *one, struct fault *fault)
{
    struct model_settings settings = {0};
    gmt_model model;
    gmt_parallel parallel;
    if (!read_flags(run, own, &settings, one, fault) ||
        !settings_resolve(&settings, &model, &parallel, fault))
        return false;
    one->family = validation_family(&model, &parallel);
    gmt_expected_memory *e = &one->expected;
    if (gmt_expect_memory(&model, &parallel, stage_of(run, &parallel), e) != GMT_OK)
        return settings_refuse(e->invalid_field, e->expected, fault);
    one->expected_static_mb = e->static_bytes / UNITS_BYTES_PER_MB;
    one->expected_first_mb = e->first_peak_bytes / UNITS_BYTES_PER_MB;
    /* With float16 the loss scale begins at 2^32, so that the first ten steps overflow and are
     * skipped: what is recorded by then is before the optimizer has its state. */
    one->expected_peak_mb =
        (parallel.precision == GMT_FP16 ? e->first_peak_bytes : e->peak_bytes) / UNITS_BYTES_PER_MB;
    return true;
}

/* ---- runs alike ---- */

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double quantile(double *values, size_t count, double share)
{
    if (count == 0)
        return NAN;
    qsort(values, count, sizeof *values, compare_doubles);
    double place = share * (double)(count - 1);
    size_t below = (size_t)floor(place), above = (size_t)ceil(place);
    return values[below] + (values[above] - values[below]) * (place - (double)below);
}

/* The median of a figure over runs alike; whether they scatter. */
static double median_of(const struct measured_runs *runs, const struct measured_run *like,
                        size_t offset, double *scratch, bool *scattered)
{
    size_t count = 0;
    for (size_t i = 0; i < runs->count; i++) {
        double value = *(const double *)(const void *)((const char *)&runs->runs[i] + offset);
        if (!isnan(value) && measured_runs_alike(&runs->runs[i], like))
            scratch[count++] = value;
    }
    double median = quantile(scratch, count, 0.5);
    if (count > 0 && scratch[count - 1] > 1.1 * scratch[0])
        *scattered = true;
    return median;
}

static bool is_first(const struct measured_runs *runs, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (measured_runs_alike(&runs->runs[i], &runs->runs[index]))
            return false;
    return true;
}

static void compare_run(const struct measured_runs *runs, size_t index,
                        const struct option_table *own, double *scratch, struct compared_run *one)
{
    const struct measured_run *run = &runs->runs[index];
    struct fault fault = {0};
    *one = (struct compared_run){.name = run->name,
                                 .gpu = run->gpu,
                                 .software = run->software,
                                 .family = "",
                                 .expected_static_mb = NAN,
                                 .expected_first_mb = NAN,
                                 .expected_peak_mb = NAN};
    for (size_t i = index; i < runs->count; i++)
        one->runs += measured_runs_alike(&runs->runs[i], run);
    one->static_mb =
        median_of(runs, run, offsetof(struct measured_run, static_mb), scratch, &one->scattered);
    one->peak_mb =
        median_of(runs, run, offsetof(struct measured_run, peak_mb), scratch, &one->scattered);
    bool of_first = false;
    one->first_mb =
        median_of(runs, run, offsetof(struct measured_run, first_mb), scratch, &of_first);
    if (!expect(run, own, one, &fault))
        snprintf(one->impossible, sizeof one->impossible, "%.*s", (int)sizeof one->impossible - 1,
                 fault.text);
}

bool validation_make(const char *path, const struct option_table *own,
                     struct validation *validation, struct fault *fault)
{
    *validation = (struct validation){0};
    if (!measured_runs_read(path, &validation->runs, fault))
        return false;
    const struct measured_runs *runs = &validation->runs;
    validation->figures = runs->count;
    validation->bad_lines = runs->bad_count;
    validation->first_bad = runs->first_bad;
    validation->items = calloc(runs->count, sizeof *validation->items);
    double *scratch = calloc(runs->count, sizeof *scratch);
    bool well = validation->items && scratch;
    for (size_t i = 0; i < runs->count && well; i++)
        if (is_first(runs, i))
            compare_run(runs, i, own, scratch, &validation->items[validation->count++]);
    free(scratch);
    if (!well) {
        validation_free(validation);
        fault_set_errno(fault, ENOMEM, "%s", path);
    }
    return well;
}

void validation_free(struct validation *validation)
{
    free(validation->items);
    measured_runs_free(&validation->runs);
    trace_set_free(&validation->traces);
    *validation = (struct validation){0};
}

/* ---- how well ---- */

struct errors {
    size_t count;
    double median, mean, p90, worst; /* of the absolute relative error */
    double low;                      /* share that is over 10% too low */
    double within;                   /* share within 5% or 100 MB */
};

static bool is_judged(const struct compared_run *one)
{
    return !one->impossible[0] && !one->scattered;
}

static double error_of(double expected, double measured)
{
    return expected / measured - 1;
}

/* Of a family, or of all (NULL). `peaks`, or static memory. */
static bool find_errors(const struct validation *validation, const char *family, bool peaks,
                        struct errors *errors)
{
    double *values = calloc(validation->count + 1, sizeof *values);
    *errors = (struct errors){0};
    if (!values)
        return false;
    for (size_t i = 0; i < validation->count; i++) {
        const struct compared_run *one = &validation->items[i];
        double measured = peaks ? one->peak_mb : one->static_mb;
        double expected = peaks ? one->expected_peak_mb : one->expected_static_mb;
        if (!is_judged(one) || isnan(measured) || (family && strcmp(family, one->family) != 0))
            continue;
        double error = error_of(expected, measured);
        values[errors->count++] = fabs(error);
        errors->mean += fabs(error);
        errors->low += error < -0.10;
        errors->within += fabs(expected - measured) <= fmax(0.05 * measured, 100);
    }
    double count = (double)errors->count;
    errors->median = quantile(values, errors->count, 0.5);
    errors->p90 = quantile(values, errors->count, 0.9);
    errors->worst = quantile(values, errors->count, 1);
    errors->mean /= count;
    errors->low /= count;
    errors->within /= count;
    free(values);
    return true;
}

static bool is_first_family(const struct validation *validation, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (strcmp(validation->items[i].family, validation->items[index].family) == 0)
            return false;
    return *validation->items[index].family != '\0';
}

/* ---- for people ---- */

/* A share in percent; '-' where it is not known. */
static void print_share(int width, int digits, double share, FILE *stream)
{
    if (isnan(share))
        fprintf(stream, "%*s ", width, "-");
    else
        fprintf(stream, "%*.*f%%", width, digits, 100 * share);
}

static void print_errors(const struct validation *validation, const char *family, FILE *stream)
{
    struct errors fixed, peak;
    if (!find_errors(validation, family, false, &fixed) ||
        !find_errors(validation, family, true, &peak) || peak.count == 0)
        return;
    fprintf(stream, "  %-18s %4zu", family ? family : "all", peak.count);
    print_share(9, 2, fixed.median, stream);
    print_share(7, 2, fixed.p90, stream);
    print_share(7, 1, fixed.worst, stream);
    print_share(9, 2, peak.median, stream);
    print_share(7, 2, peak.mean, stream);
    print_share(7, 2, peak.p90, stream);
    print_share(7, 1, peak.worst, stream);
    print_share(8, 1, peak.low, stream);
    print_share(7, 1, peak.within, stream);
    putc('\n', stream);
}

static void print_one(const struct compared_run *one, FILE *stream)
{
    fprintf(stream, "%s, %s, %s", one->name, *one->gpu ? one->gpu : "h100",
            *one->software ? one->software : "dev");
    if (one->runs > 1)
        fprintf(stream, ", %zu runs", one->runs);
    fputs(one->complete ? "\n" : ", not complete\n", stream);
    if (one->impossible[0]) {
        fprintf(stream, "    not estimated: %s\n", one->impossible);
        return;
    }
    if (isnan(one->static_mb))
        fprintf(stream, "    expected static %9.1f MB    ", one->expected_static_mb);
    else
        fprintf(stream, "    static %9.1f MB, expected %9.1f MB, %+6.1f%%    ", one->static_mb,
                one->expected_static_mb, 100 * error_of(one->expected_static_mb, one->static_mb));
    if (isnan(one->peak_mb))
        fprintf(stream, "expected peak %9.1f MB\n", one->expected_peak_mb);
    else
        fprintf(stream, "peak %9.1f MB, expected %9.1f MB, %+6.1f%%%s\n", one->peak_mb,
                one->expected_peak_mb, 100 * error_of(one->expected_peak_mb, one->peak_mb),
                one->scattered ? "    left out: its runs scatter by over 10%" : "");
}

void validation_print(const struct validation *validation, FILE *stream)
{
    size_t scattered = 0, impossible = 0;
    for (size_t i = 0; i < validation->count; i++) {
        print_one(&validation->items[i], stream);
        scattered += validation->items[i].scattered;
        impossible += validation->items[i].impossible[0] != '\0';
    }
    fprintf(stream,
            "\n%zu configurations of %zu runs; %zu left out, since their runs scatter, %zu not "
            "estimated\n\n",
            validation->count, validation->figures, scattered, impossible);
    fputs("                            static                    peak                              "
          "too low  within\n"
          "  family            count   median    p90   worst    median   mean    p90   worst   by "
          "10%    5%*\n",
          stream);
    for (size_t i = 0; i < validation->count; i++)
        if (is_first_family(validation, i))
            print_errors(validation, validation->items[i].family, stream);
    print_errors(validation, NULL, stream);
    fputs("  * or 100 MB\n", stream);
}

/* ---- for programs ---- */

static bool add_figure(cJSON *object, const char *key, double value)
{
    return isnan(value) || cJSON_AddNumberToObject(object, key, value);
}

static bool add_one(cJSON *array, const struct compared_run *one)
{
    cJSON *object = cJSON_CreateObject();
    if (!object || !cJSON_AddItemToArray(array, object)) {
        cJSON_Delete(object);
        return false;
    }
    bool added = cJSON_AddStringToObject(object, "case", one->name) &&
                 cJSON_AddStringToObject(object, "gpu", one->gpu) &&
                 cJSON_AddStringToObject(object, "software", one->software) &&
                 cJSON_AddNumberToObject(object, "runs", (double)one->runs) &&
                 cJSON_AddStringToObject(object, "family", one->family) &&
                 cJSON_AddBoolToObject(object, "complete", one->complete) &&
                 cJSON_AddBoolToObject(object, "scattered", one->scattered) &&
                 add_figure(object, "allocated_MB", one->static_mb) &&
                 add_figure(object, "peak_first_MB", one->first_mb) &&
                 add_figure(object, "peak_MB", one->peak_mb) &&
                 add_figure(object, "expected_allocated_MB", one->expected_static_mb) &&
                 add_figure(object, "expected_peak_first_MB", one->expected_first_mb) &&
                 add_figure(object, "expected_peak_MB", one->expected_peak_mb);
    if (added && one->impossible[0])
        added = cJSON_AddStringToObject(object, "impossible", one->impossible);
    return added;
}

static bool add_errors(cJSON *object, const char *key, const struct errors *errors, bool peaks)
{
    cJSON *of = cJSON_AddObjectToObject(object, key);
    return of && add_figure(of, "median", errors->median) && add_figure(of, "mean", errors->mean) &&
           add_figure(of, "p90", errors->p90) && add_figure(of, "worst", errors->worst) &&
           (!peaks || (add_figure(of, "over_10_percent_too_low", errors->low) &&
                       add_figure(of, "within_5_percent_or_100_MB", errors->within)));
}

static bool add_family(cJSON *families, const struct validation *validation, const char *family)
{
    struct errors fixed, peak;
    if (!find_errors(validation, family, false, &fixed) ||
        !find_errors(validation, family, true, &peak))
        return false;
    if (peak.count == 0)
        return true;
    cJSON *object = cJSON_AddObjectToObject(families, family ? family : "all");
    return object && cJSON_AddNumberToObject(object, "configurations", (double)peak.count) &&
           add_errors(object, "static", &fixed, false) && add_errors(object, "peak", &peak, true);
}

cJSON *validation_to_json(const struct validation *validation)
{
    cJSON *object = cJSON_CreateObject();
    bool added = object != NULL &&
                 cJSON_AddNumberToObject(object, "runs", (double)validation->figures) &&
                 cJSON_AddNumberToObject(object, "bad_lines", (double)validation->bad_lines);
    cJSON *array = added ? cJSON_AddArrayToObject(object, "configurations") : NULL;
    added = array != NULL;
    for (size_t i = 0; i < validation->count && added; i++)
        added = add_one(array, &validation->items[i]);
    cJSON *families = added ? cJSON_AddObjectToObject(object, "errors") : NULL;
    added = families != NULL;
    for (size_t i = 0; i < validation->count && added; i++)
        if (is_first_family(validation, i))
            added = add_family(families, validation, validation->items[i].family);
    if (added && add_family(families, validation, NULL))
        return object;
    cJSON_Delete(object);
    return NULL;
}
