/* Where a model's settings come from beside flags: releases, Hugging Face's configurations, a run's
 * configuration, a job's arguments. */
#include "tests/unit/unit.h"
#include "tracer/estimator/model/configuration_settings.h"
#include "tracer/estimator/model/model_file.h"

static struct model_settings of_flags(const char *const *texts)
{
    struct model_settings settings = {0};
    struct fault fault = {0};
    for (; *texts; texts += 2)
        if (!setting_take(setting_find(texts[0], strlen(texts[0])), texts[1], &settings, &fault))
            fail_msg("%s", fault.text);
    return settings;
}
#define FLAGS(...) of_flags((const char *const[]){__VA_ARGS__, NULL})
#define SIZES                                                                                      \
    "num-layers", "48", "hidden-size", "4096", "num-attention-heads", "32", "seq-length", "2048",  \
        "padded-vocab-size", "50304"

static void test_releases(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t minor; /* 0: refused */
    } cases[] = {{"0.7", 7},  {"0.19", 19}, {"core_r0.18.0", 18}, {"0.17.1", 17},
                 {"0.6", 0},  {"0.20", 0},  {"0.17x", 0},         {"0.17rc", 0},
                 {"1.17", 0}, {"0.", 0},    {"core_r1.17", 0},    {"x0.17", 0},
                 {"", 0},     {"0.x", 0}};
    const struct setting *setting = setting_find("megatron-version", 16);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct model_settings settings = {0};
        bool taken = setting_take(setting, cases[i].text, &settings, NULL);
        if (taken != (cases[i].minor > 0))
            fail_msg("\"%s\"", cases[i].text);
        if (taken)
            assert_int_equal(settings.parallel.megatron_minor, cases[i].minor);
    }
}

/* Of a list of layers and a frequency the later one holds. */
static void test_later_layers(void **state)
{
    (void)state;
    gmt_model model;
    gmt_parallel parallel;
    struct fault fault = {0};
    struct model_settings settings =
        FLAGS(SIZES, "num-experts", "8", "moe-layer-freq", "[0]*8+[1]*40", "moe-layer-freq", "2");
    assert_true(settings_resolve(&settings, &model, &parallel, &fault));
    assert_true(!model.moe_layer_pattern && model.moe_layer_frequency == 2);
    settings =
        FLAGS(SIZES, "num-experts", "8", "moe-layer-freq", "2", "moe-layer-freq", "[0]*8+[1]*40");
    assert_true(settings_resolve(&settings, &model, &parallel, &fault));
    assert_int_equal(strspn(model.moe_layer_pattern, "0"), 8);
    assert_int_equal(model.moe_layer_frequency, 0);
}

static void test_wanted_ranks(void **state)
{
    (void)state;
    struct model_settings s = FLAGS(SIZES, "bf16", NULL);
    assert_null(settings_wants_ranks(&s));
    s = FLAGS("use-distributed-optimizer", NULL);
    assert_string_equal(settings_wants_ranks(&s), "--use-distributed-optimizer");
    s = FLAGS("use-distributed-optimizer", "", "data-parallel-size", "1");
    assert_null(settings_wants_ranks(&s));
    s = FLAGS("use-distributed-optimizer", "", "world-size", "1");
    assert_null(settings_wants_ranks(&s));
    s = FLAGS("use-torch-fsdp2", NULL);
    assert_string_equal(settings_wants_ranks(&s), "--use-torch-fsdp2");
    s = FLAGS("use-megatron-fsdp", "", "data-parallel-sharding-strategy", "no_shard");
    assert_null(settings_wants_ranks(&s));
    s = FLAGS("use-megatron-fsdp", "", "data-parallel-sharding-strategy", "optim");
    assert_string_equal(settings_wants_ranks(&s), "--use-megatron-fsdp");
}

/* ---- a run's configuration ---- */

static bool take(struct model_settings *settings, size_t dimension, const char *value,
                 struct fault *fault)
{
    struct configuration configuration = {0};
    assert_true(configuration_set_text(&configuration, dimension, value, strlen(value), fault));
    return settings_take_configuration(settings, &configuration, fault);
}

