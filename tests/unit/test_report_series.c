/* What a report keeps of a rank's run: extremes stay, whatever is left out, and time goes on. */
#include "tests/unit/unit.h"
#include "visualize/report/series.h"

#include <math.h>

enum { SAMPLES = 5000, ITERATIONS = 3 };

struct made {
    struct trace trace;
    struct trace_iteration iterations[ITERATIONS];
    double time[ITERATIONS][SAMPLES], allocated[ITERATIONS][SAMPLES], reserved[ITERATIONS][SAMPLES];
};

/* Iterations of 5 s, each counted from its own start, at 100 MB allocated in 200. */
static struct made *make(void)
{
    struct made *made = calloc(1, sizeof *made);
    assert_non_null(made);
    for (int i = 0; i < ITERATIONS; i++) {
        for (int k = 0; k < SAMPLES; k++) {
            made->time[i][k] = k * 0.001;
            made->allocated[i][k] = 100;
            made->reserved[i][k] = 200;
        }
        made->iterations[i] = (struct trace_iteration){
            .number = 7 + i,
            .peak_mb = 110 + i,
            .static_mb = 50 + i,
            .theoretical_mb = 120 + i,
            .samples = {SAMPLES, made->time[i], made->reserved[i], made->allocated[i]}};
    }
    made->trace = (struct trace){.count = ITERATIONS, .iterations = made->iterations};
    return made;
}

/* How many of the kept samples have that figure; *at is the last one's place. */
static size_t kept(const struct report_series *series, double mb, size_t *at)
{
    size_t count = 0;
    for (size_t i = 0; i < series->count; i++)
        if (series->allocated_mb[i] == mb) {
            *at = i;
            count++;
        }
    return count;
}

static void test_extremes_stay(void **state)
{
    (void)state;
    struct made *made = make();
    struct report_series series;
    size_t at = 0;
    made->allocated[1][1234] = 3; /* a dip, and a spike a moment later */
    made->allocated[1][1236] = 900;
    made->reserved[1][1236] = 950;
    made->allocated[2][SAMPLES - 1] = 2;
    assert_true(report_series_make(&series, &made->trace, 100));
    assert_int_equal(series.all, ITERATIONS * SAMPLES);
    assert_true(series.count >= 50 && series.count <= 100);
    assert_int_equal(kept(&series, 3, &at), 1);
    assert_true(fabs(series.time_s[at] - (4.999 + 1.234)) < 1e-9);
    assert_int_equal(kept(&series, 900, &at), 1);
    assert_true(fabs(series.time_s[at] - (4.999 + 1.236)) < 1e-9);
    assert_true(series.reserved_mb[at] == 950);
    assert_int_equal(kept(&series, 2, &at), 1);
    assert_int_equal(at, series.count - 1);
    for (size_t i = 1; i < series.count; i++)
        assert_true(series.time_s[i] >= series.time_s[i - 1]);
    report_series_free(&series);
    free(made);
}

static void test_all_stay(void **state)
{
    (void)state;
    struct made *made = make();
    struct report_series series;
    made->allocated[0][3] = NAN; /* reserved alone is a sample, too */
    made->allocated[0][4] = made->reserved[0][4] = NAN;
    made->time[0][5] = NAN;
    assert_true(report_series_make(&series, &made->trace, (size_t)ITERATIONS * SAMPLES));
    assert_int_equal(series.count, ITERATIONS * SAMPLES - 2);
    assert_true(isnan(series.allocated_mb[3]) && series.reserved_mb[3] == 200);
    assert_true(series.time_s[4] == 0.006);
    report_series_free(&series);
    free(made);
}

static void test_iterations(void **state)
{
    (void)state;
    struct made *made = make();
    struct report_series series;
    struct trace_marker marker = {1.5, (char *)"forward"};
    made->iterations[1].markers = &marker;
    made->iterations[1].marker_count = 1;
    assert_true(report_series_make(&series, &made->trace, 100));
    assert_int_equal(series.iteration_count, ITERATIONS);
    for (int i = 0; i < ITERATIONS; i++) {
        const struct report_iteration *iteration = &series.iterations[i];
        assert_int_equal(iteration->number, 7 + i);
        assert_true(fabs(iteration->start_s - i * 4.999) < 1e-9);
        assert_true(iteration->peak_mb == 110 + i && iteration->static_mb == 50 + i &&
                    iteration->theory_mb == 120 + i);
    }
    assert_int_equal(series.marker_count, 1);
    assert_true(fabs(series.markers[0].time_s - (4.999 + 1.5)) < 1e-9);
    assert_string_equal(series.markers[0].name, "forward");
    report_series_free(&series);

    /* Time that goes on through the run is left as it is. */
    for (int i = 0; i < ITERATIONS; i++)
        for (int k = 0; k < SAMPLES; k++)
            made->time[i][k] += 10 * i;
    made->iterations[1].marker_count = 0;
    assert_true(report_series_make(&series, &made->trace, 100));
    assert_true(series.iterations[1].start_s == 10 && series.iterations[2].start_s == 20);
    report_series_free(&series);
    free(made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_extremes_stay),
        cmocka_unit_test(test_all_stay),
        cmocka_unit_test(test_iterations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
