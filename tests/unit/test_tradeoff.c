/* Which configurations no other beats, and how their names find room. */
#include "tests/unit/unit.h"

#include "schemas/support/units.h"
#include "visualize/figure/labels.h"
#include "visualize/tradeoff/tradeoff.h"

#include <cairo/cairo.h>
#include <math.h>

static struct runs runs_of(struct candidate *list, size_t count)
{
    return (struct runs){.known = {.count = count, .list = list}, .has_metrics = true};
}

static struct candidate candidate_of(const char *configuration, double memory_gb, double tflops,
                                     double step_ms, enum heatmap_status status)
{
    struct candidate candidate = {.cell = heatmap_blank_cell()};
    candidate.cell.status = status;
    candidate.cell.actual_mb = mb_from_gb(memory_gb);
    candidate.cell.tflops = tflops;
    candidate.cell.step_ms = step_ms;
    assert_true(configuration_add_given(&candidate.cell.configuration, configuration, NULL));
    return candidate;
}

static void the_front_is_what_none_beats(void **state)
{
    (void)state;
    struct candidate list[] = {
        candidate_of("tp=1,pp=1", 70, 100, 5, HEATMAP_SUCCESS), /* front: the fastest */
        candidate_of("tp=1,pp=2", 60, 100, 4, HEATMAP_SUCCESS), /* as fast with less: front */
        candidate_of("tp=1,pp=4", 60, 90, 6, HEATMAP_SUCCESS),  /* the same memory, slower */
        candidate_of("tp=2,pp=1", 20, 50, 9, HEATMAP_SUCCESS),  /* front: the smallest */
        candidate_of("tp=2,pp=2", 30, 40, 8, HEATMAP_SUCCESS),  /* beaten by the one before */
        candidate_of("tp=2,pp=4", 90, 200, 1, HEATMAP_SUCCESS), /* does not fit */
        candidate_of("tp=4,pp=1", 10, 300, 1, HEATMAP_OOM),     /* what it had reached is no peak */
        candidate_of("tp=4,pp=2", NAN, 300, 1, HEATMAP_SUCCESS),
        candidate_of("tp=4,pp=4", 10, NAN, 1, HEATMAP_SUCCESS),
    };
    struct runs runs = runs_of(list, sizeof list / sizeof *list);
    struct tradeoff tradeoff;
    size_t order[9];
    assert_true(tradeoff_make(&runs, TRADEOFF_TFLOPS, mb_from_gb(80), &tradeoff, NULL));
    assert_int_equal(tradeoff.compared, 6);
    assert_int_equal(tradeoff.fitting, 5);
    assert_int_equal(tradeoff.on_front, 2);
    assert_int_equal(tradeoff.oom, 1);
    assert_int_equal(tradeoff.without_memory, 1);
    assert_int_equal(tradeoff.without_speed, 1);
    tradeoff_front(&tradeoff, order);
    assert_string_equal(tradeoff.points[order[0]].name, "TP 2, PP 1");
    assert_string_equal(tradeoff.points[order[1]].name, "TP 1, PP 2");
    assert_false(tradeoff.points[0].on_front);
    tradeoff_free(&tradeoff);
}

static void of_step_times_less_is_better(void **state)
{
    (void)state;
    struct candidate list[] = {
        candidate_of("tp=1,pp=1", 70, NAN, 500, HEATMAP_SUCCESS),
        candidate_of("tp=1,pp=2", 60, NAN, 400, HEATMAP_SUCCESS),
        candidate_of("tp=2,pp=2", 20, NAN, 900, HEATMAP_SUCCESS),
    };
    struct runs runs = runs_of(list, 3);
    struct tradeoff tradeoff;
    assert_int_equal(tradeoff_usual_metric(&runs), TRADEOFF_MS);
    assert_true(tradeoff_make(&runs, TRADEOFF_MS, 0, &tradeoff, NULL));
    assert_int_equal(tradeoff.on_front, 2);
    assert_false(tradeoff.points[0].on_front);
    tradeoff_free(&tradeoff);
}

