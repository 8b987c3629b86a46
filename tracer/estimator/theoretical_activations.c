/* Activations after Korthikanti et al., arXiv 2205.05198, Table 2 and section 4.3, per layer and
 * with s, b, h, a, t of the paper:
 *
 *   tensor parallel                           sbh (10 + 24/t + 5as/ht)
 *   + sequence parallel                       sbh (34/t + 5as/ht)
 *   + selective recomputation                 sbh 34/t       (the formula)
 *   full recomputation                        sbh 2
 *
 * Generalized to a feed-forward width f, as Megatron-LM does: 34 is 18 + 4f/h, of which 10 are not
 * divided without sequence parallelism: inputs of norms (4), of attention and MLP (4), two dropout
 * masks (2). */
#include "tracer/estimator/theoretical_memory.h"

#include <math.h>

/* What one micro-batch leaves in one layer, bytes. */
struct layer {
    double formula, replicated, scores, routing, input;
};

/* One micro-batch's tokens times bytes; everything but the scores is linear in the sequence. */
static struct layer measure_layer(const gmt_model *model, const gmt_parallel *parallel)
{
    double t = (double)parallel->tp, b = (double)parallel->micro_batch_size;
    double s = (double)model->sequence_length, h = (double)model->hidden_size;
    double f = (double)model->ffn_hidden_size;
    double tokens = s * b / (double)parallel->cp;
    bool replicated = parallel->no_sequence_parallel;
    struct layer layer = {
        .formula = tokens * (18 * h + 4 * f) / t,
        .replicated = replicated ? tokens * 10 * h * (1 - 1 / t) : 0,
        /* Softmax's output and its dropout's, 2 bytes each, and the mask, 1. */
        .scores =
            parallel->flash_attention ? 0 : 5 * (double)model->attention_heads * s * tokens / t,
        .input = replicated ? tokens * 2 * h : tokens * 2 * h / t,
    };
    if (model->router_top_k > 0) {
        /* In the table's way: a token's copy to (2h) and back from (2h) each of its experts, and
         * the 4f inside each, in place of the one MLP that the formula counts. */
        double k = (double)model->router_top_k;
        double routed = k * (4 * h + 4 * (double)model->moe_ffn_hidden_size) +
                        4 * (double)model->shared_expert_ffn_hidden_size - 4 * f;
        layer.routing = tokens * routed / t * theoretical_expert_share(model);
    }
    return layer;
}

/* Micro-batches whose activations a stage holds at its peak, in units of all its layers. */
static double in_flight(const gmt_parallel *parallel, int64_t stage)
{
    double pp = (double)parallel->pp;
    if (parallel->virtual_stages > 1)
        /* The interleaved schedule begins 2(pp-1-stage) + (chunks-1)pp + 1 chunks before the first
         * backward pass; for stage 0 that is the paper's factor 1 + (pp-1)/(pp chunks). */
        return pp + (pp - 1 - 2 * (double)stage) / (double)parallel->virtual_stages;
    int64_t most = parallel->pp - stage; /* 1F1B */
    return (double)(parallel->micro_batches > 0 && parallel->micro_batches < most
                        ? parallel->micro_batches
                        : most);
}

/* Of a stage's layers: how many are recomputed, and how many inputs are stored to begin from. */
struct recomputed {
    double layers, inputs, at_once;
};

static struct recomputed count_recomputed(const gmt_model *model, const gmt_parallel *parallel)
{
    if (parallel->recompute != GMT_RECOMPUTE_FULL)
        return (struct recomputed){0};
    double chunks = (double)parallel->virtual_stages, every = (double)parallel->recompute_layers;
    double layers = (double)model->layers / (double)parallel->pp, chunk_layers = layers / chunks;
    every = fmin(every, chunk_layers);
    if (parallel->recompute_block)
        return (struct recomputed){
            .layers = every * chunks, .inputs = every * chunks, .at_once = 1};
    double groups = ceil(chunk_layers / every - 1e-9); /* 3 times a third is no more than 1 */
    return (struct recomputed){
        .layers = layers,
        .inputs = parallel->recompute_layers == 1 ? layers : groups * chunks,
        .at_once = every,
    };
}

void theoretical_activations(const gmt_model *model, const gmt_parallel *parallel,
                             gmt_memory_estimate *e)
{
    struct layer layer = measure_layer(model, parallel);
    double t = (double)parallel->tp, cp = (double)parallel->cp, h = (double)model->hidden_size;
    double tokens = (double)model->sequence_length * (double)parallel->micro_batch_size / cp;
    double flying = e->in_flight = in_flight(parallel, e->stage);
    double layers = (double)model->layers / (double)parallel->pp;
    bool first = e->stage == 0, last = e->stage == parallel->pp - 1;

    /* The formula has the whole sequence; what context parallelism saves of it comes after. */
    e->layer_activations_bytes = layer.formula * cp * layers * flying;
    if (first) /* token numbers and positions, 8 bytes; the embedding's dropout mask, 1 */
        e->embedding_activations_bytes = tokens * cp * (8 + h) / t * flying;
    if (last) /* inputs of norm and output layer, 2 bytes each; logits of 4 bytes */
        e->output_activations_bytes = tokens * cp * 4 * (h + (double)model->padded_vocabulary) / t;
    e->context_parallel_bytes +=
        (1 / cp - 1) *
        (e->layer_activations_bytes + e->embedding_activations_bytes + e->output_activations_bytes);

    e->replicated_bytes = layer.replicated * layers * flying;
    if (parallel->no_sequence_parallel)
        e->replicated_bytes += tokens * h * (1 - 1 / t) * (first * flying + last * 4.0);

    struct recomputed recomputed = count_recomputed(model, parallel);
    if (parallel->recompute != GMT_RECOMPUTE_SELECTIVE)
        e->attention_scores_bytes = layer.scores * (layers - recomputed.layers) * flying;
    e->routing_bytes = layer.routing * layers * flying;
    double kept = layer.formula + layer.replicated + layer.routing;
    e->recompute_bytes = (layer.input * recomputed.inputs - kept * recomputed.layers) * flying;
    e->recomputed_layers_bytes = (kept + layer.scores) * recomputed.at_once;
}
