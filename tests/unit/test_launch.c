/* What trace_command rests on: names from a command's flags, and the ledger of allocations. */
#include "tests/unit/unit.h"
#include "tracer/preload/command/megatron_flags.h"
#include "tracer/preload/ledger.h"

#include <pthread.h>

static void check_name(const char *const *command, const char *tags, int64_t tp, int64_t pp,
                       const char *expected)
{
    struct launch_name name;
    assert_true(launch_name_find((char *const *)command, tags, &name));
    assert_int_equal(name.tp, tp);
    assert_int_equal(name.pp, pp);
    assert_string_equal(name.tags, expected);
}
#define NAME(tags, tp, pp, expected, ...)                                                          \
    check_name((const char *const[]){__VA_ARGS__, NULL}, tags, tp, pp, expected)

static void test_names_from_flags(void **state)
{
    (void)state;
    NAME(NULL, 0, 0, "", "./train");
    NAME("", 2, 8, "exp4_expNum8_l96_mbs1_gbs512", "torchrun", "--nproc-per-node", "8",
         "pretrain.py", "--tensor-model-parallel-size", "2", "--pipeline-model-parallel-size=8",
         "--expert-model-parallel-size", "4", "--num-experts", "8", "--num-layers", "96",
         "--micro-batch-size=1", "--global-batch-size", "512");
    /* A flag that begins like another, one without a value, one that is no number. */
    NAME(NULL, 0, 0, "", "x", "--num-layers-per-virtual-pipeline-stage", "2", "--micro-batch-size",
         "--num-layers", "many", "--tensor-model-parallel-size=", "--pipeline-model-parallel-size");
    NAME(NULL, 4, 0, "", "x", "--tensor-model-parallel-size", "2", "--tensor-model-parallel-size",
         "4");
    NAME("mbs2_run7", 2, 0, "l96_mbs2_run7", "x", "--tensor-model-parallel-size", "2",
         "--num-layers", "96", "--micro-batch-size", "1");
    NAME("bs2_tp8", 0, 0, "bs2_tp8", "x", "--tensor-model-parallel-size", "2", "--micro-batch-size",
         "1");
    struct launch_name name;
    char *const command[] = {"x", NULL};
    assert_false(launch_name_find(command, "a/b", &name));
    char longest[300];
    memset(longest, 'a', sizeof longest);
    longest[sizeof longest - 1] = '\0';
    assert_false(launch_name_find(command, longest, &name));
}

/* ---- the ledger ---- */

static uint64_t last_told;

static void tell(uint64_t bytes)
{
    last_told = bytes;
}

static void free_block(uint64_t address)
{
    ledger_lower(ledger_take_block(address));
}

static void test_ledger(void **state)
{
    (void)state;
    ledger_add_block(1, 100); /* before anybody listens */
    ledger_on_change(tell);
    assert_int_equal(last_told, 100);
    ledger_add_block(2, 50);
    assert_int_equal(last_told, 150);
    uint64_t bytes = ledger_take_block(2);
    assert_int_equal(bytes, 50);
    assert_int_equal(last_told, 150); /* until the call that frees it has succeeded */
    ledger_put_back(2, bytes);
    free_block(2);
    assert_int_equal(last_told, 100);
    free_block(2);
    free_block(3);
    assert_int_equal(last_told, 100);
    ledger_add_block(1, 70); /* was freed unseen */
    assert_int_equal(last_told, 70);
    ledger_clear();
    assert_int_equal(last_told, 0);
    free_block(1);
    assert_int_equal(last_told, 0);
}

static void test_physical_memory(void **state)
{
    (void)state;
    ledger_add_block(9, 1000); /* the number of a handle may be that of an address */
    ledger_add_handle(9, 30);
    assert_int_equal(last_told, 1030);
    ledger_map(4096, 30, 9);
    ledger_map(4126, 30, 9);
    ledger_lower(ledger_release_handle(9));
    assert_int_equal(last_told, 1030);
    ledger_add_handle(9, 500); /* the driver gives the handle out anew */
    ledger_lower(ledger_release_handle(9));
    assert_int_equal(last_told, 1030);
    ledger_retain_handle(7, 4126);
    ledger_lower(ledger_unmap(4096, 60)); /* both */
    assert_int_equal(last_told, 1030);
    ledger_lower(ledger_release_handle(7));
    assert_int_equal(last_told, 1000);
    ledger_lower(ledger_release_handle(7));
    ledger_lower(ledger_unmap(4096, 60));
    assert_int_equal(last_told, 1000);
    ledger_add_handle(5, 1);
    ledger_retain_handle(5, 0);
    ledger_map(1, 1, 5);
    ledger_clear();
    assert_int_equal(last_told, 0);
}

enum { THREADS = 4, ROUNDS = 20000, KEPT = 100 };

static void *work(void *argument)
{
    uint64_t seed = *(const uint64_t *)argument, first = seed << 32;
    for (uint64_t i = 0; i < ROUNDS; i++) {
        ledger_add_block(first + i, i + 1);
        if (i >= KEPT)
            free_block(first + i - KEPT);
    }
    return NULL;
}

/* The table grows, and removed places are used anew. */
static void test_many_threads(void **state)
{
    (void)state;
    pthread_t threads[THREADS];
    uint64_t numbers[THREADS], kept = 0;
    for (uint64_t i = 0; i < THREADS; i++) {
        numbers[i] = i + 1;
        assert_int_equal(pthread_create(&threads[i], NULL, work, &numbers[i]), 0);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    for (uint64_t i = ROUNDS - KEPT; i < ROUNDS; i++)
        kept += i + 1;
    assert_int_equal(last_told, THREADS * kept);
    for (uint64_t i = 0; i < THREADS; i++)
        for (uint64_t k = ROUNDS - KEPT; k < ROUNDS; k++)
            free_block((numbers[i] << 32) + k);
    assert_int_equal(last_told, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_from_flags),
        cmocka_unit_test(test_ledger),
        cmocka_unit_test(test_physical_memory),
        cmocka_unit_test(test_many_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
