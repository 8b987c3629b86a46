/* Expected memory, term by term, of what a plain transformer does not have: each figure is worked
 * out by hand from the shapes of Megatron-core's modules. */
#include "tests/unit/expecting.h"

/* No dropout, no rest of a segment: what is seen is the tensors alone. */
static const gmt_parallel PLAIN = {.precision = GMT_BF16,
                                   .attention = GMT_ATTENTION_FLASH,
                                   .gpu = GMT_A100,
                                   .no_hidden_dropout = true,
                                   .no_attention_dropout = true,
                                   .expandable_segments = true};

static const double W = 1024, MIB = 1048576;
static const double TOKENS = 512, HIDDEN = 512.0 * 1024 * 2; /* bytes of a hidden state */
static const double TABLE = 8192.0 * 1024;
static const double ATTENTION = 4.0 * 1024 * 1024 + 1024; /* parameters, with its norm */

static gmt_model hybrid(const char *pattern)
{
    gmt_model model = SMALL;
    model.hybrid_pattern = pattern;
    model.layers = 0;
    for (const char *at = pattern; *at; at++)
        model.layers += *at != '|';
    return model;
}

/* ---- parameters ---- */

static void test_parameters_of_experts(void **state)
{
    (void)state;
    gmt_model m = SMALL;
    m.experts = 8;
    m.moe_ffn_hidden_size = 512;
    m.gated_mlp = true;
    const gmt_parallel p = {.dp = 4, .ep = 4};
    double router = 8 * W, norm = W;
    assert_near(expected(&m, &p, 0).parameters,
                8 * (ATTENTION + norm + router + 2 * 3 * W * 512) + TABLE + W);

    m.no_linear_bias = false; /* of queries, keys and values; of the projection; of the router */
    double biases = 3 * W + W + 8 + 2 * (2 * 512 + W);
    double plain = ATTENTION + norm + router + 2 * 3 * W * 512 + biases;
    assert_near(expected(&m, &p, 0).parameters, 8 * plain + TABLE + W);

    m.shared_expert_ffn_hidden_size = 256;
    double shared = 3 * W * 256 + 2 * 256 + W;
    assert_near(expected(&m, &p, 0).parameters, 8 * (plain + shared) + TABLE + W);
    m.shared_expert_gate = true;
    assert_near(expected(&m, &p, 0).parameters, 8 * (plain + shared + W) + TABLE + W);
    m.shared_expert_gate = false;
    m.shared_expert_ffn_hidden_size = 0;

    m.no_linear_bias = true;
    m.moe_latent_size = 128; /* a projection down and one up, and experts of that width */
    assert_near(expected(&m, &p, 0).parameters,
                8 * (ATTENTION + norm + router + 2 * 3 * 128.0 * 512 + 2 * 128 * W) + TABLE + W);
    m.no_linear_bias = false;
    biases = 3 * W + W + 8 + 2 * (2 * 512 + 128) + 128 + W;
    assert_near(expected(&m, &p, 0).parameters,
                8 * (ATTENTION + norm + router + 2 * 3 * 128.0 * 512 + 2 * 128 * W + biases) +
                    TABLE + W);

    /* Experts are shared out over ep x etp, all else over tp. */
    m = SMALL;
    m.experts = 8;
    m.moe_ffn_hidden_size = 512;
    const gmt_parallel both = {.tp = 4, .dp = 2, .ep = 2, .etp = 2};
    assert_near(expected(&m, &both, 0).parameters,
                8 * (W * W + W + norm + router + 4 * 2 * W * 256) + TABLE / 4 + W);
}

/* 32 heads of 64, 8 groups of 128 states, a convolution over 4. */
static void test_parameters_of_mamba(void **state)
{
    (void)state;
    gmt_model m = hybrid("M");
    double inner = 2048, states = 2 * 8 * 128;
    double norms = W + inner, convolution = (inner + states) * 5, heads = 3 * 32;
    double layer = norms + (2 * inner + states + 32) * W + convolution + heads + inner * W;
    assert_near(expected(&m, &PLAIN, 0).parameters, layer + TABLE + W);
    gmt_parallel p = PLAIN;
    p.tp = 2;
    assert_near(expected(&m, &p, 0).parameters, (layer - W) / 2 + W + TABLE / 2 + W);
    m.mamba_heads = 16;
    m.mamba_state_dim = 64;
    m.mamba_groups = 2;
    inner = 1024, states = 2 * 2 * 64;
    assert_near(expected(&m, &PLAIN, 0).parameters, W + inner + (2 * inner + states + 16) * W +
                                                        (inner + states) * 5 + 3 * 16 + inner * W +
                                                        TABLE + W);
}

static void test_parameters_of_latent_attention(void **state)
{
    (void)state;
    gmt_model m = SMALL;
    m.layers = 1;
    m.multi_latent_attention = true;
    m.qk_head_dim = 64, m.qk_pos_emb_head_dim = 32, m.v_head_dim = 48;
    m.kv_lora_rank = 256;
    double mlp = W + 8 * W * W, down = (256 + 32) * W, up = 16 * (64 + 48) * 256.0;
    double out = 16 * 48 * W, rest = W + mlp + TABLE + W;
    assert_near(expected(&m, &PLAIN, 0).parameters, rest + 16 * 96 * W + down + up + out);
    m.q_lora_rank = 512;
    double queries = 512 * W + 16 * 96 * 512.0;
    assert_near(expected(&m, &PLAIN, 0).parameters, rest + queries + down + up + out);
    m.qk_norm = true;
    assert_near(expected(&m, &PLAIN, 0).parameters, rest + queries + down + up + out + 512 + 256);
    m.qk_norm = false;
    m.no_linear_bias = false;
    assert_near(expected(&m, &PLAIN, 0).parameters,
                rest + queries + down + up + out + W + 4 * W + W);

    /* To the compressed width: whole on every rank, but for local layers. */
    m.no_linear_bias = true;
    gmt_parallel p = PLAIN;
    p.tp = 2;
    double halves = 8 * 96 * 512.0 + up / 2 + out / 2 + 4 * W * W + TABLE / 2, norms = 3 * W;
    assert_near(expected(&m, &p, 0).parameters, halves + norms + 512 * W + down);
    p.local_layers = true;
    assert_near(expected(&m, &p, 0).parameters, halves + norms + (512 * W + down) / 2);
}

