/* Amounts of memory for people. */
#include "schemas/support/memory_text.h"
#include "tests/unit/unit.h"

#include <math.h>

static void test_texts(void **state)
{
    (void)state;
    static const struct {
        double mb;
        const char *text, *small;
    } cases[] = {
        {45, "45.0 MB", "45.0 MB"},
        {0, "0.0 MB", "0.0 MB"},
        {0.25, "0.25 MB", "0.25 MB"},
        {0.00095, "0.00095 MB", "0.00095 MB"},
        {0.997, "1.0 MB", "1.0 MB"},
        {99.94, "99.9 MB", "99.9 MB"},
        {99.96, "100.0 MB", "100 MB"},
        {999.96, "1000 MB", "1000 MB"},
        {1023.4, "1023 MB", "1023 MB"},
        {1023.6, "1.0 GB", "1.0 GB"}, /* not 1024 MB */
        {58716.72, "57.3 GB", "57.3 GB"},
        {140204.06, "136.9 GB", "137 GB"},
        {-58716.72, "-57.3 GB", "-57.3 GB"},
        {3.5 * 1024 * 1024, "3.5 TB", "3.5 TB"},
        {5000.0 * 1024 * 1024, "5000 TB", "5000 TB"},
        {NAN, "-", "-"},
    };
    char text[MEMORY_TEXT];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_string_equal(memory_text(cases[i].mb, text), cases[i].text);
        assert_string_equal(memory_text_short(cases[i].mb, text), cases[i].small);
    }
    assert_true(memory_unit_of(2048).mb == 1024 && memory_unit_of(3e6).mb == 1048576 &&
                memory_unit_of(-0.1).mb == 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_texts)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
