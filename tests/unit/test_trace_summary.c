/* One figure from many iterations: which of them count, and that unlike figures are never mixed. */
#include "schemas/trace/trace_summary.h"
#include "tests/unit/unit.h"

#include <math.h>

enum { MOST = 64 };

struct made {
    struct trace trace;
    struct trace_iteration iterations[MOST];
    double time_s[2], reserved_mb[2], allocated_mb[MOST][2];
};

static struct made *begin(void)
{
    struct made *made = calloc(1, sizeof *made);
    assert_non_null(made);
    made->trace.iterations = made->iterations;
    return made;
}

/* An iteration whose samples go up to some figure; `peak_mb` may be NAN. */
static struct trace_iteration *add(struct made *made, double peak_mb, double sampled_mb)
{
    size_t at = made->trace.count++;
    made->allocated_mb[at][1] = sampled_mb;
    made->iterations[at] = (struct trace_iteration){
        .number = (int64_t)(10 * at),
        .peak_mb = peak_mb,
        .static_mb = NAN,
        .theoretical_mb = NAN,
        .samples = {2, made->time_s, made->reserved_mb, made->allocated_mb[at]}};
    return &made->iterations[at];
}

static struct trace_summary summary_of(const struct made *made, const char *choice)
{
    struct iteration_choice parsed;
    struct trace_summary summary;
    assert_true(iteration_choice_parse(choice, &parsed));
    assert_true(trace_summary_make(&made->trace, &parsed, &summary));
    return summary;
}

/* A killed job's last iteration has samples of the process, far above the allocator's peaks. */
static void test_unfinished_iteration(void **state)
{
    (void)state;
    struct made *made = begin();
    for (int i = 0; i < 3; i++)
        add(made, 1000 + i, 9000)->allocated_of = TRACE_MEASURE_PROCESS;
    add(made, NAN, 9500)->allocated_of = TRACE_MEASURE_PROCESS;
    struct trace_summary summary = summary_of(made, "all");
    assert_true(summary.peak_mb == 1002);
    assert_int_equal(summary.peak_iteration, 20);
    assert_int_equal(summary.peak_measure, TRACE_MEASURE_ALLOCATOR);
    assert_false(summary.peak_sampled);
    assert_int_equal(summary.left_out, 1);

    /* Of the allocator itself they are a lower bound, and count. */
    made->iterations[3].allocated_of = TRACE_MEASURE_ALLOCATOR;
    summary = summary_of(made, "all");
    assert_true(summary.peak_mb == 9500 && summary.peak_sampled && summary.left_out == 0);

    /* Alone it stands, by what it is. */
    made->iterations[3].allocated_of = TRACE_MEASURE_DEVICE;
    summary = summary_of(made, "30");
    assert_true(summary.peak_mb == 9500 && summary.chosen == 1);
    assert_int_equal(summary.peak_measure, TRACE_MEASURE_DEVICE);
    free(made);
}

/* A recorded peak that was sampled measures what the samples do. */
static void test_sampled_peak(void **state)
{
    (void)state;
    struct made *made = begin();
    struct trace_iteration *iteration = add(made, 700, 600);
    iteration->peak_sampled = true;
    iteration->allocated_of = TRACE_MEASURE_DRIVER;
    struct trace_summary summary = summary_of(made, "all");
    assert_true(summary.peak_mb == 700 && summary.peak_sampled);
    assert_int_equal(summary.peak_measure, TRACE_MEASURE_DRIVER);
    free(made);
}

