/* Presets by their published sizes, and what settings make of numbers that depend on each other. */
#include "tests/unit/unit.h"
#include "tracer/estimator/model/megatron_flags.h"
#include "tracer/estimator/model/model_file.h"
#include "tracer/estimator/model/presets.h"

#include <math.h>

static void test_presets_have_their_parameters(void **state)
{
    (void)state;
    for (size_t i = 0; i < PRESETS_COUNT; i++) {
        gmt_memory_estimate estimate;
        const gmt_parallel one = {0};
        assert_int_equal(gmt_estimate_memory(&PRESETS[i].model, &one, GMT_MOST_LOADED, &estimate),
                         GMT_OK);
        double billions = estimate.model_parameters / 1e9;
        if (PRESETS[i].billions == 0)
            continue;
        if (fabs(billions / PRESETS[i].billions - 1) > 0.01)
            fail_msg("%s: %.2f billion, published are %.2f", PRESETS[i].name, billions,
                     PRESETS[i].billions);
    }
    assert_non_null(preset_find("LLAMA3-70B"));
    assert_null(preset_find("llama"));
}

/* The settings of flags and values, one after the other, ended by NULL. */
static bool resolve(const char *const *texts, gmt_model *model, gmt_parallel *parallel,
                    struct fault *fault)
{
    struct model_settings settings = {0};
    for (; *texts; texts += 2) {
        const struct setting *setting = setting_find(texts[0], strlen(texts[0]));
        assert_non_null(setting);
        if (!setting_take(setting, texts[1], &settings, fault))
            return false;
    }
    return settings_resolve(&settings, model, parallel, fault);
}

#define SIZES                                                                                      \
    "num-layers", "48", "hidden-size", "4096", "num-attention-heads", "32", "seq-length", "2048"
#define RESOLVE(...)                                                                               \
    resolve((const char *const[]){SIZES, __VA_ARGS__, NULL}, &model, &parallel, &fault)

static void test_what_follows(void **state)
{
    (void)state;
    gmt_model model;
    gmt_parallel parallel;
    struct fault fault = {0};
    assert_true(RESOLVE("vocab-size", "50257", "tensor-model-parallel-size", "4", "world-size",
                        "64", "pipeline-model-parallel-size", "2", "global-batch-size", "256",
                        "micro-batch-size", "2"));
    assert_int_equal(model.padded_vocabulary, 50688); /* of 512 */
    assert_int_equal(parallel.dp, 8);
    assert_int_equal(parallel.micro_batches, 16);

    assert_true(RESOLVE("vocab-size", "50257", "make-vocab-size-divisible-by", "1"));
    assert_int_equal(model.padded_vocabulary, 50257);
    assert_true(RESOLVE("padded-vocab-size", "50304", "group-query-attention", ""));
    assert_int_equal(model.query_groups, 1);
    assert_true(RESOLVE("padded-vocab-size", "50304", "num-layers-per-virtual-pipeline-stage", "3",
                        "pipeline-model-parallel-size", "4"));
    assert_int_equal(parallel.virtual_stages, 4);
    assert_true(RESOLVE("padded-vocab-size", "50304", "exp-avg-dtype", "fp8", "main-params-dtype",
                        "fp16", "fixed-mb", "1.5"));
    assert_true(parallel.moment_bytes == 5 && parallel.master_bytes == 2);
    assert_int_equal(parallel.fixed_bytes, 1572864);
    assert_true(RESOLVE("tokenizer-type", "GPT2BPETokenizer", "tensor-model-parallel-size", "8"));
    assert_int_equal(model.padded_vocabulary, 51200);
    assert_true(RESOLVE("merge-file", "merges.txt", "disable-pad-vocab-size", NULL));
    assert_int_equal(model.padded_vocabulary, 50257);
    assert_false(RESOLVE("tokenizer-type", "HuggingFaceTokenizer"));
    assert_non_null(strstr(fault.text, "add --vocab-size N"));
    assert_true(RESOLVE("vocab-size", "1024", "num-query-groups", "8"));
    assert_int_equal(model.query_groups, 0); /* not without --group-query-attention */
    assert_int_equal(model.positions, 2048);
    assert_true(RESOLVE("vocab-size", "1024", "position-embedding-type", "rope"));
    assert_int_equal(model.positions, 0);

    assert_false(
        RESOLVE("padded-vocab-size", "50304", "world-size", "64", "data-parallel-size", "7"));
    assert_non_null(strstr(fault.text, "--world-size makes it 64"));
    assert_false(RESOLVE("padded-vocab-size", "50304", "num-microbatches", "3", "global-batch-size",
                         "4", "data-parallel-size", "1"));
    assert_non_null(strstr(fault.text, "num-microbatches"));
    assert_false(
        RESOLVE("padded-vocab-size", "50304", "num-layers-per-virtual-pipeline-stage", "5"));
    assert_false(RESOLVE("padded-vocab-size", "50304", "tensor-model-parallel-size", "5"));
}

