/* The parameters of a rank, tensor by tensor: shapes as Megatron-core's modules have them.
 *
 * Sources: core/transformer/attention.py, multi_latent_attention.py, mlp.py, moe/experts.py,
 * moe/router.py, moe/shared_experts.py, moe/moe_layer.py, multi_token_prediction.py,
 * core/ssm/mamba_mixer.py, gated_delta_net/common.py, core/models/gpt/gpt_model.py,
 * common/embeddings. */
#include "tracer/estimator/expected/expected.h"

#include <math.h>

static void add(struct tensors *tensors, struct tensor tensor)
{
    if (tensor.count > 0 && tensor.elements > 0 && tensors->count < MOST_TENSORS)
        tensors->items[tensors->count++] = tensor;
}

/* A linear layer's weight, and its bias where it has one. */
static void add_linear(struct tensors *tensors, double out, double in, double count, double bias,
                       bool expert)
{
    add(tensors,
        (struct tensor){
            .elements = out * in, .count = count, .expert = expert, .matrix = true, .eight = true});
    add(tensors, (struct tensor){.elements = bias, .count = count, .expert = expert});
}

static void add_norm(const struct job *job, struct tensors *tensors, double width, double count)
{
    add(tensors,
        (struct tensor){.elements = width, .count = count * (job->model->rms_norm ? 1 : 2)});
}

static void add_plain(struct tensors *tensors, double elements, double count)
{
    add(tensors, (struct tensor){.elements = elements, .count = count});
}

static void add_latent_attention(const struct job *job, struct tensors *tensors, double count)
{
    const gmt_model *m = job->model;
    double h = (double)m->hidden_size, tp = (double)job->parallel->tp;
    double heads = (double)m->attention_heads / tp, q_rank = (double)m->q_lora_rank;
    double query = (double)(m->qk_head_dim + m->qk_pos_emb_head_dim);
    double kv_rank = (double)m->kv_lora_rank, value = (double)m->v_head_dim;
    /* Transformer Engine's layers to the compressed widths are whole on every rank. */
    double down = job->engine ? 1 : tp;
    if (q_rank > 0) {
        add_linear(tensors, q_rank / down, h, count, 0, false);
        add_linear(tensors, heads * query, q_rank, count, 0, false);
    } else {
        add_linear(tensors, heads * query, h, count, 0, false);
    }
    add_linear(tensors, (kv_rank + (double)m->qk_pos_emb_head_dim) / down, h, count, 0, false);
    add_linear(tensors, heads * ((double)m->qk_head_dim + value), kv_rank, count, 0, false);
    if (m->qk_norm) {
        add_norm(job, tensors, q_rank, count);
        add_norm(job, tensors, kv_rank, count);
    }
    add_linear(tensors, h, heads * value, count, m->no_linear_bias ? 0 : h, false);
}

static void add_attention(const struct job *job, struct tensors *tensors, double count)
{
    const gmt_model *m = job->model;
    double h = (double)m->hidden_size, tp = (double)job->parallel->tp;
    double channels = (double)m->kv_channels;
    double queries = (double)m->attention_heads * channels / tp;
    /* A gate is as wide as the queries. Also where there are fewer groups than ranks, which then
     * gather them. */
    double width =
        queries * (m->attention_output_gate ? 2 : 1) + 2 * (double)m->query_groups * channels / tp;
    add_norm(job, tensors, h, count);
    if (m->multi_latent_attention) {
        add_latent_attention(job, tensors, count);
        return;
    }
    add_linear(tensors, width, h, count, m->no_linear_bias && !m->qkv_bias ? 0 : width, false);
    add_linear(tensors, h, queries, count, m->no_linear_bias ? 0 : h, false);
    if (m->qk_norm)
        add_norm(job, tensors, channels, 2 * count);
}

static void add_mlp(const struct job *job, struct tensors *tensors, double width, double count)
{
    const gmt_model *m = job->model;
    double h = (double)m->hidden_size, own = width / (double)job->parallel->tp;
    double in = own * gate_factor(m);
    add_linear(tensors, in, h, count, m->no_linear_bias ? 0 : in, false);
    add_linear(tensors, h, own, count, m->no_linear_bias ? 0 : h, false);
}