/* Two norms and a projection before the layer, a norm behind; and the embedding once more. */
static void test_further_tokens(void **state)
{
    (void)state;
    gmt_model m = SMALL;
    m.mtp_layers = 2;
    gmt_parallel p = PLAIN;
    double layer = ATTENTION + W + 8 * W * W, further = layer + 2 * W * W + 3 * W;
    assert_near(expected(&m, &p, 0).parameters, 8 * layer + 2 * further + TABLE + W);
    p.pp = 2;
    assert_near(expected(&m, &p, 0).parameters, 4 * layer + TABLE);
    assert_near(expected(&m, &p, 1).parameters, 4 * layer + 2 * further + 2 * TABLE + W);

    gmt_expected_memory e = expected(&m, &p, 1);
    assert_int_equal(e.moment, GMT_AT_LOSS);
    double kept = 2 * HIDDEN + (4 * HIDDEN + 16 * TOKENS * 4) + 8 * HIDDEN + 2 * HIDDEN;
    assert_near(e.terms[GMT_TERM_FURTHER_TOKENS], 2 * (kept + 4 * TOKENS * 8192 + 3 * HIDDEN));
    assert_near(e.terms[GMT_TERM_HEAD], 2 * HIDDEN);
    assert_near(e.terms[GMT_TERM_LOGITS], 6 * TOKENS * 8192);
    p.no_hidden_dropout = false;
    assert_near(expected(&m, &p, 1).terms[GMT_TERM_HEAD], 5 * HIDDEN);
    p.no_hidden_dropout = true;
    p.loss_fusion = GMT_LOSS_NATIVE;
    assert_near(expected(&m, &p, 1).terms[GMT_TERM_LOGITS], 10 * TOKENS * 8192);
    p.precision = GMT_FP32;
    assert_near(expected(&m, &p, 1).terms[GMT_TERM_LOGITS], 8 * TOKENS * 8192);
}

/* ---- which stage has which layers ---- */

static void test_patterns(void **state)
{
    (void)state;
    gmt_parallel p = PLAIN;
    p.pp = 2;
    gmt_model m = hybrid("M-M-**--"); /* by number: four each */
    double mlp = W + 8 * W * W, mamba = W + 2048 + (3 * 2048 + 32) * W + 4096.0 * 5 + 96 + 2048 * W;
    assert_near(expected(&m, &p, 0).parameters, 2 * mamba + 2 * mlp + TABLE);
    assert_near(expected(&m, &p, 1).parameters, 2 * ATTENTION + 2 * mlp + TABLE + W);
    m = hybrid("M-M-*|*--"); /* as it is written */
    assert_near(expected(&m, &p, 0).parameters, 2 * mamba + 2 * mlp + ATTENTION + TABLE);
    assert_near(expected(&m, &p, 1).parameters, ATTENTION + 2 * mlp + TABLE + W);

    /* Layers 0, 3 and 6 have experts; or as the digits say. */
    m = SMALL;
    m.experts = 4, m.moe_ffn_hidden_size = 256, m.moe_layer_frequency = 3;
    p.dp = 4, p.ep = 4;
    double dense = ATTENTION + mlp, sparse = ATTENTION + W + 4 * W + 2 * 256 * W;
    assert_near(expected(&m, &p, 0).parameters, 2 * dense + 2 * sparse + TABLE);
    assert_near(expected(&m, &p, 1).parameters, 3 * dense + sparse + TABLE + W);
    /* A stage of its own depth means nothing where there is one stage. */
    gmt_parallel alone = p;
    alone.pp = 1, alone.first_stage_layers = 2;
    assert_near(expected(&m, &alone, 0).parameters, 5 * dense + 3 * sparse + TABLE + W);
    m.moe_layer_pattern = "00010111";
    assert_near(expected(&m, &p, 0).parameters, 3 * dense + sparse + TABLE);
    assert_near(expected(&m, &p, 1).parameters, dense + 3 * sparse + TABLE + W);
}

/* One of the middle, where kinds of layers or how many there are make it so. */
static void test_most_loaded_middle(void **state)
{
    (void)state;
    gmt_parallel p = PLAIN;
    p.pp = 4, p.micro_batches = 1; /* each stage holds one */
    gmt_model m = hybrid("-|-|--------------------|-");
    assert_int_equal(expected(&m, &p, GMT_MOST_LOADED).stage, 2);
    m = hybrid("-|--------------------|-|-");
    assert_int_equal(expected(&m, &p, GMT_MOST_LOADED).stage, 1);
    m = SMALL;
    m.experts = 16, m.moe_ffn_hidden_size = 4096, m.moe_layer_pattern = "00001100";
    assert_int_equal(expected(&m, &p, GMT_MOST_LOADED).stage, 2);
    m.moe_layer_pattern = "11000000";
    assert_int_equal(expected(&m, &p, GMT_MOST_LOADED).stage, 0);
    m = SMALL;
    m.layers = 20;
    p.pipeline_layout = "Et|t|t*17|tL";
    assert_int_equal(expected(&m, &p, GMT_MOST_LOADED).stage, 2);
}

