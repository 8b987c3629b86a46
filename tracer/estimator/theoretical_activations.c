/* Activations after Korthikanti et al., arXiv 2205.05198, Table 2 and section 4.3, as
 * megatron/training/theoretical_memory_usage.py has them. Per layer, with s, b, h, t of the paper
 * and a feed-forward width f:
 *
 *   sequence parallelism and selective recomputation:   sbh (18 + 4f/h) / t   (f = 4h: 34/t)
 *   all else, from core_r0.15 on:                       sbh (10 + 24/t), and 5% on everything
 *
 * The second is the table's row for tensor parallelism with selective recomputation; the release
 * prints it for every other case, with a feed-forward width of 4h whatever it is. */
#include "tracer/estimator/theoretical_memory.h"

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

void theoretical_activations(const gmt_model *model, const gmt_parallel *parallel,
                             gmt_memory_estimate *e)
{
    double t = (double)parallel->tp, h = (double)model->hidden_size;
    double f = (double)model->ffn_hidden_size, vocabulary = (double)model->padded_vocabulary;
    double tokens = (double)model->sequence_length * (double)parallel->micro_batch_size;
    double layers = (double)model->layers / (double)parallel->pp;
    double flying = e->in_flight = in_flight(parallel, e->stage);
    bool first = e->stage == 0, last = e->stage == parallel->pp - 1;
    /* Token numbers and positions, 8 bytes; the embedding's dropout mask, 1. */
    double embedding = first ? tokens * (8 + h) * flying : 0;

    if (parallel->sequence_parallel && parallel->recompute == GMT_RECOMPUTE_SELECTIVE) {
        e->layer_activations_bytes = tokens * (18 * h + 4 * f) / t * layers * flying;
        e->embedding_activations_bytes = embedding / t;
        if (last) /* inputs of norm and output layer, 2 bytes each; logits of 4 bytes */
            e->output_activations_bytes = tokens * 4 * (h + vocabulary) / t;
        return;
    }
    e->layer_activations_bytes = tokens * h * (10 + 24 / t) * layers * flying;
    e->embedding_activations_bytes = embedding;
    if (last) /* the last norm's output and logits of 2 bytes */
        e->output_activations_bytes = tokens * 2 * (h + vocabulary / t);
    /* "optimizer and miscellaneous temporaries" */
    e->overhead_bytes = 0.05 * (e->layer_activations_bytes + e->embedding_activations_bytes +
                                e->output_activations_bytes);
}
