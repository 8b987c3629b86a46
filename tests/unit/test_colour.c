/* The colour maps: their ends, their evenness, and that ink can always be read on them, in colour
 * and in grey print. */
#include "tests/unit/unit.h"
#include "visualize/figure/colour_map.h"

#include <math.h>

enum { STEPS = 500 };

static double linear(double value)
{
    return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4);
}

/* CIE lightness, from the colours alone, independently of the maps' own arithmetic. */
static double lightness(struct colour colour)
{
    double luminance =
        0.2126 * linear(colour.red) + 0.7152 * linear(colour.green) + 0.0722 * linear(colour.blue);
    return luminance > 0.008856 ? 116 * cbrt(luminance) - 16 : 903.3 * luminance;
}

/* The grey that prints the same luminance. */
static struct colour grey_of(struct colour colour)
{
    double low = 0, high = 1;
    for (int i = 0; i < 50; i++) {
        double middle = (low + high) / 2;
        if (lightness((struct colour){middle, middle, middle}) < lightness(colour))
            low = middle;
        else
            high = middle;
    }
    return (struct colour){low, low, low};
}

/* The grey that most programs make of a colour (Rec. 601). */
static struct colour plain_grey_of(struct colour colour)
{
    double grey = 0.299 * colour.red + 0.587 * colour.green + 0.114 * colour.blue;
    return (struct colour){grey, grey, grey};
}

static void test_ends(void **state)
{
    (void)state;
    const struct colour_map *reds = colour_map_worse();
    struct colour cold = colour_map_colour(reds, 0), hot = colour_map_colour(reds, 1);
    assert_true(cold.red == 1 && cold.green == 1 && cold.blue == 1);
    assert_true(hot.red == 214 / 255.0 && hot.green == 39 / 255.0 && hot.blue == 40 / 255.0);
    assert_true(colour_map_colour(reds, 7).green == hot.green);
    assert_true(colour_map_colour(reds, -1).green == 1);
    assert_true(colour_map_colour(reds, NAN).green == 1);
    assert_ptr_equal(colour_map_at_place(0), reds);
    assert_string_equal(COLOUR_MAP_NAMES[0], "reds");
    /* Known colours on the way: viridis at 0.5, cividis at 0.5. */
    struct colour first = colour_map_colour(colour_map_at_place(1), 0);
    assert_true(fabs(first.red - 253 / 255.0) < 1e-9 && fabs(first.blue - 37 / 255.0) < 1e-9);
    assert_true(colour_map_colour(colour_map_better(), 1).blue > 0.6);
}

static void test_even_in_lightness(void **state)
{
    (void)state;
    for (int map = 0; COLOUR_MAP_NAMES[map]; map++) {
        const struct colour_map *of = colour_map_at_place(map);
        double first = lightness(colour_map_colour(of, 0)),
               last = lightness(colour_map_colour(of, 1));
        assert_true(first > 90 && last < 50);
        for (int i = 0; i <= STEPS; i++) {
            double share = (double)i / STEPS;
            double is = lightness(colour_map_colour(of, share));
            if (fabs(is - (first + share * (last - first))) >= 0.6)
                fail_msg("%s at %.3f: L* %.2f", COLOUR_MAP_NAMES[map], share, is);
        }
    }
}

static void test_ink_can_be_read(void **state)
{
    (void)state;
    for (int map = 0; COLOUR_MAP_NAMES[map]; map++)
        for (int i = 0; i <= STEPS; i++) {
            struct colour ground = colour_map_colour(colour_map_at_place(map), (double)i / STEPS);
            struct colour ink = colour_ink(ground);
            assert_true(colour_contrast(ground, ink) >= 4.5);
            assert_true(colour_contrast(grey_of(ground), ink) >= 4.5);
            /* It is the better of the two. */
            struct colour other = ink.red > 0.5 ? COLOUR_BLACK : COLOUR_WHITE;
            assert_true(colour_contrast(ground, ink) >= colour_contrast(ground, other));
        }
    assert_true(colour_contrast(COLOUR_OUTCOME, colour_ink(COLOUR_OUTCOME)) >= 4.5);
    assert_true(fabs(colour_contrast(COLOUR_BLACK, COLOUR_WHITE) - 21) < 1e-9);
    struct colour hot = colour_map_colour(colour_map_worse(), 1);
    assert_true(fabs(colour_contrast(hot, COLOUR_WHITE) - 5.0) < 0.05);
    assert_true(fabs(colour_contrast(hot, COLOUR_BLACK) - 4.2) < 0.05);
}

/* What has no figure is darker than every value, by either grey, in every map. */
static void test_outcomes_are_told_apart_in_grey(void **state)
{
    (void)state;
    double outcome = lightness(COLOUR_OUTCOME);
    for (int map = 0; COLOUR_MAP_NAMES[map]; map++)
        for (int i = 0; i <= STEPS; i++) {
            struct colour value = colour_map_colour(colour_map_at_place(map), (double)i / STEPS);
            assert_true(lightness(value) - outcome > 10);
            assert_true(lightness(plain_grey_of(value)) - outcome > 10);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ends),
        cmocka_unit_test(test_even_in_lightness),
        cmocka_unit_test(test_ink_can_be_read),
        cmocka_unit_test(test_outcomes_are_told_apart_in_grey),
    };
    return cmocka_run_group_tests_name("colour", tests, NULL, NULL);
}
