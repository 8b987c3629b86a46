/* How much memory a rank of a training job needs: two numbers, never one. Part of gmtrace.h, which
 * includes this file.
 *
 *   gmt_model model = {.layers = 96, .hidden_size = 20480, .attention_heads = 160,
 *                      .sequence_length = 2048, .padded_vocabulary = 50304};
 *   gmt_parallel parallel = {.tp = 2, .pp = 64, .dp = 64, .micro_batches = 384,
 *                            .sequence_parallel = true, .recompute = GMT_RECOMPUTE_SELECTIVE,
 *                            .precision = GMT_BF16};
 *   gmt_log_theoretical(tracer, iteration, gmt_theoretical_bytes(&model, &parallel));
 *   uint64_t expected = gmt_expected_peak_bytes(&model, &parallel);
 *
 * Theory (gmt_estimate_memory) is what Megatron-LM's own report prints, of a release: papers and
 * logs have it. It is always of 16-bit training with Adam, and of the first stage.
 *
 * Expected peak (gmt_expect_memory) is what a rank should be seen to use, added up from the bottom,
 * a term per cause; see tracer/estimator/estimate_memory.md for the terms and their sources.
 *
 * Fields that are left 0 have Megatron-LM's default, which stands beside them, so that a struct of
 * zeros with the sizes filled in is the plain case (begin with an initializer as above, or with
 * {0}): no sequence parallelism, no recomputation, 32-bit training. Nothing here allocates, keeps
 * state, or prints; all of it may be called from any thread. Texts that a struct points to are the
 * caller's and are read during the call only.
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

/* ---- the model ---- */

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
    bool quick_geglu;        /* gated, too; but 4 x hidden_size wide, and ungated for theory */
    bool squared_relu;
    bool untied_embeddings; /* the output layer has weights of its own */
    bool rms_norm;          /* norms without bias */
    bool no_linear_bias;    /* linear layers have no bias (--disable-bias-linear) */
    bool qkv_bias;          /* but the query, key and value projection has */
    bool qk_norm;           /* norms of queries and keys */
    int64_t positions;      /* rows of a learned position embedding; 0: there is none */

    /* Mixture of experts. */
    int64_t experts;                       /* 0: dense */
    int64_t moe_ffn_hidden_size;           /* of each expert; 0: ffn_hidden_size */
    int64_t shared_expert_ffn_hidden_size; /* of the experts that see every token; 0: none */
    int64_t moe_layer_frequency;           /* N: layers 0, N, 2N, ... have experts; 0: all */
    const char *moe_layer_pattern; /* or a digit a layer, 1: it has experts; NULL: as above */
    int64_t router_top_k;          /* experts a token goes to; 0: 2 */
    int64_t moe_latent_size;       /* experts work at this width; 0: hidden_size */
    bool shared_expert_gate;
    bool router_bias; /* --moe-router-enable-expert-bias */

    /* Multi-latent attention. */
    bool multi_latent_attention;
    int64_t q_lora_rank;         /* 0: queries are not compressed */
    int64_t kv_lora_rank;        /* 0: 32 */
    int64_t qk_head_dim;         /* 0: 128 */
    int64_t qk_pos_emb_head_dim; /* 0: 64 */
    int64_t v_head_dim;          /* 0: 128 */

    int64_t mtp_layers; /* layers that predict further tokens */

    /* Layers of several kinds, in Megatron's letters: M Mamba, * attention, - MLP, E experts, with
     * | between the stages where it is given. `layers` is their number then. NULL: all are
     * transformer layers, of attention and an MLP or experts. G is a gated delta net. */
    const char *hybrid_pattern;
    int64_t mamba_heads;     /* 0: 2 x hidden_size / mamba_head_dim */
    int64_t mamba_head_dim;  /* 0: 64 */
    int64_t mamba_state_dim; /* 0: 128 */
    int64_t mamba_groups;    /* 0: 8 */

    bool mtp_repeated; /* one layer predicts all further tokens: --mtp-use-repeated-layer */

    /* Gated delta nets in place of attention (--experimental-attention-variant gdn). */
    bool attention_output_gate; /* attention's output is gated: --attention-output-gate */
    const char *delta_pattern;  /* a digit a layer, 1: it has one; NULL: none, or as follows */
    int64_t
        delta_frequency; /* N: all layers but N-1, 2N-1, ... (--linear-attention-freq); 0: none */
    int64_t delta_key_heads, delta_value_heads;       /* 0: 16, 32 */
    int64_t delta_key_head_dim, delta_value_head_dim; /* 0: 128 */
    int64_t delta_kernel;                             /* of its convolution; 0: 4 */
} gmt_model;

