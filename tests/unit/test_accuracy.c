/* Predictions against what was measured: figures worked out by hand. */
#include "tests/unit/unit.h"

#include "schemas/support/units.h"
#include "visualize/accuracy/draw.h"
#include "visualize/accuracy/sources.h"
#include "visualize/figure/figure.h"

#include <cairo/cairo.h>
#include <math.h>

static void assert_near(double found, double expected)
{
    if (!(fabs(found - expected) <= 1e-9))
        fail_msg("expected %.17g, found %.17g", expected, found);
}

static struct accuracy_point *add(struct accuracy *accuracy, const char *name, double measured_gb,
                                  double predicted_gb, enum accuracy_outcome outcome)
{
    struct accuracy_point *point = accuracy_add(accuracy, name);
    assert_non_null(point);
    point->measured_mb = mb_from_gb(measured_gb);
    point->predicted_mb[accuracy_predictor(accuracy, "ours")] = mb_from_gb(predicted_gb);
    point->outcome = outcome;
    return point;
}

/* Errors of +10, -5, 0, +40 and -20 percent. */
static void fill(struct accuracy *accuracy)
{
    add(accuracy, "a", 10, 11, ACCURACY_RAN);
    add(accuracy, "b", 20, 19, ACCURACY_RAN);
    add(accuracy, "c", 30, 30, ACCURACY_RAN);
    add(accuracy, "d", 50, 70, ACCURACY_RAN);
    add(accuracy, "e", 50, 40, ACCURACY_RAN);
    add(accuracy, "f", NAN, 90, ACCURACY_OOM);
    add(accuracy, "g", NAN, 55, ACCURACY_OOM);
    add(accuracy, "h", NAN, 99, ACCURACY_NOT_KNOWN);
}

static void errors_are_those_of_the_points(void **state)
{
    (void)state;
    struct accuracy accuracy = {0};
    struct accuracy_errors errors;
    fill(&accuracy);
    assert_true(accuracy_errors_of(&accuracy, 0, mb_from_gb(60), &errors, NULL));
    assert_int_equal(errors.count, 5);
    assert_near(errors.mean, (10 + 5 + 0 + 40 + 20) / 5.0);
    assert_near(errors.median, 10);
    assert_near(errors.p90, 20 + 0.6 * 20); /* between the fourth and the fifth */
    assert_near(errors.worst, 40);
    assert_string_equal(errors.worst_name, "d");
    assert_near(errors.bias, (10 - 5 + 0 + 40 - 20) / 5.0);
    assert_near(errors.within_5, 40);
    assert_near(errors.within_10, 60);
    assert_near(errors.sorted[0], 0);
    assert_near(errors.sorted[4], 40);
    /* Predicted to fit: a, b, c, e, which did, and g, which ran out of memory. */
    assert_int_equal(errors.fits[1][1], 4);
    assert_int_equal(errors.fits[1][0], 1);
    assert_int_equal(errors.fits[0][1], 1); /* d */
    assert_int_equal(errors.fits[0][0], 1); /* f */
    assert_near(errors.right, 100 * 5 / 7.0);
    accuracy_errors_free(&errors);
    assert_true(accuracy_errors_of(&accuracy, 0, 0, &errors, NULL));
    assert_int_equal(errors.fits[1][1], 0);
    assert_true(isnan(errors.right));
    accuracy_errors_free(&errors);
    accuracy_free(&accuracy);
}

static void what_ran_may_not_fit_a_smaller_gpu(void **state)
{
    (void)state;
    struct accuracy accuracy = {0};
    struct accuracy_errors errors;
    add(&accuracy, "a", 50, 30, ACCURACY_RAN);
    add(&accuracy, "at the limit", 40, 40, ACCURACY_RAN);
    assert_true(accuracy_errors_of(&accuracy, 0, mb_from_gb(40), &errors, NULL));
    assert_int_equal(errors.fits[1][0], 1);
    assert_int_equal(errors.fits[1][1], 1);
    accuracy_errors_free(&errors);
    accuracy_free(&accuracy);
}

