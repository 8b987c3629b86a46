/* Weights, gradients and the optimizer's state.
 *
 * Sources: Megatron-LM core/optimizer/distrib_optimizer.py and param_layout.py (paddings:
 * parameters begin at multiples of 64 elements, buckets end at multiples of lcm(ranks, 128)),
 * optimizer.py (float32 copies), layer_wise_optimizer.py (Muon), extensions/transformer_engine.py
 * (is_first_microbatch) with Transformer Engine's pytorch/module/base.py (_fp8_workspaces),
 * core/distributed/param_and_grad_buffer.py, training/arguments.py (gradients: 4 bytes of bf16, 2
 * of fp16); PyTorch c10/cuda/ CUDACachingAllocator.cpp (512 bytes; own segments from 10 MiB on in
 * steps of 2 MiB, of which a rest up to 1 MiB is not split off). */
#include "tracer/estimator/expected/expected.h"

#include <math.h>

static const double MIB = 1048576;

static double round_up(double value, double step)
{
    return ceil(value / step) * step;
}

/* What the allocator hands out for a request. */
static double allocated(const struct job *job, double bytes)
{
    bytes = round_up(bytes, 512);
    if (bytes < 10 * MIB || job->parallel->expandable_segments)
        return bytes;
    double segment = round_up(bytes, 2 * MIB);
    return segment - bytes <= MIB ? segment : bytes;
}

/* ---- bytes of a parameter ---- */

static double given_or(double given, double otherwise)
{
    return given == GMT_NO_BYTES ? 0 : given > 0 ? given : otherwise;
}

/* Of one parameter, before anything is shared out. */
struct bytes {
    double weight, gradient, master, state;
    double copy; /* 16-bit gradients: a float32 copy that the step leaves */
};

static struct bytes parameter_bytes(const gmt_parallel *p)
{
    bool half = p->precision != GMT_FP32, short_gradients = p->precision == GMT_FP16;
    struct bytes bytes = {
        .weight = given_or(p->weight_bytes, half ? 2 : 4),
        .gradient = given_or(p->gradient_bytes, short_gradients && !p->gradients_fp32 ? 2 : 4),
        .master = given_or(p->master_bytes, half ? 4 : 0),
        .state = given_or(p->moment_bytes, p->optimizer == GMT_SGD ? 4 : 8),
    };
    if (half && bytes.gradient < 4 && !p->precision_aware)
        bytes.copy = 4;
    double stays = 1 - p->offloaded_optimizer_share;
    bytes.master *= stays;
    bytes.state *= stays;
    return bytes;
}

/* ---- without sharing: every tensor for itself ---- */

static void add_whole(const struct job *job, const struct tensor *t, double terms[])
{
    struct bytes bytes = parameter_bytes(job->parallel);
    if (t->always32) {
        bytes.weight = 4;
        bytes.master = 0;
    }
    terms[GMT_TERM_WEIGHTS] += t->count * allocated(job, t->elements * bytes.weight);
    terms[GMT_TERM_MASTER_WEIGHTS] += t->count * allocated(job, t->elements * bytes.master);
    terms[GMT_TERM_OPTIMIZER_STATE] += t->count * 2 * allocated(job, t->elements * bytes.state / 2);
    terms[GMT_TERM_GRADIENT_COPIES] += t->count * allocated(job, t->elements * bytes.copy);
}

/* ---- buffers of a chunk: dense parameters in one, experts in another ---- */

static double least_common_multiple(double a, double b)
{
    double x = a, y = b;
    while (y > 0) {
        double rest = fmod(x, y);
        x = y;
        y = rest;
    }
    return a / x * b;
}

/* Which tensors of a chunk a buffer is for: matrices apart where Muon has a layout of its own. */
enum kept { KEPT_ALL, KEPT_MATRICES, KEPT_OTHERS };

static bool is_kept(const struct tensor *t, bool expert, enum kept kept)
{
    return t->expert == expert && (kept == KEPT_ALL || t->matrix == (kept == KEPT_MATRICES));
}

/* Elements of a chunk's buffer, with its paddings. */
static double buffer_elements(const struct tensors *tensors, bool expert, enum kept kept,
                              double ranks, bool padded)
{
    double elements = 0;
    for (int i = 0; i < tensors->count; i++) {
        const struct tensor *t = &tensors->items[i];
        if (is_kept(t, expert, kept))
            elements += t->count * (padded ? round_up(t->elements, 64) : t->elements);
    }
    return padded ? round_up(elements, least_common_multiple(ranks, 128)) : elements;
}

