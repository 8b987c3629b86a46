/* Tokens and arithmetic of a step, against figures worked out by hand. */
#include "tests/unit/unit.h"

#include "tracer/estimator/model/throughput.h"

#include <math.h>

static void assert_near(double found, double expected, double tolerance)
{
    if (!(fabs(found - expected) <= tolerance))
        fail_msg("expected %.17g, found %.17g", expected, found);
}

static struct configuration given(const char *text)
{
    struct configuration configuration = {0};
    assert_true(configuration_add_given(&configuration, text, NULL));
    return configuration;
}

/* 72 L h^2 (1 + s/6h + V/12Lh): formula 3 of arXiv 2104.04473 with three passes of its four. */
static void gpt3_counts_as_the_paper_does(void **state)
{
    (void)state;
    const gmt_model gpt3 = {.layers = 96,
                            .hidden_size = 12288,
                            .attention_heads = 96,
                            .sequence_length = 2048,
                            .padded_vocabulary = 51200};
    double h = 12288, l = 96, s = 2048, v = 51200;
    double paper = 72 * l * h * h * (1 + s / (6 * h) + v / (12 * l * h));
    assert_near(model_flops_a_token(&gpt3), paper, paper * 1e-12);
}

static void groups_gates_and_experts_count(void **state)
{
    (void)state;
    gmt_model model = {.layers = 2,
                       .hidden_size = 8,
                       .attention_heads = 2,
                       .query_groups = 1,
                       .sequence_length = 16,
                       .padded_vocabulary = 32,
                       .ffn_hidden_size = 10,
                       .gated_mlp = true};
    /* Attention: q 64, k 32, v 32, out 64; scores and values 2 x 16 x 8. MLP 3 x 80. */
    double attention = 64 + 32 + 32 + 64 + 2 * 16 * 8, mlp = 3 * 80, head = 8 * 32;
    assert_near(model_flops_a_token(&model), 6 * (2 * (attention + mlp) + head), 1e-9);
    model.experts = 4;
    model.router_top_k = 1;
    model.moe_ffn_hidden_size = 6;
    model.shared_expert_ffn_hidden_size = 5;
    model.moe_layer_frequency = 2; /* layer 0 has experts, layer 1 none */
    double expert = 3 * 8 * 6 + 3 * 8 * 5;
    assert_near(model_flops_a_token(&model), 6 * (2 * attention + mlp + expert + head), 1e-9);
    model.moe_layer_pattern = "11";
    assert_near(model_flops_a_token(&model), 6 * (2 * attention + 2 * expert + head), 1e-9);
    model.multi_latent_attention = true;
    assert_true(isnan(model_flops_a_token(&model)));
}

/* What a model does not say is as Megatron has it. */
static void sizes_have_defaults(void **state)
{
    (void)state;
    gmt_model model = {.layers = 3,
                       .hidden_size = 256,
                       .attention_heads = 4,
                       .kv_channels = 32,
                       .sequence_length = 16,
                       .padded_vocabulary = 100};
    /* Queries, keys, values and the way out have 4 x 32 each. */
    double attention = 256 * 4 * 128 + 2 * 16 * 128, head = 256 * 100;
    assert_near(model_flops_a_token(&model), 6 * (3 * (attention + 2 * 256 * 1024) + head), 1e-6);
    model.gated_mlp = true; /* two thirds of it, in 64s */
    assert_near(model_flops_a_token(&model), 6 * (3 * (attention + 3 * 256 * 640) + head), 1e-6);
    model.quick_geglu = true; /* as it is */
    assert_near(model_flops_a_token(&model), 6 * (3 * (attention + 3 * 256 * 1024) + head), 1e-6);
    model.gated_mlp = false;
    assert_near(model_flops_a_token(&model), 6 * (3 * (attention + 3 * 256 * 1024) + head), 1e-6);
    model.quick_geglu = false;
    model.experts = 8; /* two a token, in every layer, as wide as without */
    double expert = 2 * 256 * 1024;
    assert_near(model_flops_a_token(&model), 6 * (3 * (attention + 2 * expert) + head), 1e-6);
    model.moe_layer_pattern = "01"; /* it says nothing of the third */
    assert_near(model_flops_a_token(&model), 6 * (3 * attention + 4 * expert + head), 1e-6);

    /* What the formula knows nothing of. */
    gmt_model latent = model, hybrid = model, further = model, narrow = model;
    latent.multi_latent_attention = true;
    hybrid.hybrid_pattern = "M-M*";
    further.mtp_layers = 1;
    narrow.moe_latent_size = 1;
    assert_true(isnan(model_flops_a_token(&latent)));
    assert_true(isnan(model_flops_a_token(&hybrid)));
    assert_true(isnan(model_flops_a_token(&further)));
    assert_true(isnan(model_flops_a_token(&narrow)));
}

static void tokens_follow_from_the_batch(void **state)
{
    (void)state;
    struct configuration whole = given("wd=8,tp=2,pp=2,gbs=32,s=1024");
    assert_near(throughput_tokens(NULL, &whole), 32 * 1024, 0);
    /* 32768 tokens in 2 s on 8 GPUs */
    assert_near(throughput_tokens_a_gpu(NULL, &whole, 2000), 2048, 1e-9);
    struct configuration parts = given("wd=8,tp=2,pp=2,mbs=2,nmbs=8,s=1024");
    assert_near(throughput_tokens(NULL, &parts), 2 * 8 * 2 * 1024, 0);
    struct configuration no_length = given("wd=8,tp=2,pp=2,gbs=32");
    assert_true(isnan(throughput_tokens(NULL, &no_length)));
    const struct model_settings model = {.model = {.layers = 4,
                                                   .hidden_size = 64,
                                                   .attention_heads = 4,
                                                   .sequence_length = 512,
                                                   .padded_vocabulary = 128}};
    assert_near(throughput_tokens(&model, &no_length), 32 * 512, 0);
    assert_true(isnan(throughput_tokens_a_gpu(&model, &no_length, NAN)));
}

static void utilization_is_a_share_of_the_peak(void **state)
{
    (void)state;
    struct configuration run = given("wd=8,tp=2,pp=2,gbs=32,s=1024");
    assert_near(throughput_mfu(NULL, &run, 2000, 150, 300), 0.5, 1e-12);
    assert_true(isnan(throughput_mfu(NULL, &run, 2000, NAN, 300)));
    assert_true(isnan(throughput_mfu(NULL, &run, 2000, 150, 0)));
    const struct model_settings model = {.model = {.layers = 4,
                                                   .hidden_size = 64,
                                                   .attention_heads = 4,
                                                   .sequence_length = 1024,
                                                   .padded_vocabulary = 128}};
    /* The model rules over what the run counted: 2048 tokens a second and GPU. */
    double flops = 6 * (4 * (4 * 64 * 64 + 2 * 1024 * 64 + 2 * 64 * 256) + 64 * 128.0);
    assert_near(throughput_mfu(&model, &run, 2000, 150, 1e-3), flops * 2048 / 1e9, 1e-9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gpt3_counts_as_the_paper_does),
        cmocka_unit_test(groups_gates_and_experts_count),
        cmocka_unit_test(sizes_have_defaults),
        cmocka_unit_test(tokens_follow_from_the_batch),
        cmocka_unit_test(utilization_is_a_share_of_the_peak),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