/* Of two flags that say the opposite the later one holds, so that one rules over a file. */
static void test_switches(void **state)
{
    (void)state;
    gmt_model model;
    gmt_parallel parallel;
    struct fault fault = {0};
#define SWITCHES(...) RESOLVE("padded-vocab-size", "50304", __VA_ARGS__)
    assert_true(SWITCHES("bf16", NULL));
    assert_true(!parallel.sequence_parallel && parallel.recompute == GMT_RECOMPUTE_NONE);
    assert_true(SWITCHES("sequence-parallel", NULL));
    assert_true(parallel.sequence_parallel);
    assert_true(SWITCHES("sequence-parallel", NULL, "sequence-parallel", "false"));
    assert_false(parallel.sequence_parallel);
    assert_true(SWITCHES("swiglu", "true", "swiglu", "false"));
    assert_false(model.gated_mlp);
    assert_false(SWITCHES("swiglu", "1"));
    assert_non_null(strstr(fault.text, "--swiglu: expected no value, true or false, found '1'"));
    assert_true(SWITCHES("recompute-granularity", "none", "recompute-activations", NULL));
    assert_int_equal(parallel.recompute, GMT_RECOMPUTE_SELECTIVE);
    assert_true(SWITCHES("recompute-modules", "[layernorm moe_act]"));
    assert_int_equal(parallel.recompute_modules, GMT_MODULE_NORM | GMT_MODULE_MOE_ACTIVATION);
    assert_true(SWITCHES("recompute-modules", "mlp", "recompute-modules", "layernorm"));
    assert_int_equal(parallel.recompute_modules, GMT_MODULE_NORM); /* the last one counts */
    assert_false(SWITCHES("recompute-modules", "everything"));
    assert_true(SWITCHES("optimizer", "sgd"));
    assert_int_equal(parallel.optimizer, GMT_SGD);
    assert_true(SWITCHES("exp-avg-dtype", "fp16"));
    assert_true(parallel.moment_bytes == 6);
    assert_false(SWITCHES("optimizer", "muons"));
    assert_true(SWITCHES("hidden-dropout", "0", "attention-dropout", "0.05"));
    assert_true(parallel.no_hidden_dropout && !parallel.no_attention_dropout);
    assert_true(SWITCHES("cublas-workspace-config", ":4096:8", "megatron-version", "core_r0.17"));
    assert_true(parallel.cublas_workspace == 32 << 20 && parallel.megatron_minor == 17);
    assert_false(SWITCHES("megatron-version", "0.20"));
    assert_false(SWITCHES("megatron-version", "1.7"));
    assert_true(SWITCHES("use-megatron-fsdp", NULL, "data-parallel-sharding-strategy",
                         "optim_grads_params", "world-size", "8"));
    assert_true(parallel.sharding == GMT_SHARD_PARAMETERS && parallel.fsdp);
    assert_true(SWITCHES("use-megatron-fsdp", NULL));
    assert_true(parallel.sharding == GMT_SHARD_NOTHING && parallel.fsdp);
    assert_true(
        SWITCHES("hybrid-layer-pattern", "M-M*|E/M*/M*", "pipeline-model-parallel-size", "2"));
    assert_true(model.layers == 5 && model.mtp_layers == 2);
}

