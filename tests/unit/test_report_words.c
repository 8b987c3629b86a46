/* Counts and figures in the report's sentences. */
#include "visualize/report/words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_figures_have_separators(void **state)
{
    (void)state;
    static const struct {
        const char *format;
        double value;
        const char *text;
    } cases[] = {
        {"%.1f", 0, "0.0"},          {"%.1f", 999.94, "999.9"},
        {"%.1f", 999.96, "1,000.0"}, {"%.2f", -1234.5, "-1,234.50"},
        {"%+.2f", 0.1, "+0.10"},     {"%.0f%%", 1234567, "1,234,567%"},
        {"%+.0f", 100, "+100"},      {"%.1f", 1e300, "1e+300"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[WORDS_FIGURE];
        assert_string_equal(words_figure(text, cases[i].format, cases[i].value), cases[i].text);
    }
}

static void test_plurals(void **state)
{
    (void)state;
    static const struct {
        size_t count;
        const char *text;
    } cases[] = {{0, "0 traces"}, {1, "1 trace"}, {2, "2 traces"}, {8704, "8,704 traces"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *text = NULL;
        size_t length;
        FILE *stream = open_memstream(&text, &length);
        assert_non_null(stream);
        words_counted(stream, cases[i].count, "trace");
        assert_int_equal(fclose(stream), 0);
        assert_string_equal(text, cases[i].text);
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_figures_have_separators),
        cmocka_unit_test(test_plurals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
