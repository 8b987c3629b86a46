/* Joins the parts of the estimate and finds the most loaded stage. */
#include "tracer/estimator/theoretical_memory.h"

#include "schemas/support/sized_struct.h"

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

static bool refuse(gmt_memory_estimate *estimate, const char *field, const char *expected)
{
    *estimate = (gmt_memory_estimate){.invalid_field = field, .expected = expected};
    return false;
}

/* For a model and its division that are this library's own copies. */
static bool estimate_memory(gmt_model *model, gmt_parallel *parallel, int64_t stage,
                            gmt_memory_estimate *estimate)
{
    *estimate = (gmt_memory_estimate){.invalid_field = "", .expected = ""};
    if (!theoretical_check(model, parallel, estimate))
        return false;
    if (stage < GMT_MOST_LOADED || stage >= parallel->pp)
        return refuse(estimate, "stage", "from 0 to pp-1, or GMT_MOST_LOADED");
    gmt_memory_estimate found =
        estimate_stage(model, parallel, stage == GMT_MOST_LOADED ? 0 : stage);
    if (stage == GMT_MOST_LOADED && parallel->pp > 1) {
        /* The first stage has the embedding and most micro-batches in flight, the last one the
         * output layer; those between have neither more in flight than the first nor more weights
         * than both. */
        gmt_memory_estimate last = estimate_stage(model, parallel, parallel->pp - 1);
        if (last.total_bytes > found.total_bytes)
            found = last;
    }
    /* The terms that save never exceed what they save from: if these are in range, all are. */
    if (!(found.total_bytes < MOST_BYTES && found.formula_bytes < MOST_BYTES))
        return refuse(estimate, "total_bytes", "less than 2^63");
    found.layers_uneven = estimate->layers_uneven;
    *estimate = found;
    return true;
}

/* ---- the public calls, whose structs may be of another version ---- */

SIZED_STRUCT_ENDS_WITH(gmt_model, router_top_k);
SIZED_STRUCT_ENDS_WITH(gmt_parallel, fixed_bytes);
SIZED_STRUCT_ENDS_WITH(gmt_memory_estimate, expected);

/* Copies what the caller has into `own` of all zeros, which are the defaults. */
static bool take(void *own, size_t own_size, const void *given, size_t given_size,
                 const char *field, gmt_memory_estimate *estimate)
{
    if (!given)
        return refuse(estimate, field, "not NULL");
    return sized_struct_take(own, own_size, given, given_size) ||
           refuse(estimate, field,
                  "no field beyond those that this version of libgmtrace knows: the program was "
                  "built with a newer one");
}

gmt_status gmt_estimate_memory_sized(const gmt_model *given_model, size_t model_size,
                                     const gmt_parallel *given_parallel, size_t parallel_size,
                                     int64_t stage, gmt_memory_estimate *given_estimate,
                                     size_t estimate_size)
{
    gmt_model model = {0};
    gmt_parallel parallel = {0};
    gmt_memory_estimate estimate;
    bool estimated =
        take(&model, sizeof model, given_model, model_size, "model", &estimate) &&
        take(&parallel, sizeof parallel, given_parallel, parallel_size, "parallel", &estimate) &&
        estimate_memory(&model, &parallel, stage, &estimate);
    bool given = given_estimate &&
                 sized_struct_give(given_estimate, estimate_size, &estimate, sizeof estimate);
    return estimated && given ? GMT_OK : GMT_INVALID;
}

uint64_t gmt_theoretical_bytes_sized(const gmt_model *model, size_t model_size,
                                     const gmt_parallel *parallel, size_t parallel_size)
{
    gmt_memory_estimate estimate;
    if (gmt_estimate_memory_sized(model, model_size, parallel, parallel_size, GMT_MOST_LOADED,
                                  &estimate, sizeof estimate) != GMT_OK)
        return GMT_UNKNOWN;
    return (uint64_t)round(estimate.total_bytes);
}
