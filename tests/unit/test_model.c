/* Presets by their published sizes, and what settings make of numbers that depend on each other. */
#include "tests/unit/unit.h"
#include "tracer/model/model_file.h"
#include "tracer/model/presets.h"

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
        cmocka_unit_test(test_largest_sizes),
        cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
