/* Passing over arrays: every way that this processor has, against one that takes byte after byte.
 */
#include "schemas/trace/json/json_skip.h"
#include "tests/unit/unit.h"

static const char *const WAY_NAMES[] = {"plain", "SSE2", "AVX2", "NEON"};

/* The same by the book; returns the offset behind the closing bracket, or -1. Where there are
 * backslashes outside strings, which is not JSON, they too hide quotes, but not brackets. */
static ptrdiff_t skip_slowly(const char *text, size_t length)
{
    size_t depth = 1;
    bool in_string = false;
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '\\') {
            i += i + 1 < length && (text[i + 1] == '"' || text[i + 1] == '\\');
        } else if (text[i] == '"') {
            in_string = !in_string;
        } else if (!in_string && text[i] == '[') {
            depth++;
        } else if (!in_string && text[i] == ']' && --depth == 0) {
            return (ptrdiff_t)i + 1;
        }
    }
    return -1;
}

static void all_agree(const char *text, size_t length)
{
    /* A copy that ends where the text ends, so that a sanitizer sees a byte too many. */
    char *copy = malloc(length ? length : 1);
    assert_non_null(copy);
    memcpy(copy, text, length);
    ptrdiff_t expected = skip_slowly(copy, length);
    for (int way = JSON_SKIP_PLAIN; way <= JSON_SKIP_FASTEST; way++) {
        if (!json_skip_has((enum json_skip_way)way))
            continue;
        const char *behind = json_skip_array_by((enum json_skip_way)way, copy, copy + length);
        ptrdiff_t found = behind ? behind - copy : -1;
        if (found != expected)
            fail_msg("%s: %td instead of %td in %.*s", WAY_NAMES[way], found, expected, (int)length,
                     copy);
    }
    const char *best = json_skip_array(copy, copy + length);
    assert_int_equal(best ? best - copy : -1, expected);
    free(copy);
}

static void test_random_text(void **state)
{
    (void)state;
    /* Rich in what matters: quotes, backslashes in runs, brackets. */
    static const char letters[] = "\"\"\\\\\\[]]    ab{},:1";
    uint64_t seed = 7;
    size_t closed = 0;
    for (int i = 0; i < 100000; i++) {
        char text[400];
        size_t length = unit_random(&seed) % sizeof text;
        uint64_t plain = unit_random(&seed) % 40; /* how much of it says nothing */
        for (size_t k = 0; k < length; k++) {
            char letter = letters[unit_random(&seed) % (sizeof letters - 1)];
            text[k] = ' ';
            if (unit_random(&seed) % 40 >= plain)
                text[k] = letter;
        }
        closed += skip_slowly(text, length) >= 0;
        all_agree(text, length);
    }
    assert_true(closed > 10000 && closed < 95000); /* both answers were asked for */
}

/* A run of backslashes of any length before a quote, at any place in a block and across two. */
static void test_backslashes(void **state)
{
    (void)state;
    for (size_t at = 0; at < 140; at++)
        for (size_t run = 0; run < 70; run++) {
            char text[400];
            memset(text, ' ', sizeof text);
            text[at] = '"';
            memset(text + at + 1, '\\', run);
            memcpy(text + at + 1 + run, "\"]\"] ]", 6);
            all_agree(text, sizeof text);
        }
}

static void test_plain_is_always_there(void **state)
{
    (void)state;
    assert_true(json_skip_has(JSON_SKIP_PLAIN));
#if defined(__x86_64__)
    assert_true(json_skip_has(JSON_SKIP_SSE2));
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_text),
        cmocka_unit_test(test_backslashes),
        cmocka_unit_test(test_plain_is_always_there),
    };
    return cmocka_run_group_tests_name("json_skip", tests, NULL, NULL);
}