/* The first allocates more, one evaluates, one writes a checkpoint. */
static void test_steady(void **state)
{
    (void)state;
    struct made *made = begin();
    for (int i = 0; i < 20; i++)
        add(made,
            i == 0    ? 3000
            : i == 7  ? 5000
            : i == 13 ? 4000
                      : 2000 + i,
            0)
            ->static_mb = i == 7 ? 900 : 100;
    made->iterations[0].theoretical_mb = 1500;
    struct trace_summary summary = summary_of(made, "steady");
    assert_true(summary.peak_mb == 2019);
    assert_int_equal(summary.peak_iteration, 190);
    assert_int_equal(summary.chosen, 17);
    assert_int_equal(summary.iterations, 20);
    assert_true(summary.static_mb == 100);
    assert_true(summary.theory_mb == 1500); /* wherever it was logged */
    summary = summary_of(made, "all");
    assert_true(summary.peak_mb == 5000 && summary.chosen == 20 && summary.static_mb == 900);
    summary = summary_of(made, "130");
    assert_true(summary.peak_mb == 4000 && summary.chosen == 1 && summary.peak_iteration == 130);
    summary = summary_of(made, "131");
    assert_true(isnan(summary.peak_mb) && summary.chosen == 0);
    made->trace.count = 1;
    summary = summary_of(made, "steady");
    assert_true(isnan(summary.peak_mb) && summary.chosen == 0); /* it is all warm-up */
    free(made);
}

/* The most that the allocator had reserved; what is not its own figure is none. */
static void test_reserved(void **state)
{
    (void)state;
    struct made *made = begin();
    made->reserved_mb[0] = 4000, made->reserved_mb[1] = 3000;
    assert_true(isnan(summary_of(made, "all").reserved_mb));
    add(made, 1000, 0)->reserved_of = TRACE_MEASURE_DEVICE;
    assert_true(isnan(summary_of(made, "all").reserved_mb));
    add(made, 1000, 0)->reserved_of = TRACE_MEASURE_ALLOCATOR;
    assert_true(summary_of(made, "all").reserved_mb == 4000);
    made->reserved_mb[0] = NAN;
    assert_true(summary_of(made, "all").reserved_mb == 3000);
    assert_true(isnan(summary_of(made, "0").reserved_mb));
    free(made);
}

static void test_choices(void **state)
{
    (void)state;
    struct iteration_choice choice;
    char text[ITERATION_CHOICE_TEXT];
    static const char *const refused[] = {"",   "last", "steady ", "1.5",
                                          "7x", "-",    "0x10",    "99999999999999999999"};
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        assert_false(iteration_choice_parse(refused[i], &choice));
    assert_true(iteration_choice_parse("-3", &choice));
    assert_int_equal(choice.number, -3);
    assert_string_equal(iteration_choice_text(&choice, text), "iteration -3");
    static const struct {
        size_t iterations, warm_up;
    } cases[] = {{0, 1}, {1, 1}, {39, 1}, {40, 2}, {199, 9}, {200, 10}, {100000, 10}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(iteration_warm_up(cases[i].iterations), cases[i].warm_up);
    double peaks[8] = {1, 2, 3, 4, 5, 6, 7, 8}; /* quartiles 2.75 and 6.25 */
    assert_true(iteration_peaks_fence(peaks, 8) == 6.25 + 1.5 * 3.5);
    assert_true(isnan(iteration_peaks_fence(peaks, 7)));
    double same[8] = {100, 100, 100, 100, 100, 100, 100, 100};
    assert_true(iteration_peaks_fence(same, 8) == 101);
}

static void test_first_measure(void **state)
{
    (void)state;
    assert_int_equal(trace_measure_first(TRACE_MEASURE_PROCESS, TRACE_MEASURE_DEVICE),
                     TRACE_MEASURE_DEVICE);
    assert_int_equal(trace_measure_first(TRACE_MEASURE_NOT_SAID, TRACE_MEASURE_MIXED),
                     TRACE_MEASURE_MIXED);
    assert_true(trace_measure_is_of_gpu(TRACE_MEASURE_DRIVER));
    assert_false(trace_measure_is_of_gpu(TRACE_MEASURE_PROCESS));
    assert_false(trace_measure_is_of_gpu(TRACE_MEASURE_MIXED));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_unfinished_iteration),
        cmocka_unit_test(test_sampled_peak),
        cmocka_unit_test(test_steady),
        cmocka_unit_test(test_reserved),
        cmocka_unit_test(test_choices),
        cmocka_unit_test(test_first_measure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
