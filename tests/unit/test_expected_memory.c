/* Expected memory: terms worked out by hand, stages, schedules and layouts, properties over random
 * jobs, and structs of any bytes. */
#include "tests/unit/expecting.h"
#include "tracer/estimator/layout.h"

static const double MIB = 1048576;

static const double LAYER = 12.0 * 1024 * 1024 + 2 * 1024, TABLE = 8192.0 * 1024;

static void test_parameters(void **state)
{
    (void)state;
    const gmt_parallel one = {0}, four = {.tp = 2, .pp = 2};
    assert_near(expected(&SMALL, &one, 0).parameters, 8 * LAYER + TABLE + 1024);
    /* Norms are whole on tensor-parallel ranks; the last stage has a copy of the embedding. */
    double half = 4 * (6.0 * 1024 * 1024 + 2 * 1024);
    assert_near(expected(&SMALL, &four, 0).parameters, half + TABLE / 2);
    assert_near(expected(&SMALL, &four, 1).parameters, half + TABLE / 2 + 1024);

    gmt_model model = SMALL; /* what else a layer may have */
    model.rms_norm = model.no_linear_bias = false;
    model.qk_norm = true;
    model.positions = 512;
    double biases = (3 + 1 + 4 + 1) * 1024, norms = 4 * 1024 + 4 * 64;
    assert_near(expected(&model, &one, 0).parameters,
                8 * (12.0 * 1024 * 1024 + biases + norms) + TABLE + 512 * 1024 + 2 * 1024);
    model = SMALL;
    model.experts = 8;
    model.moe_ffn_hidden_size = 512;
    model.gated_mlp = true;
    model.moe_layer_frequency = 4; /* layers 0 and 4 */
    model.ffn_hidden_size = 2048;
    const gmt_parallel spread = {.dp = 4, .ep = 4};
    double attention = 4.0 * 1024 * 1024 + 2 * 1024;
    assert_near(expected(&model, &spread, 0).parameters,
                8 * attention + 6 * 3.0 * 1024 * 2048 + 2 * (8.0 * 1024 + 2 * 3 * 1024 * 512.0) +
                    TABLE + 1024);
}

static void test_state(void **state)
{
    (void)state;
    /* Sizes at which no rounding is seen. */
    double n = 8 * LAYER + TABLE + 1024, padded = ceil(n / 128) * 128;
    gmt_parallel p = {.precision = GMT_BF16, .dp = 4, .sharding = GMT_SHARD_OPTIMIZER};
    p.expandable_segments = true;
    gmt_expected_memory e = expected(&SMALL, &p, 0);
    assert_near(e.terms[GMT_TERM_WEIGHTS], 2 * padded);
    assert_near(e.terms[GMT_TERM_GRADIENTS], 4 * padded);
    assert_near(e.terms[GMT_TERM_MASTER_WEIGHTS], padded);
    assert_near(e.terms[GMT_TERM_OPTIMIZER_STATE], 2 * padded);
    p.optimizer_instances = 2; /* shared out over two ranks of four */
    assert_near(expected(&SMALL, &p, 0).terms[GMT_TERM_OPTIMIZER_STATE], 4 * padded);
    p.optimizer_instances = 0;
    p.gradient_bytes = 2;
    p.moment_bytes = 2;
    p.offloaded_optimizer_share = 0.5;
    e = expected(&SMALL, &p, 0);
    assert_near(e.terms[GMT_TERM_GRADIENTS], 2 * padded);
    assert_near(e.terms[GMT_TERM_OPTIMIZER_STATE], padded / 4);
    assert_near(e.terms[GMT_TERM_MASTER_WEIGHTS], padded / 2);

    p = (gmt_parallel){.precision = GMT_FP16, .expandable_segments = true};
    e = expected(&SMALL, &p, 0);
    assert_near(e.terms[GMT_TERM_WEIGHTS], 2 * n);
    assert_near(e.terms[GMT_TERM_GRADIENTS], 2 * n);
    assert_near(e.terms[GMT_TERM_OPTIMIZER_STATE], 8 * n);
    assert_true(e.static_bytes > 20 * n);
    p.precision = GMT_FP32;
    e = expected(&SMALL, &p, 0);
    assert_near(e.terms[GMT_TERM_WEIGHTS] + e.terms[GMT_TERM_GRADIENTS], 8 * n);
    assert_near(e.terms[GMT_TERM_MASTER_WEIGHTS], 0);
    p.optimizer = GMT_SGD;
    assert_near(expected(&SMALL, &p, 0).terms[GMT_TERM_OPTIMIZER_STATE], 4 * n);

    p = (gmt_parallel){.precision = GMT_BF16, .fsdp = true, .dp = 8};
    p.sharding = GMT_SHARD_PARAMETERS;
    e = expected(&SMALL, &p, 0);
    assert_near(e.terms[GMT_TERM_WEIGHTS] + e.terms[GMT_TERM_GRADIENTS] +
                    e.terms[GMT_TERM_MASTER_WEIGHTS] + e.terms[GMT_TERM_OPTIMIZER_STATE],
                18 * n / 8);
}