/* 2 (2-1-0) + 2 x 2 + 1 = 7 forward passes before the first backward one: a round of two
 * micro-batches through three chunks, and one more of the first. */
static void test_chunks_under_way(void **state)
{
    (void)state;
    gmt_model m = SMALL;
    m.layers = 6;
    gmt_parallel p = PLAIN;
    p.pp = 2, p.virtual_stages = 3, p.micro_batches = 8;
    assert_near(expected(&m, &p, 0).in_flight, 3);
    assert_near(expected(&m, &p, 0).terms[GMT_TERM_MLP], 7 * 8 * HIDDEN);
    assert_near(expected(&m, &p, 1).in_flight, 2);
    assert_near(expected(&m, &p, 1).terms[GMT_TERM_MLP], 5 * 8 * HIDDEN);
    assert_near(expected(&m, &p, 0).terms[GMT_TERM_PIPELINE_TENSORS], 2 * 3 * HIDDEN);
    p.micro_batches = 2;
    assert_near(expected(&m, &p, 0).terms[GMT_TERM_MLP], 6 * 8 * HIDDEN);
}

/* ---- activations ---- */

/* Of the first of two stages, which has two micro-batches under way. */
static gmt_parallel first_of_two(void)
{
    gmt_parallel p = PLAIN;
    p.pp = 2;
    return p;
}

static void test_activations_of_experts(void **state)
{
    (void)state;
    gmt_model m = SMALL;
    m.experts = 8, m.moe_ffn_hidden_size = 512, m.gated_mlp = true, m.router_top_k = 2;
    gmt_parallel p = first_of_two();
    p.dp = 4, p.ep = 4;
    double routed = TOKENS * 2 * 2; /* bytes of an element of each token's copies */
    gmt_expected_memory e = expected(&m, &p, 0);
    assert_near(e.terms[GMT_TERM_EXPERTS], 8 * routed * (W + 3 * 512));
    assert_near(e.terms[GMT_TERM_NORMS], 8 * (2 + 2) * HIDDEN);
    /* The hidden state's gradient; the input's, and those of gate, product and output. */
    assert_int_equal(e.moment, GMT_AT_BACKWARD);
    assert_near(e.terms[GMT_TERM_BACKWARD], HIDDEN + routed * (W + 3 * 512));
    p.moe_imbalance = 1.5;
    assert_near(expected(&m, &p, 0).terms[GMT_TERM_EXPERTS], 1.5 * 8 * routed * (W + 3 * 512));
    p.moe_imbalance = 0;
    m.shared_expert_ffn_hidden_size = 256;
    assert_near(expected(&m, &p, 0).terms[GMT_TERM_EXPERTS],
                8 * (routed * (W + 3 * 512) + TOKENS * 2 * 3 * 256));
    p.recompute = GMT_RECOMPUTE_SELECTIVE;
    p.recompute_modules = GMT_MODULE_SHARED_EXPERTS | GMT_MODULE_MOE_ACTIVATION;
    assert_near(expected(&m, &p, 0).terms[GMT_TERM_EXPERTS], 8 * routed * (W + 2 * 512));
    p.recompute_modules = GMT_MODULE_MOE;
    assert_near(expected(&m, &p, 0).terms[GMT_TERM_EXPERTS], 0);
    p.recompute = GMT_RECOMPUTE_NONE;
    m.shared_expert_ffn_hidden_size = 0;
    m.moe_latent_size = 128;
    assert_near(expected(&m, &p, 0).terms[GMT_TERM_EXPERTS], 8 * routed * (128 + 3 * 512));
    m.moe_latent_size = 0;
    m.gated_mlp = false; /* a product with the router's probabilities more, but where it is fused */
    m.ffn_hidden_size = 4096;
    assert_near(expected(&m, &p, 0).terms[GMT_TERM_EXPERTS], 8 * routed * (W + 3 * 512));
    p.moe_activation_fused = true;
    assert_near(expected(&m, &p, 0).terms[GMT_TERM_EXPERTS], 8 * routed * (W + 2 * 512));
    p.no_hidden_dropout = false;
    assert_near(expected(&m, &p, 0).terms[GMT_TERM_NORMS], 8 * (4 * HIDDEN + 2 * HIDDEN / 2));
    assert_near(expected(&m, &p, 0).terms[GMT_TERM_EMBEDDING], 2 * HIDDEN / 2);
    /* etp 1 of tp 2: half of each rank's tokens are its experts'. */
    p.no_hidden_dropout = true;
    p.tp = 2, p.etp = 1;
    assert_near(expected(&m, &p, 0).terms[GMT_TERM_EXPERTS], 8 * routed / 2 * (W + 2 * 512));
}

