/* Parameters of a rank, and the weights, gradients and optimizer state that belong to them, as
 * Megatron-LM's releases count them (megatron/training/theoretical_memory_usage.py): matrices and
 * norms; the biases of linear layers and position embeddings are not counted.
 *
 *   core_r0.7   all layers alike: grouped queries, and experts as wide as the MLP
 *   core_r0.12  layers with and without experts, shared experts, MLA, MTP
 *   core_r0.16  norms without bias where they are RMSNorms
 *   core_r0.18  routers; norms and routers whole on every rank, experts divided by ETP x EP
 *   core_r0.19  experts at a latent width
 */
#include "tracer/estimator/theoretical_memory.h"

enum { WITH_EXPERT_LAYERS = 12, WITH_RMS_NORM = 16, BY_GROUP = 18, WITH_LATENT_EXPERTS = 19 };

/* Layers of the model and those that predict further tokens, by what they are. */
struct layers {
    double dense, expert, further_dense, further_expert;
};

/* Parameters of one layer each, undivided. */
struct layer_parameters {
    double attention, norms;
    double mlp;                    /* of a dense layer */
    double shared, routed, router; /* of one with experts */
};

static struct layers count_layers(const gmt_model *model, int64_t release)
{
    int64_t with_experts = 0, every = model->moe_layer_frequency;
    bool last_has = false;
    if (model->experts > 0 && model->moe_layer_pattern) {
        for (int64_t i = 0; i < model->layers; i++)
            with_experts += last_has = model->moe_layer_pattern[i] == '1';
    } else if (model->experts > 0) {
        with_experts = (model->layers + every - 1) / every;
        last_has = (model->layers - 1) % every == 0;
    }
    if (release < WITH_EXPERT_LAYERS)
        return (struct layers){.dense = (double)model->layers};
    return (struct layers){
        .dense = (double)(model->layers - with_experts),
        .expert = (double)with_experts,
        .further_dense = last_has ? 0 : (double)model->mtp_layers,
        .further_expert = last_has ? (double)model->mtp_layers : 0,
    };
}

static double latent_attention(const gmt_model *model, double norm)
{
    double h = (double)model->hidden_size, heads = (double)model->attention_heads;
    double query = (double)(model->qk_head_dim + model->qk_pos_emb_head_dim);
    double key_value = (double)(model->qk_head_dim + model->v_head_dim);
    double q_rank = (double)model->q_lora_rank, kv_rank = (double)model->kv_lora_rank;
    double queries = q_rank > 0 ? q_rank * (h + heads * query + norm) : h * heads * query;
    return queries + kv_rank * (h + heads * key_value + norm) +
           h * (double)model->qk_pos_emb_head_dim + heads * (double)model->v_head_dim * h;
}

static struct layer_parameters count_layer(const gmt_model *model, int64_t release)
{
    double h = (double)model->hidden_size, experts = (double)model->experts;
    /* In and out, and with gating once more in. */
    double matrices = model->gated_mlp ? 3 : 2, wide = h;
    double norm = model->rms_norm && release >= WITH_RMS_NORM ? 1 : 2;
    struct layer_parameters layer = {
        /* Queries and the output projection have a width of heads x channels each, keys and values
         * of groups x channels each. */
        .attention = 2 * h * (double)model->kv_channels *
                     (double)(model->attention_heads + model->query_groups),
        .mlp = matrices * h * (double)model->ffn_hidden_size,
        .norms = 2 * norm * h,
    };
    if (release < WITH_EXPERT_LAYERS) {
        layer.mlp *= experts > 0 ? experts : 1;
        return layer;
    }
    if (model->multi_latent_attention)
        layer.attention = latent_attention(model, release >= WITH_RMS_NORM ? norm : 1);
    if (experts == 0)
        return layer;
    double shared = (double)model->shared_expert_ffn_hidden_size;
    if (release >= WITH_LATENT_EXPERTS && model->moe_latent_size > 0) {
        wide = (double)model->moe_latent_size;
        layer.router = 2 * h * wide; /* to the latent width and back */
    }
    layer.shared = matrices * h * shared;
    layer.routed = matrices * wide * (double)model->moe_ffn_hidden_size * experts;
    if (release >= BY_GROUP) {
        layer.router += experts * h + (model->no_linear_bias ? 0 : experts);
        if (shared > 0 && model->shared_expert_gate)
            layer.router += h;
    }
    return layer;
}

