/* Activations of MLPs and of experts.
 *
 * Sources: Megatron-LM core/transformer/mlp.py, moe/experts.py (the product with the router's
 * probabilities is within the activation's kernel for SwiGLU, and of squared ReLU where it is
 * fused), moe/moe_layer.py, token_dispatcher.py, shared_experts.py. */
#include "tracer/estimator/expected/expected.h"

#include <math.h>

/* Inputs of the norm and of the first product, and the dropout behind. */
static double around(const struct job *job)
{
    return hidden_state(job) * on_gpu(job, GMT_OFFLOAD_MLP_NORM) + norm_output(job) +
           dropout_mask(job);
}

void mlp_keeps(const struct job *job, double count, double terms[GMT_TERM_COUNT])
{
    const gmt_model *m = job->model;
    if (count == 0)
        return;
    terms[GMT_TERM_NORMS] += count * around(job);
    if (job_recomputes(job, GMT_MODULE_MLP))
        return;
    double width = (double)m->ffn_hidden_size;
    terms[GMT_TERM_MLP] += count * divided(job, width * (gate_factor(m) + product_share(job)));
}

double mlp_backward(const struct job *job)
{
    double width = (double)job->model->ffn_hidden_size;
    return hidden_state(job) + divided(job, width * (1 + gate_factor(job->model)));
}

/* Copies of tokens that a rank's experts work on. */
static double routed_tokens(const struct job *job)
{
    const gmt_parallel *p = job->parallel;
    double imbalance = p->moe_imbalance > 0 ? p->moe_imbalance : 1;
    return job->tokens * (double)job->model->router_top_k * (double)p->etp / (double)p->tp *
           imbalance;
}

static double expert_width(const struct job *job)
{
    return (double)job->model->moe_ffn_hidden_size / (double)job->parallel->etp;
}

static double expert_input(const struct job *job)
{
    const gmt_model *m = job->model;
    return (double)(m->moe_latent_size > 0 ? m->moe_latent_size : m->hidden_size);
}

static double routed_keeps(const struct job *job)
{
    const gmt_model *m = job->model;
    double share = product_share(job);
    bool fused = m->gated_mlp || job->parallel->moe_activation_fused;
    double activations = (job_recomputes(job, GMT_MODULE_MOE_ACTIVATION) ? 0 : share) + !fused;
    double input = expert_input(job) * share * on_gpu(job, GMT_OFFLOAD_EXPERT_FC1);
    double first = gate_factor(m) * on_gpu(job, GMT_OFFLOAD_MOE_ACTIVATION);
    return routed_tokens(job) * job->activation_bytes *
           (input + expert_width(job) * (first + activations));
}

static double shared_keeps(const struct job *job)
{
    double width = (double)job->model->shared_expert_ffn_hidden_size;
    return job_recomputes(job, GMT_MODULE_SHARED_EXPERTS)
               ? 0
               : divided(job, width * (gate_factor(job->model) + product_share(job)));
}

void experts_keep(const struct job *job, double count, double terms[GMT_TERM_COUNT])
{
    if (count == 0)
        return;
    /* The norm's output is the router's input, too, and never in 8 bits. */
    terms[GMT_TERM_NORMS] +=
        count * (hidden_state(job) * (1 + on_gpu(job, GMT_OFFLOAD_MLP_NORM)) + dropout_mask(job));
    if (!job_recomputes(job, GMT_MODULE_MOE))
        terms[GMT_TERM_EXPERTS] += count * (routed_keeps(job) + shared_keeps(job));
}

double experts_backward(const struct job *job)
{
    double widths = expert_input(job) + expert_width(job) * (1 + gate_factor(job->model));
    return hidden_state(job) + routed_tokens(job) * job->activation_bytes * widths;
}
