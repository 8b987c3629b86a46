/* Numbers written: shortest, as Python lays them out, and under any locale. */
#include "schemas/support/json_number.h"
#include "tests/unit/unit.h"

#include <float.h>
#include <locale.h>
#include <math.h>

static enum json_number_end read_text(const char *text, double *value)
{
    return json_number_read(&text, text + strlen(text), value);
}

static void format_is(double value, const char *expected)
{
    char text[JSON_NUMBER_TEXT];
    assert_int_equal(json_number_format(text, value), strlen(expected));
    assert_string_equal(text, expected);
}

static void test_format(void **state)
{
    (void)state;
    format_is(256, "256.0");
    format_is(0.0059, "0.0059");
    format_is(28572.94482421875, "28572.94482421875");
    format_is(1e-5, "1e-05");
    format_is(1e22, "1e+22");
    format_is(0, "0.0");
    format_is(-1, "-1.0");
    format_is(0.1 + 0.2, "0.30000000000000004");
    /* What Python's json makes of them. */
    format_is(-0.0, "-0.0");
    format_is(1e-4, "0.0001");
    format_is(0.00012345678901234567, "0.00012345678901234567");
    format_is(9.999e-5, "9.999e-05");
    format_is(123456789012345680.0, "1.2345678901234568e+17");
    format_is(1e15, "1000000000000000.0");
    format_is(9007199254740993.0, "9007199254740992.0");
    format_is(9999999999999998.0, "9999999999999998.0");
    format_is(1e16, "1e+16");
    format_is(-1.5e300, "-1.5e+300");
    format_is(DBL_MAX, "1.7976931348623157e+308");
    format_is(DBL_MIN, "2.2250738585072014e-308");
    format_is(5e-324, "5e-324");
    format_is(1.5e-323, "1.5e-323");
    uint64_t seed = 5;
    for (int i = 0; i < 100000; i++) {
        uint64_t bits = unit_random(&seed);
        double value, back;
        memcpy(&value, &bits, sizeof value);
        if (!isfinite(value))
            continue;
        char text[JSON_NUMBER_TEXT];
        json_number_format(text, value);
        assert_int_equal(read_text(text, &back), JSON_NUMBER_READ);
        assert_true(unit_same_double(value, back));
    }
}

static bool set_comma_locale(void)
{
    static const char *const names[] = {"de_DE.UTF-8", "fr_FR.UTF-8", "de_DE", "nl_NL.UTF-8"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (setlocale(LC_ALL, names[i]))
            return true;
    return false;
}

/* Where the machine has no such locale, but what one is made from. */
static bool make_comma_locale(const char *folder)
{
    char command[4400];
    snprintf(command, sizeof command,
             "localedef -i de_DE -f UTF-8 '%s/de_DE.UTF-8' >/dev/null 2>&1", folder);
    bool made = system(command) == 0; /* NOLINT(cert-env33-c): a path of our own making */
    setenv("LOCPATH", folder, 1);
    return made && set_comma_locale();
}

/* A host that prints its numbers with a comma must not change ours. */
static void test_locale(void **state)
{
    (void)state;
    char *folder = unit_make_folder();
    bool set = set_comma_locale() || make_comma_locale(folder);
    unit_remove_folder(folder); /* a locale that is set stays */
    if (!set)
        skip();
    char text[16];
    snprintf(text, sizeof text, "%.1f", 0.5);
    assert_string_equal(text, "0,5"); /* or this would test nothing */
    double value = 0;
    assert_int_equal(read_text("2.4703282292062328e-324", &value), JSON_NUMBER_READ);
    assert_true(value > 0);
    assert_int_equal(read_text("9007199254740993.5", &value), JSON_NUMBER_READ);
    assert_true(value == 9007199254740994.0);
    format_is(0.5, "0.5");
    format_is(1e-7, "1e-07");
    setlocale(LC_ALL, "C");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_format),
        cmocka_unit_test(test_locale),
    };
    return cmocka_run_group_tests_name("json_number_format", tests, NULL, NULL);
}