static void unlike_measures_are_left_out(void **state)
{
    (void)state;
    struct accuracy accuracy = {0};
    struct fault fault = {0};
    struct accuracy_point *one = add(&accuracy, "a", 10, 11, ACCURACY_RAN);
    one->measure = TRACE_MEASURE_DEVICE;
    one->predicted_of[0] = TRACE_MEASURE_ALLOCATOR;
    struct accuracy_point *other = add(&accuracy, "b", 20, 19, ACCURACY_RAN);
    other->measure = other->predicted_of[0] = TRACE_MEASURE_ALLOCATOR;
    assert_true(accuracy_settle(&accuracy, false, &fault));
    assert_int_equal(accuracy.unlike[0], 1);
    assert_true(isnan(accuracy.points[0].predicted_mb[0]));
    assert_true(isfinite(accuracy.points[1].predicted_mb[0]));
    assert_int_equal(accuracy.warning_count, 2);
    assert_non_null(strstr(accuracy.warnings[0], "left out"));
    assert_non_null(strstr(accuracy.warnings[1], "not the same everywhere"));
    accuracy_free(&accuracy);

    /* What is not said, and what was not measured, is no mixture. */
    add(&accuracy, "said", 10, 11, ACCURACY_RAN)->measure = TRACE_MEASURE_DEVICE;
    add(&accuracy, "not said", 20, 19, ACCURACY_RAN)->measure = TRACE_MEASURE_NOT_SAID;
    add(&accuracy, "not measured", NAN, 19, ACCURACY_RAN)->measure = TRACE_MEASURE_ALLOCATOR;
    assert_true(accuracy_settle(&accuracy, false, &fault));
    assert_int_equal(accuracy.warning_count, 0);
    accuracy_free(&accuracy);

    one = add(&accuracy, "a", 10, 11, ACCURACY_RAN);
    one->measure = TRACE_MEASURE_DEVICE;
    one->predicted_of[0] = TRACE_MEASURE_ALLOCATOR;
    assert_true(accuracy_settle(&accuracy, true, &fault));
    assert_true(isfinite(accuracy.points[0].predicted_mb[0]));
    assert_false(accuracy_settle(&accuracy, false, &fault));
    assert_non_null(strstr(fault.text, "--any-measure"));
    accuracy_free(&accuracy);
}

static void predictors_are_chosen_and_ordered(void **state)
{
    (void)state;
    struct accuracy accuracy = {0};
    struct fault fault = {0};
    struct accuracy_point *point = accuracy_add(&accuracy, "a");
    const char *const names[] = {"theory", "expected peak", "simulated"};
    for (size_t i = 0; i < 3; i++)
        point->predicted_mb[accuracy_predictor(&accuracy, names[i])] = (double)i;
    assert_true(accuracy_choose(&accuracy, "simulated,theory", &fault));
    assert_int_equal(accuracy.predictor_count, 2);
    assert_string_equal(accuracy.predictors[0], "simulated");
    assert_near(accuracy.points[0].predicted_mb[0], 2);
    assert_near(accuracy.points[0].predicted_mb[1], 0);
    assert_false(accuracy_choose(&accuracy, "theory,guess", &fault));
    assert_non_null(strstr(fault.text, "'guess'"));
    assert_non_null(strstr(fault.text, "simulated, theory"));
    accuracy_free(&accuracy);
}

/* ---- tables ---- */

static char *folder;

static const char *write_table(const char *name, const char *text)
{
    static char path[600];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
    return path;
}

