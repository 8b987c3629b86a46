#include "visualize/estimate/cluster.h"

#include "schemas/configuration/configuration_json.h"
#include "schemas/support/units.h"
#include "schemas/support/workers.h"
#include "tracer/estimator/model/configuration_settings.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- estimating ---- */

static void set_known(struct configuration *configuration, size_t dimension, int64_t number)
{
    if (number > 0)
        configuration_set_number(configuration, dimension, number);
}

/* A configuration that cannot be is told, with the reason; no failure. */
static void estimate(const struct model_settings *settings, struct estimated *one)
{
    struct model_settings own = *settings;
    gmt_model model;
    gmt_parallel parallel;
    struct fault fault = {0};
    own.data_parallel_size = 0; /* it follows */
    if (!settings_take_configuration(&own, &one->configuration, &fault) ||
        !configuration_allowed(&one->configuration, &fault) ||
        !settings_resolve(&own, &model, &parallel, &fault)) {
        snprintf(one->impossible, sizeof one->impossible, "%.*s", (int)sizeof one->impossible - 1,
                 fault.text);
        return;
    }
    one->layers_uneven = model.layers % parallel.pp != 0;
    set_known(&one->configuration, DIMENSION_DP, parallel.dp);
    set_known(&one->configuration, DIMENSION_MICRO_BATCHES, parallel.micro_batches);
    gmt_expected_memory expected;
    if (gmt_expect_memory(&model, &parallel, GMT_MOST_LOADED, &expected) != GMT_OK) {
        settings_refuse(expected.invalid_field, expected.expected, &fault);
        snprintf(one->impossible, sizeof one->impossible, "%.*s", (int)sizeof one->impossible - 1,
                 fault.text);
        return;
    }
    uint64_t theory = gmt_theoretical_bytes(&model, &parallel);
    one->theory = theory == GMT_UNKNOWN ? NAN : (double)theory;
    one->expected = expected.peak_bytes;
}

bool cluster_check_axes(const struct combinations *axes, struct fault *fault)
{
    for (size_t i = 0; i < axes->axis_count; i++)
        if (!settings_know_dimension(axes->axes[i].dimension))
            return fault_set(fault, "%s is no axis of an estimate: no term depends on it",
                             DIMENSIONS[axes->axes[i].dimension].tag);
    return true;
}

struct work {
    const struct model_settings *settings;
    struct estimated *items;
};

static void estimate_item(void *context, size_t index, unsigned worker)
{
    struct work *work = context;
    (void)worker;
    estimate(work->settings, &work->items[index]);
}

bool cluster_estimate(const struct model_settings *settings, const struct combinations *axes,
                      double gpu_gb, double margin, struct cluster *cluster, struct fault *fault)
{
    size_t count = combinations_count(axes), possible = 0;
    *cluster = (struct cluster){.axes = axes, .gpu_gb = gpu_gb, .margin = margin};
    if (!cluster_check_axes(axes, fault))
        return false;
    cluster->items = count < SIZE_MAX ? calloc(count + 1, sizeof *cluster->items) : NULL;
    if (!cluster->items)
        return fault_set_errno(fault, ENOMEM, "%zu configurations", count);
    for (; cluster->count < count; cluster->count++) {
        struct estimated *one = &cluster->items[cluster->count];
        one->theory = one->expected = NAN;
        if (!combinations_take(axes, cluster->count, &one->configuration, fault))
            return false;
    }
    struct work work = {settings, cluster->items};
    workers_run(count, 0, estimate_item, &work);
    for (size_t i = 0; i < count; i++)
        possible += !cluster->items[i].impossible[0];
    char text[CONFIGURATION_TEXT];
    const struct estimated *first = cluster->items;
    return possible > 0 || fault_set(fault, "no configuration is possible: %s: %s",
                                     configuration_text(text, sizeof text, &first->configuration,
                                                        first->configuration.written),
                                     first->impossible);
}

void cluster_free(struct cluster *cluster)
{
    free(cluster->items);
    *cluster = (struct cluster){0};
}

static double gb(double bytes)
{
    return gb_from_mb(bytes / UNITS_BYTES_PER_MB);
}

bool cluster_fits(const struct cluster *cluster, const struct estimated *one)
{
    return !one->impossible[0] && gb(one->expected) <= cluster->gpu_gb * (1 - cluster->margin);
}

/* ---- for people ---- */

/* Of an axis' column: at least four wide, as its name and values want it. */
static int column_width(const struct axis *axis)
{
    size_t width = strlen(DIMENSIONS[axis->dimension].name);
    char text[DIMENSION_WORD_SIZE];
    for (size_t i = 0; i < axis->count; i++) {
        size_t length = strlen(dimension_value_text(axis->dimension, &axis->values[i], text));
        width = length > width ? length : width;
    }
    return width < 4 ? 4 : (int)width;
}

static void print_number(const struct configuration *configuration, size_t dimension, int width,
                         FILE *stream)
{
    int64_t number = configuration->written & DIMENSION_BIT(dimension)
                         ? configuration_number(configuration, dimension)
                         : -1;
    if (number > 0)
        fprintf(stream, "  %*lld", width, (long long)number);
    else
        fprintf(stream, "  %*s", width, "-");
}

