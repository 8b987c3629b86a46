/* Further figures of an iteration, iterations that were none, samples on demand, and what is told
 * of arguments as texts. */
#include "schemas/recording/recording.h"
#include "schemas/trace/json/trace_json.h"
#include "tests/unit/tracing.h"

#include <math.h>
#include <unistd.h>

static void test_figures(void **state)
{
    (void)state;
    char *folder = unit_make_folder();
    gmt_tracer *tracer = start(folder, quiet());
    struct trace trace = {0};
    gmt_next_iteration(tracer, 7);
    gmt_log_figure(tracer, 7, GMT_RESERVED_PEAK, 1 * MB);
    gmt_log_figure(tracer, 7, GMT_RESERVED_PEAK, 80 * MB + 512);
    gmt_log_expected_peak(tracer, 7, 90 * MB);
    gmt_log_figure(tracer, 7, GMT_ALLOCATOR_RETRIES, 3);
    gmt_log_figure(tracer, 7, GMT_OUT_OF_MEMORY, GMT_UNKNOWN);
    gmt_log_figure(tracer, 7, (gmt_figure)99, 5);
    gmt_log_figure(tracer, 8, GMT_STEP_PEAK, 0);
    gmt_log_figure(NULL, 7, GMT_STEP_PEAK, 5);
    assert_int_equal(gmt_stop(tracer), GMT_OK);
    read_trace(folder, "memory_trace_rank3.json", &trace);
    assert_int_equal(trace.count, 2);
    const double *figures = trace.iterations[0].figures;
    for (int i = 0; i < TRACE_FIGURES; i++)
        assert_int_equal(isnan(figures[i]), i != TRACE_FIGURE_RESERVED_PEAK &&
                                                i != TRACE_FIGURE_EXPECTED_PEAK &&
                                                i != TRACE_FIGURE_ALLOCATOR_RETRIES);
    assert_true(figures[TRACE_FIGURE_RESERVED_PEAK] == 80 + 512.0 / 1048576);
    assert_true(figures[TRACE_FIGURE_EXPECTED_PEAK] == 90);
    assert_true(figures[TRACE_FIGURE_ALLOCATOR_RETRIES] == 3);
    assert_true(trace.iterations[1].figures[TRACE_FIGURE_STEP_PEAK] == 0);
    trace_free(&trace);
    unit_remove_folder(folder);
}

/* The last iteration, begun and never done, leaves its samples and marks to the one before. */
static void test_joined(void **state)
{
    (void)state;
    char *folder = unit_make_folder();
    gmt_tracer *tracer = start(folder, quiet());
    struct trace trace = {0};
    for (int64_t i = 0; i < 3; i++) {
        gmt_next_iteration(tracer, i);
        gmt_log_static(tracer, i, (10 + (uint64_t)i) * MB);
        gmt_log_sample(tracer, (20 + (uint64_t)i) * MB, 40 * MB);
        gmt_mark(tracer, i == 2 ? "saved" : "step");
        if (i < 2)
            gmt_log_peak(tracer, i, (30 + (uint64_t)i) * MB);
    }
    gmt_join_iteration(tracer);
    gmt_join_iteration(NULL);
    assert_int_equal(gmt_stop(tracer), GMT_OK);
    read_trace(folder, "memory_trace_rank3.json", &trace);
    assert_int_equal(trace.count, 2);
    const struct trace_iteration *last = &trace.iterations[1];
    assert_true(last->number == 1 && last->peak_mb == 31 && last->static_mb == 11);
    assert_int_equal(last->samples.count, 2);
    assert_true(last->samples.allocated_mb[0] == 21 && last->samples.allocated_mb[1] == 22);
    assert_int_equal(last->marker_count, 2);
    assert_string_equal(last->markers[1].name, "saved");
    assert_int_equal(trace.iterations[0].samples.count, 1);
    trace_free(&trace);
    unit_remove_folder(folder);
}

/* The first iteration has none before it, and stays. */
static void test_first_is_not_joined(void **state)
{
    (void)state;
    char *folder = unit_make_folder();
    gmt_tracer *tracer = start(folder, quiet());
    struct trace trace = {0};
    gmt_next_iteration(tracer, 0);
    gmt_log_static(tracer, 0, 10 * MB);
    gmt_join_iteration(tracer);
    assert_int_equal(gmt_stop(tracer), GMT_OK);
    read_trace(folder, "memory_trace_rank3.json", &trace);
    assert_int_equal(trace.count, 1);
    assert_true(trace.iterations[0].static_mb == 10);
    trace_free(&trace);
    unit_remove_folder(folder);
}

static int nothing_yet(void *context, uint64_t *allocated, uint64_t *reserved)
{
    (void)context;
    *allocated = *reserved = GMT_UNKNOWN;
    return 0;
}