static void a_table_is_read_by_its_columns(void **state)
{
    (void)state;
    struct accuracy accuracy = {0};
    struct fault fault = {0};
    bool measures = false;
    const char *path =
        write_table("t.csv", "tp,pp,ignored,measured_gb,our_tool_mb,theirs_bytes,status\n"
                             "2,4,x,10,11264,1073741824,\n"
                             "4,4,x,,90000,,oom\n"
                             "8,4,x,5,6000,,failed\n");
    assert_true(accuracy_table_measures(path, &measures, &fault));
    assert_true(measures);
    assert_true(accuracy_add_table(&accuracy, path, &fault));
    assert_int_equal(accuracy.count, 3);
    assert_int_equal(accuracy.predictor_count, 2);
    assert_string_equal(accuracy.predictors[0], "our tool");
    assert_string_equal(accuracy.points[0].name, "TP 2, PP 4");
    assert_near(accuracy.points[0].measured_mb, 10240);
    assert_near(accuracy.points[0].predicted_mb[0], 11264);
    assert_near(accuracy.points[0].predicted_mb[1], 1024);
    assert_int_equal(accuracy.points[0].outcome, ACCURACY_RAN);
    assert_int_equal(accuracy.points[1].outcome, ACCURACY_OOM);
    assert_true(isnan(accuracy.points[1].predicted_mb[1]));
    assert_int_equal(accuracy.points[2].outcome, ACCURACY_NOT_KNOWN);
    assert_true(isnan(accuracy.points[2].measured_mb)); /* what it had reached is no peak */

    /* Another one predicts these points, by configuration. */
    path = write_table("p.csv", "pp,tp,later_gb\n4,4,80\n4,16,1\n");
    assert_true(accuracy_add_table(&accuracy, path, &fault));
    assert_int_equal(accuracy.count, 3);
    assert_near(accuracy.points[1].predicted_mb[2], 80 * 1024);
    assert_int_equal(accuracy.warning_count, 1);
    assert_non_null(strstr(accuracy.warnings[0], "line 3"));
    accuracy_free(&accuracy);
}

static void a_bad_table_is_refused(void **state)
{
    (void)state;
    const struct {
        const char *text, *part;
    } bad[] = {
        {"name,measured_gb,x_gb\na,1,1\nb,two,3\n", "line 3: 'two' is no value for measured"},
        {"name,measured_gb,x_gb\na,1,-1\n", "'-1' is no value for x"},
        {"name,measured_gb,x_gb,status\na,1,1,gone\n", "'gone' is no value for status"},
        {"name,x_gb\na,1\n", "expected a column measured_gb"},
        {"tp,pp,measured_gb,x_gb\ntwo,1,1,1\n", "'two' is no value for tp"},
        {"", "it is empty"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct accuracy accuracy = {0};
        struct fault fault = {0};
        assert_false(accuracy_add_table(&accuracy, write_table("bad.csv", bad[i].text), &fault));
        if (!strstr(fault.text, bad[i].part))
            fail_msg("expected '%s', found '%s'", bad[i].part, fault.text);
        accuracy_free(&accuracy);
    }
}

/* ---- the figure, by its pixels ---- */

enum { DPI = 144, WIDTH = 3 * DPI, HEIGHT = 3 * DPI };

static uint32_t *draw(const struct accuracy_figure *figure, cairo_surface_t **surface)
{
    *surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, WIDTH, HEIGHT);
    cairo_t *cairo = cairo_create(*surface);
    cairo_scale(cairo, DPI / 72.0, DPI / 72.0);
    cairo_set_source_rgb(cairo, 1, 1, 1);
    cairo_paint(cairo);
    accuracy_draw(cairo, WIDTH * 72.0 / DPI, HEIGHT * 72.0 / DPI, (void *)figure);
    cairo_destroy(cairo);
    cairo_surface_flush(*surface);
    return (uint32_t *)(void *)cairo_image_surface_get_data(*surface);
}

