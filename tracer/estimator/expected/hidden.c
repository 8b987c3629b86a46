/* Figures that several parts of a layer share. */
#include "tracer/estimator/expected/expected.h"

double hidden_state(const struct job *job)
{
    return job->tokens * (double)job->model->hidden_size * job->activation_bytes /
           job->sequence_ranks;
}

double product_share(const struct job *job)
{
    return job->parallel->fp8 ? 1 / job->activation_bytes : 1;
}

double norm_output(const struct job *job)
{
    return job_recomputes(job, GMT_MODULE_NORM) ? 0 : hidden_state(job) * product_share(job);
}

double dropout_mask(const struct job *job)
{
    /* A byte an element; PyTorch's dropout returns its input where the probability is 0. */
    return job->parallel->no_hidden_dropout ? 0 : hidden_state(job) / job->activation_bytes;
}

double divided(const struct job *job, double width)
{
    return job->tokens * width * job->activation_bytes / (double)job->parallel->tp;
}

bool job_recomputes(const struct job *job, unsigned module)
{
    const gmt_parallel *p = job->parallel;
    unsigned modules = p->recompute_modules ? p->recompute_modules : GMT_MODULE_CORE_ATTENTION;
    return p->recompute == GMT_RECOMPUTE_SELECTIVE && (modules & module);
}

double on_gpu(const struct job *job, unsigned module)
{
    return job->parallel->offload_modules & module ? job->stays : 1;
}

double gate_factor(const gmt_model *model)
{
    return model->gated_mlp || model->quick_geglu ? 2 : 1;
}