/* What training's flags come to, one by one. */
static void test_training(void **state)
{
    (void)state;
    gmt_model model;
    gmt_parallel parallel;
    struct fault fault = {0};
#define COMES_TO(condition, ...) assert_true(SWITCHES(__VA_ARGS__) && (condition))
    COMES_TO(parallel.attention == GMT_ATTENTION_AUTO, "bf16", NULL);
    COMES_TO(parallel.attention == GMT_ATTENTION_FLASH, "attention-backend", "flash");
    COMES_TO(parallel.attention == GMT_ATTENTION_FUSED, "attention-backend", "fused");
    COMES_TO(parallel.attention == GMT_ATTENTION_UNFUSED, "attention-backend", "unfused");
    COMES_TO(!parallel.softmax_in_steps, "no-masked-softmax-fusion", NULL);
    COMES_TO(!parallel.softmax_in_steps, "attention-softmax-in-fp32", NULL);
    COMES_TO(parallel.softmax_in_steps, "no-masked-softmax-fusion", NULL,
             "attention-softmax-in-fp32", NULL);
    COMES_TO(parallel.loss_fusion == GMT_LOSS_UNFUSED, "cross-entropy-fusion-impl", "te");
    COMES_TO(parallel.loss_fusion == GMT_LOSS_NATIVE, "cross-entropy-loss-fusion", NULL);
    COMES_TO(parallel.loss_fusion == GMT_LOSS_TRANSFORMER_ENGINE, "cross-entropy-loss-fusion", NULL,
             "cross-entropy-fusion-impl", "te");
    COMES_TO(parallel.no_attention_dropout && !parallel.no_hidden_dropout, "attention-dropout",
             "0");
    COMES_TO(parallel.expandable_segments, "pytorch-cuda-alloc-conf",
             "a:1,expandable_segments:True");
    COMES_TO(!parallel.expandable_segments, "pytorch-cuda-alloc-conf", "expandable_segments:False");
    COMES_TO(parallel.fixed_bytes == 3 << 19, "fixed-mb", "1.5");
}

static void test_precision(void **state)
{
    (void)state;
    gmt_model model;
    gmt_parallel parallel;
    struct fault fault = {0};
    COMES_TO(parallel.precision == GMT_FP32 && !parallel.fp8, "bf16", "false");
    COMES_TO(parallel.precision == GMT_FP16, "fp16", NULL);
    COMES_TO(parallel.precision == GMT_BF16 && parallel.gradient_bytes == 0, "bf16", NULL);
    COMES_TO(parallel.gradient_bytes == 0, "main-grads-dtype", "fp32");
    COMES_TO(parallel.gradient_bytes == 2, "main-grads-dtype", "bf16");
    COMES_TO(parallel.gradient_bytes == 2, "grad-reduce-in-bf16", NULL);
    COMES_TO(parallel.master_bytes == 0, "bf16", NULL);
    COMES_TO(parallel.master_bytes == 2, "main-params-dtype", "fp16");
    COMES_TO(parallel.moment_bytes == 0, "bf16", NULL);
    COMES_TO(parallel.moment_bytes == 4 + 2, "exp-avg-sq-dtype", "bf16");
    COMES_TO(parallel.moment_bytes == 2 + 2, "exp-avg-dtype", "fp16", "exp-avg-sq-dtype", "bf16");
    COMES_TO(parallel.offloaded_optimizer_share == 0, "optimizer-offload-fraction", "0.5");
    COMES_TO(parallel.offloaded_optimizer_share == 1, "optimizer-cpu-offload", NULL);
    COMES_TO(parallel.offloaded_optimizer_share == 0.5, "optimizer-cpu-offload", NULL,
             "optimizer-offload-fraction", "0.5");
    COMES_TO(parallel.offloaded_optimizer_share == 1, "optimizer-cpu-offload", NULL,
             "optimizer-offload-fraction", "1.5");
}