static void test_activations_of_mamba(void **state)
{
    (void)state;
    gmt_model m = hybrid("MMMM");
    gmt_parallel p = first_of_two();
    double inner = 2048, states = 2048, bytes = TOKENS * 2;
    gmt_expected_memory e = expected(&m, &p, 0);
    assert_near(e.terms[GMT_TERM_MAMBA], 4 * bytes * (2 * inner + states + 32 + 3 * inner));
    assert_near(e.terms[GMT_TERM_NORMS], 4 * 2 * HIDDEN);
    assert_near(e.terms[GMT_TERM_BACKWARD], HIDDEN + bytes * 3 * inner);
    p.tp = 2;
    p.no_hidden_dropout = false;
    e = expected(&m, &p, 0);
    assert_near(e.terms[GMT_TERM_MAMBA], 2 * bytes * (2 * inner + states + 32 + 3 * inner));
    assert_near(e.terms[GMT_TERM_NORMS], 4 * (2 * HIDDEN + HIDDEN / 2));
    assert_near(e.terms[GMT_TERM_BACKWARD], HIDDEN + bytes * 3 * inner / 2);
}

static void test_activations_of_attention(void **state)
{
    (void)state;
    gmt_parallel p = first_of_two();
    double sums = 16 * TOKENS * 4;
    assert_near(expected(&SMALL, &p, 0).terms[GMT_TERM_ATTENTION], 8 * (4 * HIDDEN + sums));
    p.micro_batch_size = 2; /* the output in another layout, too */
    assert_near(expected(&SMALL, &p, 0).terms[GMT_TERM_ATTENTION], 8 * 2 * (5 * HIDDEN + sums));
    p.gpu = GMT_H100;
    assert_near(expected(&SMALL, &p, 0).terms[GMT_TERM_ATTENTION], 8 * 2 * (5 * HIDDEN + sums));
    p.attention = GMT_ATTENTION_AUTO;
    assert_near(expected(&SMALL, &p, 0).terms[GMT_TERM_ATTENTION], 8 * 2 * (4 * HIDDEN + sums));
    p.recompute = GMT_RECOMPUTE_SELECTIVE;
    assert_near(expected(&SMALL, &p, 0).terms[GMT_TERM_ATTENTION], 8 * 2 * 4 * HIDDEN);

    gmt_model m = SMALL; /* a ring's step: keys and values of 4 groups of 16 */
    m.query_groups = 4;
    p = first_of_two();
    p.cp = 2;
    double half = HIDDEN / 2;
    assert_near(expected(&m, &p, 0).terms[GMT_TERM_ATTENTION],
                8 * (2.5 * half + 0.5 * half + sums / 2));
    p.cp = 1;
    m.qk_norm = true;
    assert_near(expected(&m, &p, 0).terms[GMT_TERM_ATTENTION],
                8 * (2.5 * HIDDEN + sums + 1.25 * HIDDEN));
    m.qk_norm = false;
    p.tp = 8; /* more ranks than groups: each has one */
    assert_near(expected(&m, &p, 0).terms[GMT_TERM_ATTENTION],
                8 * (2 * HIDDEN / 8 + 2 * HIDDEN / 16 + sums / 8));

    /* Unfused: by choice, without Transformer Engine, of an older one where it is deterministic. */
    p = first_of_two();
    double scores = 8 * 2 * 16 * TOKENS * TOKENS;
    assert_near(expected(&SMALL, &p, 0).terms[GMT_TERM_SCORES], 0);
    p.local_layers = true;
    assert_near(expected(&SMALL, &p, 0).terms[GMT_TERM_SCORES], scores);
    assert_near(expected(&SMALL, &p, 0).terms[GMT_TERM_ATTENTION], 8 * 4 * HIDDEN);
    p = first_of_two();
    p.attention = GMT_ATTENTION_AUTO;
    p.older_software = true;
    assert_near(expected(&SMALL, &p, 0).terms[GMT_TERM_SCORES], 0);
    p.deterministic = true;
    assert_near(expected(&SMALL, &p, 0).terms[GMT_TERM_SCORES], scores);
    assert_near(expected(&SMALL, &p, 0).terms[GMT_TERM_BACKWARD],
                6 * HIDDEN + 4 * 16 * TOKENS * TOKENS);
    p.older_software = false;
    assert_near(expected(&SMALL, &p, 0).terms[GMT_TERM_SCORES], 0);
    assert_near(expected(&SMALL, &p, 0).terms[GMT_TERM_BACKWARD], 9 * HIDDEN); /* the MLP's */
}

static void test_activations_of_latent_attention(void **state)
{
    (void)state;
    gmt_model m = SMALL;
    m.multi_latent_attention = true;
    m.q_lora_rank = 512, m.kv_lora_rank = 256;
    m.qk_head_dim = 64, m.qk_pos_emb_head_dim = 32, m.v_head_dim = 48;
    gmt_parallel p = first_of_two();
    double bytes = TOKENS * 2, sums = 16 * TOKENS * 4;
    double core = bytes * 16 * (96 + 96 + 48 + 48), up = bytes * 16 * (64 + 48);
    double compressed = bytes * 2 * (512 + 256), position = bytes * 32;
    assert_near(expected(&m, &p, 0).terms[GMT_TERM_ATTENTION],
                8 * (core + sums + compressed + position + up));
    p.recompute = GMT_RECOMPUTE_SELECTIVE;
    p.recompute_modules = GMT_MODULE_MLA_UP_PROJECTION;
    assert_near(expected(&m, &p, 0).terms[GMT_TERM_ATTENTION],
                8 * (core + sums + compressed + position));
    p.recompute = GMT_RECOMPUTE_NONE;
    p.tp = 2;
    p.sequence_parallel = true;
    assert_near(expected(&m, &p, 0).terms[GMT_TERM_ATTENTION],
                8 * ((core + sums + compressed + up) / 2 + position));
}

/* Products in 8 bits keep their inputs so: norms' outputs, and the activation before the MLP's
 * second product. Experts' router reads the norm's output, which stays as it is. */