/* Gradients of 2 bytes: a float32 copy in the step, unless the optimizer reads them as they are. */
static void test_short_gradients(void **state)
{
    (void)state;
    double n = 8 * LAYER + TABLE + 1024, padded = ceil(n / 128) * 128;
    gmt_parallel p = {.precision = GMT_BF16, .dp = 4, .sharding = GMT_SHARD_OPTIMIZER};
    p.expandable_segments = true;
    assert_near(expected(&SMALL, &p, 0).terms[GMT_TERM_GRADIENT_COPIES], 0);
    p.gradient_bytes = 2;
    assert_near(expected(&SMALL, &p, 0).terms[GMT_TERM_GRADIENT_COPIES], padded);
    p.precision_aware = true;
    assert_near(expected(&SMALL, &p, 0).terms[GMT_TERM_GRADIENT_COPIES], 0);
}

/* Layers that predict further tokens: their letters, and one for all of them. */
static void test_further_tokens(void **state)
{
    (void)state;
    gmt_model m = SMALL;
    gmt_parallel p = {.precision = GMT_BF16, .no_hidden_dropout = true};
    m.hybrid_pattern = "*-*-*-*-";
    double without = expected(&m, &p, 0).parameters;
    double attention = 4.0 * 1024 * 1024 + 1024, mlp = 8.0 * 1024 * 1024 + 1024;
    double around = 2.0 * 1024 * 1024 + 3 * 1024;
    m.hybrid_pattern = "*-*-*-*-/*/*";
    m.mtp_layers = 2;
    assert_near(expected(&m, &p, 0).parameters - without, 2 * (attention + around));
    m.hybrid_pattern = "*-*-*-*-/*--/*--";
    assert_near(expected(&m, &p, 0).parameters - without, 2 * (attention + 2 * mlp + around));
    double kept = expected(&m, &p, 0).terms[GMT_TERM_FURTHER_TOKENS];
    m.mtp_repeated = true;
    assert_near(expected(&m, &p, 0).parameters - without, attention + 2 * mlp + around);
    assert_near(expected(&m, &p, 0).terms[GMT_TERM_FURTHER_TOKENS], kept);
}

/* Weights in 8 bits: in place of 16, or beside them. */
static void test_eight_bits(void **state)
{
    (void)state;
    double matrices = 8 * 12.0 * 1024 * 1024;
    gmt_parallel p = {.precision = GMT_BF16, .dp = 4, .sharding = GMT_SHARD_OPTIMIZER};
    p.expandable_segments = true;
    double plain = expected(&SMALL, &p, 0).terms[GMT_TERM_WEIGHTS];
    static const struct {
        gmt_gpu gpu;
        gmt_fp8_recipe recipe;
        double bytes;
    } cases[] = {{GMT_H100, GMT_FP8_TENSOR, 2},
                 {GMT_GB200, GMT_FP8_TENSOR, 1},
                 {GMT_H100, GMT_FP8_BLOCK, 2},
                 {GMT_B200, GMT_FP8_MX, 2.0625}};
    p.fp8 = true;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        p.gpu = cases[i].gpu;
        p.fp8_recipe = cases[i].recipe;
        p.fp8_weights = false;
        assert_near(expected(&SMALL, &p, 0).terms[GMT_TERM_WEIGHTS],
                    plain + matrices * cases[i].bytes);
        p.fp8_weights = true;
        assert_near(expected(&SMALL, &p, 0).terms[GMT_TERM_WEIGHTS],
                    plain + matrices * (cases[i].bytes - 2));
    }
}