static void test_workspaces(void **state)
{
    (void)state;
    gmt_model model;
    gmt_parallel parallel;
    struct fault fault = {0};
    static const struct {
        const char *text;
        int64_t bytes;
    } workspaces[] = {{":4096:2:16:8", 4096L * 1024 * 2 + 16L * 1024 * 8},
                      {":2097151:1", 2097151L * 1024},
                      {":2097152:1", 0},
                      {":1:1024", 1024L * 1024},
                      {":1:1025", 0},
                      {":0:1", 0},
                      {":1:0", 0},
                      {":16", 0},
                      {"16:8", 0}};
    for (size_t i = 0; i < sizeof workspaces / sizeof *workspaces; i++)
        COMES_TO((int64_t)parallel.cublas_workspace == workspaces[i].bytes,
                 "cublas-workspace-config", workspaces[i].text);
}

static void test_layers_with_experts(void **state)
{
    (void)state;
    gmt_model model;
    gmt_parallel parallel;
    struct fault fault = {0};
#define EXPERTS(list) SWITCHES("num-experts", "8", "moe-layer-freq", list)
    static const struct {
        const char *list;
        int64_t layers;
    } good[] = {{"([0]*3+[1]*45)", 45},
                {"[1, 0] * 24", 24},
                {" ([0]*2+([1]*3+[0])*11+[1,1]) ", 35},
                {"[1]*48", 48}};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct layer_list list;
        int64_t with_experts = 0;
        assert_true(EXPERTS(good[i].list));
        assert_true(layer_list_parse(good[i].list, &list));
        for (size_t k = 0; k < list.layers; k++)
            with_experts += list.digits[k] == '1';
        assert_int_equal(with_experts, good[i].layers);
    }
    struct layer_list list;
    assert_true(layer_list_parse("([0]*1+([1]+[0]*2)*2)*1", &list));
    assert_string_equal(list.digits, "0100100");
    assert_true(EXPERTS("2"));
    assert_true(!model.moe_layer_pattern && model.moe_layer_frequency == 2);
    assert_true(EXPERTS("[0]*48"));
    assert_false(EXPERTS("[0]*3+[1]*58"));
    assert_non_null(strstr(fault.text, "61 layers are listed, and --num-layers is 48"));
    static const char *const bad[] = {"",
                                      "[]",
                                      "[2]*48",
                                      "[1]*48]",
                                      "([1]*48",
                                      "[1]*",
                                      "[1]*48+",
                                      "48*[1]",
                                      "[1,]*48",
                                      "[1]*-1",
                                      "-3",
                                      "0",
                                      "[1]*99999999999999999999",
                                      "[1]*65536*65536*65536"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(EXPERTS(bad[i]));
    char deep[400] = "";
    memset(deep, '(', 300);
    assert_false(EXPERTS(deep));
}

/* Products of the largest sizes that are accepted stay in range. */
static void test_largest_sizes(void **state)
{
    (void)state;
    static const char most[] = "2147483647";
    gmt_model model;
    gmt_parallel parallel;
    struct fault fault = {0};
    assert_false(RESOLVE("vocab-size", most, "make-vocab-size-divisible-by", most,
                         "tensor-model-parallel-size", most));
    assert_false(RESOLVE("padded-vocab-size", "50304", "world-size", most,
                         "tensor-model-parallel-size", most, "pipeline-model-parallel-size", most,
                         "context-parallel-size", most));
    assert_false(RESOLVE("padded-vocab-size", "50304", "global-batch-size", most,
                         "micro-batch-size", most, "data-parallel-size", most));
    assert_false(RESOLVE("padded-vocab-size", "50304", "num-layers-per-virtual-pipeline-stage",
                         most, "pipeline-model-parallel-size", most));
}

