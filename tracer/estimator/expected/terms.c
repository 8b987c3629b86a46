/* The terms' names, and what GPUs have. */
#include "tracer/gmtrace.h"

static const char *const NAMES[GMT_TERM_COUNT] = {
    [GMT_TERM_WEIGHTS] = "weights",
    [GMT_TERM_GRADIENTS] = "gradients",
    [GMT_TERM_MASTER_WEIGHTS] = "master_weights",
    [GMT_TERM_OPTIMIZER_STATE] = "optimizer_state",
    [GMT_TERM_GRADIENT_COPIES] = "gradient_copies",
    [GMT_TERM_GATHERED_WEIGHTS] = "gathered_weights",
    [GMT_TERM_CUBLAS_WORKSPACE] = "cublas_workspace",
    [GMT_TERM_ENGINE_WORKSPACE] = "transformer_engine_workspace",
    [GMT_TERM_GLOBAL_BUFFER] = "global_buffer",
    [GMT_TERM_PIPELINE_TENSORS] = "pipeline_tensors",
    [GMT_TERM_ATTENTION] = "attention",
    [GMT_TERM_SCORES] = "attention_scores",
    [GMT_TERM_MLP] = "mlp",
    [GMT_TERM_EXPERTS] = "experts",
    [GMT_TERM_MAMBA] = "mamba",
    [GMT_TERM_DELTA] = "gated_delta_nets",
    [GMT_TERM_NORMS] = "norms",
    [GMT_TERM_CHECKPOINTS] = "recomputation_inputs",
    [GMT_TERM_EMBEDDING] = "embedding",
    [GMT_TERM_FURTHER_TOKENS] = "further_tokens",
    [GMT_TERM_HEAD] = "head",
    [GMT_TERM_LOGITS] = "logits",
    [GMT_TERM_BACKWARD] = "backward",
    [GMT_TERM_FREED] = "freed",
};

const char *gmt_term_name(gmt_term term)
{
    return (unsigned)term < GMT_TERM_COUNT ? NAMES[term] : NULL;
}

/* What cudaMemGetInfo reports as a whole, MiB: the sizes by which they are sold, less what the
 * driver and error correction take. */
uint64_t gmt_gpu_bytes(gmt_gpu gpu)
{
    static const uint64_t mib[] = {[GMT_H100] = 81079,
                                   [GMT_A100] = 81153,
                                   [GMT_H200] = 143156,
                                   [GMT_B200] = 182642,
                                   [GMT_GB200] = 188416};
    return (unsigned)gpu < sizeof mib / sizeof *mib ? mib[gpu] << 20 : 0;
}
