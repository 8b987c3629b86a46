/* The table of settings: Megatron-LM's arguments that an estimate depends on, and a few of ours.
 * Defaults that stand in the explanations are Megatron-LM's (megatron/training/arguments.py). */
#include "tracer/estimator/model/settings.h"

#include <string.h>

static const struct setting_choice NORMALIZATIONS[] = {
    {"LayerNorm", CHOICE_BOOL, false}, {"RMSNorm", CHOICE_BOOL, true}, {0}};
static const struct setting_choice GRANULARITIES[] = {
    {"selective", CHOICE_INT, GMT_RECOMPUTE_SELECTIVE},
    {"full", CHOICE_INT, GMT_RECOMPUTE_FULL},
    {"none", CHOICE_INT, GMT_RECOMPUTE_NONE}, /* ours: Megatron has no word for it */
    {0}};
static const struct setting_choice MODULES[] = {
    {"core_attn", CHOICE_INT, GMT_MODULE_CORE_ATTENTION},
    {"moe_act", CHOICE_INT, GMT_MODULE_MOE_ACTIVATION},
    {"layernorm", CHOICE_INT, GMT_MODULE_NORM},
    {"mla_up_proj", CHOICE_INT, GMT_MODULE_MLA_UP_PROJECTION},
    {"mlp", CHOICE_INT, GMT_MODULE_MLP},
    {"moe", CHOICE_INT, GMT_MODULE_MOE},
    {"shared_experts", CHOICE_INT, GMT_MODULE_SHARED_EXPERTS},
    {0}};
static const struct setting_choice OFFLOADS[] = {
    {"attn_norm", CHOICE_INT, GMT_OFFLOAD_ATTENTION_NORM},
    {"qkv_linear", CHOICE_INT, GMT_OFFLOAD_QKV},
    {"core_attn", CHOICE_INT, GMT_OFFLOAD_CORE_ATTENTION},
    {"attn_proj", CHOICE_INT, GMT_OFFLOAD_ATTENTION_PROJECTION},
    {"mlp_norm", CHOICE_INT, GMT_OFFLOAD_MLP_NORM},
    {"expert_fc1", CHOICE_INT, GMT_OFFLOAD_EXPERT_FC1},
    {"moe_act", CHOICE_INT, GMT_OFFLOAD_MOE_ACTIVATION},
    {0}};
static const struct setting_choice METHODS[] = {
    {"uniform", CHOICE_BOOL, false}, {"block", CHOICE_BOOL, true}, {0}};
static const struct setting_choice PRECISIONS[] = {{"fp32", CHOICE_BYTES, 4},
                                                   {"fp16", CHOICE_BYTES, 2},
                                                   {"bf16", CHOICE_BYTES, 2},
                                                   {"fp8", CHOICE_BYTES, 1},
                                                   {"none", CHOICE_BYTES, GMT_NO_BYTES},
                                                   {0}};
/* Each of Adam's moments; "none" is no fraction of another. */
static const struct setting_choice MOMENTS[] = {{"fp32", CHOICE_BYTES, 4},
                                                {"fp16", CHOICE_BYTES, 2},
                                                {"bf16", CHOICE_BYTES, 2},
                                                {"fp8", CHOICE_BYTES, 1},
                                                {0}};
static const struct setting_choice OPTIMIZERS[] = {{"adam", CHOICE_INT, GMT_ADAM},
                                                   {"sgd", CHOICE_INT, GMT_SGD},
                                                   {"muon", CHOICE_INT, GMT_MUON},
                                                   {"dist_muon", CHOICE_INT, GMT_DIST_MUON},
                                                   {0}};
static const struct setting_choice POSITIONS[] = {{"learned_absolute", CHOICE_INT, 1},
                                                  {"rope", CHOICE_INT, 2},
                                                  {"mrope", CHOICE_INT, 2},
                                                  {"relative", CHOICE_INT, 2},
                                                  {"yarn", CHOICE_INT, 2},
                                                  {"none", CHOICE_INT, 2},
                                                  {0}};