static void test_known_dimensions(void **state)
{
    (void)state;
    static const size_t not_known[] = {DIMENSION_MODEL, DIMENSION_STAMP};
    for (size_t i = 0; i < DIMENSION_COUNT; i++) {
        bool known = true;
        for (size_t k = 0; k < sizeof not_known / sizeof *not_known; k++)
            known = known && i != not_known[k];
        if (settings_know_dimension(i) != known)
            fail_msg("%s", DIMENSIONS[i].column);
    }
}

static void test_what_ranks_share(void **state)
{
    (void)state;
    struct fault fault = {0};
    for (int stage = 0; stage <= 3; stage++)
        for (int torch = 0; torch < 2; torch++) {
            struct model_settings settings = {.torch_fsdp2 = torch};
            gmt_model model;
            gmt_parallel parallel;
            settings = torch ? FLAGS(SIZES, "use-torch-fsdp2", NULL) : FLAGS(SIZES, "bf16", NULL);
            assert_true(take(&settings, DIMENSION_ZERO, (char[]){(char)('0' + stage), 0}, &fault));
            assert_int_equal(settings.distributed_optimizer, stage == 1);
            assert_int_equal(settings.torch_fsdp2, torch && stage == 3);
            assert_int_equal(settings.megatron_fsdp, stage == 2 || (stage == 3 && !torch));
            assert_true(settings_resolve(&settings, &model, &parallel, &fault));
            assert_int_equal(parallel.sharding, stage); /* the enumeration has the same order */
            assert_int_equal(parallel.fsdp, stage > 1);
        }
}

static void test_words_of_configurations(void **state)
{
    (void)state;
    static const struct {
        const char *word;
        bool bf16, fp16, fp8;
    } precisions[] = {{"fp32", 0, 0, 0}, {"bf16", 1, 0, 0}, {"fp16", 0, 1, 0}, {"fp8", 1, 0, 1}};
    struct fault fault = {0};
    for (size_t i = 0; i < 4; i++) {
        struct model_settings s = {.bf16 = i % 2, .fp16 = i % 3, .fp8 = i % 2};
        assert_true(take(&s, DIMENSION_PRECISION, precisions[i].word, &fault));
        assert_true(s.bf16 == precisions[i].bf16 && s.fp16 == precisions[i].fp16 &&
                    s.fp8 == precisions[i].fp8);
    }
    struct model_settings s = {0};
    assert_false(take(&s, DIMENSION_PRECISION, "fp4", &fault));
    assert_string_equal(fault.text, "prec: expected fp32, fp16, bf16 or fp8, found 'fp4'");

    static const struct {
        const char *word;
        gmt_recompute recompute;
        unsigned modules;
    } recomputed[] = {{"none", GMT_RECOMPUTE_NONE, 0},
                      {"selective", GMT_RECOMPUTE_SELECTIVE, 0},
                      {"full", GMT_RECOMPUTE_FULL, 0},
                      {"core-attn+moe-act", GMT_RECOMPUTE_SELECTIVE,
                       GMT_MODULE_CORE_ATTENTION | GMT_MODULE_MOE_ACTIVATION}};
    for (size_t i = 0; i < 4; i++) {
        s = (struct model_settings){.recompute_activations = true};
        assert_true(take(&s, DIMENSION_RECOMPUTE, recomputed[i].word, &fault));
        assert_int_equal(s.parallel.recompute, recomputed[i].recompute);
        assert_int_equal(s.parallel.recompute_modules, recomputed[i].modules);
        assert_true(s.recompute_said && !s.recompute_activations);
    }
    assert_false(take(&s, DIMENSION_RECOMPUTE, "some", &fault));
}

