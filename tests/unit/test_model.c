/* Presets by their published sizes, and what settings make of numbers that depend on each other. */
#include "tests/unit/unit.h"
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

    assert_false(
        RESOLVE("padded-vocab-size", "50304", "world-size", "64", "data-parallel-size", "7"));
    assert_non_null(strstr(fault.text, "world-size makes it 64"));
    assert_false(
        RESOLVE("padded-vocab-size", "50304", "num-microbatches", "3", "global-batch-size", "4"));
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
    assert_true(SWITCHES("no-sequence-parallel", NULL, "sequence-parallel", NULL));
    assert_false(parallel.no_sequence_parallel);
    assert_true(SWITCHES("sequence-parallel", NULL, "no-sequence-parallel", NULL));
    assert_true(parallel.no_sequence_parallel);
    assert_true(SWITCHES("no-sequence-parallel", "true", "sequence-parallel", "false"));
    assert_true(parallel.no_sequence_parallel);
    assert_true(SWITCHES("swiglu", "true", "swiglu", "false"));
    assert_false(model.gated_mlp);
    assert_false(SWITCHES("swiglu", "1"));
    assert_non_null(strstr(fault.text, "swiglu: expected no value, true or false, found '1'"));
    assert_true(SWITCHES("recompute-granularity", "none", "recompute-activations", NULL));
    assert_int_equal(parallel.recompute, GMT_RECOMPUTE_SELECTIVE);
    assert_true(SWITCHES("optimizer", "sgd", "exp-avg-dtype", "fp16"));
    assert_true(parallel.moment_bytes == 4);
    assert_true(SWITCHES("optimizer", "adam", "exp-avg-dtype", "fp16"));
    assert_true(parallel.moment_bytes == 6);
    assert_false(SWITCHES("optimizer", "muon"));
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
        assert_true(EXPERTS(good[i].list));
        assert_int_equal(model.moe_layers, good[i].layers);
    }
    assert_true(EXPERTS("2"));
    assert_true(model.moe_layers == 0 && model.moe_layer_frequency == 2);
    assert_true(EXPERTS("[0]*48"));
    assert_int_equal(model.experts, 0);
    assert_false(EXPERTS("[0]*3+[1]*58"));
    assert_non_null(strstr(fault.text, "61 layers are listed, and num-layers is 48"));
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

static void test_names(void **state)
{
    (void)state;
    for (size_t i = 0; i < SETTINGS_COUNT; i++)
        assert_ptr_equal(setting_find(SETTINGS[i].flag, strlen(SETTINGS[i].flag)), &SETTINGS[i]);
    assert_non_null(setting_find("num_layers", 10));
    assert_null(setting_find("num_layer", 9));
    assert_null(setting_find("num-layers-", 11));
    assert_string_equal(setting_nearest("hiden_size"), "hidden-size");
    assert_string_equal(setting_nearest("tensor_model_paralel_size"), "tensor-model-parallel-size");
    assert_null(setting_nearest("colour"));
    assert_null(setting_nearest(""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_presets_have_their_parameters),
        cmocka_unit_test(test_what_follows),
        cmocka_unit_test(test_switches),
        cmocka_unit_test(test_layers_with_experts),
        cmocka_unit_test(test_largest_sizes),
        cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
