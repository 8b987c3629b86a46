/* Activations of a Mamba layer: its input and norm, the projection's output (two inner widths, the
 * states' inputs, a step a head), and what the scan keeps of it: the convolution's output, the
 * scan's and the gated norm's.
 *
 * Sources: Megatron-LM core/ssm/mamba_mixer.py; the memory-efficient path of mamba_ssm's
 * mamba_split_conv1d_scan_combined. The three inner widths are a guess that fits. */
#include "tracer/estimator/expected/expected.h"

static double inner_width(const struct job *job)
{
    return (double)(job->model->mamba_heads * job->model->mamba_head_dim);
}

void mamba_keeps(const struct job *job, double count, double terms[GMT_TERM_COUNT])
{
    const gmt_model *m = job->model;
    if (count == 0)
        return;
    double inner = inner_width(job);
    double projected =
        2 * inner + 2 * (double)(m->mamba_groups * m->mamba_state_dim) + (double)m->mamba_heads;
    terms[GMT_TERM_NORMS] += count * (2 * hidden_state(job) + dropout_mask(job));
    terms[GMT_TERM_MAMBA] += count * divided(job, projected + 3 * inner);
}

double mamba_backward(const struct job *job)
{
    return hidden_state(job) + divided(job, 3 * inner_width(job));
}
