/* Numbers of JSON: bit for bit what strtod gives, whatever they look like. */
#include "schemas/json_number.h"
#include "schemas/json_number_fast.h"
#include "tests/unit/unit.h"

#include <float.h>
#include <inttypes.h>
#include <locale.h>
#include <math.h>

static enum json_number_end read_all(const char *text, double *value, size_t *used)
{
    /* A copy without an end mark, so that a sanitizer sees a read past the end. */
    size_t length = strlen(text);
    char *copy = malloc(length ? length : 1);
    assert_non_null(copy);
    memcpy(copy, text, length);
    const char *at = copy;
    enum json_number_end end = json_number_read(&at, copy + length, value);
    *used = (size_t)(at - copy);
    free(copy);
    return end;
}

/* The inline reader may decline, but not differ. */
static void fast_agrees(const char *text, double expected)
{
    char padded[256] = "";
    if (strlen(text) + JSON_NUMBER_FAST_REACH > sizeof padded)
        return;
    snprintf(padded, sizeof padded, "%s,", text);
    const char *at = padded;
    double value;
    if (!json_number_fast(&at, &value))
        return;
    if (at != padded + strlen(text) || !unit_same_double(value, expected))
        fail_msg("%s: fast gives %.17g, strtod %.17g", text, value, expected);
}

static void same_as_strtod(const char *text)
{
    double ours = 0, theirs = strtod(text, NULL);
    size_t used;
    enum json_number_end end = read_all(text, &ours, &used);
    if (isinf(theirs)) {
        assert_int_equal(end, JSON_NUMBER_TOO_LARGE);
        return;
    }
    fast_agrees(text, theirs);
    if (end != JSON_NUMBER_READ || used != strlen(text) || !unit_same_double(ours, theirs))
        fail_msg("%s: read as %.17g, strtod gives %.17g", text, ours, theirs);
}

