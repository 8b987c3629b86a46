/* A sweep at work: what is handed out next, and how much is left. */
#include "sweep/run/session.h"
#include "tests/unit/unit.h"

static void test_what_is_left(void **state)
{
    (void)state;
    struct session_item items[] = {{.state = SESSION_SETTLED},
                                   {.state = SESSION_TO_DO},
                                   {.state = SESSION_GIVEN_UP},
                                   {.state = SESSION_RUNNING},
                                   {.state = SESSION_TO_DO}};
    struct session session = {.count = 5, .items = items};
    size_t index = 9;
    assert_int_equal(session_left(&session), 3);
    assert_true(session_next(&session, &index));
    assert_int_equal(index, 1);
    assert_int_equal(items[1].state, SESSION_RUNNING);
    assert_int_equal(items[1].attempts, 1);
    assert_true(session_next(&session, &index));
    assert_int_equal(index, 4);
    assert_false(session_next(&session, &index));
    assert_int_equal(session_left(&session), 3); /* what runs is not done */
    items[3].state = SESSION_SETTLED;
    items[4].state = SESSION_GIVEN_UP;
    assert_int_equal(session_left(&session), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_what_is_left)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
