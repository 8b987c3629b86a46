#include "visualize/estimate/suggest.h"

#include "schemas/support/units.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_CHANGES = 32, MOST_SHOWN = 8 };

/* ---- which changes there are ---- */

struct changes {
    size_t count;
    struct change items[MOST_CHANGES];
};

static void add(struct changes *changes, const char *flag, const char *value)
{
    if (changes->count == MOST_CHANGES)
        return;
    struct change *change = &changes->items[changes->count++];
    change->flag = flag;
    snprintf(change->value, sizeof change->value, "%s", value);
}

static void add_number(struct changes *changes, const char *flag, int64_t value)
{
    char text[24];
    snprintf(text, sizeof text, "%lld", (long long)value);
    add(changes, flag, text);
}

/* Twice and four times a size. */
static void add_larger(struct changes *changes, const char *flag, int64_t size)
{
    add_number(changes, flag, 2 * (size > 0 ? size : 1));
    add_number(changes, flag, 4 * (size > 0 ? size : 1));
}

static void list_changes(const struct model_settings *settings, struct changes *changes)
{
    const gmt_parallel *p = &settings->parallel;
    if (p->tp > 1 && !p->sequence_parallel)
        add(changes, "sequence-parallel", "");
    if (p->recompute == GMT_RECOMPUTE_NONE && !settings->recompute_activations)
        add(changes, "recompute-granularity", "selective");
    if (p->recompute != GMT_RECOMPUTE_FULL)
        add(changes, "recompute-granularity", "full");
    if (!settings->distributed_optimizer && !settings->megatron_fsdp && !settings->torch_fsdp2)
        add(changes, "use-distributed-optimizer", "");
    if (p->micro_batch_size > 1)
        add_number(changes, "micro-batch-size", p->micro_batch_size / 2);
    /* No further than the GPUs of a usual node reach. */
    if (p->tp <= 4)
        add_number(changes, "tensor-model-parallel-size", 2 * (p->tp > 0 ? p->tp : 1));
    if (p->tp <= 2)
        add_number(changes, "tensor-model-parallel-size", 4 * (p->tp > 0 ? p->tp : 1));
    add_larger(changes, "pipeline-model-parallel-size", p->pp);
    add_larger(changes, "context-parallel-size", p->cp);
    if (settings->model.experts > 0)
        add_larger(changes, "expert-model-parallel-size", p->ep);
    if (!settings->megatron_fsdp && !settings->torch_fsdp2)
        add(changes, "use-torch-fsdp2", "");
}

/* ---- trying them ---- */

/* GB; false where the job cannot be. */
static bool expect(const struct model_settings *settings, double *gb, struct fault *fault)
{
    gmt_model model;
    gmt_parallel parallel;
    gmt_expected_memory expected;
    if (!settings_resolve(settings, &model, &parallel, fault))
        return false;
    if (gmt_expect_memory(&model, &parallel, GMT_MOST_LOADED, &expected) != GMT_OK)
        return settings_refuse(expected.invalid_field, expected.expected, fault);
    *gb = gb_from_mb(expected.peak_bytes / UNITS_BYTES_PER_MB);
    return true;
}

static bool apply(struct model_settings *settings, const struct change *change)
{
    return setting_take(setting_find(change->flag, strlen(change->flag)), change->value, settings,
                        NULL);
}

static void try(const struct model_settings *settings, const struct change *first,
                const struct change *second, struct suggestions *suggestions)
{
    struct model_settings changed = *settings;
    struct suggestion suggestion = {.changes = {*first}, .count = 1};
    if (second)
        suggestion.changes[suggestion.count++] = *second;
    /* The number of ranks stays, and data parallelism follows. */
    if (changed.world_size > 0)
        changed.data_parallel_size = 0;
    if (changed.global_batch_size > 0)
        changed.micro_batches = 0;
    if (!apply(&changed, first) || (second && !apply(&changed, second)) ||
        !expect(&changed, &suggestion.expected_gb, NULL) ||
        suggestion.expected_gb > suggestions->limit_gb)
        return;
    suggestions->items[suggestions->count++] = suggestion;
}

static int compare(const void *a, const void *b)
{
    const struct suggestion *x = a, *y = b;
    return (x->expected_gb > y->expected_gb) - (x->expected_gb < y->expected_gb);
}