static void test_chosen(void **state)
{
    (void)state;
    const char *const texts[] = {
        "0",
        "-0",
        "0.0",
        "-0.0",
        "1",
        "-1",
        "0.1",
        "256.0",
        "58716.72",
        "28572.94482421875",
        "9007199254740992",
        "9007199254740993",
        "9007199254740994",
        "9007199254740992.5",
        "18446744073709551615",
        "18446744073709551616",
        "99999999999999999999999",
        "1e22",
        "1e23",
        "1e-22",
        "1e-23",
        "1e308",
        "1.7976931348623157e308",
        "1.7976931348623159e308",
        "1e309",
        "1e400",
        "-1e400",
        "1e99999999999",
        "1e-400",
        "5e-324",
        "2.4703282292062327e-324",
        "2.4703282292062328e-324",
        "2.2250738585072011e-308",
        "2.2250738585072014e-308",
        "0e5",
        "0.000000000000000000000000000000000001",
        "0.00000000000000000000123456789012345678901234",
        "1.00000000000000011102230246251565404",
        "1.00000000000000011102230246251565405",
        "12345678901234567890123456789e-10",
        "0.1e1",
        "1E5",
        "1e+5",
        "100000000000000000000e-20",
        "1.00000000000000000000000000000000000000000",
        "123456789012345678900000000",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        same_as_strtod(texts[i]);
}

static void test_random_doubles(void **state)
{
    (void)state;
    uint64_t seed = 1;
    for (int i = 0; i < 600000; i++) {
        uint64_t bits = unit_random(&seed);
        double value;
        memcpy(&value, &bits, sizeof value);
        if (!isfinite(value))
            continue;
        char text[64];
        snprintf(text, sizeof text, "%.*e", 14 + i % 4, value);
        same_as_strtod(text);
    }
}

static void test_figures_of_traces(void **state)
{
    (void)state;
    uint64_t seed = 2;
    for (int i = 0; i < 1000000; i++) {
        uint64_t bytes = unit_random(&seed) >> (20 + i % 24);
        char text[64];
        snprintf(text, sizeof text, "%.*f", 1 + i % 20, (double)bytes / 1048576.0);
        same_as_strtod(text);
    }
}

static void test_random_digits(void **state)
{
    (void)state;
    uint64_t seed = 3;
    for (int i = 0; i < 400000; i++) {
        char text[96];
        size_t used = 0;
        uint64_t shape = unit_random(&seed);
        size_t whole = 1 + shape % 24, fraction = shape / 24 % 30;
        text[used++] = (char)('1' + shape % 9);
        while (used < whole)
            text[used++] = (char)('0' + unit_random(&seed) % 10);
        if (fraction)
            text[used++] = '.';
        for (size_t k = 0; k < fraction; k++)
            text[used++] = (char)('0' + (shape & 1 ? 0 : unit_random(&seed) % 10));
        int exponent = (int)(unit_random(&seed) % 80) - 40;
        snprintf(text + used, sizeof text - used, i % 2 ? "e%d" : "", exponent);
        same_as_strtod(text);
    }
}

/* Halfway between two doubles, and just beside: where a shortcut would round wrongly. */
static void test_halfway(void **state)
{
    (void)state;
    uint64_t seed = 4;
    for (int i = 0; i < 100000; i++) {
        uint64_t odd = (1ULL << 53) + (unit_random(&seed) >> 12 | 1);
        char text[64];
        snprintf(text, sizeof text, "%" PRIu64 "%s", odd,
                 i % 3 == 0   ? ".5"
                 : i % 3 == 1 ? ".49999999999999999999999"
                              : ".000000000001");
        same_as_strtod(text);
    }
}

static void test_malformed(void **state)
{
    (void)state;
    const struct {
        const char *text;
        size_t breaks_at;
    } cases[] = {{"", 0},   {"-", 1},   {"+1", 0},  {".5", 0},  {"1.", 2}, {"1.e5", 2}, {"-.5", 1},
                 {"1e", 2}, {"1e+", 2}, {"NaN", 0}, {"inf", 0}, {"-x", 1}, {"e5", 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double value;
        size_t used;
        assert_int_equal(read_all(cases[i].text, &value, &used), JSON_NUMBER_MALFORMED);
        assert_int_equal(used, cases[i].breaks_at);
    }
    /* A number ends where JSON lets it end: "01" is 0 and something more. */
    double value;
    size_t used;
    assert_int_equal(read_all("01", &value, &used), JSON_NUMBER_READ);
    assert_int_equal(used, 1);
    assert_int_equal(read_all("0x10", &value, &used), JSON_NUMBER_READ);
    assert_int_equal(used, 1);
}

static void test_long_number(void **state)
{
    (void)state;
    enum { DIGITS = 100000 };
    char *text = malloc(DIGITS + 16);
    assert_non_null(text);
    memset(text, '3', DIGITS);
    text[0] = '0';
    text[1] = '.';
    text[DIGITS] = '\0';
    same_as_strtod(text);
    memcpy(text, "1", 1);
    memcpy(text + DIGITS, "e-99", 5);
    same_as_strtod(text);
    free(text);
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
        size_t used;
        assert_int_equal(read_all(text, &back, &used), JSON_NUMBER_READ);
        assert_true(unit_same_double(value, back));
    }
}

/* What the inline reader must leave to the other: it would read them wrongly. */
static void test_fast_declines(void **state)
{
    (void)state;
    const char *const texts[] = {"-1",
                                 "01",
                                 "1e5",
                                 "1.5e3",
                                 "1.",
                                 ".5",
                                 "x",
                                 "",
                                 "1.E",
                                 "1234567890123456789012345678",
                                 "0.12345678901234567",
                                 "9007199254740993"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        char padded[128] = "";
        snprintf(padded, sizeof padded, "%s,", texts[i]);
        const char *at = padded;
        double value;
        assert_false(json_number_fast(&at, &value));
        assert_ptr_equal(at, padded);
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
    size_t used;
    assert_int_equal(read_all("2.4703282292062328e-324", &value, &used), JSON_NUMBER_READ);
    assert_true(value > 0);
    assert_int_equal(read_all("9007199254740993.5", &value, &used), JSON_NUMBER_READ);
    assert_true(value == 9007199254740994.0);
    format_is(0.5, "0.5");
    format_is(1e-7, "1e-07");
    setlocale(LC_ALL, "C");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_chosen),
        cmocka_unit_test(test_random_doubles),
        cmocka_unit_test(test_figures_of_traces),
        cmocka_unit_test(test_random_digits),
        cmocka_unit_test(test_halfway),
        cmocka_unit_test(test_malformed),
        cmocka_unit_test(test_long_number),
        cmocka_unit_test(test_format),
        cmocka_unit_test(test_fast_declines),
        cmocka_unit_test(test_locale),
    };
    return cmocka_run_group_tests_name("json_number", tests, NULL, NULL);
}