static void test_eight_bits(void **state)
{
    (void)state;
    gmt_parallel p = first_of_two();
    p.fp8 = true;
    gmt_expected_memory e = expected(&SMALL, &p, 0);
    assert_near(e.terms[GMT_TERM_NORMS], 8 * 2 * 1.5 * HIDDEN);
    assert_near(e.terms[GMT_TERM_MLP], 8 * 1.5 * 4 * HIDDEN);
    p.attention = GMT_ATTENTION_UNFUSED;
    assert_near(expected(&SMALL, &p, 0).terms[GMT_TERM_ATTENTION], 8 * 3.5 * HIDDEN);
    /* Weights are converted and kept beside the 16-bit ones, or are kept so instead; by columns
     * too, but for Blackwell's products of tensors with one scale. */
    static const struct {
        gmt_gpu gpu;
        gmt_fp8_recipe recipe;
        double bytes;
    } kept[] = {{GMT_H100, GMT_FP8_TENSOR, 2},
                {GMT_B200, GMT_FP8_TENSOR, 1},
                {GMT_B200, GMT_FP8_BLOCK, 2},
                {GMT_B200, GMT_FP8_MX, 2 + 2.0 / 32}};
    gmt_parallel without = p;
    without.fp8 = false;
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
        double weights = 4 * 12 * W * W,
               in16 = expected(&SMALL, &without, 0).terms[GMT_TERM_WEIGHTS];
        p.gpu = kept[i].gpu;
        p.fp8_recipe = kept[i].recipe;
        p.fp8_weights = false;
        assert_near(expected(&SMALL, &p, 0).terms[GMT_TERM_WEIGHTS],
                    in16 + kept[i].bytes * weights);
        p.fp8_weights = true;
        assert_near(expected(&SMALL, &p, 0).terms[GMT_TERM_WEIGHTS],
                    in16 + (kept[i].bytes - 2) * weights);
    }
    p.fp8_recipe = GMT_FP8_TENSOR;
    p.fp8_weights = false;
    gmt_model m = SMALL;
    m.experts = 8, m.moe_ffn_hidden_size = 512, m.gated_mlp = true;
    p.attention = GMT_ATTENTION_FLASH;
    e = expected(&m, &p, 0);
    assert_near(e.terms[GMT_TERM_NORMS], 8 * (1.5 + 2) * HIDDEN);
    assert_near(e.terms[GMT_TERM_EXPERTS], 8 * TOKENS * 2 * 2 * (0.5 * W + 2.5 * 512));
}

/* Of what is offloaded three layers' worth of eight stays. */
static void test_offloaded(void **state)
{
    (void)state;
    gmt_parallel p = first_of_two();
    double stays = 3.0 / 8, sums = 16 * TOKENS * 4;
    p.offload_modules = GMT_OFFLOAD_ATTENTION_NORM;
    assert_near(expected(&SMALL, &p, 0).terms[GMT_TERM_NORMS], 8 * (3 + stays) * HIDDEN);
    p.offload_modules = GMT_OFFLOAD_QKV;
    assert_near(expected(&SMALL, &p, 0).terms[GMT_TERM_NORMS], 8 * (3 + stays) * HIDDEN);
    p.offload_modules = GMT_OFFLOAD_MLP_NORM;
    assert_near(expected(&SMALL, &p, 0).terms[GMT_TERM_NORMS], 8 * (3 + stays) * HIDDEN);
    p.offload_modules = GMT_OFFLOAD_CORE_ATTENTION;
    assert_near(expected(&SMALL, &p, 0).terms[GMT_TERM_ATTENTION],
                8 * (stays * (3 * HIDDEN + sums) + HIDDEN));
    p.offload_modules = GMT_OFFLOAD_ATTENTION_PROJECTION;
    assert_near(expected(&SMALL, &p, 0).terms[GMT_TERM_ATTENTION],
                8 * (3 * HIDDEN + sums + stays * HIDDEN));
    gmt_model m = SMALL;
    m.experts = 8, m.moe_ffn_hidden_size = 512, m.gated_mlp = true;
    p.offload_modules = GMT_OFFLOAD_EXPERT_FC1;
    assert_near(expected(&m, &p, 0).terms[GMT_TERM_EXPERTS],
                8 * TOKENS * 2 * 2 * (stays * W + 3 * 512));
    p.offload_modules = GMT_OFFLOAD_MOE_ACTIVATION;
    assert_near(expected(&m, &p, 0).terms[GMT_TERM_EXPERTS],
                8 * TOKENS * 2 * 2 * (W + (1 + 2 * stays) * 512));
    m = SMALL;
    m.layers = 2; /* two layers at once: all of them stay */
    p.offload_modules = GMT_OFFLOAD_ATTENTION_NORM;
    assert_near(expected(&m, &p, 0).terms[GMT_TERM_NORMS], 2 * 4 * HIDDEN);
}