/* Muon over four ranks: matrices in a buffer of their own, all else as with Adam. */
static void test_layer_wise(void **state)
{
    (void)state;
    double matrices = 8 * (4.0 * 1024 * 1024 + 8.0 * 1024 * 1024);
    double others = 8 * (LAYER - 12.0 * 1024 * 1024) + TABLE + 1024;
    gmt_parallel p = {.precision = GMT_BF16, .dp = 4, .optimizer = GMT_MUON};
    p.sharding = GMT_SHARD_OPTIMIZER;
    p.expandable_segments = true;
    gmt_expected_memory e = expected(&SMALL, &p, 0);
    double padded = ceil(others / 128) * 128;
    assert_near(e.terms[GMT_TERM_WEIGHTS], 2 * (matrices + padded));
    assert_near(e.terms[GMT_TERM_GRADIENTS], 4 * (matrices + padded));
    assert_near(e.terms[GMT_TERM_MASTER_WEIGHTS], matrices + padded);
    assert_near(e.terms[GMT_TERM_OPTIMIZER_STATE], matrices + 2 * padded);
    /* Over more ranks than matrices: a shard holds the largest one. */
    p.dp = 64;
    assert_near(expected(&SMALL, &p, 0).terms[GMT_TERM_WEIGHTS],
                2 * (64 * 4.0 * 1024 * 1024 + padded));
    p.dp = 4;
    p.whole_tensors = true; /* the last rank's share holds the embedding, the largest tensor */
    e = expected(&SMALL, &p, 0);
    assert_true(e.terms[GMT_TERM_OPTIMIZER_STATE] > 8 * TABLE);
}