static void what_is_missing_is_said(void **state)
{
    (void)state;
    struct candidate list[] = {candidate_of("tp=1,pp=1", 70, NAN, 500, HEATMAP_SUCCESS)};
    struct runs runs = runs_of(list, 1);
    struct tradeoff tradeoff;
    struct fault fault = {0};
    assert_false(tradeoff_make(&runs, TRADEOFF_MFU, 0, &tradeoff, &fault));
    assert_non_null(strstr(fault.text, "--peak-tflops"));
    tradeoff_free(&tradeoff);
    assert_false(tradeoff_make(&runs, TRADEOFF_TOKENS, 0, &tradeoff, &fault));
    assert_non_null(strstr(fault.text, "sequence length"));
    tradeoff_free(&tradeoff);
    list[0].cell.actual_mb = NAN;
    assert_false(tradeoff_make(&runs, TRADEOFF_MS, 0, &tradeoff, &fault));
    assert_non_null(strstr(fault.text, "--memory-dir"));
    tradeoff_free(&tradeoff);
    runs.has_metrics = false;
    assert_false(tradeoff_make(&runs, TRADEOFF_MS, 0, &tradeoff, &fault));
    assert_non_null(strstr(fault.text, "--metrics"));
    tradeoff_free(&tradeoff);
}

static void long_names_go_by_their_tags(void **state)
{
    (void)state;
    struct configuration configuration = {0};
    char text[128];
    assert_true(configuration_add_given(&configuration, "tp=2,pp=4,mbs=1,rc=full", NULL));
    runs_name(text, sizeof text, &configuration, configuration.written);
    assert_string_equal(text, "TP 2, PP 4, MBS 1, RC full");
}

/* ---- names beside points ---- */

static bool overlap(const struct axes_rectangle *a, const struct axes_rectangle *b)
{
    return a->left < b->left + b->width && b->left < a->left + a->width &&
           a->top < b->top + b->height && b->top < a->top + a->height;
}

/* Forty points at random in a plot of a single column: no name covers another or a mark. */
static void no_name_covers_another(void **state)
{
    (void)state;
    enum { COUNT = 40 };
    const struct text_style style = {.size_pt = 6.5};
    const struct axes_rectangle within = {0, 0, 480, 300};
    struct label labels[COUNT];
    struct axes_rectangle marks[COUNT];
    uint64_t random = 5;
    cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, 480, 300);
    cairo_t *cairo = cairo_create(surface);
    for (int i = 0; i < COUNT; i++) {
        labels[i] = (struct label){.x = (double)(unit_random(&random) % 440) + 20,
                                   .y = (double)(unit_random(&random) % 260) + 20,
                                   .text = "TP 8, PP 16"};
        marks[i] = (struct axes_rectangle){labels[i].x - 2.5, labels[i].y - 2.5, 5, 5};
    }
    assert_int_equal(labels_place(cairo, labels, COUNT, &style, within, marks, COUNT), 0);
    for (int i = 0; i < COUNT; i++) {
        const struct axes_rectangle *box = &labels[i].box;
        assert_true(box->left >= 0 && box->top >= 0 && box->left + box->width <= within.width &&
                    box->top + box->height <= within.height);
        for (int k = 0; k < COUNT; k++)
            assert_false(overlap(box, &marks[k]) || (k != i && overlap(box, &labels[k].box)));
    }
    /* Where there is no room at all, it is said. */
    assert_int_equal(labels_place(cairo, labels, COUNT, &style, (struct axes_rectangle){0, 0, 9, 9},
                                  marks, COUNT),
                     COUNT);
    cairo_destroy(cairo);
    cairo_surface_destroy(surface);
}

static void a_name_stands_where_it_would_rather(void **state)
{
    (void)state;
    const struct text_style style = {.size_pt = 6.5};
    const struct axes_rectangle within = {0, 0, 200, 200};
    cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, 200, 200);
    cairo_t *cairo = cairo_create(surface);
    struct label label = {.x = 100, .y = 100, .text = "TP 8", .across = -1};
    assert_int_equal(labels_place(cairo, &label, 1, &style, within, NULL, 0), 0);
    assert_true(label.box.left + label.box.width < 100);
    label.across = 1;
    assert_int_equal(labels_place(cairo, &label, 1, &style, within, NULL, 0), 0);
    assert_true(label.box.left > 100);
    label = (struct label){.x = 100, .y = 100, .text = "TP 8", .up = -1};
    assert_int_equal(labels_place(cairo, &label, 1, &style, within, NULL, 0), 0);
    assert_true(label.box.top > 100);
    cairo_destroy(cairo);
    cairo_surface_destroy(surface);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_front_is_what_none_beats),
        cmocka_unit_test(of_step_times_less_is_better),
        cmocka_unit_test(what_is_missing_is_said),
        cmocka_unit_test(long_names_go_by_their_tags),
        cmocka_unit_test(no_name_covers_another),
        cmocka_unit_test(a_name_stands_where_it_would_rather),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