static void add_buffers(const struct job *job, const struct tensors *tensors, enum kept kept,
                        bool shared, double terms[])
{
    struct bytes bytes = parameter_bytes(job->parallel);
    double instances = (double)job->parallel->optimizer_instances;
    for (int expert = 0; expert < 2; expert++) {
        double ranks = fmax(1, (expert ? job->expert_ranks : job->ranks) / instances);
        double elements = buffer_elements(tensors, expert, kept, ranks, shared);
        terms[GMT_TERM_GRADIENTS] += allocated(job, elements * bytes.gradient);
        if (!shared)
            continue;
        terms[GMT_TERM_WEIGHTS] += allocated(job, elements * bytes.weight);
        terms[GMT_TERM_MASTER_WEIGHTS] += elements / ranks * bytes.master;
        terms[GMT_TERM_OPTIMIZER_STATE] += elements / ranks * bytes.state;
        terms[GMT_TERM_GRADIENT_COPIES] += elements / ranks * bytes.copy;
    }
}

/* ---- FSDP ---- */

/* Sharded by units; with overlapped gathering the root unit, of embedding and output layer, stays
 * gathered. */
static void add_sharded(const struct job *job, const struct chunk *chunk,
                        const struct tensors *tensors, double terms[])
{
    struct bytes bytes = parameter_bytes(job->parallel);
    gmt_sharding sharding = job->parallel->sharding;
    for (int expert = 0; expert < 2; expert++) {
        double ranks = expert ? job->expert_ranks : job->ranks;
        double elements = buffer_elements(tensors, expert, KEPT_ALL, ranks, false);
        double shards = elements / ranks;
        /* Megatron-FSDP keeps its main weights in float32 whatever the precision. */
        double master = fmax(bytes.master, 4 * (1 - job->parallel->offloaded_optimizer_share));
        terms[GMT_TERM_WEIGHTS] +=
            (sharding >= GMT_SHARD_PARAMETERS ? shards : elements) * bytes.weight;
        terms[GMT_TERM_GRADIENTS] +=
            (sharding >= GMT_SHARD_GRADIENTS ? shards : elements) * bytes.gradient;
        terms[GMT_TERM_MASTER_WEIGHTS] += shards * master;
        terms[GMT_TERM_OPTIMIZER_STATE] += shards * bytes.state;
    }
    const gmt_model *m = job->model;
    double rows = (double)m->padded_vocabulary / (double)job->parallel->tp;
    double tables = (double)(chunk->embedding +
                             (chunk->output && (m->untied_embeddings || job->parallel->pp > 1)));
    double root =
        (rows * tables + (chunk->embedding ? (double)m->positions : 0)) * (double)m->hidden_size;
    if (sharding >= GMT_SHARD_PARAMETERS && job->parallel->overlap_gather)
        terms[GMT_TERM_GATHERED_WEIGHTS] += root * bytes.weight;
}

/* ---- Muon ---- */

/* Momentum alone for matrices, both of Adam's moments for the rest. */
static double muon_bytes(const struct tensor *t)
{
    return round_up(t->elements * (t->matrix ? 4 : 8), 512);
}

/* Of `count` tensors that stand from `from` on in the order of sizes: how many the last of `ranks`
 * gets, where they are dealt out back and forth. */
static double dealt_to_last(double from, double count, double ranks)
{
    /* Places ranks-1 and ranks of every 2 x ranks are the last rank's. */
    double whole[2];
    for (int end = 0; end < 2; end++) {
        double at = end ? from + count : from;
        double rounds = floor(at / (2 * ranks)), rest = at - rounds * 2 * ranks;
        whole[end] = 2 * rounds + fmin(fmax(rest - (ranks - 1), 0), 2);
    }
    return whole[1] - whole[0];
}

static void add_dealt(const struct job *job, const struct tensors *tensors, bool expert,
                      double terms[])
{
    double ranks = expert ? job->expert_ranks : job->ranks, from = 0;
    bool done[MOST_TENSORS] = {false};
    for (int round = 0; round < tensors->count; round++) {
        int smallest = -1;
        for (int i = 0; i < tensors->count; i++)
            if (!done[i] && tensors->items[i].expert == expert &&
                (smallest < 0 || tensors->items[i].elements < tensors->items[smallest].elements))
                smallest = i;
        if (smallest < 0)
            return;
        const struct tensor *t = &tensors->items[smallest];
        double own = dealt_to_last(from, t->count, ranks);
        done[smallest] = true;
        from += t->count;
        terms[GMT_TERM_MASTER_WEIGHTS] += own * round_up(t->elements * 4, 512);
        terms[GMT_TERM_OPTIMIZER_STATE] += own * muon_bytes(t);
    }
}

