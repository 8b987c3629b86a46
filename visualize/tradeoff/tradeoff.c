#include "visualize/tradeoff/tradeoff.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const struct tradeoff_words TRADEOFF_WORDS[TRADEOFF_METRICS] = {
    [TRADEOFF_TFLOPS] = {"tflops", "Throughput of a GPU (TFLOP/s)", "TFLOP/s", 1, true},
    [TRADEOFF_TOKENS] = {"tokens", "Tokens a second and GPU", "tokens/s", 0, true},
    [TRADEOFF_MFU] = {"mfu", "Model FLOPs utilization (%)", "% MFU", 1, true},
    [TRADEOFF_MS] = {"ms", "Time of an iteration (ms)", "ms", 0, false},
};

enum tradeoff_metric tradeoff_usual_metric(const struct runs *runs)
{
    size_t tflops = 0, steps = 0;
    for (size_t i = 0; i < runs->known.count; i++) {
        tflops += isnan(runs->known.list[i].cell.tflops) ? 0 : 1;
        steps += isnan(runs->known.list[i].cell.step_ms) ? 0 : 1;
    }
    return steps > tflops ? TRADEOFF_MS : TRADEOFF_TFLOPS;
}

/* ---- the points ---- */

static bool make_point(const struct runs *runs, size_t index, const struct tradeoff *tradeoff,
                       struct tradeoff_point *point)
{
    const struct heatmap_cell *cell = &runs->known.list[index].cell;
    char name[CONFIGURATION_TEXT];
    runs_name(name, sizeof name, &cell->configuration, tradeoff->naming);
    *point = (struct tradeoff_point){.configuration = cell->configuration,
                                     .name = strdup(name),
                                     .status = cell->status,
                                     .memory_mb = cell->actual_mb,
                                     .expected_mb = cell->expected_mb};
    const double speeds[TRADEOFF_METRICS] = {
        [TRADEOFF_TFLOPS] = cell->tflops,
        [TRADEOFF_TOKENS] = cell->tokens_a_gpu,
        [TRADEOFF_MFU] = 100 * cell->mfu,
        [TRADEOFF_MS] = cell->step_ms,
    };
    memcpy(point->speeds, speeds, sizeof speeds);
    if (cell->status != HEATMAP_SUCCESS)
        point->memory_mb = NAN; /* what it had reached when it failed is no peak */
    return point->name != NULL;
}

static void compare(struct tradeoff *tradeoff, struct tradeoff_point *point)
{
    bool has_memory = !isnan(point->memory_mb), has_speed = !isnan(point->speeds[tradeoff->metric]);
    point->compared = has_memory && has_speed;
    point->fits =
        point->compared && (!(tradeoff->gpu_mb > 0) || point->memory_mb <= tradeoff->gpu_mb);
    tradeoff->compared += point->compared;
    tradeoff->fitting += point->fits;
    tradeoff->oom += point->status == HEATMAP_OOM;
    if (point->status == HEATMAP_SUCCESS) {
        tradeoff->without_memory += !has_memory;
        tradeoff->without_speed += has_memory && !has_speed;
    }
}

/* ---- the front ---- */

static bool dominates(const struct tradeoff *tradeoff, const struct tradeoff_point *a,
                      const struct tradeoff_point *b)
{
    double sign = TRADEOFF_WORDS[tradeoff->metric].more_is_better ? 1 : -1;
    double faster = sign * (a->speeds[tradeoff->metric] - b->speeds[tradeoff->metric]);
    return a->memory_mb <= b->memory_mb && faster >= 0 &&
           (a->memory_mb < b->memory_mb || faster > 0);
}

static void find_front(struct tradeoff *tradeoff)
{
    for (size_t i = 0; i < tradeoff->count; i++) {
        struct tradeoff_point *point = &tradeoff->points[i];
        point->on_front = point->fits;
        for (size_t k = 0; k < tradeoff->count && point->on_front; k++)
            point->on_front =
                !(tradeoff->points[k].fits && dominates(tradeoff, &tradeoff->points[k], point));
        tradeoff->on_front += point->on_front;
    }
}

void tradeoff_front(const struct tradeoff *tradeoff, size_t *order)
{
    size_t count = 0;
    for (size_t i = 0; i < tradeoff->count; i++) {
        if (!tradeoff->points[i].on_front)
            continue;
        size_t at = count++;
        for (; at > 0 && tradeoff->points[order[at - 1]].memory_mb > tradeoff->points[i].memory_mb;
             at--)
            order[at] = order[at - 1];
        order[at] = i;
    }
}

/* ---- the whole ---- */

static bool refuse(const struct runs *runs, const struct tradeoff *tradeoff, struct fault *fault)
{
    const char *name = TRADEOFF_WORDS[tradeoff->metric].name;
    if (!runs->has_metrics)
        return fault_set(fault, "no step times: give --metrics FILE, or a " METRICS_FILE
                                " in --log-dir (import_logs writes one)");
    if (tradeoff->metric == TRADEOFF_MFU && !(runs->peak_tflops > 0))
        return fault_set(fault, "--metric mfu wants --peak-tflops N, the GPU's arithmetic");
    if (tradeoff->without_speed > 0 && tradeoff->metric == TRADEOFF_TOKENS)
        return fault_set(fault, "--metric tokens wants each run's world size, global batch size "
                                "and sequence length: in " METRICS_FILE ", in the traces' names, "
                                "or --model");
    if (tradeoff->without_speed > 0)
        return fault_set(fault,
                         "none of %zu configurations with a measured peak has a figure for "
                         "--metric %s in the table of step times",
                         tradeoff->without_speed, name);
    return fault_set(fault,
                     "none of %zu configurations has a measured peak: give --memory-dir, the "
                     "folder of their traces",
                     tradeoff->count);
}

bool tradeoff_make(const struct runs *runs, enum tradeoff_metric metric, double gpu_mb,
                   struct tradeoff *tradeoff, struct fault *fault)
{
    *tradeoff = (struct tradeoff){.metric = metric, .gpu_mb = gpu_mb, .naming = runs_naming(runs)};
    tradeoff->points = calloc(runs->known.count + 1, sizeof *tradeoff->points);
    bool made = tradeoff->points != NULL;
    for (size_t i = 0; made && i < runs->known.count; i++) {
        made = make_point(runs, i, tradeoff, &tradeoff->points[tradeoff->count]);
        if (made)
            compare(tradeoff, &tradeoff->points[tradeoff->count++]);
    }
    if (!made)
        return fault_set_errno(fault, ENOMEM, "%zu configurations", runs->known.count);
    find_front(tradeoff);
    return tradeoff->compared > 0 || refuse(runs, tradeoff, fault);
}

void tradeoff_free(struct tradeoff *tradeoff)
{
    for (size_t i = 0; i < tradeoff->count; i++)
        free(tradeoff->points[i].name);
    free(tradeoff->points);
    *tradeoff = (struct tradeoff){0};
}