/* ---- how it is divided and trained ---- */

typedef enum gmt_recompute {
    GMT_RECOMPUTE_NONE,
    GMT_RECOMPUTE_SELECTIVE, /* parts of a layer: recompute_modules */
    GMT_RECOMPUTE_FULL,      /* whole layers */
} gmt_recompute;

/* What selective recomputation recomputes, one or several. */
enum {
    GMT_MODULE_CORE_ATTENTION = 1,
    GMT_MODULE_MOE_ACTIVATION = 2,
    GMT_MODULE_NORM = 4,
    GMT_MODULE_MLA_UP_PROJECTION = 8,
    GMT_MODULE_MLP = 16,
    GMT_MODULE_MOE = 32,
    GMT_MODULE_SHARED_EXPERTS = 64,
};

/* Modules whose inputs --fine-grained-activation-offloading moves to the host, one or several. */
enum {
    GMT_OFFLOAD_ATTENTION_NORM = 1,
    GMT_OFFLOAD_QKV = 2,
    GMT_OFFLOAD_CORE_ATTENTION = 4,
    GMT_OFFLOAD_ATTENTION_PROJECTION = 8,
    GMT_OFFLOAD_MLP_NORM = 16,
    GMT_OFFLOAD_EXPERT_FC1 = 32,
    GMT_OFFLOAD_MOE_ACTIVATION = 64,
};

typedef enum gmt_precision { GMT_FP32, GMT_FP16, GMT_BF16 } gmt_precision;

typedef enum gmt_sharding {
    GMT_SHARD_NOTHING,
    GMT_SHARD_OPTIMIZER,  /* ZeRO-1: --use-distributed-optimizer */
    GMT_SHARD_GRADIENTS,  /* ZeRO-2: and gradients */
    GMT_SHARD_PARAMETERS, /* ZeRO-3: and parameters; Megatron-FSDP, FSDP2 */
} gmt_sharding;

typedef enum gmt_optimizer { GMT_ADAM, GMT_SGD, GMT_MUON, GMT_DIST_MUON } gmt_optimizer;

typedef enum gmt_attention {
    GMT_ATTENTION_AUTO,    /* flash or fused, where the software can; else unfused */
    GMT_ATTENTION_FLASH,   /* scores are never stored */
    GMT_ATTENTION_FUSED,   /* cuDNN's, nor here */
    GMT_ATTENTION_UNFUSED, /* scores are stored */
} gmt_attention;

typedef enum gmt_dispatcher { GMT_ALLGATHER, GMT_ALLTOALL, GMT_FLEX } gmt_dispatcher;

typedef enum gmt_loss_fusion {
    GMT_LOSS_UNFUSED,
    GMT_LOSS_NATIVE, /* --cross-entropy-loss-fusion */
    GMT_LOSS_TRANSFORMER_ENGINE,
    GMT_LOSS_LINEAR, /* and the output layer in the same kernel */
} gmt_loss_fusion;

typedef enum gmt_fp8_recipe {
    GMT_FP8_TENSOR, /* a scale for a tensor: delayed, tensorwise */
    GMT_FP8_BLOCK,  /* for 128 x 128 elements */
    GMT_FP8_MX,     /* for 32 elements, along rows and along columns */
} gmt_fp8_recipe;

typedef enum gmt_gpu { GMT_H100, GMT_A100, GMT_H200, GMT_B200, GMT_GB200 } gmt_gpu;

/* Bytes that a parameter does not take: 0 would mean the default. */
#define GMT_NO_BYTES (-1.0)

/* The releases of Megatron-LM whose formula is known: core_r0.7 to core_r0.19. */
enum { GMT_MEGATRON_OLDEST = 7, GMT_MEGATRON_NEWEST = 19 };

/* New fields go to the end, where older programs have none.
 * NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding) */