/* The layout of layer-wise optimizers: matrices whole in one rank's shard of their buffer, balanced
 * by their cost; everything else as the distributed optimizer has it. */
static void add_layer_wise(const struct job *job, const struct tensors *tensors, double terms[])
{
    struct bytes bytes = parameter_bytes(job->parallel);
    add_buffers(job, tensors, KEPT_OTHERS, true, terms);
    for (int expert = 0; expert < 2; expert++) {
        double ranks = expert ? job->expert_ranks : job->ranks, largest = 0;
        double elements = buffer_elements(tensors, expert, KEPT_MATRICES, 1, true);
        for (int i = 0; i < tensors->count; i++)
            if (is_kept(&tensors->items[i], expert, KEPT_MATRICES))
                largest = fmax(largest, tensors->items[i].elements);
        /* Shards are alike, and one of them holds the largest matrix. */
        double shard = fmax(elements / ranks, round_up(largest, 64));
        terms[GMT_TERM_WEIGHTS] += allocated(job, shard * ranks * bytes.weight);
        terms[GMT_TERM_GRADIENTS] += allocated(job, shard * ranks * bytes.gradient);
        terms[GMT_TERM_MASTER_WEIGHTS] += elements / ranks * bytes.master;
        terms[GMT_TERM_OPTIMIZER_STATE] += elements / ranks * 4; /* momentum alone */
    }
}

static void add_muon(const struct job *job, const struct tensors *tensors, double terms[])
{
    bool shared = job->parallel->sharding != GMT_SHARD_NOTHING;
    bool dealt = shared || job->parallel->optimizer == GMT_DIST_MUON;
    if (shared && !job->parallel->whole_tensors) {
        add_layer_wise(job, tensors, terms);
        return;
    }
    add_buffers(job, tensors, KEPT_ALL, false, terms); /* gradients */
    for (int i = 0; i < tensors->count; i++) {
        const struct tensor *t = &tensors->items[i];
        terms[GMT_TERM_WEIGHTS] += t->count * allocated(job, t->elements * 2);
        if (dealt)
            continue;
        terms[GMT_TERM_MASTER_WEIGHTS] += t->count * round_up(t->elements * 4, 512);
        terms[GMT_TERM_OPTIMIZER_STATE] += t->count * muon_bytes(t);
    }
    if (!dealt)
        return;
    add_dealt(job, tensors, false, terms);
    add_dealt(job, tensors, true, terms);
}

/* ---- all ---- */

/* Bytes of a weight in 8 bits. By columns it is needed as well, of which Blackwell's products of
 * tensors with one scale make none. */
static double eight_bits(const struct job *job)
{
    switch (job->parallel->fp8_recipe) {
    case GMT_FP8_MX:
        return 2 * (1 + 1.0 / 32); /* with their scales */
    case GMT_FP8_BLOCK:
        return 2;
    case GMT_FP8_TENSOR:
        break;
    }
    return job->blackwell ? 1 : 2;
}

/* Weights that are kept in 8 bits take that in place of 16. Others are converted at the first
 * micro-batch, and Transformer Engine keeps the result beside them. */
static void add_eight_bits(const struct job *job, const struct tensors *tensors, double terms[])
{
    double elements = 0;
    for (int i = 0; i < tensors->count; i++)
        if (tensors->items[i].eight)
            elements += tensors->items[i].count * tensors->items[i].elements;
    bool instead = job->parallel->fp8_weights;
    terms[GMT_TERM_WEIGHTS] += elements * (eight_bits(job) - (instead ? 2 : 0));
}

void state_of_chunk(const struct job *job, const struct chunk *chunk, const struct tensors *tensors,
                    double terms[GMT_TERM_COUNT])
{
    const gmt_parallel *p = job->parallel;
    if (p->fsdp) {
        add_sharded(job, chunk, tensors, terms);
    } else if (p->optimizer == GMT_MUON || p->optimizer == GMT_DIST_MUON) {
        add_muon(job, tensors, terms);
    } else {
        bool shared = p->sharding != GMT_SHARD_NOTHING;
        add_buffers(job, tensors, KEPT_ALL, shared, terms);
        for (int i = 0; i < tensors->count && !shared; i++)
            add_whole(job, &tensors->items[i], terms);
    }
    if (p->fp8 && job->engine && !p->fsdp)
        add_eight_bits(job, tensors, terms);
}
