#include "visualize/estimate/configurations.h"

#include "schemas/support/units.h"
#include "schemas/trace/json/trace_json.h"
#include "schemas/trace/trace_name.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

/* A number that is given in other words, too, may contradict a configuration: one of them stands.
 */
static struct model_settings settings_of(const struct model_settings *settings, int64_t tp,
                                         int64_t pp)
{
    struct model_settings one = *settings;
    one.parallel.tp = tp;
    one.parallel.pp = pp;
    one.data_parallel_size = 0;
    return one;
}

static struct configuration estimate(const struct model_settings *settings, int64_t tp, int64_t pp)
{
    struct configuration found = {.tp = tp, .pp = pp, .bytes = NAN};
    const struct model_settings one = settings_of(settings, tp, pp);
    gmt_model model;
    gmt_parallel parallel;
    struct fault fault = {0};
    if (!settings_resolve(&one, &model, &parallel, &fault)) {
        snprintf(found.impossible, sizeof found.impossible, "%.*s",
                 (int)sizeof found.impossible - 1, fault.text);
        return found;
    }
    found.layers_uneven = model.layers % parallel.pp != 0;
    found.dp = parallel.dp;
    found.micro_batches = parallel.micro_batches;
    if (parallel.micro_batches > 0) {
        int64_t size = parallel.micro_batch_size > 0 ? parallel.micro_batch_size : 1;
        found.global_batch_size = parallel.micro_batches * size * parallel.dp;
    }
    found.bytes = (double)gmt_theoretical_bytes(&model, &parallel);
    return found;
}

bool configurations_estimate(const struct model_settings *settings, const struct value_list *tp,
                             const struct value_list *pp, struct configurations *configurations,
                             struct fault *fault)
{
    *configurations = (struct configurations){
        .items = calloc(tp->count * pp->count + 1, sizeof *configurations->items)};
    if (!configurations->items)
        return fault_set_errno(fault, ENOMEM, "%zu configurations", tp->count * pp->count);
    bool any = false;
    for (size_t t = 0; t < tp->count; t++)
        for (size_t p = 0; p < pp->count; p++) {
            struct configuration one = estimate(settings, tp->values[t], pp->values[p]);
            configurations->items[configurations->count++] = one;
            any = any || !one.impossible[0];
        }
    if (any)
        return true;
    fault_set(fault, "no configuration is possible: TP %lld, PP %lld: %s",
              (long long)configurations->items[0].tp, (long long)configurations->items[0].pp,
              configurations->items[0].impossible);
    configurations_free(configurations);
    return false;
}

void configurations_free(struct configurations *configurations)
{
    free(configurations->items);
    *configurations = (struct configurations){0};
}

static double gb(double bytes)
{
    return gb_from_mb(bytes / UNITS_BYTES_PER_MB);
}

void configurations_print(const struct configurations *configurations, double gpu_gb, FILE *stream)
{
    size_t fitting = 0, possible = 0;
    bool any_uneven = false;
    fputs("    TP    PP     DP  micro-batches     theory\n", stream);
    for (size_t i = 0; i < configurations->count; i++) {
        const struct configuration *one = &configurations->items[i];
        fprintf(stream, "  %4lld  %4lld", (long long)one->tp, (long long)one->pp);
        if (one->impossible[0]) {
            fprintf(stream, "                          -  impossible: %s\n", one->impossible);
            continue;
        }
        bool fits = gb(one->bytes) < gpu_gb;
        possible++;
        fitting += fits;
        fprintf(stream, "  %5lld  ", (long long)one->dp);
        if (one->micro_batches > 0)
            fprintf(stream, "%13lld", (long long)one->micro_batches);
        else
            fprintf(stream, "%13s", "-");
        fprintf(stream, " %7.1f GB%s %s\n", gb(one->bytes), one->layers_uneven ? "*" : " ",
                fits ? "fits" : "does not fit");
        any_uneven = any_uneven || one->layers_uneven;
    }
    if (any_uneven)
        fputs("* layers do not divide by the stages: of a stage of average depth, which the "
              "deepest exceeds\n",
              stream);
    fprintf(stream, "%zu of %zu possible configurations fit into %g GB\n", fitting, possible,
            gpu_gb);
}

static bool add_configuration(cJSON *array, const struct configuration *one, double gpu_gb)
{
    cJSON *object = cJSON_CreateObject();
    if (!object || !cJSON_AddItemToArray(array, object)) {
        cJSON_Delete(object);
        return false;
    }
    bool added = cJSON_AddNumberToObject(object, "tp", (double)one->tp) &&
                 cJSON_AddNumberToObject(object, "pp", (double)one->pp);
    if (added && one->impossible[0])
        return cJSON_AddStringToObject(object, "impossible", one->impossible);
    added = added && cJSON_AddNumberToObject(object, "dp", (double)one->dp) &&
            cJSON_AddNumberToObject(object, "theory_bytes", one->bytes) &&
            cJSON_AddBoolToObject(object, "fits", gb(one->bytes) < gpu_gb) &&
            cJSON_AddBoolToObject(object, "layers_uneven", one->layers_uneven);
    if (added && one->micro_batches > 0)
        added = cJSON_AddNumberToObject(object, "micro_batches", (double)one->micro_batches);
    return added;
}

cJSON *configurations_to_json(const struct configurations *configurations, double gpu_gb)
{
    cJSON *object = cJSON_CreateObject();
    bool added = object && cJSON_AddNumberToObject(object, "gpu_memory_GB", gpu_gb);
    cJSON *array = added ? cJSON_AddArrayToObject(object, "configurations") : NULL;
    added = array != NULL;
    for (size_t i = 0; i < configurations->count && added; i++)
        added = add_configuration(array, &configurations->items[i], gpu_gb);
    if (added)
        return object;
    cJSON_Delete(object);
    return NULL;
}

bool configurations_write_traces(const struct configurations *configurations,
                                 const struct model_settings *settings, const char *folder,
                                 struct fault *fault)
{
    for (size_t i = 0; i < configurations->count; i++) {
        const struct configuration *one = &configurations->items[i];
        if (one->impossible[0])
            continue;
        struct trace_iteration iteration = {
            .peak_mb = NAN, .static_mb = NAN, .theoretical_mb = one->bytes / UNITS_BYTES_PER_MB};
        const struct trace trace = {.count = 1, .iterations = &iteration};
        char tags[128], name[256], path[4096];
        snprintf(tags, sizeof tags, "wd%lld_tp%lld_pp%lld_dp%lld_l%lld",
                 (long long)settings->world_size, (long long)one->tp, (long long)one->pp,
                 (long long)one->dp, (long long)settings->model.layers);
        trace_name_format(name, sizeof name, 0, tags, TRACE_FORMAT_JSON);
        if ((size_t)snprintf(path, sizeof path, "%s/%s", folder, name) >= sizeof path)
            return fault_set(fault, "%s: too long a name", folder);
        if (!trace_json_write(path, &trace, fault))
            return false;
    }
    return true;
}
