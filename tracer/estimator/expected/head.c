/* The embedding, the output layer with its loss, and layers that predict further tokens.
 *
 * Sources: Megatron-LM core/models/common/embeddings/language_model_embedding.py;
 * core/tensor_parallel/cross_entropy.py (logits of 2 bytes and a float32 copy, worked on in place:
 * 6 bytes an entry; 4 where training is float32) and core/fusions/fused_cross_entropy.py (4 more);
 * Transformer Engine pytorch/triton/cross_entropy.py; core/tensor_parallel/layers.py
 * (grad_output_buffer, embedding_activation_buffer); core/transformer/multi_token_prediction.py. */
#include "tracer/estimator/expected/expected.h"

#include <math.h>

/* Entries of the logits on this rank, one byte each. */
static double logit_entries(const struct job *job)
{
    return job->tokens * (double)job->model->padded_vocabulary / (double)job->parallel->tp;
}

void embedding_keeps(const struct job *job, double count, double terms[GMT_TERM_COUNT])
{
    terms[GMT_TERM_EMBEDDING] += count * dropout_mask(job);
}

/* Gradients of the output layer's weight that are left for the pipeline's end: of so many
 * micro-batches the gradients of the logits stay, and the layer's inputs. */
static double deferred(const struct job *job)
{
    const gmt_parallel *p = job->parallel;
    double all = p->micro_batches > 0 ? (double)p->micro_batches : (double)p->pp;
    double limit = p->deferral_limit > 0 ? fmin((double)p->deferral_limit, all) : all;
    if (!p->deferred_embedding_gradients)
        return 0;
    /* As the last micro-batch's logits are computed, its own gradients are yet to come. */
    return fmin(limit, all - 1) * (job->activation_bytes * logit_entries(job) + hidden_state(job));
}

/* Until its release 2.17 Transformer Engine's loss wrote gradients over the logits; since 2.18 of
 * July 2026 they are float32 beside them. */
static bool loss_is_in_place(const struct job *job)
{
    return job->parallel->loss_fusion == GMT_LOSS_TRANSFORMER_ENGINE &&
           job->parallel->older_software;
}

void loss_adds(const struct job *job, double terms[GMT_TERM_COUNT])
{
    const gmt_parallel *p = job->parallel;
    double entry = job->activation_bytes < 4 ? job->activation_bytes + 4 : 4;
    double stays = loss_is_in_place(job) ? job->activation_bytes : 4; /* of further tokens */
    if (p->loss_fusion == GMT_LOSS_NATIVE)
        entry += 4;
    if (loss_is_in_place(job))
        entry = job->activation_bytes;
    if (p->loss_fusion == GMT_LOSS_LINEAR)
        entry = 0; /* logits are never whole */
    terms[GMT_TERM_LOGITS] += entry * logit_entries(job) + deferred(job);
    terms[GMT_TERM_HEAD] += 2 * hidden_state(job);
    /* With dropout three hidden states more: all measured runs have them, and no source was found.
     */
    if (!p->no_hidden_dropout)
        terms[GMT_TERM_HEAD] += 3 * hidden_state(job);
    double further = (double)job->model->mtp_layers;
    if (further > 0) {
        double layers[LAYER_KINDS], own[GMT_TERM_COUNT] = {0}, sum = 0;
        further_layers(job->model, layers);
        layers_keep(job, layers, further, own);
        for (int i = 0; i < GMT_TERM_COUNT; i++)
            sum += own[i];
        terms[GMT_TERM_FURTHER_TOKENS] +=
            sum + further * (stays * logit_entries(job) + 3 * hidden_state(job));
    }
}