static void add_experts(const struct job *job, struct tensors *tensors, double count)
{
    const gmt_model *m = job->model;
    double h = (double)m->hidden_size, experts = (double)m->experts;
    double latent = (double)m->moe_latent_size, wide = latent > 0 ? latent : h;
    double own = (double)m->moe_ffn_hidden_size / (double)job->parallel->etp;
    double in = own * gate_factor(m), here = count * experts / (double)job->parallel->ep;
    bool bias = !m->no_linear_bias;
    add_norm(job, tensors, h, count);
    add(tensors, (struct tensor){.elements = experts * h, .count = count, .matrix = true});
    add_plain(tensors, bias ? experts : 0, count);
    add_linear(tensors, in, wide, here, bias ? in : 0, true);
    add_linear(tensors, wide, own, here, bias ? wide : 0, true);
    if (latent > 0) {
        add_linear(tensors, latent, h, count, bias ? latent : 0, false);
        add_linear(tensors, h, latent, count, bias ? h : 0, false);
    }
    if (m->shared_expert_ffn_hidden_size > 0) {
        add_mlp(job, tensors, (double)m->shared_expert_ffn_hidden_size, count);
        add_plain(tensors, m->shared_expert_gate ? h : 0, count);
    }
}

static void add_mamba(const struct job *job, struct tensors *tensors, double count)
{
    const gmt_model *m = job->model;
    double h = (double)m->hidden_size, tp = (double)job->parallel->tp;
    double heads = (double)m->mamba_heads, inner = heads * (double)m->mamba_head_dim;
    double states = 2 * (double)(m->mamba_groups * m->mamba_state_dim);
    const double kernel = 4; /* d_conv */
    add_norm(job, tensors, h, count);
    add_linear(tensors, (2 * inner + states + heads) / tp, h, count, 0, false);
    add_plain(tensors, (inner + states) / tp * kernel, count);
    add_plain(tensors, (inner + states) / tp, count);
    add(tensors, (struct tensor){.elements = heads / tp, .count = 3 * count, .always32 = true});
    add_plain(tensors, inner / tp, count);
    add_linear(tensors, h, inner / tp, count, 0, false);
}

static void add_delta(const struct job *job, struct tensors *tensors, double count)
{
    const gmt_model *m = job->model;
    double h = (double)m->hidden_size, tp = (double)job->parallel->tp;
    double keys = (double)(m->delta_key_heads * m->delta_key_head_dim);
    double values = (double)(m->delta_value_heads * m->delta_value_head_dim);
    double heads = (double)m->delta_value_heads;
    add_norm(job, tensors, h, count);
    /* Queries, keys, values, a gate, and for each head alpha and beta. */
    add_linear(tensors, (2 * keys + 2 * values + 2 * heads) / tp, h, count, 0, false);
    add_plain(tensors, (2 * keys + values) / tp * (double)m->delta_kernel, count);
    add_plain(tensors, heads / tp, 2 * count);
    add_norm(job, tensors, (double)m->delta_value_head_dim, count);
    add_linear(tensors, h, values / tp, count, 0, false);
}

static void add_layers(const struct job *job, const double layers[LAYER_KINDS],
                       struct tensors *tensors)
{
    struct parts parts = parts_of(layers);
    add_attention(job, tensors, parts.attention);
    add_delta(job, tensors, parts.delta);
    add_norm(job, tensors, (double)job->model->hidden_size, parts.mlp);
    add_mlp(job, tensors, (double)job->model->ffn_hidden_size, parts.mlp);
    add_experts(job, tensors, parts.experts);
    add_mamba(job, tensors, parts.mamba);
}

/* Layers that predict further tokens have two norms and a projection before them, a norm behind. */
static void add_further(const struct job *job, struct tensors *tensors)
{
    double count = (double)job->model->mtp_layers, h = (double)job->model->hidden_size;
    double layers[LAYER_KINDS];
    if (job->model->mtp_repeated)
        count = fmin(count, 1); /* one for all tokens */
    further_layers(job->model, layers);
    for (int kind = 0; kind < LAYER_KINDS; kind++)
        layers[kind] *= count;
    add_layers(job, layers, tensors);
    add_linear(tensors, h / (double)job->parallel->tp, 2 * h, count, 0, false);
    add_norm(job, tensors, h, 3 * count);
}

void tensors_of_chunk(const struct job *job, const struct chunk *chunk, struct tensors *tensors)
{
    const gmt_model *m = job->model;
    double h = (double)m->hidden_size;
    double rows = (double)m->padded_vocabulary / (double)job->parallel->tp;
    bool several = job->parallel->pp > 1;
    if (chunk->embedding) {
        add_plain(tensors, rows * h, 1);
        add_plain(tensors, (double)m->positions * h, 1);
    }
    add_layers(job, chunk->layers, tensors);
    if (chunk->output)
        add_norm(job, tensors, h, 1);
    if (chunk->further) {
        /* Its stage embeds the tokens once more. */
        add_plain(tensors, !chunk->embedding ? rows * h : 0, 1);
        add_further(job, tensors);
    }
    if (chunk->output && (m->untied_embeddings || several))
        add_plain(tensors, rows * h, 1);
}
