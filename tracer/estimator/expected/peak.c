/* Adds the terms of a stage up, at the moments at which its peak can be. */
#include "schemas/support/sized_struct.h"
#include "tracer/estimator/expected/expected.h"
#include "tracer/estimator/theoretical_memory.h"

#include <math.h>

static const double MIB = 1048576, GIB = 1073741824;

/* No sum of memory comes near it; a double below it converts to uint64_t. */
static const double MOST_BYTES = 0x1p63;

static struct job job_of(const gmt_model *model, const gmt_parallel *parallel)
{
    const gmt_parallel *p = parallel;
    double dp_cp = (double)p->dp * (double)p->cp;
    int64_t sequence = model->sequence_length / p->cp;
    struct job job = {
        .model = model,
        .parallel = p,
        .activation_bytes = p->precision == GMT_FP32 ? 4 : 2,
        .tokens = (double)p->micro_batch_size * (double)sequence,
        .sequence_ranks = p->sequence_parallel ? (double)p->tp : 1,
        .ranks = dp_cp,
        .expert_ranks = dp_cp * (double)p->tp / ((double)p->etp * (double)p->ep),
        .hopper = p->gpu == GMT_H100 || p->gpu == GMT_H200,
        .blackwell = p->gpu == GMT_B200 || p->gpu == GMT_GB200,
        .engine = !p->local_layers,
        .stays = 1,
    };
    return job;
}

double whole_model_parameters(const gmt_model *model)
{
    const gmt_parallel one = {.tp = 1,
                              .pp = 1,
                              .dp = 1,
                              .cp = 1,
                              .ep = 1,
                              .etp = 1,
                              .virtual_stages = 1,
                              .micro_batch_size = 1};
    struct job job = job_of(model, &one);
    struct chunk chunk = job_chunk(&job, 0, 0);
    struct tensors tensors = {.count = 0};
    double parameters = 0;
    tensors_of_chunk(&job, &chunk, &tensors);
    for (int i = 0; i < tensors.count; i++)
        parameters += tensors.items[i].elements * tensors.items[i].count;
    return parameters;
}

/* ---- activations ---- */

static void all_keep(const struct job *job, const double layers[LAYER_KINDS], double count,
                     double terms[])
{
    struct parts parts = parts_of(layers);
    attention_keeps(job, count * parts.attention, terms);
    delta_keeps(job, count * parts.delta, terms);
    mlp_keeps(job, count * parts.mlp, terms);
    experts_keep(job, count * parts.experts, terms);
    mamba_keeps(job, count * parts.mamba, terms);
}

/* With full recomputation: how many of so many layers are recomputed, and from how many inputs. */
static double recomputed_layers(const struct job *job, double layers, double *inputs)
{
    const gmt_parallel *p = job->parallel;
    double every = (double)p->recompute_layers;
    double recomputed = p->recompute_block ? fmin(every, layers) : layers;
    *inputs = p->recompute_block ? recomputed : ceil(layers / every);
    return recomputed;
}

void layers_keep(const struct job *job, const double layers[LAYER_KINDS], double count,
                 double terms[GMT_TERM_COUNT])
{
    double all = parts_of(layers).all, inputs, kept[LAYER_KINDS];
    if (job->parallel->recompute != GMT_RECOMPUTE_FULL) {
        all_keep(job, layers, count, terms);
        return;
    }
    double recomputed = recomputed_layers(job, all, &inputs);
    for (int kind = 0; kind < LAYER_KINDS; kind++)
        kept[kind] = all > 0 ? layers[kind] * (1 - recomputed / all) : 0;
    all_keep(job, kept, count, terms);
    terms[GMT_TERM_CHECKPOINTS] += count * inputs * hidden_state(job);
}

/* The layers that are recomputed together as the first of them goes back, and the gradients within
 * the part that needs most. */
