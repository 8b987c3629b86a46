/* Activations of a gated delta net in place of attention: the norm's input and output, what the
 * projection writes (queries, keys, values, a gate, alpha and beta for each head), the convolution,
 * normalized queries and keys, repeated for the heads of the values, the delta rule, the gated
 * norm.
 *
 * Sources: Megatron-LM core/ssm/gated_delta_net/common.py and gdn.py, from which each tensor that
 * autograd keeps was listed; the delta rule in float32 is its torch_chunk_gated_delta_rule, which
 * --deterministic-mode takes, the other one is flash-linear-attention's chunk_gated_delta_rule. */
#include "tracer/estimator/expected/expected.h"

enum { CHUNK = 64 }; /* tokens that the delta rule takes at once */

/* Widths on this rank, in elements a token. */
struct delta {
    double keys, values; /* before queries and keys are repeated */
    double repeated;     /* queries, or keys, one for each head of the values */
    double heads;
};

static struct delta delta_of(const struct job *job)
{
    const gmt_model *m = job->model;
    double tp = (double)job->parallel->tp, heads = (double)m->delta_value_heads / tp;
    return (struct delta){.keys = (double)(m->delta_key_heads * m->delta_key_head_dim) / tp,
                          .values = (double)(m->delta_value_heads * m->delta_value_head_dim) / tp,
                          .repeated = heads * (double)m->delta_key_head_dim,
                          .heads = heads};
}

/* Elements of float32 a token that PyTorch's own operations keep. */
static double rule_in_steps(const struct job *job, const struct delta *d)
{
    const gmt_model *m = job->model;
    /* Queries, keys, keys with beta, those decayed (twice), queries and keys by the chunk's decay;
     * values, values with beta, new values. */
    double kept = 7 * d->repeated + 3 * d->values;
    /* For a chunk's pairs of tokens: the decay and its exponent, products of keys, their inverse,
     * products with queries before and after the mask. */
    kept += 6 * d->heads * CHUNK;
    /* The inverse row by row: of row i the row and a square of i x i above it, cloned. */
    double rows = (CHUNK - 1) * CHUNK / 2.0, squares = rows * (2 * CHUNK - 1) / 3;
    kept += d->heads * (rows + squares) / CHUNK;
    /* The state behind each chunk. */
    return kept + d->heads * (double)(m->delta_key_head_dim * m->delta_value_head_dim) / CHUNK;
}

void delta_keeps(const struct job *job, double count, double terms[GMT_TERM_COUNT])
{
    if (count == 0)
        return;
    struct delta d = delta_of(job);
    bool repeats = job->model->delta_value_heads > job->model->delta_key_heads;
    double projected = 2 * d.keys + 2 * d.values + 2 * d.heads, mixed = 2 * d.keys + d.values;
    /* The projection's output, the convolution's input, normalized queries and keys and their
     * copies; the gate's copy, the norm's input and output, the input of the last projection. */
    double elements =
        projected + mixed + 2 * d.keys + (repeats ? 2 * d.repeated : 0) + 4 * d.values;
    double bytes = elements * job->activation_bytes;
    if (job->parallel->deterministic)
        /* The convolution's output too, as the activation's input. */
        bytes += mixed * job->activation_bytes + 4 * rule_in_steps(job, &d);
    else /* Values, decay, beta, and the inverse of each chunk. */
        bytes += (d.values + d.heads + d.heads * CHUNK) * job->activation_bytes + 4 * d.heads;
    terms[GMT_TERM_NORMS] += count * (hidden_state(job) + norm_output(job) + dropout_mask(job));
    terms[GMT_TERM_DELTA] += count * job->tokens * bytes;
}

double delta_backward(const struct job *job)
{
    struct delta d = delta_of(job);
    double wide = job->parallel->deterministic ? 4 : job->activation_bytes;
    return hidden_state(job) + job->tokens * wide * (2 * d.repeated + 2 * d.values);
}