typedef struct gmt_parallel {
    int64_t tp, pp, dp, cp, ep; /* tensor, pipeline, data, context, expert parallel; 0: 1 */
    int64_t etp;                /* tensor parallel within experts; 0: tp */
    int64_t virtual_stages;     /* model chunks a rank, interleaved schedule; 0: 1, plain 1F1B */
    int64_t micro_batch_size;   /* 0: 1 */
    int64_t micro_batches;      /* an iteration and data-parallel rank; 0: not known, at least pp */

    int64_t megatron_minor; /* theory of release core_r0.N; 0: GMT_MEGATRON_NEWEST */

    gmt_sharding sharding;  /* what data-parallel ranks share out */
    bool sequence_parallel; /* norms and dropouts are divided over tp, by tokens */
    gmt_recompute recompute;
    unsigned recompute_modules; /* of selective: GMT_MODULE_...; 0: the core of attention */
    bool recompute_block;       /* full: only the first recompute_layers of a stage (or chunk) */
    int64_t recompute_layers;   /* else: so many layers between stored inputs; 0: 1 */

    /* What theory does not depend on, and expected peak does. */
    gmt_precision precision;
    bool fp8;         /* matrix products in 8 bits */
    bool fp8_weights; /* and the weights are kept so: --fp8-param-gather */
    gmt_optimizer optimizer;
    double weight_bytes;              /* a parameter; 0: by precision */
    double gradient_bytes;            /* 0: 4, of fp16 training 2 */
    bool gradients_fp32;              /* 4 of fp16 training, too */
    double master_bytes;              /* 0: 4 where weights are 16-bit */
    double moment_bytes;              /* both of Adam's together; 0: 8 */
    double offloaded_optimizer_share; /* of the optimizer's state that is in the host's memory */
    int64_t optimizer_instances; /* the distributed optimizer's, over which it is repeated; 0: 1 */
    bool fsdp;                   /* Megatron-FSDP or FSDP2: `sharding` is of its units */
    bool overlap_gather;         /* --overlap-param-gather */
    bool overlap_reduce;         /* --overlap-grad-reduce */

    gmt_attention attention;
    bool local_layers;         /* --transformer-impl local: without Transformer Engine */
    bool no_hidden_dropout;    /* --hidden-dropout 0 */
    bool no_attention_dropout; /* --attention-dropout 0 */
    bool deterministic;        /* --deterministic-mode */
    gmt_loss_fusion loss_fusion;
    gmt_dispatcher dispatcher;
    bool grouped_gemm;
    bool moe_activation_fused; /* --use-fused-weighted-squared-relu */
    unsigned offload_modules;  /* GMT_OFFLOAD_...: their inputs go to the host's memory */
    double moe_imbalance;      /* tokens of the fullest rank over the mean; 0: 1 */

    int64_t first_stage_layers, last_stage_layers; /* 0: as all others */
    bool embedding_is_a_layer, loss_is_a_layer;    /* --account-for-...-in-pipeline-split */
    const char *pipeline_layout; /* --pipeline-model-parallel-layout; NULL: none */

    gmt_gpu gpu;
    bool older_software;      /* PyTorch and Transformer Engine of 2024 ("lts" containers) */
    int64_t cublas_workspace; /* bytes, of CUBLAS_WORKSPACE_CONFIG; 0: the GPU's default */
    bool expandable_segments; /* PYTORCH_CUDA_ALLOC_CONF */
    uint64_t fixed_bytes;     /* what no term knows; counts to the device's use alone */

    bool precision_aware;  /* the optimizer reads 16-bit gradients as they are, without a copy */
    bool whole_tensors;    /* Muon's distributed optimizer deals out all tensors, embeddings too:
                              --no-use-layer-wise-param-layout, and releases before 0.18 */
    bool softmax_in_steps; /* local layers' softmax is not one kernel, and in float32:
                              --no-masked-softmax-fusion --attention-softmax-in-fp32 */
    bool tp_overlap;       /* --tp-comm-overlap: user buffers, outside PyTorch's allocator */
    bool deferred_embedding_gradients; /* --defer-embedding-wgrad-compute */
    gmt_fp8_recipe fp8_recipe;
    int64_t deferral_limit;    /* of how many micro-batches; 0: of all */
    int64_t micro_batch_group; /* --microbatch-group-size-per-virtual-pipeline-stage; 0: pp */
} gmt_parallel;

/* ---- theory ---- */

/* The shares of a rank in what Megatron-LM reports. Bytes are doubles since shares of a byte occur
 * (a parameter's 12 bytes over 7 ranks); they are exact to a byte up to 2^53. */