static void test_activations(void **state)
{
    (void)state;
    gmt_parallel p = {.precision = GMT_BF16,
                      .micro_batch_size = 1,
                      .no_hidden_dropout = true,
                      .no_attention_dropout = true,
                      .attention = GMT_ATTENTION_FLASH};
    double sbh = 512.0 * 1024, hidden = 2 * sbh;
    gmt_expected_memory e = expected(&SMALL, &p, 0);
    assert_int_equal(e.moment, GMT_AT_LOSS);
    assert_near(e.terms[GMT_TERM_NORMS], 8 * 4 * hidden);
    assert_near(e.terms[GMT_TERM_ATTENTION], 8 * (4 * hidden + 16 * 512.0 * 4));
    assert_near(e.terms[GMT_TERM_MLP], 8 * 8 * hidden);
    assert_near(e.terms[GMT_TERM_SCORES], 0);
    assert_near(e.terms[GMT_TERM_LOGITS], 6 * 512.0 * 8192);
    p.loss_fusion = GMT_LOSS_NATIVE;
    assert_near(expected(&SMALL, &p, 0).terms[GMT_TERM_LOGITS], 10 * 512.0 * 8192);
    p.loss_fusion = GMT_LOSS_TRANSFORMER_ENGINE;
    assert_near(expected(&SMALL, &p, 0).terms[GMT_TERM_LOGITS], 6 * 512.0 * 8192);
    p.older_software = true; /* gradients over the logits */
    assert_near(expected(&SMALL, &p, 0).terms[GMT_TERM_LOGITS], 2 * 512.0 * 8192);
    p.older_software = false;
    p.loss_fusion = GMT_LOSS_UNFUSED;
    p.attention = GMT_ATTENTION_UNFUSED;
    assert_near(expected(&SMALL, &p, 0).terms[GMT_TERM_SCORES], 8 * 2 * 16 * 512.0 * 512);
    p.no_attention_dropout = false;
    assert_near(expected(&SMALL, &p, 0).terms[GMT_TERM_SCORES], 8 * 5 * 16 * 512.0 * 512);
    p.softmax_in_steps = true; /* of local layers alone: float32, and converted */
    assert_near(expected(&SMALL, &p, 0).terms[GMT_TERM_SCORES], 8 * 5 * 16 * 512.0 * 512);
    p.local_layers = true;
    assert_near(expected(&SMALL, &p, 0).terms[GMT_TERM_SCORES], 8 * 7 * 16 * 512.0 * 512);
    p.no_attention_dropout = true;
    assert_near(expected(&SMALL, &p, 0).terms[GMT_TERM_SCORES], 8 * 6 * 16 * 512.0 * 512);
    p.local_layers = p.no_attention_dropout = false;
    p.recompute = GMT_RECOMPUTE_SELECTIVE;
    assert_near(expected(&SMALL, &p, 0).terms[GMT_TERM_SCORES], 0);
    p.recompute_modules = GMT_MODULE_MLP | GMT_MODULE_NORM;
    e = expected(&SMALL, &p, 0);
    assert_near(e.terms[GMT_TERM_MLP], 0);
    assert_near(e.terms[GMT_TERM_NORMS], 8 * 2 * hidden);
    p.recompute = GMT_RECOMPUTE_FULL;
    e = expected(&SMALL, &p, 0);
    assert_near(e.terms[GMT_TERM_CHECKPOINTS], 8 * hidden);
    p.recompute_layers = 3; /* of 8: from 3 inputs */
    assert_near(expected(&SMALL, &p, 0).terms[GMT_TERM_CHECKPOINTS], 3 * hidden);
    p.recompute_block = true;
    e = expected(&SMALL, &p, 0);
    assert_near(e.terms[GMT_TERM_CHECKPOINTS], 3 * hidden);
    assert_near(e.terms[GMT_TERM_MLP], 5 * 8 * hidden);

    /* Tensor parallelism divides all but norms, sequence parallelism those as well. */
    p = (gmt_parallel){.precision = GMT_BF16, .tp = 4, .no_hidden_dropout = true};
    e = expected(&SMALL, &p, 0);
    assert_near(e.terms[GMT_TERM_MLP], 8 * 2 * hidden);
    assert_near(e.terms[GMT_TERM_NORMS], 8 * 4 * hidden);
    p.sequence_parallel = true;
    assert_near(expected(&SMALL, &p, 0).terms[GMT_TERM_NORMS], 8 * hidden);
    p.cp = 2;
    assert_near(expected(&SMALL, &p, 0).terms[GMT_TERM_NORMS], 4 * hidden);
    p.no_hidden_dropout = false; /* masks of a byte, two a layer */
    assert_near(expected(&SMALL, &p, 0).terms[GMT_TERM_NORMS], 4 * hidden + 2 * hidden / 2);
}

static void test_buffers(void **state)
{
    (void)state;
    gmt_parallel p = {.precision = GMT_BF16, .gpu = GMT_A100};
    gmt_expected_memory e = expected(&SMALL, &p, 0);
    assert_near(e.terms[GMT_TERM_CUBLAS_WORKSPACE], 16.25 * MIB);
    assert_near(e.terms[GMT_TERM_ENGINE_WORKSPACE], 4 * MIB);
    p.cublas_workspace = 32 << 20;
    assert_near(expected(&SMALL, &p, 0).terms[GMT_TERM_CUBLAS_WORKSPACE], 64 * MIB);
    p = (gmt_parallel){.precision = GMT_BF16, .tp = 2, .pp = 2, .sequence_parallel = true};
    e = expected(&SMALL, &p, 0);
    assert_near(e.terms[GMT_TERM_CUBLAS_WORKSPACE], 64 * MIB);
    assert_near(e.terms[GMT_TERM_GLOBAL_BUFFER], MIB);
    assert_near(e.terms[GMT_TERM_PIPELINE_TENSORS], MIB);
    p.local_layers = true;
    assert_near(expected(&SMALL, &p, 0).terms[GMT_TERM_GLOBAL_BUFFER], 8 * 512.0 * 512 * 2);
}