static void test_resident(void **state)
{
    (void)state;
    char *folder = unit_make_folder();
    gmt_options options = quiet();
    gmt_tracer *tracer = start(folder, options);
    assert_true(gmt_sample_resident(tracer) == GMT_UNKNOWN); /* no samples are wanted */
    gmt_stop(tracer);
    options.interval_s = 100;
    options.device = 4711; /* of no GPU */
    tracer = start(folder, options);
    gmt_next_iteration(tracer, 0);
    uint64_t bytes = gmt_sample_resident(tracer);
    assert_true(bytes > MB / 2 && bytes < 1000 * MB);
    gmt_set_source(tracer, nothing_yet, NULL);
    assert_true(gmt_sample_resident(tracer) == GMT_UNKNOWN);
    assert_true(gmt_sample_resident(NULL) == GMT_UNKNOWN);
    assert_int_equal(gmt_stop(tracer), GMT_OK);
    struct trace trace = {0};
    read_trace(folder, "memory_trace_rank3.json", &trace);
    bool found = false;
    for (size_t i = 0; i < trace.iterations[0].samples.count; i++)
        found = found || trace.iterations[0].samples.allocated_mb[i] == (double)bytes / 1048576;
    assert_true(found);
    assert_int_equal(trace.iterations[0].allocated_of, TRACE_MEASURE_PROCESS);
    trace_free(&trace);
    unit_remove_folder(folder);
}

static void assert_tags(const gmt_argument *arguments, size_t count, const char *expected)
{
    char tags[256] = "before";
    assert_int_equal(gmt_argument_tags(arguments, count, tags, sizeof tags), GMT_OK);
    assert_string_equal(tags, expected);
}

static void test_argument_tags(void **state)
{
    (void)state;
    const gmt_argument megatron[] = {{"world_size", "8"},
                                     {"tensor_model_parallel_size", "2"},
                                     {"pipeline_model_parallel_size", "4"},
                                     {"virtual_pipeline_model_parallel_size", "3"},
                                     {"num_virtual_stages_per_pipeline_rank", "None"},
                                     {"num_experts", "None"},
                                     {"bf16", "True"},
                                     {"recompute_granularity", "None"},
                                     {"micro_batches", "24"},
                                     {"zero", "3"},
                                     {"log_interval", "100"}};
    char tags[256];
    assert_tags(megatron, 11, "wd8_tp2_pp4_vpp3_nmbs24_zero3_rc-none_prec-bf16");
    assert_tags(NULL, 0, "");
    assert_int_equal(gmt_argument_tags(megatron, 11, tags, 8), GMT_INVALID);
    assert_string_equal(tags, "");
    assert_int_equal(gmt_argument_tags(megatron, 11, NULL, 8), GMT_INVALID);
    assert_int_equal(gmt_argument_tags(NULL, 3, tags, sizeof tags), GMT_INVALID);
    assert_int_equal(gmt_argument_tags(NULL, 1, tags, sizeof tags), GMT_INVALID);
}

static void test_argument_estimate(void **state)
{
    (void)state;
    const gmt_argument arguments[] = {{"num_layers", "96"},
                                      {"hidden_size", "20480"},
                                      {"num_attention_heads", "160"},
                                      {"seq_length", "2048"},
                                      {"padded_vocab_size", "50304"},
                                      {"tensor_model_parallel_size", "2"},
                                      {"pipeline_model_parallel_size", "64"},
                                      {"micro_batch_size", "1"},
                                      {"data_parallel_size", "64"},
                                      {"micro_batches", "384"},
                                      {"sequence_parallel", "True"},
                                      {"recompute_granularity", "selective"},
                                      {"megatron_version", "0.17"},
                                      {"add_bias_linear", "True"},
                                      {"--cuda-graph-scope", "full"},
                                      {"--lr", "0.1"}};
    enum { COUNT = sizeof arguments / sizeof *arguments };
    gmt_argument_estimate estimate;
    assert_int_equal(gmt_estimate_arguments(arguments, COUNT, &estimate), GMT_OK);
    assert_true(fabs((double)estimate.theoretical_bytes / 1048576 - 140204.06) < 0.01);
    assert_true(estimate.expected_peak_bytes != GMT_UNKNOWN && estimate.megatron_minor == 17);
    assert_string_equal(estimate.why, "");
    assert_string_equal(estimate.not_modelled, "--cuda-graph-scope");

    assert_int_equal(gmt_estimate_arguments(arguments + 1, COUNT - 1, &estimate), GMT_INVALID);
    assert_non_null(strstr(estimate.why, "--num-layers"));
    assert_true(estimate.theoretical_bytes == GMT_UNKNOWN &&
                estimate.expected_peak_bytes == GMT_UNKNOWN);
    const gmt_argument odd[] = {{"num_layers", "many"}};
    assert_int_equal(gmt_estimate_arguments(odd, 1, &estimate), GMT_INVALID);
    assert_non_null(strstr(estimate.why, "'many'"));
    const gmt_argument none[] = {{NULL, "1"}};
    assert_int_equal(gmt_estimate_arguments(none, 1, &estimate), GMT_INVALID);
    assert_int_equal(gmt_estimate_arguments(arguments, COUNT, NULL), GMT_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_figures),
        cmocka_unit_test(test_joined),
        cmocka_unit_test(test_first_is_not_joined),
        cmocka_unit_test(test_resident),
        cmocka_unit_test(test_argument_tags),
        cmocka_unit_test(test_argument_estimate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
