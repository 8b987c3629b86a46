/* What libraries keep for themselves, and what a pipeline's stages receive.
 *
 * Sources: PyTorch aten/src/ATen/cuda/CUDABlas.cpp and CublasHandlePool.cpp (a workspace for each
 * thread and stream: 8.125 MiB, on Hopper 32 MiB, on Blackwell since 2026 as well;
 * CUBLAS_WORKSPACE_ CONFIG rules); Transformer Engine pytorch/module/base.py
 * (get_cublas_workspace_size_bytes: 32 MiB from Hopper on, else 4; four more for grouped products);
 * Megatron-LM core/utils.py (GlobalMemoryBuffer), core/tensor_parallel/layers.py,
 * core/transformer/dot_product_attention.py, moe/token_dispatcher.py,
 * core/pipeline_parallel/schedules.py. */
#include "tracer/estimator/expected/expected.h"

#include <math.h>

static const double MIB = 1048576;

static double cublas_workspace(const struct job *job)
{
    if (job->parallel->cublas_workspace > 0)
        return (double)job->parallel->cublas_workspace;
    bool large = job->hopper || (job->blackwell && !job->parallel->older_software);
    return large ? 32 * MIB : 8.125 * MIB;
}

static double engine_workspaces(const struct job *job)
{
    const gmt_parallel *p = job->parallel;
    double one = job->hopper || job->blackwell ? 32 * MIB : 4 * MIB, count = 0;
    /* The router uses it, too, with whatever layers. */
    if (job->engine || job->model->experts > 0)
        count = 1;
    if (job->engine && p->grouped_gemm && !p->older_software)
        count += 4;
    return count * one;
}

/* One buffer, of the largest request: all tokens before a product with sequence parallelism, scores
 * of unfused local attention, or all tokens of the dispatcher that gathers. */
static double global_buffer(const struct job *job)
{
    const gmt_model *m = job->model;
    const gmt_parallel *p = job->parallel;
    double tp = (double)p->tp, held = (double)p->ep * (double)p->etp, most = 0;
    double all = job->tokens * (double)m->hidden_size * job->activation_bytes;
    if (!job->engine)
        most = (double)m->attention_heads / tp * job->tokens * (double)m->sequence_length * 2;
    if (p->sequence_parallel && p->tp > 1)
        most = fmax(most, all);
    if (m->experts > 0 && p->dispatcher == GMT_ALLGATHER && held > 1)
        most = fmax(most, all * held / tp);
    return most;
}

void buffers_add(const struct job *job, int64_t stage, double terms[GMT_TERM_COUNT])
{
    (void)stage;
    /* One for the thread that goes forward, one for autograd's. */
    terms[GMT_TERM_CUBLAS_WORKSPACE] += 2 * cublas_workspace(job);
    terms[GMT_TERM_ENGINE_WORKSPACE] += engine_workspaces(job);
    terms[GMT_TERM_GLOBAL_BUFFER] += global_buffer(job);
    if (job->parallel->pp > 1) /* an input and its gradient for each chunk */
        terms[GMT_TERM_PIPELINE_TENSORS] +=
            2 * (double)job->parallel->virtual_stages * hidden_state(job);
}
