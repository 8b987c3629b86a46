/* Joins the parts of theory. */
#include "tracer/estimator/theoretical_memory.h"

#include "schemas/support/sized_struct.h"

#include <math.h>

/* No sum of memory comes near it; a double below it converts to uint64_t. */
static const double MOST_BYTES = 0x1p63;

/* The first release that prints activations of every case. */
enum { PRINTS_ALWAYS = 15 };

static const char *reason_for_no_total(const gmt_model *model, const gmt_parallel *parallel)
{
    if (model->hybrid_pattern)
        return "Megatron-LM prints no theory of hybrid models";
    if (parallel->megatron_minor < PRINTS_ALWAYS &&
        !(parallel->sequence_parallel && parallel->recompute == GMT_RECOMPUTE_SELECTIVE))
        return "before 0.15 Megatron-LM prints a total only with sequence parallelism and "
               "selective recomputation";
    return "";
}

static void add_up(gmt_memory_estimate *e)
{
    e->state_bytes =
        e->weights_bytes + e->gradients_bytes + e->master_weights_bytes + e->moments_bytes;
    e->activations_bytes = e->layer_activations_bytes + e->embedding_activations_bytes +
                           e->output_activations_bytes + e->overhead_bytes;
    e->total_bytes = e->state_bytes + e->activations_bytes;
}

static void forget_activations(gmt_memory_estimate *e)
{
    e->layer_activations_bytes = e->embedding_activations_bytes = NAN;
    e->output_activations_bytes = e->overhead_bytes = NAN;
    e->activations_bytes = e->total_bytes = NAN;
}

/* A hybrid model, of which the formula knows neither layers nor parameters: how many it has follows
 * from its tensors. */
static void forget_state(const gmt_model *model, gmt_memory_estimate *e)
{
    e->model_parameters = whole_model_parameters(model);
    e->attention_parameters = e->mlp_parameters = e->expert_parameters = NAN;
    e->norm_parameters = e->router_parameters = NAN;
    e->weights_bytes = e->gradients_bytes = e->master_weights_bytes = e->moments_bytes = NAN;
    e->state_bytes = NAN;
}

static gmt_memory_estimate estimate_stage(const gmt_model *model, const gmt_parallel *parallel,
                                          int64_t stage)
{
    gmt_memory_estimate e = {.stage = stage,
                             .megatron_minor = parallel->megatron_minor,
                             .layers_uneven = model->layers % parallel->pp != 0,
                             .no_total = reason_for_no_total(model, parallel),
                             .invalid_field = "",
                             .expected = ""};
    theoretical_parameters(model, parallel, &e);
    theoretical_activations(model, parallel, &e);
    add_up(&e);
    return e;
}

static bool refuse(gmt_memory_estimate *estimate, const char *field, const char *expected)
{
    *estimate = (gmt_memory_estimate){.no_total = "", .invalid_field = field, .expected = expected};
    return false;
}

/* For a model and its division that are this library's own copies. */
static bool estimate_memory(gmt_model *model, gmt_parallel *parallel, int64_t stage,
                            gmt_memory_estimate *estimate)
{
    *estimate = (gmt_memory_estimate){.no_total = "", .invalid_field = "", .expected = ""};
    if (!theoretical_check(model, parallel, estimate))
        return false;
    if (stage < GMT_MOST_LOADED || stage >= parallel->pp)
        return refuse(estimate, "stage", "from 0 to pp-1, or GMT_MOST_LOADED");
    gmt_memory_estimate found =
        estimate_stage(model, parallel, stage == GMT_MOST_LOADED ? 0 : stage);
    if (!(found.total_bytes < MOST_BYTES))
        return refuse(estimate, "total_bytes", "less than 2^63");
    if (*found.no_total)
        forget_activations(&found);
    if (model->hybrid_pattern)
        forget_state(model, &found);
    *estimate = found;
    return true;
}

/* ---- the public calls, whose structs may be of another version ---- */

SIZED_STRUCT_ENDS_WITH(gmt_model, delta_kernel);
SIZED_STRUCT_ENDS_WITH(gmt_parallel, micro_batch_group);
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
                                  &estimate, sizeof estimate) != GMT_OK ||
        *estimate.no_total)
        return GMT_UNKNOWN;
    return (uint64_t)round(estimate.total_bytes);
}