/* What is counted rules over what it follows from. */
static void test_numbers_of_configurations(void **state)
{
    (void)state;
    struct fault fault = {0};
    struct model_settings s = FLAGS("world-size", "64", "global-batch-size", "8",
                                    "num-layers-per-virtual-pipeline-stage", "3");
    struct configuration c = {0};
    configuration_set_number(&c, DIMENSION_TP, 2);
    configuration_set_number(&c, DIMENSION_PP, 4);
    configuration_set_number(&c, DIMENSION_DP, 3);
    configuration_set_number(&c, DIMENSION_VPP, 5);
    configuration_set_number(&c, DIMENSION_MICRO_BATCHES, 6);
    configuration_set_number(&c, DIMENSION_GLOBAL_BATCH_SIZE, 99);
    configuration_set_number(&c, DIMENSION_LAYERS, 24);
    configuration_set_number(&c, DIMENSION_EXPERTS, 0);
    configuration_set_number(&c, DIMENSION_SEQUENCE_PARALLEL, 1);
    assert_true(settings_take_configuration(&s, &c, &fault));
    assert_true(s.parallel.tp == 2 && s.parallel.pp == 4 && s.model.layers == 24);
    assert_true(s.data_parallel_size == 3 && s.world_size == 0);
    assert_true(s.micro_batches == 6 && s.global_batch_size == 0);
    assert_true(s.parallel.virtual_stages == 5 && s.layers_a_virtual_stage == 0);
    assert_true(s.model.experts == 0 && s.parallel.sequence_parallel);
    assert_true(s.sequence_parallel_said);
    /* A global batch alone is a setting; the data-parallel size is found where it can be. */
    c = (struct configuration){0};
    configuration_set_number(&c, DIMENSION_WORLD_SIZE, 16);
    configuration_set_number(&c, DIMENSION_TP, 2);
    configuration_set_number(&c, DIMENSION_PP, 4);
    configuration_set_number(&c, DIMENSION_GLOBAL_BATCH_SIZE, 99);
    configuration_set_number(&c, DIMENSION_SEQUENCE_PARALLEL, 0);
    s = FLAGS("sequence-parallel", NULL);
    assert_true(settings_take_configuration(&s, &c, &fault));
    assert_true(s.global_batch_size == 99 && s.micro_batches == 0);
    assert_true(s.data_parallel_size == 2 && s.world_size == 0);
    assert_false(s.parallel.sequence_parallel);
}

static void test_texts_of_theory(void **state)
{
    (void)state;
    char text[256];
    struct model_settings s = {0};
    assert_string_equal(settings_theory_text(&s, text, sizeof text),
                        "theory: as Megatron-LM 0.19 reports it; where a run does not say, with "
                        "sequence parallelism and selective recomputation");
    s.parallel.megatron_minor = 15;
    s.sequence_parallel_said = true;
    assert_string_equal(settings_theory_text(&s, text, sizeof text),
                        "theory: as Megatron-LM 0.15 reports it; where a run does not say, with "
                        "selective recomputation");
    s.recompute_said = true;
    assert_string_equal(settings_theory_text(&s, text, sizeof text),
                        "theory: as Megatron-LM 0.15 reports it");
}

/* ---- Hugging Face ---- */

static struct model_settings of_json(const char *json, struct fault *fault)
{
    struct model_settings settings = {0};
    char *folder = unit_make_folder(), path[4200];
    unit_write_file(folder, "config.json", json, strlen(json));
    snprintf(path, sizeof path, "%s/config.json", folder);
    fault->text[0] = '\0';
    model_load(path, &settings, fault);
    unit_remove_folder(folder);
    return settings;
}

#define HUGGING(type, more)                                                                        \
    "{\"model_type\": \"" type "\", \"num_hidden_layers\": 12, \"hidden_size\": 1024" more "}"