static void backward_adds(const struct job *job, const double layers[LAYER_KINDS], double terms[])
{
    struct parts parts = parts_of(layers);
    double all = parts.all, inputs, within = 0;
    if (parts.attention > 0)
        within = attention_backward(job);
    if (parts.delta > 0)
        within = fmax(within, delta_backward(job));
    if (parts.mlp > 0)
        within = fmax(within, mlp_backward(job));
    if (parts.experts > 0)
        within = fmax(within, experts_backward(job));
    if (parts.mamba > 0)
        within = fmax(within, mamba_backward(job));
    terms[GMT_TERM_BACKWARD] += within;
    if (job->parallel->recompute != GMT_RECOMPUTE_FULL || all == 0)
        return;
    double at_once =
        fmin(recomputed_layers(job, all, &inputs),
             job->parallel->recompute_block ? 1 : (double)job->parallel->recompute_layers);
    double share[LAYER_KINDS], again[GMT_TERM_COUNT] = {0};
    for (int kind = 0; kind < LAYER_KINDS; kind++)
        share[kind] = layers[kind] / all * at_once;
    all_keep(job, share, 1, again);
    for (int i = 0; i < GMT_TERM_COUNT; i++)
        terms[GMT_TERM_BACKWARD] += again[i];
}

/* ---- a stage ---- */

struct stage {
    double fixed[GMT_TERM_COUNT]; /* between iterations */
    double layers[GMT_TERM_COUNT];
    double parameters, in_flight;
    struct chunk first_back; /* the chunk that goes back first: the last one */
    bool loss;
};

/* Of what is offloaded three layers' worth is on the GPU: the last one, which is needed next, one
 * on its way out and one on its way back. (A guess that fits the one configuration that was
 * measured.) */
static double stays_on_gpu(const struct job *job, int64_t index)
{
    double layers = 0;
    if (job->parallel->offload_modules == 0)
        return 1;
    for (int64_t i = 0; i < job->parallel->virtual_stages; i++) {
        struct chunk chunk = job_chunk(job, index, i);
        for (int kind = 0; kind < LAYER_KINDS; kind++)
            layers += chunk.layers[kind] * job_in_flight(job, index, i);
    }
    return layers > 3 ? 3 / layers : 1;
}

static void measure(const struct job *shared, int64_t index, struct stage *stage)
{
    struct job own = *shared;
    const struct job *job = &own;
    own.stays = stays_on_gpu(shared, index);
    *stage = (struct stage){0};
    for (int64_t i = 0; i < job->parallel->virtual_stages; i++) {
        struct chunk chunk = job_chunk(job, index, i);
        struct tensors tensors = {.count = 0};
        double in_flight = job_in_flight(job, index, i);
        tensors_of_chunk(job, &chunk, &tensors);
        state_of_chunk(job, &chunk, &tensors, stage->fixed);
        for (int k = 0; k < tensors.count; k++)
            stage->parameters += tensors.items[k].elements * tensors.items[k].count;
        layers_keep(job, chunk.layers, in_flight, stage->layers);
        if (chunk.embedding)
            embedding_keeps(job, in_flight, stage->layers);
        stage->loss = stage->loss || chunk.output;
        stage->first_back = chunk;
        if (i == 0)
            stage->in_flight = in_flight;
    }
    buffers_add(job, index, stage->fixed);
}

static double sum(const double terms[GMT_TERM_COUNT])
{
    double all = 0;
    for (int i = 0; i < GMT_TERM_COUNT; i++)
        all += terms[i];
    return all;
}

/* The terms at a moment; their sum. */
static double at_moment(const struct job *job, const struct stage *stage, gmt_moment moment,
                        double terms[GMT_TERM_COUNT])
{
    for (int i = 0; i < GMT_TERM_COUNT; i++)
        terms[i] = stage->fixed[i] + (moment == GMT_AT_STEP ? 0 : stage->layers[i]);
    if (moment == GMT_AT_STEP)
        return sum(terms);
    terms[GMT_TERM_FREED] = -stage->fixed[GMT_TERM_GRADIENT_COPIES];
    if (moment == GMT_AT_LOSS) {
        /* Nothing has come back yet, and what came in stands among the layers' activations. */
        terms[GMT_TERM_FREED] -= stage->fixed[GMT_TERM_PIPELINE_TENSORS];
        loss_adds(job, terms);
    } else {
        backward_adds(job, stage->first_back.layers, terms);
    }
    return sum(terms);
}

