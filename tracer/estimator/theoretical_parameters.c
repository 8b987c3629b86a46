/* Parameters of a rank, and the weights, gradients and optimizer state that belong to them, as
 * Megatron-LM counts them (megatron/training/theoretical_memory_usage.py): matrices and norms; the
 * biases of linear layers, position embeddings and routers, under 0.1% of a large model, are not
 * counted. */
#include "tracer/estimator/theoretical_memory.h"

double theoretical_expert_share(const gmt_model *model)
{
    if (model->experts == 0)
        return 0;
    int64_t frequency = model->moe_layer_frequency, with_experts = model->moe_layers;
    if (with_experts == 0)
        with_experts = (model->layers + frequency - 1) / frequency;
    return (double)with_experts / (double)model->layers;
}

/* Of all layers. */
struct counts {
    double attention, mlp, experts, norms, embedding;
};

static struct counts count_model(const gmt_model *model)
{
    double h = (double)model->hidden_size, layers = (double)model->layers;
    double heads = (double)(model->attention_heads + model->query_groups);
    double expert_layers = layers * theoretical_expert_share(model);
    double dense_layers = layers - expert_layers;
    /* In and out, and with gating once more in. */
    double matrices = model->gated_mlp ? 3 : 2, norm = model->rms_norm ? h : 2 * h;
    return (struct counts){
        /* Queries and the output projection have a width of heads x channels each, keys and values
         * of groups x channels each. */
        .attention = layers * 2 * h * (double)model->kv_channels * heads,
        .mlp = matrices * h *
               (dense_layers * (double)model->ffn_hidden_size +
                expert_layers * (double)model->shared_expert_ffn_hidden_size),
        .experts = matrices * h * expert_layers * (double)model->experts *
                   (double)model->moe_ffn_hidden_size,
        .norms = layers * 2 * norm + norm, /* two a layer, and the last one */
        .embedding = h * (double)model->padded_vocabulary,
    };
}

/* The share of the optimizer's state that a rank keeps, of parameters that `ranks` hold alike. */
static double optimizer_share(const gmt_parallel *parallel, double ranks)
{
    return parallel->distributed_optimizer ? 1 / ranks : 1;
}

static double bytes_of(double parameters, const gmt_parallel *parallel, double share)
{
    return parameters * (parallel->weight_bytes + parallel->gradient_bytes +
                         (parallel->master_bytes + parallel->moment_bytes) * share);
}

static void state_bytes(const gmt_parallel *parallel, gmt_memory_estimate *e)
{
    const gmt_parallel usual = {.distributed_optimizer = parallel->distributed_optimizer,
                                .weight_bytes = 2,
                                .gradient_bytes = 4,
                                .master_bytes = 4,
                                .moment_bytes = 8};
    double dp = (double)parallel->dp, cp = (double)parallel->cp, ep = (double)parallel->ep;
    double plain = e->attention_parameters + e->mlp_parameters + e->norm_parameters +
                   e->embedding_parameters + e->output_parameters;
    double experts = e->expert_parameters, all = plain + experts;

    /* 18 bytes a parameter, or 6 + 12/dp. */
    double share = optimizer_share(parallel, dp);
    e->weights_bytes = all * usual.weight_bytes;
    e->gradients_bytes = all * usual.gradient_bytes;
    e->master_weights_bytes = all * usual.master_bytes * share;
    e->moments_bytes = all * usual.moment_bytes * share;

    /* Ranks of a context-parallel group hold the same parameters, so that Megatron-Core divides the
     * state over them too; those of an expert-parallel group hold different experts. */
    double whole_share = optimizer_share(parallel, dp * cp);
    double expert_share = optimizer_share(parallel, dp * cp / ep);
    double before = bytes_of(all, &usual, share);
    double after_cp = bytes_of(all, &usual, whole_share);
    double after_ep =
        bytes_of(plain, &usual, whole_share) + bytes_of(experts / ep, &usual, expert_share);
    double after_precision =
        bytes_of(plain, parallel, whole_share) + bytes_of(experts / ep, parallel, expert_share);
    e->context_parallel_bytes += after_cp - before;
    e->expert_parallel_bytes = after_ep - after_cp;
    e->precision_bytes = after_precision - after_ep;
    e->expert_parameters = experts / ep;
}

void theoretical_parameters(const gmt_model *model, const gmt_parallel *parallel,
                            gmt_memory_estimate *e)
{
    struct counts counts = count_model(model);
    e->model_parameters = counts.attention + counts.mlp + counts.experts + counts.norms +
                          counts.embedding * (model->untied_embeddings ? 2 : 1);

    double tp = (double)parallel->tp, ranks = tp * (double)parallel->pp;
    e->attention_parameters = counts.attention / ranks;
    e->mlp_parameters = counts.mlp / ranks;
    e->expert_parameters = counts.experts / ranks;
    /* The formula divides norms, the last one too, as if they were matrices. */
    e->norm_parameters = counts.norms / ranks;
    bool first = e->stage == 0, last = e->stage == parallel->pp - 1;
    if (first)
        e->embedding_parameters = counts.embedding / tp;
    /* The last stage of several has weights of its own for the output: even tied ones are a copy
     * there, kept equal by communication. */
    if (last && (!first || model->untied_embeddings))
        e->output_parameters = counts.embedding / tp;
    state_bytes(parallel, e);
}
