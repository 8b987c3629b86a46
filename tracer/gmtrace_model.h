/* Theoretical memory: what a rank of a training job should need, from the model's sizes and how it
 * is divided. Part of gmtrace.h, which includes this file.
 *
 *   gmt_model model = {.layers = 96, .hidden_size = 20480, .attention_heads = 160,
 *                      .sequence_length = 2048, .padded_vocabulary = 50304};
 *   gmt_parallel parallel = {.tp = 2, .pp = 64, .dp = 64, .micro_batches = 384};
 *   gmt_log_theoretical(tracer, iteration, gmt_theoretical_bytes(&model, &parallel));
 *
 * Fields that are left 0 have the default that stands beside them, so that a struct of zeros with
 * the sizes filled in is the plain case: begin with an initializer as above, or with {0}. Nothing
 * here allocates, keeps state, or prints.
 *
 * The figures are those of Megatron-LM's report, as training logs show them: weights, gradients and
 * Adam's state in mixed precision, and activations after Table 2 of Korthikanti et al., "Reducing
 * Activation Recomputation in Large Transformer Models" (arXiv 2205.05198), with sequence
 * parallelism and selective recomputation. What that formula leaves out are terms of their own,
 * which are 0 until asked for.
 */
#ifndef GMTRACE_MODEL_H
#define GMTRACE_MODEL_H

#ifndef GMTRACE_H
#error "include <gmtrace.h>"
#endif

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The model's sizes, 2^31-1 at most each. */
typedef struct gmt_model {
    /* These must be given. */
    int64_t layers, hidden_size, attention_heads;
    int64_t sequence_length;
    int64_t padded_vocabulary; /* rows of the embedding, with the padding for tp */

    int64_t ffn_hidden_size; /* 0: 4 x hidden_size; gated: 8/3 of it, down to a multiple of 64 */
    int64_t query_groups;    /* grouped queries; 0: attention_heads */
    int64_t kv_channels;     /* width of a head; 0: hidden_size / attention_heads */
    bool gated_mlp;          /* SwiGLU and its like: three matrices instead of two */
    bool untied_embeddings;  /* the output layer has weights of its own */
    bool rms_norm;           /* norms without bias */

    /* Mixture of experts. */
    int64_t experts;                       /* 0: dense */
    int64_t moe_ffn_hidden_size;           /* of each expert; 0: ffn_hidden_size */
    int64_t shared_expert_ffn_hidden_size; /* of the experts that see every token; 0: none */
    int64_t moe_layer_frequency;           /* N: layers 0, N, 2N, ... have experts; 0: all */
    int64_t moe_layers;   /* so many layers have them, whichever; 0: by the frequency */
    int64_t router_top_k; /* experts a token goes to; 0: activations as of a dense MLP */
} gmt_model;

typedef enum gmt_recompute {
    GMT_RECOMPUTE_SELECTIVE, /* the attention's core only */
    GMT_RECOMPUTE_NONE,
    GMT_RECOMPUTE_FULL, /* whole layers */
} gmt_recompute;

/* Bytes that a parameter does not take: 0 would mean the default. */
#define GMT_NO_BYTES (-1.0)

/* How the model is divided and trained. */
typedef struct gmt_parallel {
    int64_t tp, pp, dp, cp, ep; /* tensor, pipeline, data, context, expert parallel; 0: 1 */
    int64_t virtual_stages;     /* model chunks a rank, interleaved schedule; 0: 1, plain 1F1B */
    int64_t micro_batch_size;   /* 0: 1 */
    int64_t micro_batches;      /* an iteration and data-parallel rank; 0: not known, at least pp */

    bool distributed_optimizer; /* its state is divided over the data-parallel ranks */
    bool no_sequence_parallel;  /* norms and dropouts whole on every tensor-parallel rank */
    bool flash_attention;       /* attention scores are never stored */

    gmt_recompute recompute;
    bool recompute_block;     /* full: only the first recompute_layers of a stage (or chunk) */
    int64_t recompute_layers; /* else: so many layers between stored inputs; 0: 1 */

    double weight_bytes;   /* a parameter; 0: 2 */
    double gradient_bytes; /* 0: 4 */
    double master_bytes;   /* 0: 4 */
    double moment_bytes;   /* both of Adam's together; 0: 8 */

    uint64_t fixed_bytes; /* CUDA context, communication buffers: what no formula knows */
} gmt_parallel;