/* ---- device use ---- */

static double groups_of_ranks(const struct job *job)
{
    const gmt_parallel *p = job->parallel;
    return (p->tp > 1) + (p->pp > 1) + (p->cp > 1) + (p->dp > 1) + (p->ep > 1) +
           (p->etp > 1 && p->etp != p->tp) + (job->ranks > 1 && p->cp > 1) + 1;
}

/* Transformer Engine's user buffers for products that overlap with their communication, by CUDA's
 * own allocation: twelve products have one (pytorch/module/base.py, initialize_ub), each as large
 * as all tokens' hidden states; of fp8 those eight that gather have bytes. */
static double user_buffers(const struct job *job)
{
    double elements = job->tokens * (double)job->model->hidden_size;
    if (!job->parallel->tp_overlap || job->parallel->tp == 1)
        return 0;
    return elements * (job->parallel->fp8 ? 8 + 4 * 2 : 12 * 2);
}

/* A CUDA context with its kernels; NCCL's buffers: 2 x 4 MiB (NCCL_BUFFSIZE) a channel, of which a
 * communicator opens 2 to 32; pieces of free memory in the allocator. */
static void device_use(const struct job *job, gmt_expected_memory *e)
{
    double groups = groups_of_ranks(job),
           own = (double)job->parallel->fixed_bytes + user_buffers(job);
    double pieces = job->parallel->expandable_segments ? 0.02 : 0.10;
    e->device_low_bytes = e->peak_bytes + own + 400 * MIB + groups * 2 * 8 * MIB;
    e->device_high_bytes = e->peak_bytes * (1 + pieces) + own + GIB + groups * 32 * 8 * MIB;
}

static void expect_stage(const struct job *job, int64_t index, gmt_expected_memory *e)
{
    struct stage stage;
    measure(job, index, &stage);
    *e = (gmt_expected_memory){.stage = index,
                               .moment = GMT_AT_STEP,
                               .in_flight = stage.in_flight,
                               .parameters = stage.parameters,
                               .static_bytes = sum(stage.fixed),
                               .invalid_field = "",
                               .expected = ""};
    e->peak_bytes = e->first_peak_bytes = at_moment(job, &stage, GMT_AT_STEP, e->terms);
    for (gmt_moment moment = GMT_AT_LOSS; moment <= GMT_AT_BACKWARD; moment++) {
        if (moment == GMT_AT_LOSS && !stage.loss)
            continue;
        double terms[GMT_TERM_COUNT], bytes = at_moment(job, &stage, moment, terms);
        /* The optimizer makes its state in its first step. */
        e->first_peak_bytes =
            fmax(e->first_peak_bytes, bytes - stage.fixed[GMT_TERM_OPTIMIZER_STATE]);
        if (bytes <= e->peak_bytes)
            continue;
        e->peak_bytes = bytes;
        e->moment = moment;
        for (int i = 0; i < GMT_TERM_COUNT; i++)
            e->terms[i] = terms[i];
    }
    device_use(job, e);
}

/* ---- the public calls ---- */

SIZED_STRUCT_ENDS_WITH(gmt_expected_memory, terms);

static bool refuse(gmt_expected_memory *e, const char *field, const char *expected)
{
    *e = (gmt_expected_memory){.invalid_field = field, .expected = expected};
    return false;
}

/* Holds the later stage nothing that the earlier one does not hold? Then the earlier one, which has
 * more micro-batches under way, needs no less. */