/* User buffers are outside the allocator. */
static void test_user_buffers(void **state)
{
    (void)state;
    gmt_parallel p = {.precision = GMT_BF16, .tp = 2, .sequence_parallel = true};
    gmt_expected_memory without = expected(&SMALL, &p, 0);
    p.tp_overlap = true;
    gmt_expected_memory e = expected(&SMALL, &p, 0);
    assert_near(e.peak_bytes, without.peak_bytes);
    assert_near(e.device_low_bytes - without.device_low_bytes, 12 * 2 * 512.0 * 1024);
    p.fp8 = true;
    without.device_low_bytes = expected(&SMALL, &p, 0).device_low_bytes;
    p.tp_overlap = false;
    assert_near(without.device_low_bytes - expected(&SMALL, &p, 0).device_low_bytes,
                (8 + 8) * 512.0 * 1024);
}

/* ---- stages ---- */

static void test_schedules(void **state)
{
    (void)state;
    gmt_parallel p = {.pp = 4, .precision = GMT_BF16};
    for (int64_t stage = 0; stage < 4; stage++)
        assert_near(expected(&SMALL, &p, stage).in_flight, 4.0 - (double)stage);
    p.micro_batches = 2;
    assert_near(expected(&SMALL, &p, 0).in_flight, 2);
    p.micro_batches = 8;
    p.virtual_stages = 2;
    /* 2 (3-0) + 4 + 1 = 11 chunks under way on the first stage: 4 + 3 of the first, 4 of the
     * second; 5 on the last: 4 and 1. A chunk is one layer. */
    double mlp = 8 * 2 * 512.0 * 1024;
    assert_near(expected(&SMALL, &p, 0).in_flight, 7);
    assert_near(expected(&SMALL, &p, 0).terms[GMT_TERM_MLP], 11 * mlp);
    assert_near(expected(&SMALL, &p, 3).in_flight, 4);
    assert_near(expected(&SMALL, &p, 3).terms[GMT_TERM_MLP], 5 * mlp);
}

/* Rounds of more micro-batches than stages; gradients of the output layer that wait. */
static void test_groups_and_deferral(void **state)
{
    (void)state;
    gmt_parallel p = {.pp = 4, .virtual_stages = 2, .micro_batches = 10, .precision = GMT_BF16};
    p.micro_batch_group = 5;
    double mlp = 8 * 2 * 512.0 * 1024;
    /* 2 (3-0) + 5 + 1 = 12 passes on the first stage: 5, 5 and 2; 6 on the last: 5 and 1. */
    assert_near(expected(&SMALL, &p, 0).terms[GMT_TERM_MLP], 12 * mlp);
    assert_near(expected(&SMALL, &p, 0).in_flight, 7);
    assert_near(expected(&SMALL, &p, 3).in_flight, 5);
    assert_near(expected(&SMALL, &p, 3).terms[GMT_TERM_MLP], 6 * mlp);

    p = (gmt_parallel){.pp = 2, .micro_batches = 8, .precision = GMT_BF16};
    double logits = expected(&SMALL, &p, 1).terms[GMT_TERM_LOGITS];
    double one = 2 * 512.0 * 8192 + 2 * 512.0 * 1024; /* gradients of logits, and the input */
    p.deferred_embedding_gradients = true;
    assert_near(expected(&SMALL, &p, 1).terms[GMT_TERM_LOGITS], logits + 7 * one);
    p.deferral_limit = 2;
    assert_near(expected(&SMALL, &p, 1).terms[GMT_TERM_LOGITS], logits + 2 * one);
    p.micro_batches = 2;
    assert_near(expected(&SMALL, &p, 1).terms[GMT_TERM_LOGITS], logits + one);
}

/* Gated delta nets in all layers but each fourth. What PyTorch keeps of the rule was counted with
 * its hooks of saved tensors: 2450 numbers of float32 a token and head, of widths of 64. */