/* Of a colour: how many, and where their middle is, in shares of the page. */
static size_t find(const uint32_t *pixels, uint32_t colour, double *x, double *y)
{
    size_t count = 0;
    *x = *y = 0;
    for (int i = 0; i < WIDTH * HEIGHT; i++)
        if ((pixels[i] & 0xFFFFFF) == colour) {
            count++;
            *x += i % WIDTH;
            *y += i / WIDTH; /* NOLINT(bugprone-integer-division): the row */
        }
    *x /= (double)count * WIDTH;
    *y /= (double)count * HEIGHT;
    return count;
}

static void a_point_lies_where_its_figures_are(void **state)
{
    (void)state;
    static const uint32_t blue = 0x005C9E;
    struct accuracy accuracy = {0};
    struct accuracy_errors errors;
    double low_x, low_y, high_x, high_y;
    cairo_surface_t *surface;
    struct accuracy_point *point = add(&accuracy, "a", 10, 10, ACCURACY_RAN);
    add(&accuracy, "hidden", 100, 100, ACCURACY_NOT_KNOWN);
    accuracy.points[1].predicted_mb[0] = NAN;
    assert_true(accuracy_errors_of(&accuracy, 0, 0, &errors, NULL));
    struct accuracy_figure figure = {.result = {&accuracy, &errors, 0}, .panels = ACCURACY_SCATTER};
    uint32_t *pixels = draw(&figure, &surface);
    /* On the diagonal, at the upper right end of what the axes show. */
    assert_true(find(pixels, blue, &low_x, &low_y) > 20);
    cairo_surface_destroy(surface);
    /* Predicted at half of it, the mark moves down by half the plot, and not sideways. */
    point->predicted_mb[0] /= 2;
    pixels = draw(&figure, &surface);
    assert_true(find(pixels, blue, &high_x, &high_y) > 20);
    cairo_surface_destroy(surface);
    assert_true(fabs(high_x - low_x) < 0.01);
    assert_true(high_y > low_y + 0.1);
    accuracy_errors_free(&errors);
    accuracy_free(&accuracy);
}

static void nothing_touches_the_edge(void **state)
{
    (void)state;
    struct accuracy accuracy = {0};
    struct accuracy_errors errors;
    cairo_surface_t *surface;
    fill(&accuracy);
    assert_true(accuracy_errors_of(&accuracy, 0, mb_from_gb(60), &errors, NULL));
    for (int logarithmic = 0; logarithmic < 2; logarithmic++)
        for (int panels = ACCURACY_BOTH; panels <= ACCURACY_CDF; panels++) {
            struct accuracy_figure figure = {.result = {&accuracy, &errors, mb_from_gb(60)},
                                             .panels = (enum accuracy_panels)panels,
                                             .logarithmic = logarithmic,
                                             .title = "A title"};
            const uint32_t *pixels = draw(&figure, &surface);
            size_t inside = 0, at_edge = 0;
            for (int i = 0; i < WIDTH * HEIGHT; i++) {
                bool edge = i % WIDTH == 0 || i % WIDTH == WIDTH - 1 || i < WIDTH ||
                            i >= WIDTH * (HEIGHT - 1);
                bool inked = (pixels[i] & 0xFFFFFF) != 0xFFFFFF;
                at_edge += edge && inked;
                inside += inked;
            }
            assert_int_equal(at_edge, 0);
            assert_true(inside > 1000);
            cairo_surface_destroy(surface);
        }
    accuracy_errors_free(&errors);
    accuracy_free(&accuracy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors_are_those_of_the_points),
        cmocka_unit_test(what_ran_may_not_fit_a_smaller_gpu),
        cmocka_unit_test(unlike_measures_are_left_out),
        cmocka_unit_test(predictors_are_chosen_and_ordered),
        cmocka_unit_test(a_table_is_read_by_its_columns),
        cmocka_unit_test(a_bad_table_is_refused),
        cmocka_unit_test(a_point_lies_where_its_figures_are),
        cmocka_unit_test(nothing_touches_the_edge),
    };
    folder = unit_make_folder();
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    unit_remove_folder(folder);
    return failed;
}