/* Of one rank: a stage has its share of the layers; the first one all that predict further tokens.
 */
static void divide(const gmt_model *model, const gmt_parallel *parallel, gmt_memory_estimate *e)
{
    int64_t release = parallel->megatron_minor;
    struct layers layers = count_layers(model, release);
    struct layer_parameters layer = count_layer(model, release);
    double h = (double)model->hidden_size, embedding = h * (double)model->padded_vocabulary;
    double final_norm = layer.norms / 2;
    e->model_parameters =
        (layer.attention + layer.norms) *
            (layers.dense + layers.expert + layers.further_dense + layers.further_expert) +
        layer.mlp * (layers.dense + layers.further_dense) +
        (layer.shared + layer.routed + layer.router) * (layers.expert + layers.further_expert) +
        final_norm + embedding * (model->untied_embeddings ? 2 : 1);

    bool first = e->stage == 0, last = e->stage == parallel->pp - 1;
    double pp = (double)parallel->pp, tp = (double)parallel->tp;
    double dense = layers.dense / pp + (first ? layers.further_dense : 0);
    double expert = layers.expert / pp + (first ? layers.further_expert : 0);
    bool by_group = release >= BY_GROUP;
    double whole = by_group ? 1 : tp;
    double experts = by_group ? (double)parallel->etp * (double)parallel->ep : tp;
    e->attention_parameters = layer.attention * (dense + expert) / tp;
    e->mlp_parameters = (layer.mlp * dense + layer.shared * expert) / tp;
    e->expert_parameters = layer.routed * expert / experts;
    e->norm_parameters = (layer.norms * (dense + expert) + final_norm / pp) / whole;
    e->router_parameters = layer.router * expert;
    if (first)
        e->embedding_parameters = embedding / tp;
    /* The last stage of several has weights of its own for the output: even tied ones are a copy
     * there, kept equal by communication. */
    if (last && (!first || model->untied_embeddings))
        e->output_parameters = embedding / tp;
}

/* Ranks that share out the state of experts: world / (ETP x EP x PP), rounded down, as the release
 * does. */
static double expert_ranks(const gmt_parallel *parallel)
{
    int64_t ranks = parallel->tp * parallel->cp * parallel->dp;
    int64_t alike = ranks / (parallel->etp * parallel->ep);
    return (double)alike;
}

void theoretical_parameters(const gmt_model *model, const gmt_parallel *parallel,
                            gmt_memory_estimate *e)
{
    divide(model, parallel, e);
    double plain = e->attention_parameters + e->mlp_parameters + e->norm_parameters +
                   e->router_parameters + e->embedding_parameters + e->output_parameters;
    double experts = e->expert_parameters, dp = (double)parallel->dp, expert_dp = dp;
    if (parallel->megatron_minor >= BY_GROUP)
        expert_dp = expert_ranks(parallel);
    if (parallel->sharding == GMT_SHARD_NOTHING)
        dp = expert_dp = 1;
    /* Mixed precision: 16-bit weights, 32-bit gradients, master weights and two moments; 18 bytes
     * a parameter, or 6 + 12/dp with the distributed optimizer. */
    double shares = plain / dp + experts / expert_dp;
    e->weights_bytes = 2 * (plain + experts);
    e->gradients_bytes = 4 * (plain + experts);
    e->master_weights_bytes = 4 * shares;
    e->moments_bytes = 8 * shares;
}
