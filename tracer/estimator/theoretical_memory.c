/* Joins the parts of the estimate and finds the most loaded stage. */
#include "tracer/estimator/theoretical_memory.h"

#include <math.h>

/* No sum of memory comes near it; a double below it converts to uint64_t. */
static const double MOST_BYTES = 0x1p63;

static void add_up(gmt_memory_estimate *e)
{
    e->formula_bytes = e->weights_bytes + e->gradients_bytes + e->master_weights_bytes +
                       e->moments_bytes + e->layer_activations_bytes +
                       e->embedding_activations_bytes + e->output_activations_bytes;
    e->total_bytes = e->formula_bytes + e->context_parallel_bytes + e->expert_parallel_bytes +
                     e->precision_bytes + e->replicated_bytes + e->attention_scores_bytes +
                     e->routing_bytes + e->recompute_bytes + e->recomputed_layers_bytes +
                     e->fixed_bytes;
}

static gmt_memory_estimate estimate_stage(const gmt_model *model, const gmt_parallel *parallel,
                                          int64_t stage)
{
    gmt_memory_estimate estimate = {.stage = stage, .invalid_field = "", .expected = ""};
    theoretical_parameters(model, parallel, &estimate);
    theoretical_activations(model, parallel, &estimate);
    estimate.fixed_bytes = (double)parallel->fixed_bytes;
    add_up(&estimate);
    return estimate;
}

gmt_status gmt_estimate_memory(const gmt_model *model, const gmt_parallel *parallel, int64_t stage,
                               gmt_memory_estimate *estimate)
{
    if (!estimate)
        return GMT_INVALID;
    *estimate = (gmt_memory_estimate){.invalid_field = "", .expected = ""};
    if (!model || !parallel) {
        estimate->invalid_field = model ? "parallel" : "model";
        estimate->expected = "not NULL";
        return GMT_INVALID;
    }
    gmt_model whole_model = *model;
    gmt_parallel whole_parallel = *parallel;
    if (!theoretical_check(&whole_model, &whole_parallel, estimate))
        return GMT_INVALID;
    if (stage < GMT_MOST_LOADED || stage >= whole_parallel.pp) {
        estimate->invalid_field = "stage";
        estimate->expected = "from 0 to pp-1, or GMT_MOST_LOADED";
        return GMT_INVALID;
    }
    gmt_memory_estimate found =
        estimate_stage(&whole_model, &whole_parallel, stage == GMT_MOST_LOADED ? 0 : stage);
    if (stage == GMT_MOST_LOADED && whole_parallel.pp > 1) {
        /* The first stage has the embedding and most micro-batches in flight, the last one the
         * output layer; those between have neither more in flight than the first nor more weights
         * than both. */
        gmt_memory_estimate last =
            estimate_stage(&whole_model, &whole_parallel, whole_parallel.pp - 1);
        if (last.total_bytes > found.total_bytes)
            found = last;
    }
    /* The terms that save never exceed what they save from: if these are in range, all are. */
    if (!(found.total_bytes < MOST_BYTES && found.formula_bytes < MOST_BYTES)) {
        estimate->invalid_field = "total_bytes";
        estimate->expected = "less than 2^63";
        return GMT_INVALID;
    }
    found.layers_uneven = estimate->layers_uneven;
    *estimate = found;
    return GMT_OK;
}

uint64_t gmt_theoretical_bytes(const gmt_model *model, const gmt_parallel *parallel)
{
    gmt_memory_estimate estimate;
    if (gmt_estimate_memory(model, parallel, GMT_MOST_LOADED, &estimate) != GMT_OK)
        return GMT_UNKNOWN;
    return (uint64_t)round(estimate.total_bytes);
}
