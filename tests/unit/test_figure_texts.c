/* Texts that have so much room: titles are cut and shrunk, legends are shrunk, half a point at a
 * time; and how wide an axis's numbers are. */
#include "tests/unit/unit.h"
#include "visualize/figure/axes.h"
#include "visualize/figure/figure.h"
#include "visualize/figure/legend.h"
#include "visualize/figure/text.h"

#include <math.h>

static const char WORDS[] = "how much memory each of them needs";
static const struct text_style EIGHT = {.size_pt = 8};

static struct text_extent extent_at(cairo_t *cairo, double size_pt)
{
    const struct text_style style = {.size_pt = size_pt};
    return text_measure(cairo, WORDS, &style);
}

static double title_height(cairo_t *cairo, double width)
{
    return text_draw_title(cairo, 0, 0, width, WORDS, &EIGHT, false);
}

/* One line down to a point less than is wanted, then two lines, in the largest size that fits. */
static double check_titles(cairo_t *cairo, double width_pt, void *context)
{
    (void)width_pt;
    (void)context;
    static const double sizes[] = {8, 7.5, 7};
    for (int i = 0; i < 3; i++) {
        struct text_extent extent = extent_at(cairo, sizes[i]);
        assert_true(fabs(title_height(cairo, extent.width + 0.1) - extent.height) < 0.01);
    }
    struct text_extent seven = extent_at(cairo, 7), eight = extent_at(cairo, 8);
    assert_true(fabs(title_height(cairo, seven.width - 0.1) - 2 * eight.height) < 0.01);
    return 1;
}

static double legend_height(cairo_t *cairo, double width, size_t count)
{
    const struct legend_entry entries[] = {{.text = WORDS}, {.text = "few"}, {.text = WORDS}};
    return legend_layout(cairo, 0, 0, width, entries, count, &EIGHT, false);
}

/* A line is 1.45 times as high as its text is large. */
static double check_legends(cairo_t *cairo, double width_pt, void *context)
{
    (void)width_pt;
    (void)context;
    static const double sizes[] = {8, 7.5, 7, 6.5, 6};
    for (int i = 0; i < 5; i++) {
        double width = extent_at(cairo, sizes[i]).width + 0.1;
        assert_true(fabs(legend_height(cairo, width, 1) - 1.45 * sizes[i]) < 1e-9);
        assert_true(fabs(legend_height(cairo, width, 3) - 3 * 1.45 * sizes[i]) < 1e-9);
    }
    /* Between entries on a line there is 1.6 times their size, no less. */
    const struct text_style style = {.size_pt = 8};
    double both = extent_at(cairo, 8).width + text_measure(cairo, "few", &style).width + 1.6 * 8;
    assert_true(fabs(legend_height(cairo, both + 0.1, 2) - 1.45 * 8) < 1e-9);
    assert_true(fabs(legend_height(cairo, both - 0.1, 2) - 2 * 1.45 * 8) < 1e-9);
    return 1;
}

/* The widest is one of the outermost, on either side. */
static double check_numbers(cairo_t *cairo, double width_pt, void *context)
{
    (void)width_pt;
    (void)context;
    static const struct {
        struct axes_range range;
        double tick;
        const char *widest;
    } cases[] = {{{-130, 50},
                  20,
                  "\xE2\x88\x92"
                  "120"},
                 {{-3, 990}, 400, "800"},
                 {{0, 1.1}, 0.25, "0.0"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_true(fabs(axes_numbers_width(cairo, cases[i].range, cases[i].tick, 8) -
                         text_measure(cairo, cases[i].widest, &EIGHT).width) < 0.01);
    assert_true(axes_numbers_width(cairo, cases[0].range, 0, 8) == 0);
    return 1;
}

static void test_numbers(void **state)
{
    (void)state;
    assert_true(figure_natural_height(NULL, 7, check_numbers, NULL) > 0);
}

static void test_titles(void **state)
{
    (void)state;
    assert_true(figure_natural_height(NULL, 7, check_titles, NULL) > 0);
}

static void test_legends(void **state)
{
    (void)state;
    assert_true(figure_natural_height(NULL, 7, check_legends, NULL) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_titles),
                                       cmocka_unit_test(test_legends),
                                       cmocka_unit_test(test_numbers)};
    return cmocka_run_group_tests_name("figure_texts", tests, NULL, NULL);
}
