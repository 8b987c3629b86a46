/* The small things that everything else is made with: arrays that grow, lists of warnings. */
#include "schemas/support/array.h"
#include "schemas/support/warnings.h"
#include "tests/unit/unit.h"

static void test_arrays(void **state)
{
    (void)state;
    int *numbers = NULL;
    size_t count = 0;
    for (int i = 0; i < 1000; i++) {
        int *place = ARRAY_ADD(numbers, count);
        assert_non_null(place);
        assert_ptr_equal(place, &numbers[i]);
        *place = i;
    }
    assert_int_equal(count, 1000);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(numbers[i], i);
    free(numbers);
}

static void test_reserved_arrays(void **state)
{
    (void)state;
    double *numbers = NULL;
    size_t capacity = 0;
    assert_true(array_reserve(&numbers, sizeof *numbers, &capacity, 0) && !numbers);
    assert_true(array_reserve(&numbers, sizeof *numbers, &capacity, 9));
    assert_int_equal(capacity, 16);
    numbers[15] = 1;
    const double *before = numbers;
    assert_true(array_reserve(&numbers, sizeof *numbers, &capacity, 16));
    assert_ptr_equal(numbers, before);
    assert_false(array_reserve(&numbers, sizeof *numbers, &capacity, SIZE_MAX));
    assert_false(array_reserve(&numbers, sizeof *numbers, &capacity, SIZE_MAX / 4));
    assert_int_equal(capacity, 16);
    free(numbers);
}

static void test_warnings(void **state)
{
    (void)state;
    char **list = NULL;
    size_t count = 0;
    for (int i = 0; i < 20; i++)
        assert_true(warnings_add(&list, &count, "line\n%d", i));
    assert_int_equal(count, 20);
    assert_string_equal(list[0], "line\\x0A0");
    assert_string_equal(list[19], "line\\x0A19");
    warnings_free(list, count);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_arrays),
        cmocka_unit_test(test_reserved_arrays),
        cmocka_unit_test(test_warnings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