typedef struct gmt_memory_estimate {
    int64_t stage;          /* the pipeline stage that the figures below are of, from 0 */
    int64_t megatron_minor; /* the release that they are by */
    double in_flight;       /* micro-batches whose activations it holds at its peak */

    /* The layers do not divide evenly: figures are of a stage of average depth, as the formula has
     * them, and the deepest stage needs more. */
    bool layers_uneven;

    /* Why the release prints no total: activations and the total are NAN then, for a hybrid model
     * all bytes. "" where it prints one. */
    const char *no_total;

    /* Parameters as the release counts them: of the whole model, and of one rank of the stage. No
     * release knows hybrid models: those of the whole are counted by its tensors, others NAN. */
    double model_parameters;
    double attention_parameters, mlp_parameters, expert_parameters, norm_parameters;
    double router_parameters;
    double embedding_parameters, output_parameters; /* first stage; last stage */

    double weights_bytes, gradients_bytes;
    double master_weights_bytes, moments_bytes;
    double layer_activations_bytes;
    double embedding_activations_bytes; /* first stage */
    double output_activations_bytes;    /* last stage: output layer and loss */
    double overhead_bytes;              /* 5% of activations, where the release adds them */

    double state_bytes;       /* "weight and optimizer" */
    double activations_bytes; /* "activation" */
    double total_bytes;       /* "total" */

    /* After GMT_INVALID: the field that makes no sense, and what was expected of it. Else "". */
    const char *invalid_field, *expected;
} gmt_memory_estimate;

/* The stage that needs most. Megatron-LM takes the first one for it, and so does theory; expected
 * peak compares all of them. */
#define GMT_MOST_LOADED (-1)

/* Theory. Of stage 0, which GMT_MOST_LOADED means, to 0.01 MB what the release prints
 * (theoretical_memory_usage.py); other stages, up to pp-1, by the same formula with what they hold.
 * Returns GMT_OK, or GMT_INVALID for sizes that do not fit each other (fewer layers than pp, heads
 * into tp, ...) or overflow: then all figures are 0, and invalid_field and expected (not NULL,
 * static) say why. */
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

/* The total that the release prints in one call, rounded; GMT_UNKNOWN where it prints none and
 * where gmt_estimate_memory returns GMT_INVALID. */
GMT_API uint64_t gmt_theoretical_bytes_sized(const gmt_model *model, size_t model_size,
                                             const gmt_parallel *parallel, size_t parallel_size);

static inline uint64_t gmt_theoretical_bytes(const gmt_model *model, const gmt_parallel *parallel)
{
    return gmt_theoretical_bytes_sized(model, sizeof *model, parallel, sizeof *parallel);
}

/* ---- expected peak ---- */

/* What a rank's memory goes to. The first ones are there between iterations (static); those from
 * GMT_TERM_ATTENTION on are added at the peak, where a negative one is what has been freed by then.
 */
typedef enum gmt_term {
    GMT_TERM_WEIGHTS,
    GMT_TERM_GRADIENTS,
    GMT_TERM_MASTER_WEIGHTS,
    GMT_TERM_OPTIMIZER_STATE,
    GMT_TERM_GRADIENT_COPIES,  /* fp16: float32 copies, from a step to the next iteration */
    GMT_TERM_GATHERED_WEIGHTS, /* FSDP: units that stay gathered */
    GMT_TERM_CUBLAS_WORKSPACE,
    GMT_TERM_ENGINE_WORKSPACE, /* Transformer Engine's */
    GMT_TERM_GLOBAL_BUFFER,    /* Megatron-LM's, for tensor parallelism and attention scores */
    GMT_TERM_PIPELINE_TENSORS, /* received by a stage */

    GMT_TERM_ATTENTION,
    GMT_TERM_SCORES, /* stored by unfused attention */
    GMT_TERM_MLP,
    GMT_TERM_EXPERTS,
    GMT_TERM_MAMBA,
    GMT_TERM_DELTA,       /* gated delta nets */
    GMT_TERM_NORMS,       /* norms, residuals and their dropout */
    GMT_TERM_CHECKPOINTS, /* inputs of layers that are recomputed as a whole */
    GMT_TERM_EMBEDDING,
    GMT_TERM_FURTHER_TOKENS, /* of multi-token prediction, with its logits */
    GMT_TERM_HEAD,           /* the last norm and what it reads */
    GMT_TERM_LOGITS,
    GMT_TERM_BACKWARD, /* gradients within the layer that goes back first */
    GMT_TERM_FREED,    /* of the static ones */

    GMT_TERM_COUNT
} gmt_term;