static bool holds_no_more(const struct job *job, int64_t later, int64_t earlier)
{
    for (int64_t i = 0; i < job->parallel->virtual_stages; i++) {
        struct chunk a = job_chunk(job, later, i), b = job_chunk(job, earlier, i);
        if (a.embedding > b.embedding || a.output > b.output || a.further > b.further)
            return false;
        for (int kind = 0; kind < LAYER_KINDS; kind++)
            if (a.layers[kind] > b.layers[kind])
                return false;
    }
    return true;
}

/* The last stage keeps other tensors than all others; of those between, whatever holds more than
 * the one before it, or than the one before that, where kinds of layers alternate. */
static bool is_candidate(const struct job *job, int64_t stage)
{
    const gmt_model *m = job->model;
    if (stage < 1 || stage == job->parallel->pp - 1)
        return true;
    if (stage > 1 && !m->hybrid_pattern && !job->parallel->pipeline_layout &&
        (m->experts == 0 || (!m->moe_layer_pattern && m->moe_layer_frequency == 1)))
        return false; /* as the one before it */
    return !holds_no_more(job, stage, stage - 1) &&
           (stage < 2 || !holds_no_more(job, stage, stage - 2));
}

static bool expect(const gmt_model *model, const gmt_parallel *parallel, int64_t stage,
                   gmt_expected_memory *e)
{
    struct job job = job_of(model, parallel);
    if (parallel->virtual_stages > MOST_CHUNKS)
        return refuse(e, "virtual_stages", "at most 1024");
    if (stage < GMT_MOST_LOADED || stage >= parallel->pp)
        return refuse(e, "stage", "from 0 to pp-1, or GMT_MOST_LOADED");
    enum { MOST_STAGES = 65536 };
    if (stage == GMT_MOST_LOADED && parallel->pp > MOST_STAGES)
        return refuse(e, "pp", "at most 65536");
    int64_t from = stage == GMT_MOST_LOADED ? 0 : stage;
    int64_t to = stage == GMT_MOST_LOADED ? parallel->pp - 1 : stage;
    expect_stage(&job, from, e);
    for (int64_t other = from + 1; other <= to; other++) {
        gmt_expected_memory next;
        if (!is_candidate(&job, other))
            continue;
        expect_stage(&job, other, &next);
        if (next.peak_bytes > e->peak_bytes)
            *e = next;
    }
    if (!(e->peak_bytes < MOST_BYTES && e->device_high_bytes < MOST_BYTES))
        return refuse(e, "total_bytes", "less than 2^63");
    return true;
}

gmt_status gmt_expect_memory_sized(const gmt_model *given_model, size_t model_size,
                                   const gmt_parallel *given_parallel, size_t parallel_size,
                                   int64_t stage, gmt_expected_memory *given_expected,
                                   size_t expected_size)
{
    gmt_model model = {0};
    gmt_parallel parallel = {0};
    gmt_memory_estimate theory = {0};
    gmt_expected_memory e = {.invalid_field = "", .expected = ""};
    bool well =
        given_model && given_parallel
            ? sized_struct_take(&model, sizeof model, given_model, model_size) &&
                  sized_struct_take(&parallel, sizeof parallel, given_parallel, parallel_size)
            : false;
    if (!well)
        refuse(&e, given_model ? "parallel" : "model",
               "not NULL, and no field beyond those that this version of libgmtrace knows");
    else if (!theoretical_check(&model, &parallel, &theory))
        well = refuse(&e, theory.invalid_field, theory.expected);
    else
        well = expect(&model, &parallel, stage, &e);
    bool given = given_expected && sized_struct_give(given_expected, expected_size, &e, sizeof e);
    return well && given ? GMT_OK : GMT_INVALID;
}

uint64_t gmt_expected_peak_bytes_sized(const gmt_model *model, size_t model_size,
                                       const gmt_parallel *parallel, size_t parallel_size)
{
    gmt_expected_memory e;
    if (gmt_expect_memory_sized(model, model_size, parallel, parallel_size, GMT_MOST_LOADED, &e,
                                sizeof e) != GMT_OK)
        return GMT_UNKNOWN;
    return (uint64_t)round(e.peak_bytes);
}