/* The recomputed layers stand once more beside the gradients of the part that needs most. */
static void test_backward(void **state)
{
    (void)state;
    gmt_parallel p = first_of_two();
    double layer = 4 * HIDDEN + (4 * HIDDEN + 16 * TOKENS * 4) + 8 * HIDDEN;
    gmt_expected_memory e = expected(&SMALL, &p, 0);
    assert_int_equal(e.moment, GMT_AT_BACKWARD);
    assert_near(e.terms[GMT_TERM_BACKWARD], 9 * HIDDEN);
    p.recompute = GMT_RECOMPUTE_FULL;
    e = expected(&SMALL, &p, 0);
    assert_near(e.terms[GMT_TERM_BACKWARD], 9 * HIDDEN + layer);
    assert_near(e.terms[GMT_TERM_CHECKPOINTS], 2 * 4 * HIDDEN);
    p.recompute_layers = 2;
    e = expected(&SMALL, &p, 0);
    assert_near(e.terms[GMT_TERM_BACKWARD], 9 * HIDDEN + 2 * layer);
    assert_near(e.terms[GMT_TERM_CHECKPOINTS], 2 * 2 * HIDDEN);
    p.recompute_layers = 3;
    p.recompute_block = true;
    e = expected(&SMALL, &p, 0);
    assert_near(e.terms[GMT_TERM_BACKWARD], 9 * HIDDEN + layer);
    assert_near(e.terms[GMT_TERM_CHECKPOINTS], 2 * 3 * HIDDEN);
    assert_near(e.terms[GMT_TERM_MLP], 2 * 8 * HIDDEN);
    p.recompute = GMT_RECOMPUTE_NONE;
    p.tp = 2;
    assert_near(expected(&SMALL, &p, 0).terms[GMT_TERM_BACKWARD], HIDDEN + 4 * HIDDEN);
}

/* ---- state ---- */

static const double M = 1024.0 * 1024;

/* An fp16 optimizer leaves float32 copies of gradients, which are gone at the peak. */
static void test_gradient_copies(void **state)
{
    (void)state;
    double n = 8 * (ATTENTION + W + 8 * M) + TABLE + W;
    gmt_parallel p = PLAIN;
    assert_near(expected(&SMALL, &p, 0).terms[GMT_TERM_GRADIENT_COPIES], 0);
    p.precision = GMT_FP16;
    gmt_expected_memory e = expected(&SMALL, &p, 0);
    assert_int_equal(e.moment, GMT_AT_STEP); /* few activations: the step needs more */
    assert_near(e.terms[GMT_TERM_GRADIENT_COPIES], 4 * n);
    assert_near(e.terms[GMT_TERM_FREED], 0);
    p.micro_batch_size = 32;
    e = expected(&SMALL, &p, 0);
    assert_int_equal(e.moment, GMT_AT_LOSS);
    assert_near(e.terms[GMT_TERM_GRADIENT_COPIES], 4 * n);
    assert_near(e.terms[GMT_TERM_FREED], -4 * n);
    assert_near(e.terms[GMT_TERM_GRADIENTS], 2 * n);
    p.gradients_fp32 = true;
    e = expected(&SMALL, &p, 0);
    assert_near(e.terms[GMT_TERM_GRADIENT_COPIES], 0);
    assert_near(e.terms[GMT_TERM_FREED], 0);
    assert_near(e.terms[GMT_TERM_GRADIENTS], 4 * n);
    p.gradients_fp32 = false;
    p.sharding = GMT_SHARD_OPTIMIZER, p.dp = 4;
    assert_near(expected(&SMALL, &p, 0).terms[GMT_TERM_GRADIENT_COPIES], n);
    p = first_of_two(); /* a stage's tensors are not received yet where the last one's loss is */
    e = expected(&SMALL, &p, 1);
    assert_int_equal(e.moment, GMT_AT_LOSS);
    assert_near(e.terms[GMT_TERM_PIPELINE_TENSORS], 2 * HIDDEN);
    assert_near(e.terms[GMT_TERM_FREED], -2 * HIDDEN);
}

/* Buffers are padded: each tensor to 64 elements, the whole to lcm(ranks, 128). */
static void test_paddings(void **state)
{
    (void)state;
    gmt_model m = hybrid("M");
    m.mamba_heads = 20, m.mamba_state_dim = 64, m.mamba_groups = 2; /* 3 tensors of 20 elements */
    gmt_parallel p = PLAIN;
    p.sharding = GMT_SHARD_OPTIMIZER, p.dp = 3;
    double inner = 20 * 64, states = 2 * 2 * 64;
    double n = 2 * W + inner + (2 * inner + states + 20) * W + (inner + states) * 5 + inner * W +
               3 * 64 + TABLE;
    double padded = ceil(n / 384) * 384;
    gmt_expected_memory e = expected(&m, &p, 0);
    assert_near(e.terms[GMT_TERM_WEIGHTS], ceil(2 * padded / 512) * 512);
    assert_near(e.terms[GMT_TERM_OPTIMIZER_STATE], 8 * padded / 3);
    /* Without sharing: by tensor, in the allocator's steps, and some in 4 bytes whatever else. */
    p.sharding = GMT_SHARD_NOTHING;
    double small = 3 * 20;
    n = n - 3 * 64;
    e = expected(&m, &p, 0);
    assert_near(e.terms[GMT_TERM_GRADIENTS], ceil(4 * (n + small) / 512) * 512);
    assert_near(e.terms[GMT_TERM_WEIGHTS], 2 * n + 3 * 512);
    assert_near(e.terms[GMT_TERM_MASTER_WEIGHTS], 4 * n);
    assert_near(e.terms[GMT_TERM_OPTIMIZER_STATE], 8 * n + 3 * 2 * 512);
    /* Own segments, of which up to a MiB is not split off. */
    p.expandable_segments = false;
    m = SMALL;
    m.layers = 1;
    m.ffn_hidden_size = 5632; /* 11 MiB each */
    e = expected(&m, &p, 0);
    assert_near(e.terms[GMT_TERM_WEIGHTS], 6 * MIB + 2 * MIB + 2 * 12 * MIB + 16 * MIB + 3 * 2 * W);
    m.ffn_hidden_size = 5376; /* 10.5 MiB: the rest of 1.5 is split off */
    e = expected(&m, &p, 0);
    assert_near(e.terms[GMT_TERM_WEIGHTS],
                6 * MIB + 2 * MIB + 2 * 10.5 * MIB + 16 * MIB + 3 * 2 * W);
}