/* Errors speak of flags. */
static void test_words_of_errors(void **state)
{
    (void)state;
    gmt_model model;
    gmt_parallel parallel;
    struct fault fault = {0};
    assert_false(SWITCHES("tensor-model-parallel-size", "5"));
    assert_string_equal(fault.text, "--num-attention-heads: expected a multiple of "
                                    "--tensor-model-parallel-size");
    assert_false(SWITCHES("num-experts", "6", "expert-model-parallel-size", "4"));
    assert_string_equal(fault.text,
                        "--num-experts: expected a multiple of --expert-model-parallel-size");
}

/* No argument of Megatron-LM stands in two places. */
static void test_flags_of_megatron(void **state)
{
    (void)state;
    const char *reason, *flag;
    size_t count = 0;
    for (; (flag = megatron_flag_at(count)); count++) {
        assert_true(megatron_flag_find(flag, strlen(flag), &reason));
        if (setting_find(flag, strlen(flag)))
            fail_msg("--%s is a setting, and passed over", flag);
        for (size_t i = 0; i < count; i++)
            assert_string_not_equal(megatron_flag_at(i), flag);
    }
    assert_true(count > 800);
    assert_true(megatron_flag_find("lr", 2, &reason) && reason);
    assert_true(megatron_flag_find("cuda_graph_impl", 15, &reason) && !reason);
    assert_true(megatron_flag_is_harmless("cuda-graph-impl", 15, "none"));
    assert_false(megatron_flag_is_harmless("cuda-graph-impl", 15, "local"));
    assert_false(megatron_flag_find("lrs", 3, &reason));
}

/* Each value of a model file has its setting's kind: none is made of another. */
static void test_kinds_of_values(void **state)
{
    (void)state;
    static const struct {
        const char *json, *fault; /* NULL: taken */
    } cases[] = {
        {"{\"swiglu\": true}", NULL},
        {"{\"swiglu\": 1}", "'swiglu': expected true or false"},
        {"{\"swiglu\": \"true\"}", "'swiglu': expected true or false"},
        {"{\"num_layers\": 8}", NULL},
        {"{\"num_layers\": true}", "'num_layers': expected a number"},
        {"{\"num_layers\": \"8\"}", "'num_layers': expected a number"},
        {"{\"num_layers\": null}", "'num_layers': expected a number"},
        {"{\"hybrid_layer_pattern\": \"M-M*\"}", NULL},
        {"{\"hybrid_layer_pattern\": true}", "'hybrid_layer_pattern': expected TEXT"},
        {"{\"hybrid_layer_pattern\": 7}", "'hybrid_layer_pattern': expected TEXT"},
        {"{\"optimizer\": \"sgd\"}", NULL},
        {"{\"attention_dropout\": 0.2}", NULL},
        {"{\"attention_dropout\": 1.2}", "'attention_dropout': expected"},
        {"{\"optimizer\": false}", "'optimizer': expected adam|sgd"},
        {"{\"megatron_version\": \"core_r0.17\"}", NULL},
        {"{\"megatron_version\": 0.17}", "'megatron_version': expected 0.7...0.19"},
        {"{\"moe_layer_freq\": 2}", NULL},
        {"{\"moe_layer_freq\": \"[1]*48\"}", NULL},
        {"{\"name\": 3}", "'name': expected text"},
    };
    char *folder = unit_make_folder(), path[4200];
    snprintf(path, sizeof path, "%s/model.json", folder);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct model_settings settings = {0};
        struct fault fault = {0};
        char expected[4400];
        unit_write_file(folder, "model.json", cases[i].json, strlen(cases[i].json));
        assert_int_equal(model_load(path, &settings, &fault), !cases[i].fault);
        snprintf(expected, sizeof expected, "%s: %s", path, cases[i].fault ? cases[i].fault : "");
        if (cases[i].fault && strncmp(fault.text, expected, strlen(expected)) != 0)
            fail_msg("%s: %s", cases[i].json, fault.text);
    }
    unit_remove_folder(folder);
}