static void test_hugging_kinds(void **state)
{
    (void)state;
    struct fault fault;
    struct model_settings s = of_json(HUGGING("llama", ""), &fault);
    assert_string_equal(fault.text, "");
    assert_string_equal(s.name, "llama");
    assert_true(s.model.layers == 12 && s.model.hidden_size == 1024 && s.bf16);
    assert_true(s.model.gated_mlp && s.model.rms_norm && s.model.no_linear_bias);
    assert_true(!s.model.qkv_bias && !s.model.qk_norm && s.model.untied_embeddings);
    assert_true(s.positions_kind == 2 && !s.latent_attention && !s.grouped_queries);
    s = of_json(HUGGING("gpt2", ""), &fault);
    assert_true(!s.model.gated_mlp && !s.model.rms_norm && !s.model.no_linear_bias);
    assert_true(!s.model.untied_embeddings && s.positions_kind == 1);
    s = of_json(HUGGING("gpt2", ", \"tie_word_embeddings\": false"), &fault);
    assert_true(s.model.untied_embeddings);
    s = of_json(HUGGING("llama", ", \"tie_word_embeddings\": true"), &fault);
    assert_false(s.model.untied_embeddings);
    s = of_json(HUGGING("llama", ", \"attention_bias\": true, \"num_key_value_heads\": 8"), &fault);
    assert_true(s.model.qkv_bias && s.grouped_queries && s.query_groups == 8);
    s = of_json(HUGGING("qwen2", ""), &fault);
    assert_true(s.model.qkv_bias && !s.model.qk_norm);
    s = of_json(HUGGING("qwen3", ", \"head_dim\": 96"), &fault);
    assert_true(!s.model.qkv_bias && s.model.qk_norm && s.model.kv_channels == 96);
    s = of_json(HUGGING("nemotron", ""), &fault);
    assert_true(s.model.squared_relu && !s.model.gated_mlp);
    s = of_json(HUGGING("deepseek_v3", ", \"head_dim\": 64, \"num_key_value_heads\": 8, "
                                       "\"kv_lora_rank\": 512, \"q_lora_rank\": null"),
                &fault);
    assert_true(s.latent_attention && !s.grouped_queries && s.model.kv_channels == 0);
    assert_true(s.model.kv_lora_rank == 512 && s.model.q_lora_rank == 0);
    /* A model that sees as well has its text's in a part of its own. */
    s = of_json("{\"model_type\": \"x\", \"text_config\": " HUGGING("llama4_text", "") "}", &fault);
    assert_string_equal(fault.text, "");
    assert_string_equal(s.name, "llama4_text");
    of_json("{\"model_type\": \"llama\", \"hidden_size\": 1024}", &fault);
    assert_non_null(strstr(fault.text, "'num_hidden_layers': expected a whole number"));
    of_json("{\"model_type\": \"llama\", \"n_layer\": 2}", &fault);
    assert_non_null(strstr(fault.text, "'hidden_size': expected a whole number"));
}

/* Numbers that are none of a size are passed over. */
static void test_hugging_numbers(void **state)
{
    (void)state;
    static const struct {
        const char *value;
        int64_t taken;
    } cases[] = {{"512", 512},
                 {"512.0", 512},
                 {"512.5", 0},
                 {"0", 0},
                 {"-3", 0},
                 {"null", 0},
                 {"3000000000", 0},
                 {"\"77\"", 77},
                 {"\"\"", 0},
                 {"\"7x\"", 0},
                 {"2147483647", INT32_MAX},
                 {"1", 1}};
    struct fault fault;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char json[256];
        snprintf(json, sizeof json, HUGGING("llama", ", \"intermediate_size\": %s"),
                 cases[i].value);
        struct model_settings s = of_json(json, &fault);
        assert_string_equal(fault.text, "");
        if (s.model.ffn_hidden_size != cases[i].taken)
            fail_msg("%s is %lld", cases[i].value, (long long)s.model.ffn_hidden_size);
    }
}

static void test_hugging_experts(void **state)
{
    (void)state;
#define EXPERTS ", \"num_experts\": 4, \"num_experts_per_tok\": 2"
    static const struct {
        const char *json, *digits; /* NULL: all layers have experts */
    } cases[] = {
        {HUGGING("qwen2_moe", EXPERTS), NULL},
        {HUGGING("qwen2_moe", EXPERTS ", \"decoder_sparse_step\": 1"), NULL},
        {HUGGING("qwen2_moe", EXPERTS ", \"mlp_only_layers\": []"), NULL},
        {HUGGING("qwen2_moe", EXPERTS ", \"decoder_sparse_step\": 3"), "001001001001"},
        {HUGGING("llama4_text", EXPERTS ", \"interleave_moe_layer_step\": 2"), "010101010101"},
        {HUGGING("deepseek_v3", EXPERTS ", \"first_k_dense_replace\": 3"), "000111111111"},
        {HUGGING("qwen3_moe", EXPERTS ", \"mlp_only_layers\": [0, 10, 12]"), "011111111101"},
        {HUGGING("qwen3_moe", EXPERTS ", \"mlp_only_layers\": [1], \"decoder_sparse_step\": 2"),
         "000101010101"},
    };
    struct fault fault;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct model_settings s = of_json(cases[i].json, &fault);
        assert_string_equal(fault.text, "");
        assert_true(s.model.experts == 4 && s.model.router_top_k == 2);
        assert_int_equal(s.expert_layers.layers, cases[i].digits ? 12 : 0);
        if (cases[i].digits)
            assert_string_equal(s.expert_layers.digits, cases[i].digits);
    }
    struct model_settings s = of_json(
        HUGGING("llama", ", \"num_experts_per_tok\": 2, \"first_k_dense_replace\": 3"), &fault);
    assert_true(s.model.router_top_k == 0 && s.expert_layers.layers == 0);
    s = of_json(
        HUGGING("deepseek_v3", EXPERTS ", \"n_shared_experts\": 2, \"moe_intermediate_size\": 256"),
        &fault);
    assert_int_equal(s.model.shared_expert_ffn_hidden_size, 512);
    s = of_json(HUGGING("llama4_text",
                        EXPERTS ", \"intermediate_size\": 300, \"intermediate_size_mlp\": 900"),
                &fault);
    assert_true(s.model.ffn_hidden_size == 900 && s.model.moe_ffn_hidden_size == 300 &&
                s.model.shared_expert_ffn_hidden_size == 300);
}