/* Momentum alone for matrices, both of Adam's moments for the rest; dealt out by size, back and
 * forth. By size: 17 norms, 8 projections, 8 of queries, keys and values, 16 of MLPs, the table.
 * Of ranks 0 and 1 the last has places 1 and 2 of every four. */
static void test_muon(void **state)
{
    (void)state;
    gmt_parallel p = PLAIN;
    p.optimizer = GMT_MUON;
    p.dp = 2;
    double n = 8 * 12 * M + 17 * W + 8 * M;
    gmt_expected_memory e = expected(&SMALL, &p, 0);
    assert_near(e.terms[GMT_TERM_WEIGHTS], 2 * n);
    assert_near(e.terms[GMT_TERM_GRADIENTS], 4 * n);
    assert_near(e.terms[GMT_TERM_MASTER_WEIGHTS], 4 * n);
    assert_near(e.terms[GMT_TERM_OPTIMIZER_STATE], 4 * 8 * 12 * M + 8 * (17 * W + 8 * M));
    p.optimizer = GMT_DIST_MUON;
    double matrices = 4 * M + 4 * 3 * M + 8 * 4 * M, rest = 8 * W + 8 * M;
    e = expected(&SMALL, &p, 0);
    assert_near(e.terms[GMT_TERM_WEIGHTS], 2 * n);
    assert_near(e.terms[GMT_TERM_MASTER_WEIGHTS], 4 * (matrices + rest));
    assert_near(e.terms[GMT_TERM_OPTIMIZER_STATE], 4 * matrices + 8 * rest);
    p.optimizer = GMT_MUON;
    p.sharding = GMT_SHARD_OPTIMIZER;
    p.whole_tensors = true;
    assert_near(expected(&SMALL, &p, 0).terms[GMT_TERM_MASTER_WEIGHTS], 4 * (matrices + rest));

    /* Matrices in shards that are alike, each large enough for the largest of them; the rest as the
     * distributed optimizer has it. */
    p.whole_tensors = false;
    static const double ranks[] = {2, 32}, shards[] = {48, 4};
    for (int i = 0; i < 2; i++) {
        p.dp = (int64_t)ranks[i];
        e = expected(&SMALL, &p, 0);
        double others = 17 * W + 8 * M, padded = ceil(others / 128) * 128;
        assert_near(e.terms[GMT_TERM_WEIGHTS], 2 * (shards[i] * M * ranks[i] + padded));
        assert_near(e.terms[GMT_TERM_GRADIENTS], 4 * (shards[i] * M * ranks[i] + padded));
        assert_near(e.terms[GMT_TERM_MASTER_WEIGHTS], 4 * (96 * M + padded) / ranks[i]);
        assert_near(e.terms[GMT_TERM_OPTIMIZER_STATE], (4 * 96 * M + 8 * padded) / ranks[i]);
    }
}

static void test_fsdp(void **state)
{
    (void)state;
    gmt_model m = SMALL;
    m.positions = 512;
    gmt_parallel p = PLAIN;
    p.fsdp = true, p.dp = 8;
    double n = 8 * (12 * M + 2 * W) + TABLE + 512 * W + W;
    static const double weights[] = {1, 1, 1, 1.0 / 8}, gradients[] = {1, 1, 1.0 / 8, 1.0 / 8};
    for (int sharding = GMT_SHARD_NOTHING; sharding <= GMT_SHARD_PARAMETERS; sharding++) {
        p.sharding = (gmt_sharding)sharding;
        gmt_expected_memory e = expected(&m, &p, 0);
        assert_near(e.terms[GMT_TERM_WEIGHTS], 2 * n * weights[sharding]);
        assert_near(e.terms[GMT_TERM_GRADIENTS], 4 * n * gradients[sharding]);
        assert_near(e.terms[GMT_TERM_MASTER_WEIGHTS], 4 * n / 8);
        assert_near(e.terms[GMT_TERM_OPTIMIZER_STATE], 8 * n / 8);
        assert_near(e.terms[GMT_TERM_GATHERED_WEIGHTS], 0);
        p.overlap_gather = true; /* the root unit stays gathered */
        assert_near(expected(&m, &p, 0).terms[GMT_TERM_GATHERED_WEIGHTS],
                    sharding == GMT_SHARD_PARAMETERS ? 2 * (TABLE + 512 * W) : 0);
        p.overlap_gather = false;
    }
    p.overlap_gather = true;
    p.precision = GMT_FP32; /* main weights beside, all the same */
    assert_near(expected(&m, &p, 0).terms[GMT_TERM_MASTER_WEIGHTS], 4 * n / 8);
    p.precision = GMT_BF16;
    m.untied_embeddings = true;
    assert_near(expected(&m, &p, 0).terms[GMT_TERM_GATHERED_WEIGHTS], 2 * (2 * TABLE + 512 * W));
    p.pp = 2;
    assert_near(expected(&m, &p, 0).terms[GMT_TERM_GATHERED_WEIGHTS], 2 * (TABLE + 512 * W));
    assert_near(expected(&m, &p, 1).terms[GMT_TERM_GATHERED_WEIGHTS], 2 * TABLE);
    p.offloaded_optimizer_share = 0.5;
    assert_near(expected(&m, &p, 1).terms[GMT_TERM_MASTER_WEIGHTS],
                0.5 * 4 * (4 * (12 * M + 2 * W) + TABLE + W) / 8);
}