static const struct setting_choice VARIANTS[] = {
    {"gdn", CHOICE_INT, 1}, {"gated_delta_net", CHOICE_INT, 1}, {"dsa", CHOICE_INT, 2}, {0}};
static const struct setting_choice FP8[] = {
    {"e4m3", CHOICE_BOOL, true}, {"hybrid", CHOICE_BOOL, true}, {0}};
static const struct setting_choice RECIPES[] = {
    {"delayed", CHOICE_INT, GMT_FP8_TENSOR},  {"tensorwise", CHOICE_INT, GMT_FP8_TENSOR},
    {"blockwise", CHOICE_INT, GMT_FP8_BLOCK}, {"mxfp8", CHOICE_INT, GMT_FP8_MX},
    {"custom", CHOICE_INT, GMT_FP8_TENSOR},   {0}};
static const struct setting_choice STRATEGIES[] = {
    {"no_shard", CHOICE_INT, 1 + GMT_SHARD_NOTHING},
    {"optim", CHOICE_INT, 1 + GMT_SHARD_OPTIMIZER},
    {"optim_grads", CHOICE_INT, 1 + GMT_SHARD_GRADIENTS},
    {"optim_grads_params", CHOICE_INT, 1 + GMT_SHARD_PARAMETERS},
    {0}};
/* "local" and "unfused" both keep the scores. */
static const struct setting_choice BACKENDS[] = {
    {"auto", CHOICE_INT, GMT_ATTENTION_AUTO},     {"flash", CHOICE_INT, GMT_ATTENTION_FLASH},
    {"fused", CHOICE_INT, GMT_ATTENTION_FUSED},   {"unfused", CHOICE_INT, GMT_ATTENTION_UNFUSED},
    {"local", CHOICE_INT, GMT_ATTENTION_UNFUSED}, {0}};
static const struct setting_choice IMPLEMENTATIONS[] = {{"transformer_engine", CHOICE_BOOL, false},
                                                        {"inference_optimized", CHOICE_BOOL, false},
                                                        {"local", CHOICE_BOOL, true},
                                                        {0}};
static const struct setting_choice LOSSES[] = {{"native", CHOICE_INT, GMT_LOSS_NATIVE},
                                               {"te", CHOICE_INT, GMT_LOSS_TRANSFORMER_ENGINE},
                                               {"linear", CHOICE_INT, GMT_LOSS_LINEAR},
                                               {0}};
static const struct setting_choice DISPATCHERS[] = {{"allgather", CHOICE_INT, GMT_ALLGATHER},
                                                    {"alltoall", CHOICE_INT, GMT_ALLTOALL},
                                                    {"flex", CHOICE_INT, GMT_FLEX},
                                                    {0}};
static const struct setting_choice GPUS[] = {
    {"a100", CHOICE_INT, GMT_A100},   {"h100", CHOICE_INT, GMT_H100},
    {"h200", CHOICE_INT, GMT_H200},   {"b200", CHOICE_INT, GMT_B200},
    {"gb200", CHOICE_INT, GMT_GB200}, {0}};
static const struct setting_choice SOFTWARE[] = {
    {"dev", CHOICE_BOOL, false}, {"lts", CHOICE_BOOL, true}, {0}};

#define FIELD(name) offsetof(struct model_settings, name)
#define TEXT(name)  sizeof((struct model_settings *)0)->name
#define ROW(flag, field, kind, choices, value, meaning, said, size)                                \
    {                                                                                              \
        flag, "--" flag, kind, #field, FIELD(field), choices, value, meaning, said, size           \
    }

