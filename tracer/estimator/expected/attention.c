/* Activations of attention: the input (a residual), the norm's output, queries, keys, values, what
 * the core keeps, its output, and the mask of the dropout behind.
 *
 * Sources: Korthikanti et al. (arXiv 2205.05198), section 4.1, for the parts; Megatron-LM
 * core/transformer/attention.py, dot_product_attention.py (unfused: softmax's output of 2 bytes,
 * its dropout's, and a mask of 1) and multi_latent_attention.py; Transformer Engine
 * pytorch/attention/dot_product_attention (flash and fused keep the logarithm of the softmax's sum,
 * 4 bytes a row and head). */
#include "tracer/estimator/expected/expected.h"

/* What the core reads and writes. */
struct core {
    double queries, keys, values, output; /* bytes */
    double heads;                         /* of this rank */
};

static struct core core_of(const struct job *job)
{
    const gmt_model *m = job->model;
    double heads = (double)m->attention_heads, groups = (double)m->query_groups;
    double tp = (double)job->parallel->tp;
    groups = groups < tp ? tp : groups; /* each rank has one at least */
    double query = (double)m->kv_channels, value = query;
    if (m->multi_latent_attention) {
        query = (double)(m->qk_head_dim + m->qk_pos_emb_head_dim);
        value = (double)m->v_head_dim;
        groups = heads;
    }
    return (struct core){.queries = divided(job, heads * query),
                         .keys = divided(job, groups * query),
                         .values = divided(job, groups * value),
                         .output = divided(job, heads * value),
                         .heads = heads / tp};
}

static bool is_unfused(const struct job *job)
{
    const gmt_parallel *p = job->parallel;
    if (!job->engine || p->attention == GMT_ATTENTION_UNFUSED)
        return true;
    /* Older versions of Transformer Engine have no deterministic fused attention. */
    return p->older_software && p->deterministic && p->attention == GMT_ATTENTION_AUTO;
}

/* A score for each query, key and head, of two bytes. */
static double score_bytes(const struct job *job, const struct core *core)
{
    return core->heads * job->tokens * (double)job->model->sequence_length * job->activation_bytes /
           2;
}

/* Behind the fused kernel, in other layouts: with context parallelism keys and values of the ring's
 * step, else the output, which is copied where a micro-batch has several sequences. */
static double other_layouts(const struct job *job, const struct core *core)
{
    const gmt_parallel *p = job->parallel;
    if (p->cp > 1)
        return core->keys + core->values;
    bool as_it_is =
        p->micro_batch_size == 1 || (p->gpu == GMT_H100 && p->attention == GMT_ATTENTION_AUTO);
    return as_it_is ? 0 : core->output;
}

/* A score's bytes of 16-bit training: the softmax's output, and with dropout what that returns and
 * its mask. In steps the softmax is float32, and its output is converted. */
static double score_keeps(const struct job *job)
{
    const gmt_parallel *p = job->parallel;
    bool in_steps = p->softmax_in_steps && !job->engine && p->precision != GMT_FP32;
    if (p->no_attention_dropout)
        return in_steps ? 6 : 2;
    return in_steps ? 7 : 5;
}

static void core_keeps(const struct job *job, double count, double terms[])
{
    struct core core = core_of(job);
    double share = product_share(job), read = core.queries + core.keys + core.values;
    bool recomputed = job_recomputes(job, GMT_MODULE_CORE_ATTENTION);
    double inner = count * on_gpu(job, GMT_OFFLOAD_CORE_ATTENTION);
    double behind = count * on_gpu(job, GMT_OFFLOAD_ATTENTION_PROJECTION);
    if (is_unfused(job)) {
        terms[GMT_TERM_ATTENTION] += inner * read + behind * core.output * share;
        if (!recomputed)
            terms[GMT_TERM_SCORES] += inner * score_bytes(job, &core) * score_keeps(job);
        return;
    }
    double sums = core.heads * job->tokens * 4;
    terms[GMT_TERM_ATTENTION] += inner * read + behind * core.output;
    if (!recomputed)
        terms[GMT_TERM_ATTENTION] += inner * (other_layouts(job, &core) * share + sums);
}

static void latent_keeps(const struct job *job, double count, double terms[])
{
    const gmt_model *m = job->model;
    double compressed = 2 * (double)(m->q_lora_rank + m->kv_lora_rank) / job->sequence_ranks;
    double kept =
        job->tokens * job->activation_bytes * (compressed + (double)m->qk_pos_emb_head_dim);
    /* Keys and values before keys get their rotary part. */
    double up = divided(job, (double)(m->attention_heads * (m->qk_head_dim + m->v_head_dim)));
    if (job_recomputes(job, GMT_MODULE_MLA_UP_PROJECTION))
        up = 0;
    terms[GMT_TERM_ATTENTION] += count * (kept + up);
}

void attention_keeps(const struct job *job, double count, double terms[GMT_TERM_COUNT])
{
    const gmt_model *m = job->model;
    if (count == 0)
        return;
    terms[GMT_TERM_NORMS] +=
        count * (hidden_state(job) * on_gpu(job, GMT_OFFLOAD_ATTENTION_NORM) +
                 norm_output(job) * on_gpu(job, GMT_OFFLOAD_QKV) + dropout_mask(job));
    core_keeps(job, count, terms);
    if (m->attention_output_gate) /* the gate, and the output before it */
        terms[GMT_TERM_ATTENTION] += count * 2 * core_of(job).output;
    if (m->multi_latent_attention)
        latent_keeps(job, count, terms);
    else if (m->qk_norm)
        terms[GMT_TERM_ATTENTION] +=
            count * divided(job, (double)((m->attention_heads + m->query_groups) * m->kv_channels));
}

double attention_backward(const struct job *job)
{
    struct core core = core_of(job);
    double gradients = hidden_state(job) + 2 * core.output + core.queries + core.keys + core.values;
    return gradients + (is_unfused(job) ? 2 * 2 * score_bytes(job, &core) : 0);
}