/* A text has at most 511 bytes; of a longer one no part is taken. */
static void test_longest_text(void **state)
{
    (void)state;
    char *folder = unit_make_folder(), path[4200], json[700], text[SETTING_TEXT_SIZE + 1];
    snprintf(path, sizeof path, "%s/model.json", folder);
    for (size_t length = SETTING_TEXT_SIZE - 1; length <= SETTING_TEXT_SIZE; length++) {
        struct model_settings settings = {0};
        struct fault fault = {0};
        memset(text, 'M', length);
        text[length] = '\0';
        snprintf(json, sizeof json, "{\"hybrid_layer_pattern\": \"%s\"}", text);
        unit_write_file(folder, "model.json", json, strlen(json));
        bool fits = length < SETTING_TEXT_SIZE;
        assert_int_equal(model_load(path, &settings, &fault), fits);
        assert_string_equal(settings.hybrid_pattern, fits ? text : "");
        assert_int_equal(strstr(fault.text, "'hybrid_layer_pattern': expected TEXT") != NULL,
                         !fits);
    }
    unit_remove_folder(folder);
}

/* Letters to change; an underscore is as good as a dash. */
static void test_near_names(void **state)
{
    (void)state;
    static const struct {
        const char *name, *known;
        int letters;
        bool near;
    } cases[] = {{"hidden_size", "hidden-size", 0, true},
                 {"hiden_size", "hidden-size", 1, true},
                 {"hiddden-size", "hidden-size", 1, true},
                 {"hidden-sice", "hidden-size", 1, true},
                 {"ac", "abc", 1, false},
                 {"acd", "abc", 2, false},
                 {"abd", "abc", 1, true},
                 {"", "abc", 3, false},
                 {"abc", "", 3, false},
                 {"a_b_c", "a-b-c", 0, true}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int letters;
        bool near = setting_is_near(cases[i].name, cases[i].known, &letters);
        if (letters != cases[i].letters || near != cases[i].near)
            fail_msg("%s is %d letters from %s", cases[i].name, letters, cases[i].known);
    }
}

static void test_names(void **state)
{
    (void)state;
    for (size_t i = 0; i < SETTINGS_COUNT; i++) {
        assert_ptr_equal(setting_find(SETTINGS[i].flag, strlen(SETTINGS[i].flag)), &SETTINGS[i]);
        assert_string_equal(setting_nearest(SETTINGS[i].flag), SETTINGS[i].flag);
    }
    assert_non_null(setting_find("num_layers", 10));
    assert_null(setting_find("num_layer", 9));
    assert_null(setting_find("num-layers-", 11));
    assert_string_equal(setting_nearest("hiden_size"), "hidden-size");
    assert_string_equal(setting_nearest("tensor_model_paralel_size"), "tensor-model-parallel-size");
    assert_null(setting_nearest("colours"));
    assert_string_equal(setting_flag_of_field("padded_vocabulary"),
                        "--vocab-size (or --padded-vocab-size)");
    assert_string_equal(setting_flag_of_field("offloaded_optimizer_share"),
                        "--optimizer-offload-fraction");
    assert_string_equal(setting_flag_of_field("tp"), "--tensor-model-parallel-size");
    assert_string_equal(setting_flag_of_field("nothing"), "nothing");
    assert_null(setting_nearest(""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_presets_have_their_parameters),
        cmocka_unit_test(test_what_follows),
        cmocka_unit_test(test_switches),
        cmocka_unit_test(test_training),
        cmocka_unit_test(test_precision),
        cmocka_unit_test(test_workspaces),
        cmocka_unit_test(test_layers_with_experts),
        cmocka_unit_test(test_largest_sizes),
        cmocka_unit_test(test_words_of_errors),
        cmocka_unit_test(test_flags_of_megatron),
        cmocka_unit_test(test_kinds_of_values),
        cmocka_unit_test(test_longest_text),
        cmocka_unit_test(test_near_names),
        cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