const struct setting SETTINGS[] = {
    ROW("num-layers", model.layers, SETTING_INTEGER, NULL, "N", "transformer layers", 0, 0),
    ROW("hidden-size", model.hidden_size, SETTING_INTEGER, NULL, "N", "width of the model", 0, 0),
    ROW("ffn-hidden-size", model.ffn_hidden_size, SETTING_INTEGER, NULL, "N",
        "width of the MLP (4 x hidden size; 8/3 of it with --swiglu)", 0, 0),
    ROW("num-attention-heads", model.attention_heads, SETTING_INTEGER, NULL, "N", "attention heads",
        0, 0),
    ROW("group-query-attention", grouped_queries, SETTING_SWITCH, NULL, "false",
        "heads share keys and values (see --num-query-groups)", 0, 0),
    ROW("num-query-groups", query_groups, SETTING_INTEGER, NULL, "N",
        "groups of heads that share keys and values, with --group-query-attention (1)", 0, 0),
    ROW("kv-channels", model.kv_channels, SETTING_INTEGER, NULL, "N",
        "width of a head (hidden size / heads)", 0, 0),
    ROW("seq-length", model.sequence_length, SETTING_INTEGER, NULL, "N", "tokens a sequence", 0, 0),
    ROW("padded-vocab-size", model.padded_vocabulary, SETTING_INTEGER, NULL, "N",
        "rows of the embedding", 0, 0),
    ROW("vocab-size", vocabulary, SETTING_INTEGER, NULL, "N",
        "words of the vocabulary; padded for the embedding", 0, 0),
    ROW("make-vocab-size-divisible-by", vocabulary_divisor, SETTING_INTEGER, NULL, "N",
        "what the vocabulary is padded to, times the tensor parallel size (128)", 0, 0),
    ROW("disable-pad-vocab-size", vocabulary_not_padded, SETTING_SWITCH, NULL, "false",
        "the vocabulary is not padded", 0, 0),
    ROW("tokenizer-type", tokenizer, SETTING_TEXT, NULL, "TYPE",
        "its vocabulary, where the type tells it: GPT2BPETokenizer has 50257 words", 0,
        TEXT(tokenizer)),
    ROW("merge-file", merge_file, SETTING_TEXT, NULL, "FILE",
        "without --tokenizer-type: GPT-2's tokenizer is assumed", 0, TEXT(merge_file)),
    ROW("swiglu", model.gated_mlp, SETTING_SWITCH, NULL, "false", "gated MLP", 0, 0),
    ROW("quick-geglu", model.quick_geglu, SETTING_SWITCH, NULL, "false",
        "gated MLP of 4 x hidden size, which theory takes for an ungated one", 0, 0),
    ROW("squared-relu", model.squared_relu, SETTING_SWITCH, NULL, "false",
        "squared ReLU between the MLP's layers", 0, 0),
    ROW("untie-embeddings-and-output-weights", model.untied_embeddings, SETTING_SWITCH, NULL,
        "false", "the output layer has weights of its own", 0, 0),
    ROW("normalization", model.rms_norm, SETTING_CHOICE, NORMALIZATIONS, "LayerNorm|RMSNorm",
        "kind of norms", 0, 0),
    ROW("disable-bias-linear", model.no_linear_bias, SETTING_SWITCH, NULL, "false",
        "linear layers have no bias", 0, 0),
    ROW("add-qkv-bias", model.qkv_bias, SETTING_SWITCH, NULL, "false",
        "but the projection of queries, keys and values has", 0, 0),
    ROW("qk-layernorm", model.qk_norm, SETTING_SWITCH, NULL, "false", "norms of queries and keys",
        0, 0),
    ROW("position-embedding-type", positions_kind, SETTING_CHOICE, POSITIONS,
        "learned_absolute|rope|yarn|...", "kind of position embedding (learned_absolute)", 0, 0),
    ROW("max-position-embeddings", positions, SETTING_INTEGER, NULL, "N",
        "rows of a learned position embedding (sequence length)", 0, 0),
    ROW("no-position-embedding", learned_positions_off, SETTING_SWITCH, NULL, "false",
        "there is no learned position embedding", 0, 0),
    ROW("use-rotary-position-embeddings", rotary_positions, SETTING_SWITCH, NULL, "false",
        "an older word for --position-embedding-type rope", 0, 0),
    ROW("num-experts", model.experts, SETTING_INTEGER, NULL, "N", "experts of a layer", 0, 0),
    ROW("moe-ffn-hidden-size", model.moe_ffn_hidden_size, SETTING_INTEGER, NULL, "N",
        "width of an expert", 0, 0),
    ROW("moe-shared-expert-intermediate-size", model.shared_expert_ffn_hidden_size, SETTING_INTEGER,
        NULL, "N", "width of the shared experts", 0, 0),
    ROW("moe-shared-expert-gate", model.shared_expert_gate, SETTING_SWITCH, NULL, "false",
        "the shared experts have a gate", 0, 0),
    ROW("moe-layer-freq", expert_layers, SETTING_LAYERS, NULL, "N|LIST",
        "one layer in N has experts, or '[0]*3+[1]*58'", 0, 0),
    ROW("moe-router-topk", model.router_top_k, SETTING_INTEGER, NULL, "N",
        "experts that see a token (2)", 0, 0),
    ROW("moe-latent-size", model.moe_latent_size, SETTING_INTEGER, NULL, "N",
        "experts work at this width", 0, 0),
    ROW("moe-router-enable-expert-bias", model.router_bias, SETTING_SWITCH, NULL, "false",
        "the router has a bias for each expert", 0, 0),
    ROW("multi-latent-attention", latent_attention, SETTING_SWITCH, NULL, "false",
        "keys and values (and queries) are compressed", 0, 0),
    ROW("q-lora-rank", model.q_lora_rank, SETTING_INTEGER, NULL, "N", "width of compressed queries",
        0, 0),
    ROW("kv-lora-rank", model.kv_lora_rank, SETTING_INTEGER, NULL, "N",
        "width of compressed keys and values (32)", 0, 0),
    ROW("qk-head-dim", model.qk_head_dim, SETTING_INTEGER, NULL, "N",
        "width of a head's queries and keys (128)", 0, 0),
    ROW("qk-pos-emb-head-dim", model.qk_pos_emb_head_dim, SETTING_INTEGER, NULL, "N",
        "and of their rotary part (64)", 0, 0),
    ROW("v-head-dim", model.v_head_dim, SETTING_INTEGER, NULL, "N",
        "width of a head's values (128)", 0, 0),
    ROW("mtp-num-layers", model.mtp_layers, SETTING_INTEGER, NULL, "N",
        "layers that predict further tokens", 0, 0),
    ROW("mtp-use-repeated-layer", model.mtp_repeated, SETTING_SWITCH, NULL, "false",
        "one such layer for all of them", 0, 0),
    ROW("hybrid-layer-pattern", hybrid_pattern, SETTING_TEXT, NULL, "TEXT",
        "layers of several kinds: M Mamba, * attention, - MLP, E experts, | between stages", 0,
        TEXT(hybrid_pattern)),
    ROW("hybrid-override-pattern", hybrid_pattern, SETTING_TEXT, NULL, "TEXT",
        "an older word for it", 0, TEXT(hybrid_pattern)),
    ROW("mamba-num-heads", model.mamba_heads, SETTING_INTEGER, NULL, "N",
        "heads of a Mamba layer (2 x hidden size / their width)", 0, 0),
    ROW("mamba-head-dim", model.mamba_head_dim, SETTING_INTEGER, NULL, "N",
        "width of such a head (64)", 0, 0),
    ROW("mamba-state-dim", model.mamba_state_dim, SETTING_INTEGER, NULL, "N",
        "width of its state (128)", 0, 0),
    ROW("mamba-num-groups", model.mamba_groups, SETTING_INTEGER, NULL, "N",
        "groups of its states (8)", 0, 0),

    ROW("experimental-attention-variant", attention_variant, SETTING_CHOICE, VARIANTS, "gdn|dsa",
        "gdn: gated delta nets in place of attention; dsa is not modelled", 0, 0),
    ROW("linear-attention-freq", delta_layers, SETTING_LAYERS, NULL, "N|LIST",
        "attention in one layer of N, the others have it, or a list as '[1]*3+[0]'", 0, 0),
    ROW("linear-num-key-heads", model.delta_key_heads, SETTING_INTEGER, NULL, "N",
        "its heads of queries and keys (16)", 0, 0),
    ROW("linear-num-value-heads", model.delta_value_heads, SETTING_INTEGER, NULL, "N",
        "its heads of values (32)", 0, 0),
    ROW("linear-key-head-dim", model.delta_key_head_dim, SETTING_INTEGER, NULL, "N",
        "width of such a head of keys (128)", 0, 0),
    ROW("linear-value-head-dim", model.delta_value_head_dim, SETTING_INTEGER, NULL, "N",
        "and of values (128)", 0, 0),
    ROW("linear-conv-kernel-dim", model.delta_kernel, SETTING_INTEGER, NULL, "N",
        "width of its convolution (4)", 0, 0),
    ROW("attention-output-gate", model.attention_output_gate, SETTING_SWITCH, NULL, "false",
        "attention's output is gated", 0, 0),

    ROW("tensor-model-parallel-size", parallel.tp, SETTING_INTEGER, NULL, "N",
        "tensor parallel size", 0, 0),
    ROW("pipeline-model-parallel-size", parallel.pp, SETTING_INTEGER, NULL, "N",
        "pipeline parallel size", 0, 0),
    ROW("context-parallel-size", parallel.cp, SETTING_INTEGER, NULL, "N", "context parallel size",
        0, 0),
    ROW("expert-model-parallel-size", parallel.ep, SETTING_INTEGER, NULL, "N",
        "expert parallel size", 0, 0),
    ROW("expert-tensor-parallel-size", parallel.etp, SETTING_INTEGER, NULL, "N",
        "tensor parallel size within experts (tensor parallel size)", 0, 0),
    ROW("data-parallel-size", data_parallel_size, SETTING_INTEGER, NULL, "N",
        "data parallel size; or give --world-size", 0, 0),
    ROW("world-size", world_size, SETTING_INTEGER, NULL, "N",
        "ranks in all; or give --data-parallel-size", 0, 0),
    ROW("num-layers-per-virtual-pipeline-stage", layers_a_virtual_stage, SETTING_INTEGER, NULL, "N",
        "interleaved schedule, by the layers of a chunk", 0, 0),
    ROW("num-virtual-stages-per-pipeline-rank", parallel.virtual_stages, SETTING_INTEGER, NULL, "N",
        "interleaved schedule, by the chunks of a rank", 0, 0),
    ROW("microbatch-group-size-per-virtual-pipeline-stage", parallel.micro_batch_group,
        SETTING_INTEGER, NULL, "N", "micro-batches that a chunk takes in turn (pipeline size)", 0,
        0),
    ROW("decoder-first-pipeline-num-layers", parallel.first_stage_layers, SETTING_INTEGER, NULL,
        "N", "layers of the first stage, where it differs", 0, 0),
    ROW("decoder-last-pipeline-num-layers", parallel.last_stage_layers, SETTING_INTEGER, NULL, "N",
        "layers of the last stage, where it differs", 0, 0),
    ROW("account-for-embedding-in-pipeline-split", parallel.embedding_is_a_layer, SETTING_SWITCH,
        NULL, "false", "the embedding counts as a layer of the first stage", 0, 0),
    ROW("account-for-loss-in-pipeline-split", parallel.loss_is_a_layer, SETTING_SWITCH, NULL,
        "false", "the output layer counts as a layer of the last stage", 0, 0),
    ROW("pipeline-model-parallel-layout", pipeline_layout, SETTING_TEXT, NULL, "TEXT",
        "what each stage holds: E embedding, t layer, L output, m MTP, | between stages", 0,
        TEXT(pipeline_layout)),
    ROW("micro-batch-size", parallel.micro_batch_size, SETTING_INTEGER, NULL, "N",
        "sequences a micro-batch (1)", 0, 0),
    ROW("num-microbatches", micro_batches, SETTING_INTEGER, NULL, "N",
        "micro-batches an iteration; or give --global-batch-size", 0, 0),
    ROW("global-batch-size", global_batch_size, SETTING_INTEGER, NULL, "N",
        "sequences an iteration, of all ranks", 0, 0),

    ROW("sequence-parallel", parallel.sequence_parallel, SETTING_SWITCH, NULL, "false",
        "norms and dropouts are divided by tokens over the tensor-parallel ranks",
        FIELD(sequence_parallel_said), 0),
    ROW("tp-comm-overlap", parallel.tp_overlap, SETTING_SWITCH, NULL, "false",
        "products overlap with their communication in user buffers, for device use", 0, 0),
    ROW("recompute-granularity", parallel.recompute, SETTING_CHOICE, GRANULARITIES,
        "full|selective|none", "what is recomputed (none)", FIELD(recompute_said), 0),
    ROW("recompute-activations", recompute_activations, SETTING_SWITCH, NULL, "false",
        "the same as --recompute-granularity selective", FIELD(recompute_said), 0),
    ROW("recompute-modules", parallel.recompute_modules, SETTING_MODULES, MODULES, "WORDS",
        "what selective recomputation recomputes, several words (core_attn)", 0, 0),
    ROW("recompute-method", parallel.recompute_block, SETTING_CHOICE, METHODS, "uniform|block",
        "which layers are recomputed, with full", 0, 0),
    ROW("recompute-num-layers", parallel.recompute_layers, SETTING_INTEGER, NULL, "N",
        "how many layers are recomputed, with full", 0, 0),
    ROW("fine-grained-activation-offloading", offloading, SETTING_SWITCH, NULL, "false",
        "activations of --offload-modules go to the host's memory", 0, 0),
    ROW("offload-modules", offload_modules, SETTING_MODULES, OFFLOADS, "WORDS",
        "inputs of which modules, several words", 0, 0),
    ROW("bf16", bf16, SETTING_SWITCH, NULL, "false", "trains in bfloat16", 0, 0),
    ROW("fp16", fp16, SETTING_SWITCH, NULL, "false", "trains in float16", 0, 0),
    ROW("fp8-format", fp8, SETTING_CHOICE, FP8, "e4m3|hybrid", "matrix products in 8 bits", 0, 0),
    ROW("fp8-recipe", parallel.fp8_recipe, SETTING_CHOICE, RECIPES,
        "delayed|tensorwise|blockwise|mxfp8|custom", "of how many elements a scale is (delayed)", 0,
        0),
    ROW("fp8-param-gather", parallel.fp8_weights, SETTING_SWITCH, NULL, "false",
        "weights are kept in 8 bits", 0, 0),
    ROW("use-distributed-optimizer", distributed_optimizer, SETTING_SWITCH, NULL, "false",
        "the optimizer's state is shared out over the data-parallel ranks", 0, 0),
    ROW("use-megatron-fsdp", megatron_fsdp, SETTING_SWITCH, NULL, "false",
        "fully sharded data parallelism (see --data-parallel-sharding-strategy)", 0, 0),
    ROW("use-custom-fsdp", megatron_fsdp, SETTING_SWITCH, NULL, "false", "an older word for it", 0,
        0),
    ROW("use-torch-fsdp2", torch_fsdp2, SETTING_SWITCH, NULL, "false",
        "PyTorch's fully sharded data parallelism", 0, 0),
    ROW("data-parallel-sharding-strategy", sharding_strategy, SETTING_CHOICE, STRATEGIES,
        "no_shard|optim|optim_grads|optim_grads_params", "what Megatron-FSDP shares out (no_shard)",
        0, 0),
    ROW("num-distributed-optimizer-instances", parallel.optimizer_instances, SETTING_INTEGER, NULL,
        "N", "groups of data-parallel ranks that each hold the whole state (1)", 0, 0),
    ROW("overlap-param-gather", parallel.overlap_gather, SETTING_SWITCH, NULL, "false",
        "parameters are gathered while layers run", 0, 0),
    ROW("overlap-grad-reduce", parallel.overlap_reduce, SETTING_SWITCH, NULL, "false",
        "gradients are reduced while layers run", 0, 0),
    ROW("optimizer", optimizer, SETTING_CHOICE, OPTIMIZERS, "adam|sgd|muon|dist_muon",
        "the optimizer (adam)", 0, 0),
    ROW("no-use-layer-wise-param-layout", parallel.whole_tensors, SETTING_SWITCH, NULL, "false",
        "the distributed optimizer deals out whole tensors with muon", 0, 0),
    ROW("optimizer-cpu-offload", offloaded_optimizer, SETTING_SWITCH, NULL, "false",
        "the optimizer's state is in the host's memory", 0, 0),
    ROW("optimizer-offload-fraction", offloaded_share, SETTING_NUMBER, NULL, "SHARE",
        "such a part of it (1)", 0, 0),
    ROW("use-precision-aware-optimizer", parallel.precision_aware, SETTING_SWITCH, NULL, "false",
        "the optimizer keeps its state in the types below", 0, 0),
    ROW("main-grads-dtype", main_gradient_bytes, SETTING_CHOICE, PRECISIONS, "fp32|bf16|...",
        "precision of the gradients (fp32)", 0, 0),
    ROW("main-params-dtype", main_parameter_bytes, SETTING_CHOICE, PRECISIONS, "fp32|fp16|...",
        "precision of the master weights (fp32)", 0, 0),
    ROW("exp-avg-dtype", first_moment_bytes, SETTING_CHOICE, MOMENTS, "fp32|fp16|...",
        "precision of Adam's first moment (fp32)", 0, 0),
    ROW("exp-avg-sq-dtype", second_moment_bytes, SETTING_CHOICE, MOMENTS, "fp32|fp16|...",
        "precision of Adam's second moment (fp32)", 0, 0),
    ROW("accumulate-allreduce-grads-in-fp32", parallel.gradients_fp32, SETTING_SWITCH, NULL,
        "false", "gradients are summed in float32, also of float16 training", 0, 0),
    ROW("grad-reduce-in-bf16", gradients_in_bf16, SETTING_SWITCH, NULL, "false",
        "gradients are summed in bfloat16", 0, 0),
    ROW("attention-backend", attention_backend, SETTING_CHOICE, BACKENDS,
        "auto|flash|fused|unfused|local", "how attention is computed (auto)", 0, 0),
    ROW("transformer-impl", parallel.local_layers, SETTING_CHOICE, IMPLEMENTATIONS,
        "transformer_engine|local|inference_optimized", "whose layers (transformer_engine)", 0, 0),
    ROW("no-masked-softmax-fusion", softmax_not_fused, SETTING_SWITCH, NULL, "false",
        "softmax of local layers is not one kernel", 0, 0),
    ROW("attention-softmax-in-fp32", softmax_in_fp32, SETTING_SWITCH, NULL, "false",
        "and it is float32 then", 0, 0),
    ROW("hidden-dropout", hidden_dropout, SETTING_DROPOUT, NULL, "P",
        "dropout of hidden states (0.1)", 0, 0),
    ROW("attention-dropout", attention_dropout, SETTING_DROPOUT, NULL, "P",
        "dropout of attention (0.1)", 0, 0),
    ROW("deterministic-mode", parallel.deterministic, SETTING_SWITCH, NULL, "false",
        "only kernels that repeat their results", 0, 0),
    ROW("cross-entropy-loss-fusion", loss_fusion, SETTING_SWITCH, NULL, "false",
        "the loss is one kernel", 0, 0),
    ROW("cross-entropy-fusion-impl", loss_fusion_kind, SETTING_CHOICE, LOSSES, "native|te|linear",
        "whose kernel (native)", 0, 0),
    ROW("defer-embedding-wgrad-compute", parallel.deferred_embedding_gradients, SETTING_SWITCH,
        NULL, "false", "the output layer's weight gets its gradients at the pipeline's end", 0, 0),
    ROW("wgrad-deferral-limit", parallel.deferral_limit, SETTING_COUNT, NULL, "N",
        "of so many micro-batches (0: all)", 0, 0),
    ROW("moe-token-dispatcher-type", parallel.dispatcher, SETTING_CHOICE, DISPATCHERS,
        "allgather|alltoall|flex", "how tokens come to their experts (allgather)", 0, 0),
    ROW("moe-grouped-gemm", parallel.grouped_gemm, SETTING_SWITCH, NULL, "false",
        "experts of a rank in one call", 0, 0),
    ROW("use-fused-weighted-squared-relu", parallel.moe_activation_fused, SETTING_SWITCH, NULL,
        "false", "experts' activation and its weighting in one kernel", 0, 0),

    ROW("megatron-version", parallel.megatron_minor, SETTING_VERSION, NULL, "0.7...0.19",
        "theory as this release of Megatron-LM prints it (0.19)", 0, 0),
    ROW("gpu", parallel.gpu, SETTING_CHOICE, GPUS, "a100|h100|h200|b200|gb200",
        "the GPU, for expected memory (h100)", FIELD(gpu_said), 0),
    ROW("software", parallel.older_software, SETTING_CHOICE, SOFTWARE, "dev|lts",
        "the generation of PyTorch and Transformer Engine: lts is of 2024 (dev)", 0, 0),
    ROW("moe-imbalance", parallel.moe_imbalance, SETTING_NUMBER, NULL, "FACTOR",
        "tokens of the rank that gets most, over the mean (1)", 0, 0),
    ROW("cublas-workspace-config", cublas_workspace, SETTING_TEXT, NULL, "TEXT",
        "CUBLAS_WORKSPACE_CONFIG of the job's environment", 0, TEXT(cublas_workspace)),
    ROW("pytorch-cuda-alloc-conf", allocator, SETTING_TEXT, NULL, "TEXT",
        "PYTORCH_CUDA_ALLOC_CONF of the job's environment", 0, TEXT(allocator)),
    ROW("fixed-mb", fixed_mb, SETTING_NUMBER, NULL, "MB", "what no term knows, for device use (0)",
        0, 0),
};
const size_t SETTINGS_COUNT = sizeof SETTINGS / sizeof *SETTINGS;