static void test_delta(void **state)
{
    (void)state;
    gmt_model m = SMALL;
    m.delta_frequency = 4;
    m.delta_key_heads = 8;
    m.delta_value_heads = 16;
    m.delta_key_head_dim = m.delta_value_head_dim = 64;
    m.attention_output_gate = true;
    gmt_parallel p = {.precision = GMT_BF16, .tp = 2, .no_hidden_dropout = true};
    double attention = 1024.0 * (4 * 1024 + 1024) / 2 + 1024;
    /* Projections of 2 x 512 + 2 x 1024 + 2 x 16 and back, a convolution over 4 tokens of queries,
     * keys and values, two numbers a head, two norms. */
    double delta = 1024 * (2 * 512.0 + 2 * 1024 + 2 * 16) / 2 + 1024.0 * 1024 / 2 +
                   4 * (2 * 512.0 + 1024) / 2 + 2 * 16 / 2.0 + 64 + 1024;
    double with = expected(&m, &p, 0).parameters;
    m.delta_frequency = 0;
    double without = expected(&m, &p, 0).parameters;
    assert_near(without - with, 6 * (attention - delta));
    m.delta_pattern = "11101110";
    assert_near(expected(&m, &p, 0).parameters, with);
    gmt_expected_memory e = expected(&m, &p, 0);
    double kernel = e.terms[GMT_TERM_DELTA];
    assert_near(e.terms[GMT_TERM_ATTENTION] / 2,
                (4 + 2) * 512.0 * 1024 + 8 * 512.0 * 4); /* of two layers: gate, its input */
    p.deterministic = true;
    p.attention = GMT_ATTENTION_FLASH;
    e = expected(&m, &p, 0);
    double steps = (e.terms[GMT_TERM_DELTA] - kernel) / (6 * 512.0);
    assert_near(round(steps / 8),
                round((4 * 2453.0 * 8 + 2 * 1024 - 2 * 512 - 2 * 8 * 65 - 4 * 8) / 8));
    gmt_expected_memory refused;
    m.delta_pattern = "111";
    assert_int_equal(gmt_expect_memory(&m, &p, 0, &refused), GMT_INVALID);
    assert_string_equal(refused.invalid_field, "delta_pattern");
    m = SMALL;
    m.hybrid_pattern = "M*-XM*-M"; /* never a layer of nothing */
    assert_int_equal(gmt_expect_memory(&m, &p, 0, &refused), GMT_INVALID);
    assert_string_equal(refused.invalid_field, "hybrid_pattern");
}

static double layers_of(const gmt_parallel *parallel, int64_t stage)
{
    gmt_expected_memory e = expected(&SMALL, parallel, stage);
    return round(
        (e.parameters - (stage == 0 ? TABLE : 0) - (stage == parallel->pp - 1 ? TABLE + 1024 : 0)) /
        LAYER);
}

static void test_uneven_stages(void **state)
{
    (void)state;
    const gmt_parallel first = {.pp = 4, .first_stage_layers = 2};
    const gmt_parallel both = {.pp = 4, .first_stage_layers = 1, .last_stage_layers = 3};
    const double of_first[] = {2, 2, 2, 2}, of_both[] = {1, 2, 2, 3}, counted[] = {2, 3, 3};
    const gmt_parallel account = {.pp = 3, .embedding_is_a_layer = true};
    const gmt_parallel layout = {.pp = 4, .pipeline_layout = "Et|tt|t*4|tL"};
    const double of_layout[] = {1, 2, 4, 1}, rest[] = {3, 3, 2};
    const gmt_parallel three = {.pp = 3};
    for (int64_t stage = 0; stage < 4; stage++) {
        assert_near(layers_of(&first, stage), of_first[stage]);
        assert_near(layers_of(&both, stage), of_both[stage]);
        assert_near(layers_of(&layout, stage), of_layout[stage]);
    }
    for (int64_t stage = 0; stage < 3; stage++) {
        assert_near(layers_of(&account, stage), counted[stage]);
        assert_near(layers_of(&three, stage), rest[stage]);
    }
    gmt_expected_memory e;
    const char *const bad[] = {"Et|tt|tL", "Et*9|L", "Et*8|tL(",
                               "",         "Ex*8|L", "(((((((((t)))))))))"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const gmt_parallel p = {.pp = 2, .pipeline_layout = bad[i]};
        assert_int_equal(gmt_expect_memory(&SMALL, &p, 0, &e), GMT_INVALID);
        assert_string_equal(e.invalid_field, "pipeline_layout");
    }
    int64_t pieces, layers;
    assert_true(layout_count("Et*3|(tt|)*6L", &pieces, &layers));
    assert_true(pieces == 8 && layers == 15);
    assert_true(layout_piece("Et*3|(tt|)*6L", 6).from == 13);
    assert_true(layout_piece("Et*3|(tt|)*6L", 7).output);
    assert_true(layout_count("Et*3\\|\\(tt\\|\\)*6L", &pieces, &layers)); /* as for a shell */
    assert_true(pieces == 8 && layers == 15);
}