/* Where the memory of a rank goes. Bytes are doubles since shares of a byte occur (a parameter's 12
 * bytes over 7 ranks); they are exact to a byte up to 2^53. */
typedef struct gmt_memory_estimate {
    int64_t stage;    /* the pipeline stage that the figures below are of, from 0 */
    double in_flight; /* micro-batches whose activations it holds at its peak */

    /* The layers do not divide evenly: figures are of a stage of average depth, as the formula has
     * them, and the deepest stage needs more. */
    bool layers_uneven;

    /* Parameters: of the whole model, and of one rank of the stage. Layers count evenly over the
     * stages, those with experts too. */
    double model_parameters;
    double attention_parameters, mlp_parameters, expert_parameters, norm_parameters;
    double embedding_parameters, output_parameters; /* first stage; last stage */

    /* The formula. For stage 0 the sum is what Megatron-LM reports. */
    double weights_bytes, gradients_bytes;
    double master_weights_bytes, moments_bytes;
    double layer_activations_bytes;
    double embedding_activations_bytes; /* first stage */
    double output_activations_bytes;    /* last stage: output layer and loss */
    double formula_bytes;

    /* What each of these changes, in this order, each after those above it; negative: it saves. */
    double context_parallel_bytes;  /* sequence over cp; optimizer state over dp x cp */
    double expert_parallel_bytes;   /* experts over ep */
    double precision_bytes;         /* other bytes a parameter */
    double replicated_bytes;        /* without sequence parallelism */
    double attention_scores_bytes;  /* stored, not recomputed */
    double routing_bytes;           /* tokens' copies for their experts */
    double recompute_bytes;         /* full: inputs of layers in place of all they keep */
    double recomputed_layers_bytes; /* full: the layers that are being recomputed */
    double fixed_bytes;

    double total_bytes;

    /* After GMT_INVALID: the field that makes no sense, and what was expected of it. Else "". */
    const char *invalid_field, *expected;
} gmt_memory_estimate;

/* The stage that needs most: the first or the last one. */
#define GMT_MOST_LOADED (-1)

/* Estimates a pipeline stage, 0 to pp-1 or GMT_MOST_LOADED. Returns GMT_OK, or GMT_INVALID for
 * sizes that do not fit each other (fewer layers than pp, heads into tp, ...) or overflow: then all
 * figures are 0, and invalid_field and expected (not NULL, static) say why. */
GMT_API gmt_status gmt_estimate_memory_sized(const gmt_model *model, size_t model_size,
                                             const gmt_parallel *parallel, size_t parallel_size,
                                             int64_t stage, gmt_memory_estimate *estimate,
                                             size_t estimate_size);

static inline gmt_status gmt_estimate_memory(const gmt_model *model, const gmt_parallel *parallel,
                                             int64_t stage, gmt_memory_estimate *estimate)
{
    return gmt_estimate_memory_sized(model, sizeof *model, parallel, sizeof *parallel, stage,
                                     estimate, sizeof *estimate);
}

/* The most loaded stage's total in one call, rounded; GMT_UNKNOWN where gmt_estimate_memory returns
 * GMT_INVALID. */
GMT_API uint64_t gmt_theoretical_bytes_sized(const gmt_model *model, size_t model_size,
                                             const gmt_parallel *parallel, size_t parallel_size);

static inline uint64_t gmt_theoretical_bytes(const gmt_model *model, const gmt_parallel *parallel)
{
    return gmt_theoretical_bytes_sized(model, sizeof *model, parallel, sizeof *parallel);
}

#ifdef __cplusplus
}
#endif
#endif