bool suggestions_find(const struct model_settings *settings, double limit_gb,
                      struct suggestions *suggestions, struct fault *fault)
{
    struct changes changes = {0};
    *suggestions = (struct suggestions){.limit_gb = limit_gb};
    if (!expect(settings, &suggestions->now_gb, fault))
        return false;
    if (suggestions->now_gb <= limit_gb)
        return true;
    suggestions->items = calloc((size_t)MOST_CHANGES * MOST_CHANGES, sizeof *suggestions->items);
    if (!suggestions->items)
        return fault_set_errno(fault, ENOMEM, "suggestions");
    list_changes(settings, &changes);
    for (size_t i = 0; i < changes.count; i++)
        try(settings, &changes.items[i], NULL, suggestions);
    for (size_t i = 0; suggestions->count == 0 && i < changes.count; i++)
        for (size_t k = i + 1; k < changes.count; k++)
            if (strcmp(changes.items[i].flag, changes.items[k].flag) != 0)
                try(settings, &changes.items[i], &changes.items[k], suggestions);
    qsort(suggestions->items, suggestions->count, sizeof *suggestions->items, compare);
    return true;
}

void suggestions_free(struct suggestions *suggestions)
{
    free(suggestions->items);
    *suggestions = (struct suggestions){0};
}

/* ---- telling ---- */

static void write_flags(const struct suggestion *suggestion, char *text, size_t size)
{
    size_t used = 0;
    *text = '\0';
    for (int i = 0; i < suggestion->count && used < size; i++) {
        const struct change *change = &suggestion->changes[i];
        int printed = snprintf(text + used, size - used, "%s--%s%s%s", i ? " " : "", change->flag,
                               *change->value ? " " : "", change->value);
        used += printed > 0 ? (size_t)printed : 0;
    }
}

void suggestions_print(const struct suggestions *suggestions, FILE *stream)
{
    double now = suggestions->now_gb, limit = suggestions->limit_gb;
    if (now <= limit) {
        fprintf(stream, "It fits as it is: %.1f GB are expected, %.1f GB may be used\n", now,
                limit);
        return;
    }
    fprintf(stream, "It does not fit: %.1f GB are expected, %.1f GB may be used\n", now, limit);
    if (suggestions->count == 0) {
        fputs("No one or two of the settings that were tried make it fit\n", stream);
        return;
    }
    fprintf(stream, "It does with\n");
    for (size_t i = 0; i < suggestions->count && i < MOST_SHOWN; i++) {
        char flags[160];
        write_flags(&suggestions->items[i], flags, sizeof flags);
        fprintf(stream, "  %6.1f GB  %s\n", suggestions->items[i].expected_gb, flags);
    }
    if (suggestions->count > MOST_SHOWN)
        fprintf(stream, "  and %zu more\n", suggestions->count - MOST_SHOWN);
}

static bool add_suggestion(cJSON *array, const struct suggestion *suggestion)
{
    char flags[160];
    cJSON *object = cJSON_CreateObject();
    if (!object || !cJSON_AddItemToArray(array, object)) {
        cJSON_Delete(object);
        return false;
    }
    write_flags(suggestion, flags, sizeof flags);
    return cJSON_AddStringToObject(object, "flags", flags) &&
           cJSON_AddNumberToObject(object, "expected_peak_GB", suggestion->expected_gb);
}

cJSON *suggestions_to_json(const struct suggestions *suggestions)
{
    cJSON *object = cJSON_CreateObject();
    bool added =
        object &&
        cJSON_AddBoolToObject(object, "fits", suggestions->now_gb <= suggestions->limit_gb) &&
        cJSON_AddNumberToObject(object, "expected_peak_GB", suggestions->now_gb) &&
        cJSON_AddNumberToObject(object, "limit_GB", suggestions->limit_gb);
    cJSON *array = added ? cJSON_AddArrayToObject(object, "suggestions") : NULL;
    added = array != NULL;
    for (size_t i = 0; i < suggestions->count && added; i++)
        added = add_suggestion(array, &suggestions->items[i]);
    if (added)
        return object;
    cJSON_Delete(object);
    return NULL;
}