/* ---- properties ---- */

static int64_t pick(uint64_t *seed, int64_t least, int64_t most)
{
    return least + (int64_t)(unit_random(seed) % (uint64_t)(most - least + 1));
}

static void random_job(uint64_t *seed, gmt_model *m, gmt_parallel *p)
{
    static const char *const hybrids[] = {NULL, NULL, "M-M*-EM-", "M*-|GE-|M-", "ME/M*"};
    *p = (gmt_parallel){.tp = 1 << pick(seed, 0, 2),
                        .pp = pick(seed, 1, 6),
                        .dp = 8 * pick(seed, 1, 4),
                        .cp = 1 << pick(seed, 0, 1),
                        .virtual_stages = 1,
                        .precision = (gmt_precision)pick(seed, 0, 2),
                        .sharding = (gmt_sharding)pick(seed, 0, 3),
                        .optimizer = (gmt_optimizer)pick(seed, 0, 3),
                        .recompute = (gmt_recompute)pick(seed, 0, 2),
                        .recompute_modules = (unsigned)pick(seed, 0, 127),
                        .attention = (gmt_attention)pick(seed, 0, 3),
                        .gpu = (gmt_gpu)pick(seed, 0, 4),
                        .sequence_parallel = pick(seed, 0, 1),
                        .micro_batches = pick(seed, 0, 9),
                        .fsdp = pick(seed, 0, 1),
                        .local_layers = pick(seed, 0, 1),
                        .etp = pick(seed, 0, 1),
                        .fp8 = pick(seed, 0, 1),
                        .fp8_recipe = (gmt_fp8_recipe)pick(seed, 0, 2),
                        .tp_overlap = pick(seed, 0, 1),
                        .whole_tensors = pick(seed, 0, 1),
                        .softmax_in_steps = pick(seed, 0, 1),
                        .deferred_embedding_gradients = pick(seed, 0, 1),
                        .deferral_limit = pick(seed, 0, 3),
                        .deterministic = pick(seed, 0, 1)};
    *m = (gmt_model){.layers = p->pp * pick(seed, 1, 6),
                     .hidden_size = 256 * pick(seed, 1, 8),
                     .attention_heads = 16,
                     .query_groups = 1 << pick(seed, 0, 4),
                     .kv_channels = 64,
                     .sequence_length = 64 * pick(seed, 1, 9),
                     .padded_vocabulary = 512 * pick(seed, 1, 99),
                     .gated_mlp = pick(seed, 0, 1),
                     .untied_embeddings = pick(seed, 0, 1),
                     .mtp_layers = pick(seed, 0, 1),
                     .mtp_repeated = pick(seed, 0, 1),
                     .delta_frequency = pick(seed, 0, 4),
                     .attention_output_gate = pick(seed, 0, 1),
                     .hybrid_pattern = hybrids[pick(seed, 0, 4)],
                     .moe_layer_frequency = pick(seed, 0, 3)};
    if (m->hybrid_pattern)
        m->layers = 8 * p->pp;
    if (pick(seed, 0, 1) || m->hybrid_pattern) {
        m->experts = 8;
        p->ep = 1 << pick(seed, 0, 3);
        m->moe_ffn_hidden_size = 128;
    }
}