/* ---- what others keep, and the device ---- */

static void test_workspaces(void **state)
{
    (void)state;
    gmt_model m = SMALL;
    static const struct {
        gmt_gpu gpu;
        bool older;
        double cublas, engine; /* MiB */
    } gpus[] = {{GMT_A100, false, 8.125, 4}, {GMT_H100, false, 32, 32},
                {GMT_H200, true, 32, 32},    {GMT_B200, false, 32, 32},
                {GMT_GB200, false, 32, 32},  {GMT_B200, true, 8.125, 32},
                {GMT_A100, true, 8.125, 4}};
    for (size_t i = 0; i < sizeof gpus / sizeof *gpus; i++) {
        gmt_parallel p = PLAIN;
        p.gpu = gpus[i].gpu, p.older_software = gpus[i].older;
        gmt_expected_memory e = expected(&m, &p, 0);
        assert_near(e.terms[GMT_TERM_CUBLAS_WORKSPACE], 2 * gpus[i].cublas * MIB);
        assert_near(e.terms[GMT_TERM_ENGINE_WORKSPACE], gpus[i].engine * MIB);
        p.grouped_gemm = true;
        assert_near(expected(&m, &p, 0).terms[GMT_TERM_ENGINE_WORKSPACE],
                    (gpus[i].older ? 1 : 5) * gpus[i].engine * MIB);
    }
    gmt_parallel p = PLAIN;
    p.local_layers = true;
    assert_near(expected(&m, &p, 0).terms[GMT_TERM_ENGINE_WORKSPACE], 0);
    m.experts = 8, m.moe_ffn_hidden_size = 512;
    p.grouped_gemm = true;
    assert_near(expected(&m, &p, 0).terms[GMT_TERM_ENGINE_WORKSPACE], 4 * MIB);
    p.local_layers = false;
    p.dispatcher = GMT_ALLGATHER, p.ep = 4, p.dp = 4;
    assert_near(expected(&m, &p, 0).terms[GMT_TERM_GLOBAL_BUFFER], 4 * HIDDEN);
    p.tp = 2, p.etp = 1;
    assert_near(expected(&m, &p, 0).terms[GMT_TERM_GLOBAL_BUFFER], 2 * HIDDEN);
    p.dispatcher = GMT_ALLTOALL;
    assert_near(expected(&m, &p, 0).terms[GMT_TERM_GLOBAL_BUFFER], 0);
    p.sequence_parallel = true;
    assert_near(expected(&m, &p, 0).terms[GMT_TERM_GLOBAL_BUFFER], HIDDEN);
}

/* A context of 400 MiB to 1 GiB, and for each group of ranks 2 to 32 channels of 8 MiB. */
static void test_device_use(void **state)
{
    (void)state;
    static const struct {
        gmt_parallel parallel;
        int groups;
        double pieces;
    } cases[] = {
        {{.expandable_segments = true}, 1, 0.02},
        {{.tp = 2}, 2, 0.10},
        {{.tp = 2, .pp = 2, .dp = 2}, 4, 0.10},
        {{.cp = 2}, 3, 0.10}, /* its own, and that of data and context parallel ranks */
        {{.dp = 2, .ep = 2}, 3, 0.10},
        {{.tp = 4, .ep = 2, .etp = 2}, 4, 0.10},
    };
    gmt_model m = SMALL;
    m.experts = 8, m.moe_ffn_hidden_size = 512;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gmt_parallel p = cases[i].parallel;
        gmt_expected_memory e = expected(&m, &p, 0);
        int groups = cases[i].groups;
        assert_near(e.device_low_bytes, e.peak_bytes + (400 + groups * 2 * 8) * MIB);
        assert_near(e.device_high_bytes,
                    e.peak_bytes * (1 + cases[i].pieces) + (1024 + groups * 32 * 8) * MIB);
        p.fixed_bytes = 12345678;
        assert_near(expected(&m, &p, 0).device_low_bytes, e.device_low_bytes + 12345678);
        assert_near(expected(&m, &p, 0).device_high_bytes, e.device_high_bytes + 12345678);
    }
    /* In its first step the optimizer has no state yet. */
    gmt_parallel p = PLAIN;
    gmt_expected_memory e = expected(&SMALL, &p, 0);
    assert_near(e.first_peak_bytes,
                fmax(e.static_bytes, e.peak_bytes - e.terms[GMT_TERM_OPTIMIZER_STATE]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parameters_of_experts),
        cmocka_unit_test(test_parameters_of_mamba),
        cmocka_unit_test(test_parameters_of_latent_attention),
        cmocka_unit_test(test_further_tokens),
        cmocka_unit_test(test_patterns),
        cmocka_unit_test(test_chunks_under_way),
        cmocka_unit_test(test_most_loaded_middle),
        cmocka_unit_test(test_activations_of_experts),
        cmocka_unit_test(test_activations_of_mamba),
        cmocka_unit_test(test_activations_of_attention),
        cmocka_unit_test(test_activations_of_latent_attention),
        cmocka_unit_test(test_eight_bits),
        cmocka_unit_test(test_offloaded),
        cmocka_unit_test(test_backward),
        cmocka_unit_test(test_gradient_copies),
        cmocka_unit_test(test_paddings),
        cmocka_unit_test(test_muon),
        cmocka_unit_test(test_fsdp),
        cmocka_unit_test(test_workspaces),
        cmocka_unit_test(test_device_use),
    };
    return cmocka_run_group_tests_name("expected terms", tests, NULL, NULL);
}