/* Fields that follow from others, by the flag that decides. */
static const struct {
    const char *field, *flag;
} OTHERWISE[] = {
    {"padded_vocabulary", "--vocab-size (or --padded-vocab-size)"},
    {"query_groups", "--num-query-groups"},
    {"dp", "--data-parallel-size"},
    {"micro_batches", "--num-microbatches"},
    {"positions", "--max-position-embeddings"},
    {"moe_layer_pattern", "--moe-layer-freq"},
    {"moe_layer_frequency", "--moe-layer-freq"},
    {"hybrid_pattern", "--hybrid-layer-pattern"},
    {"pipeline_layout", "--pipeline-model-parallel-layout"},
    {"multi_latent_attention", "--multi-latent-attention"},
    {"sharding", "--data-parallel-sharding-strategy"},
    {"fixed_bytes", "--fixed-mb"},
    {"total_bytes", "the estimate"},
    {"offloaded_optimizer_share", "--optimizer-offload-fraction"},
};

const char *setting_word(const char *flag, int value)
{
    const struct setting *setting = setting_find(flag, strlen(flag));
    for (const struct setting_choice *choice = setting->choices; choice->word; choice++)
        if ((int)choice->value == value)
            return choice->word;
    return "";
}

const char *setting_flag_of_field(const char *field)
{
    for (size_t i = 0; i < sizeof OTHERWISE / sizeof *OTHERWISE; i++)
        if (strcmp(OTHERWISE[i].field, field) == 0)
            return OTHERWISE[i].flag;
    for (size_t i = 0; i < SETTINGS_COUNT; i++) {
        const char *dot = strchr(SETTINGS[i].field, '.');
        if (dot && strcmp(dot + 1, field) == 0)
            return SETTINGS[i].dashed;
    }
    return field;
}
