/* Numbers of JSON: bit for bit what strtod gives, whatever they look like. */
#include "schemas/support/json_number.h"
#include "schemas/trace/json/json_number_fast.h"
#include "tests/unit/unit.h"

#include <inttypes.h>
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

/* Ties with a fraction: 2^52 and more has room for 0 bits behind the point, 2^51 for one, ... */
static void test_halfway_fractions(void **state)
{
    (void)state;
    static const char *const fractions[] = {".5", ".25", ".125", ".0625"};
    static const char *const nudged[] = {"%s", "%s000", "%s001", "%s0000000000000000000001"};
    uint64_t seed = 8;
    for (int i = 0; i < 200000; i++) {
        int bits = i % 4;
        uint64_t whole = (1ULL << (52 - bits)) + (unit_random(&seed) >> (12 + bits));
        char text[96], exact[64];
        snprintf(exact, sizeof exact, "%" PRIu64 "%s", whole, fractions[bits]);
        /* NOLINTNEXTLINE(clang-diagnostic-format-nonliteral): one of those above */
        snprintf(text, sizeof text, nudged[i / 4 % 4], exact);
        same_as_strtod(text);
    }
}

static void test_divide(void **state)
{
    (void)state;
    uint64_t seed = 9;
    double value;
    if (!json_number_divide(1, 0, &value))
        skip();
    for (int i = 0; i < 400000; i++) {
        uint64_t digits = unit_random(&seed) >> i % 40 | 1;
        unsigned places = (unsigned)(unit_random(&seed) % (JSON_NUMBER_MOST_PLACES + 1));
        char text[64];
        snprintf(text, sizeof text, "%" PRIu64 "e-%u", digits, places);
        assert_true(json_number_divide(digits, places, &value));
        if (!unit_same_double(value, strtod(text, NULL)))
            fail_msg("%s: divided to %.17g", text, value);
    }
    assert_true(json_number_divide(UINT64_MAX, 19, &value) && value == 1.8446744073709551615);
    assert_false(json_number_divide(0, 1, &value));
    assert_false(json_number_divide(1, JSON_NUMBER_MOST_PLACES + 1, &value));
}

/* The inline reader looks no further than it says: a sanitizer would tell. */
static void test_fast_reach(void **state)
{
    (void)state;
    char *text = malloc(JSON_NUMBER_FAST_REACH);
    assert_non_null(text);
    for (int whole = 1; whole <= JSON_NUMBER_FAST_REACH; whole++) {
        memset(text, '7', JSON_NUMBER_FAST_REACH);
        if (whole < JSON_NUMBER_FAST_REACH)
            text[whole] = '.';
        const char *at = text;
        double value;
        assert_false(json_number_fast(&at, &value));
        assert_ptr_equal(at, text);
    }
    free(text);
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
                                 "0.1234567890123456789"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        char padded[128] = "";
        snprintf(padded, sizeof padded, "%s,", texts[i]);
        const char *at = padded;
        double value;
        assert_false(json_number_fast(&at, &value));
        assert_ptr_equal(at, padded);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_chosen),
        cmocka_unit_test(test_random_doubles),
        cmocka_unit_test(test_figures_of_traces),
        cmocka_unit_test(test_random_digits),
        cmocka_unit_test(test_halfway),
        cmocka_unit_test(test_halfway_fractions),
        cmocka_unit_test(test_divide),
        cmocka_unit_test(test_fast_reach),
        cmocka_unit_test(test_malformed),
        cmocka_unit_test(test_long_number),
        cmocka_unit_test(test_fast_declines),
    };
    return cmocka_run_group_tests_name("json_number", tests, NULL, NULL);
}