/* When the peak is. */
typedef enum gmt_moment {
    GMT_AT_LOSS,     /* the last stage's: logits and their gradients */
    GMT_AT_BACKWARD, /* as the first layer goes back */
    GMT_AT_STEP,     /* the optimizer's step: all that is static is there */
} gmt_moment;

typedef struct gmt_expected_memory {
    int64_t stage;
    gmt_moment moment; /* of the peak */
    double in_flight;  /* micro-batches of the stage's first chunk that are under way then */
    double parameters; /* of this rank; of the last rank of its groups where they differ */

    double static_bytes;     /* allocated between iterations */
    double first_peak_bytes; /* allocated at most in the first iteration: no optimizer state yet */
    double peak_bytes;       /* and in every later one */

    /* What nvidia-smi shows at the peak: with the CUDA context, NCCL's buffers and what the
     * allocator keeps in pieces. */
    double device_low_bytes, device_high_bytes;

    const char *invalid_field, *expected; /* as in gmt_memory_estimate */

    double terms[GMT_TERM_COUNT]; /* bytes; their sum is peak_bytes */
} gmt_expected_memory;

/* A term's name for programs, "weights"; NULL: there is no such term. */
GMT_API const char *gmt_term_name(gmt_term term);

/* The GPU's memory that programs can use, bytes: an H100 "80 GB" has some 79 GiB. */
GMT_API uint64_t gmt_gpu_bytes(gmt_gpu gpu);

/* Expected memory of a rank of a pipeline stage, 0 to pp-1; GMT_MOST_LOADED is the stage with the
 * highest peak. Returns as gmt_estimate_memory does. */
GMT_API gmt_status gmt_expect_memory_sized(const gmt_model *model, size_t model_size,
                                           const gmt_parallel *parallel, size_t parallel_size,
                                           int64_t stage, gmt_expected_memory *expected,
                                           size_t expected_size);

static inline gmt_status gmt_expect_memory(const gmt_model *model, const gmt_parallel *parallel,
                                           int64_t stage, gmt_expected_memory *expected)
{
    return gmt_expect_memory_sized(model, sizeof *model, parallel, sizeof *parallel, stage,
                                   expected, sizeof *expected);
}

/* The most loaded stage's peak in one call, rounded; GMT_UNKNOWN where gmt_expect_memory returns
 * GMT_INVALID. */
GMT_API uint64_t gmt_expected_peak_bytes_sized(const gmt_model *model, size_t model_size,
                                               const gmt_parallel *parallel, size_t parallel_size);

static inline uint64_t gmt_expected_peak_bytes(const gmt_model *model, const gmt_parallel *parallel)
{
    return gmt_expected_peak_bytes_sized(model, sizeof *model, parallel, sizeof *parallel);
}

/* ---- both, from settings as texts ---- */

typedef struct gmt_argument_estimate {
    uint64_t theoretical_bytes;   /* GMT_UNKNOWN: none, or the release prints none */
    uint64_t expected_peak_bytes; /* of the most loaded stage; GMT_UNKNOWN: none */
    int64_t megatron_minor;       /* the release that theory is by */
    char why[256];                /* one of them is missing; "" where none is */
    char not_modelled[256]; /* flags among them that touch memory and are not counted, or "" */
} gmt_argument_estimate;

/* Estimates from a job's settings (gmt_argument, in gmtrace.h), for callers that have them as
 * texts. Names that an estimate does not depend on are passed over. A model of Hugging Face's is
 * given by its configuration, "hugging_face.hidden_size" and so on, and by "seq_length". A name
 * with "--" before it is a flag of the command line: it counts for not_modelled alone. GMT_INVALID
 * where neither figure could be told, as `why` says. */
GMT_API gmt_status gmt_estimate_arguments_sized(const gmt_argument *arguments, size_t count,
                                                gmt_argument_estimate *estimate, size_t size);

static inline gmt_status gmt_estimate_arguments(const gmt_argument *arguments, size_t count,
                                                gmt_argument_estimate *estimate)
{
    return gmt_estimate_arguments_sized(arguments, count, estimate, sizeof *estimate);
}

#ifdef __cplusplus
}
#endif
#endif
