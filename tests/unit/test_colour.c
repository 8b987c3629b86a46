/* The colour scale: its ends, its evenness, and that ink can always be read on it. */
#include "tests/unit/unit.h"
#include "visualize/figure/colour.h"

#include <math.h>

enum { STEPS = 1000 };

/* CIE lightness, from the colours alone, independently of the scale's own arithmetic. */
static double lightness(struct colour colour)
{
    double channels[] = {colour.red, colour.green, colour.blue};
    const double weights[] = {0.2126, 0.7152, 0.0722};
    double luminance = 0;
    for (int i = 0; i < 3; i++)
        luminance +=
            weights[i] * (channels[i] <= 0.04045 ? channels[i] / 12.92
                                                 : pow((channels[i] + 0.055) / 1.055, 2.4));
    return luminance > 0.008856 ? 116 * cbrt(luminance) - 16 : 903.3 * luminance;
}

static void test_ends(void **state)
{
    (void)state;
    struct colour cold = colour_ramp(0), hot = colour_ramp(1);
    assert_true(cold.red == 1 && cold.green == 1 && cold.blue == 1);
    assert_true(hot.red == 214 / 255.0 && hot.green == 39 / 255.0 && hot.blue == 40 / 255.0);
    assert_true(colour_ramp(7).green == hot.green && colour_ramp(-1).green == 1);
    assert_true(colour_ramp(NAN).green == 1);
}

static void test_even_in_lightness(void **state)
{
    (void)state;
    double first = lightness(colour_ramp(0)), last = lightness(colour_ramp(1));
    for (int i = 0; i <= STEPS; i++) {
        double share = (double)i / STEPS;
        assert_true(fabs(lightness(colour_ramp(share)) - (first + share * (last - first))) < 0.6);
    }
}

static void test_ink_can_be_read(void **state)
{
    (void)state;
    for (int i = 0; i <= STEPS; i++) {
        struct colour ground = colour_ramp((double)i / STEPS);
        assert_true(colour_contrast(ground, colour_ink(ground)) >= 4.5);
    }
    assert_true(colour_contrast(COLOUR_OOM, colour_ink(COLOUR_OOM)) >= 4.5);
    assert_true(fabs(colour_contrast(COLOUR_BLACK, COLOUR_WHITE) - 21) < 1e-9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ends),
        cmocka_unit_test(test_even_in_lightness),
        cmocka_unit_test(test_ink_can_be_read),
    };
    return cmocka_run_group_tests_name("colour", tests, NULL, NULL);
}