static void print_row(const struct cluster *cluster, const int *widths, const struct estimated *one,
                      FILE *stream)
{
    for (size_t i = 0; i < cluster->axes->axis_count; i++) {
        const struct axis *axis = &cluster->axes->axes[i];
        struct dimension_value value = configuration_value(&one->configuration, axis->dimension);
        char text[DIMENSION_WORD_SIZE];
        fprintf(stream, "  %*s", widths[i], dimension_value_text(axis->dimension, &value, text));
    }
    print_number(&one->configuration, DIMENSION_DP, 5, stream);
    print_number(&one->configuration, DIMENSION_MICRO_BATCHES, 13, stream);
    if (one->impossible[0]) {
        fprintf(stream, "           -             -  impossible: %s\n", one->impossible);
        return;
    }
    fprintf(stream, " %8.1f GB  %7.1f GB", gb(one->expected), cluster->gpu_gb - gb(one->expected));
    if (isnan(one->theory))
        fprintf(stream, "           - ");
    else
        fprintf(stream, "  %7.1f GB%s", gb(one->theory), one->layers_uneven ? "*" : " ");
    fprintf(stream, " %s\n", cluster_fits(cluster, one) ? "fits" : "does not fit");
}

/* What takes least first; impossible ones last, in the axes' order. */
static int compare_rows(const void *a, const void *b)
{
    const struct estimated *x = *(const struct estimated *const *)a;
    const struct estimated *y = *(const struct estimated *const *)b;
    bool known_x = !isnan(x->expected), known_y = !isnan(y->expected);
    if (known_x != known_y)
        return known_y - known_x;
    if (known_x && x->expected != y->expected)
        return x->expected < y->expected ? -1 : 1;
    return (x > y) - (x < y);
}

static bool print_rows(const struct cluster *cluster, const int *widths, FILE *stream)
{
    const struct estimated **order = calloc(cluster->count + 1, sizeof(void *));
    if (!order)
        return false;
    for (size_t i = 0; i < cluster->count; i++)
        order[i] = &cluster->items[i];
    qsort(order, cluster->count, sizeof(void *), compare_rows);
    for (size_t i = 0; i < cluster->count; i++)
        print_row(cluster, widths, order[i], stream);
    free(order);
    return true;
}

bool cluster_print(const struct cluster *cluster, FILE *stream)
{
    size_t fitting = 0, possible = 0;
    bool any_uneven = false;
    int widths[DIMENSION_ROOM];
    for (size_t i = 0; i < cluster->axes->axis_count; i++) {
        const struct axis *axis = &cluster->axes->axes[i];
        widths[i] = column_width(axis);
        fprintf(stream, "  %*s", widths[i], DIMENSIONS[axis->dimension].name);
    }
    fputs("     DP  micro-batches    expected      free      theory\n", stream);
    if (!print_rows(cluster, widths, stream))
        return false;
    for (size_t i = 0; i < cluster->count; i++) {
        const struct estimated *one = &cluster->items[i];
        possible += !one->impossible[0];
        fitting += cluster_fits(cluster, one);
        any_uneven = any_uneven || (one->layers_uneven && !isnan(one->theory));
    }
    if (any_uneven)
        fputs("* layers do not divide by the stages: theory is of a stage of average depth\n",
              stream);
    fprintf(stream, "%zu of %zu possible configurations fit into %.1f GB with %g%% to spare\n",
            fitting, possible, cluster->gpu_gb, 100 * cluster->margin);
    return true;
}

/* ---- for programs ---- */

static bool add_configuration(cJSON *array, const struct cluster *cluster,
                              const struct estimated *one)
{
    cJSON *object = cJSON_CreateObject();
    if (!object || !cJSON_AddItemToArray(array, object)) {
        cJSON_Delete(object);
        return false;
    }
    if (!configuration_to_json(&one->configuration, object))
        return false;
    if (one->impossible[0])
        return cJSON_AddStringToObject(object, "impossible", one->impossible);
    return (isnan(one->theory) || cJSON_AddNumberToObject(object, "theory_bytes", one->theory)) &&
           cJSON_AddNumberToObject(object, "expected_peak_bytes", one->expected) &&
           cJSON_AddNumberToObject(object, "headroom_GB", cluster->gpu_gb - gb(one->expected)) &&
           cJSON_AddBoolToObject(object, "fits", cluster_fits(cluster, one)) &&
           cJSON_AddBoolToObject(object, "layers_uneven", one->layers_uneven);
}

cJSON *cluster_to_json(const struct cluster *cluster)
{
    cJSON *object = cJSON_CreateObject();
    bool added = object && cJSON_AddNumberToObject(object, "gpu_memory_GB", cluster->gpu_gb) &&
                 cJSON_AddNumberToObject(object, "margin", cluster->margin);
    cJSON *array = added ? cJSON_AddArrayToObject(object, "configurations") : NULL;
    added = array != NULL;
    for (size_t i = 0; i < cluster->count && added; i++)
        added = add_configuration(array, cluster, &cluster->items[i]);
    if (added)
        return object;
    cJSON_Delete(object);
    return NULL;
}