static void test_most_loaded(void **state)
{
    (void)state;
    uint64_t seed = 11;
    for (int i = 0; i < 3000; i++) {
        gmt_model m;
        gmt_parallel p;
        random_job(&seed, &m, &p);
        double most = 0, terms = 0;
        for (int64_t stage = 0; stage < p.pp; stage++) {
            gmt_expected_memory e = expected(&m, &p, stage);
            most = fmax(most, e.peak_bytes);
            assert_int_equal(e.stage, stage);
            assert_true(e.static_bytes > 0 && e.peak_bytes >= e.static_bytes);
            assert_true(e.first_peak_bytes <= e.peak_bytes + 1);
            assert_true(e.device_low_bytes > e.peak_bytes);
            assert_true(e.device_high_bytes > e.device_low_bytes);
            terms = 0;
            for (int k = 0; k < GMT_TERM_COUNT; k++)
                terms += e.terms[k];
            assert_near(terms, e.peak_bytes);
        }
        assert_near(expected(&m, &p, GMT_MOST_LOADED).peak_bytes, most);
        assert_int_equal(gmt_expected_peak_bytes(&m, &p), (uint64_t)round(most));
    }
}

/* Structs of any bytes: an answer or a refusal, in no time, and no fault. */
static void test_any_bytes(void **state)
{
    (void)state;
    static const int64_t odd[] = {0, 1, -1, 2, 1023, INT32_MAX, INT64_MAX, INT64_MIN};
    uint64_t seed = 12;
    for (int i = 0; i < 20000; i++) {
        gmt_model m;
        gmt_parallel p;
        gmt_expected_memory e;
        gmt_memory_estimate theory;
        random_job(&seed, &m, &p);
        for (int k = 0; k < 3; k++) { /* a size, and a word of the other struct */
            size_t field = (size_t)pick(&seed, 0, 7), word = (size_t)pick(&seed, 0, 8);
            int64_t value = odd[pick(&seed, 0, 7)];
            memcpy((char *)&m + field * sizeof value, &value, sizeof value);
            value = odd[pick(&seed, 0, 7)];
            memcpy((char *)&p + word * sizeof value, &value, sizeof value);
        }
        bool well = gmt_expect_memory(&m, &p, GMT_MOST_LOADED, &e) == GMT_OK;
        gmt_estimate_memory(&m, &p, GMT_MOST_LOADED, &theory);
        assert_true(well == !*e.invalid_field);
        assert_true(!well || (isfinite(e.peak_bytes) && e.peak_bytes > 0));
    }
    gmt_expected_memory e;
    assert_int_equal(gmt_expect_memory_sized(NULL, 0, NULL, 0, 0, &e, sizeof e), GMT_INVALID);
    assert_string_equal(e.invalid_field, "model");
    assert_null(gmt_term_name(GMT_TERM_COUNT));
    for (int i = 0; i < GMT_TERM_COUNT; i++)
        assert_non_null(gmt_term_name((gmt_term)i));
    assert_true(gmt_gpu_bytes(GMT_H100) >> 30 == 79);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parameters),          cmocka_unit_test(test_state),
        cmocka_unit_test(test_short_gradients),     cmocka_unit_test(test_layer_wise),
        cmocka_unit_test(test_eight_bits),          cmocka_unit_test(test_further_tokens),
        cmocka_unit_test(test_activations),         cmocka_unit_test(test_buffers),
        cmocka_unit_test(test_user_buffers),        cmocka_unit_test(test_schedules),
        cmocka_unit_test(test_groups_and_deferral), cmocka_unit_test(test_delta),
        cmocka_unit_test(test_uneven_stages),       cmocka_unit_test(test_most_loaded),
        cmocka_unit_test(test_any_bytes),
    };
    return cmocka_run_group_tests_name("expected memory", tests, NULL, NULL);
}