/* ---- a job's arguments ---- */

static void test_arguments(void **state)
{
    (void)state;
    gmt_argument arguments[] = {{"hugging_face.model_type", "llama"},
                                {"hugging_face.num_hidden_layers", "8"},
                                {"hugging_face.hidden_size", "1024"},
                                {"hugging_face.num_attention_heads", "16"},
                                {"hugging_face.vocab_size", "8192"},
                                {"hugging_face.intermediate_size", "None"},
                                {"seq_length", "512"},
                                {"fp8", "None"},
                                {"--moe-use-upcycling", ""},
                                {"--cuda-graph-impl", "local"},
                                {"--cuda-graph-scope", "full"},
                                {"--softmax-type", "vanilla"}, /* as without it */
                                {"--outer-dp-sharding-strategy", "no_shard"},
                                {"softmax_type", "off-by-one"}, /* no flag of the command line */
                                {"--cp-comm-type", "a2a"},
                                {"--lr", "1e-4"}};
    enum { COUNT = sizeof arguments / sizeof *arguments };
    gmt_argument_estimate estimate;
    assert_int_equal(gmt_estimate_arguments(arguments, COUNT, &estimate), GMT_OK);
    assert_string_equal(estimate.why, "");
    assert_string_equal(
        estimate.not_modelled,
        "--moe-use-upcycling, --cuda-graph-impl, --cuda-graph-scope, --cp-comm-type");
    struct model_settings same = FLAGS(
        "num-layers", "8", "hidden-size", "1024", "num-attention-heads", "16", "vocab-size", "8192",
        "seq-length", "512", "swiglu", "", "normalization", "RMSNorm", "disable-bias-linear", "",
        "untie-embeddings-and-output-weights", "", "position-embedding-type", "rope", "bf16", NULL);
    gmt_model model;
    gmt_parallel parallel;
    struct fault fault = {0};
    assert_true(settings_resolve(&same, &model, &parallel, &fault));
    assert_int_equal(estimate.expected_peak_bytes, gmt_expected_peak_bytes(&model, &parallel));
    /* A value that no setting takes, and a model that is not known, are errors. */
    arguments[7] = (gmt_argument){"seq_length", "long"};
    assert_int_equal(gmt_estimate_arguments(arguments, COUNT, &estimate), GMT_INVALID);
    assert_non_null(strstr(estimate.why, "'long'"));
    arguments[7] = (gmt_argument){"fp8", "None"};
    arguments[0].value = "unheard_of";
    assert_int_equal(gmt_estimate_arguments(arguments, COUNT, &estimate), GMT_INVALID);
    assert_non_null(strstr(estimate.why, "'unheard_of' is not known"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_releases),
        cmocka_unit_test(test_later_layers),
        cmocka_unit_test(test_wanted_ranks),
        cmocka_unit_test(test_known_dimensions),
        cmocka_unit_test(test_what_ranks_share),
        cmocka_unit_test(test_words_of_configurations),
        cmocka_unit_test(test_numbers_of_configurations),
        cmocka_unit_test(test_texts_of_theory),
        cmocka_unit_test(test_hugging_kinds),
        cmocka_unit_test(test_hugging_numbers),
        cmocka_unit_test(test_hugging_experts),
        cmocka_unit_test(test_arguments),
    };
    return cmocka_run_group_tests_name("model sources", tests, NULL, NULL);
}
