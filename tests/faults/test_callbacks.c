/* What callbacks do to a tracer: fail, hang, call back; and the watchdog's callback. */
#include "tests/unit/tracing.h"

#include <math.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <time.h>

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static gmt_options sampling(void)
{
    gmt_options options = quiet();
    options.interval_s = 0.001;
    return options;
}

/* Waits until a count is reached, for as long as a busy machine may take. */
static bool reaches(const _Atomic uint64_t *count, uint64_t wanted)
{
    for (int i = 0; i < 2000 && atomic_load(count) < wanted; i++)
        usleep(5000);
    return atomic_load(count) >= wanted;
}

struct script {
    _Atomic uint64_t calls;
    _Atomic uint64_t bytes; /* what it answers; 0: it fails */
    sem_t *hangs;           /* NULL: it does not */
    gmt_tracer *tracer;
    _Atomic int stop, set, threshold; /* what calls from within it have returned */
};

static int answer(void *context, uint64_t *allocated, uint64_t *reserved)
{
    struct script *script = context;
    atomic_fetch_add(&script->calls, 1);
    if (script->hangs)
        while (sem_wait(script->hangs) != 0)
            ;
    *allocated = atomic_load(&script->bytes);
    *reserved = GMT_UNKNOWN;
    return *allocated > 0 ? 0 : -1;
}

/* A source that always fails is dropped, with a line, and no sample is made up. */
static void test_failing(void **state)
{
    (void)state;
    char *folder = unit_make_folder();
    struct script script = {0};
    int kept = hush();
    gmt_tracer *tracer = start(folder, sampling());
    assert_int_equal(gmt_set_source(tracer, answer, &script), GMT_OK);
    gmt_next_iteration(tracer, 0);
    bool called = reaches(&script.calls, 10);
    uint64_t before = 0;
    for (int i = 0; i < 100 && (i < 2 || atomic_load(&script.calls) != before); i++) {
        before = atomic_load(&script.calls);
        usleep(100000);
    }
    uint64_t after = atomic_load(&script.calls);
    gmt_log_sample(tracer, 5 * MB, GMT_UNKNOWN);
    unhush(kept);
    assert_true(called && after == before);
    assert_int_equal(gmt_stop(tracer), GMT_OK);
    struct trace trace = {0};
    read_trace(folder, QUIET_NAME ".json", &trace);
    assert_int_equal(trace.iterations[0].samples.count, 1);
    trace_free(&trace);
    unit_remove_folder(folder);
}

/* A driver that hangs holds up neither the loggers nor, for ever, the end. */
static void test_hanging(void **state)
{
    (void)state;
    char *folder = unit_make_folder();
    sem_t hangs;
    sem_init(&hangs, 0, 0);
    static struct script script; /* the thread that is left behind comes back to it */
    script.hangs = &hangs;
    atomic_store(&script.bytes, 9 * MB);
    gmt_tracer *tracer = start(folder, sampling());
    assert_int_equal(gmt_set_source(tracer, answer, &script), GMT_OK);
    gmt_next_iteration(tracer, 0);
    assert_true(reaches(&script.calls, 1));
    gmt_log_sample(tracer, 5 * MB, 5 * MB);
    long before = waits();
    for (int64_t i = 0; i < 10000; i++)
        gmt_log_static(tracer, i, MB);
    assert_no_waiting(before, 10000);
    double begin = now_s();
    assert_int_equal(gmt_set_source(tracer, answer, &script), GMT_NO_ANSWER);
    assert_int_equal(try_stop(tracer), GMT_OK);
    assert_true(now_s() - begin < 60);
    for (int i = 0; i < 100; i++)
        sem_post(&hangs); /* it returns into a tracer that is no more */
    usleep(50000);
    assert_int_equal(atomic_load(&script.calls), 1);
    struct trace trace = {0};
    read_trace(folder, QUIET_NAME ".json", &trace);
    assert_int_equal(trace.iterations[0].samples.count, 1);
    assert_true(trace.iterations[0].samples.allocated_mb[0] == 5);
    trace_free(&trace);
    unit_remove_folder(folder);
}

static void never(void *context, uint64_t used, uint64_t total)
{
    (void)context, (void)used, (void)total;
    fail();
}

static int call_back(void *context, uint64_t *allocated, uint64_t *reserved)
{
    struct script *script = context;
    atomic_store(&script->stop, (int)gmt_stop(script->tracer));
    atomic_store(&script->set, (int)gmt_set_source(script->tracer, answer, script));
    atomic_store(&script->threshold, (int)gmt_on_threshold(script->tracer, 0.5, never, NULL));
    gmt_mark(script->tracer, "from within");
    *allocated = *reserved = 7 * MB;
    atomic_fetch_add(&script->calls, 1);
    return 0;
}

static void test_calling_back(void **state)
{
    (void)state;
    char *folder = unit_make_folder();
    struct script script = {.stop = -1, .set = -1, .threshold = -1};
    gmt_tracer *tracer = script.tracer = start(folder, sampling());
    assert_int_equal(gmt_set_source(tracer, call_back, &script), GMT_OK);
    gmt_next_iteration(tracer, 0);
    assert_true(reaches(&script.calls, 3));
    assert_int_equal(gmt_stop(tracer), GMT_OK);
    assert_int_equal(script.stop, GMT_INVALID);
    assert_int_equal(script.set, GMT_INVALID);
    assert_int_equal(script.threshold, GMT_INVALID);
    struct trace trace = {0};
    read_trace(folder, QUIET_NAME ".json", &trace);
    assert_int_equal(trace_samples_taken(&trace.iterations[0].samples), script.calls);
    assert_int_equal(trace.iterations[0].marker_count, script.calls);
    trace_free(&trace);
    unit_remove_folder(folder);
}

struct watch {
    _Atomic uint64_t calls, used, total;
};

static void watch(void *context, uint64_t used, uint64_t total)
{
    struct watch *watched = context;
    atomic_store(&watched->used, used);
    atomic_store(&watched->total, total);
    atomic_fetch_add(&watched->calls, 1);
}

/* Waits until a source has been asked twice more: then a sample of the new figure was judged. */
static void let_sample(struct script *script)
{
    assert_true(reaches(&script->calls, atomic_load(&script->calls) + 3));
}

static void test_threshold(void **state)
{
    (void)state;
    char *folder = unit_make_folder();
    struct script script = {.bytes = 1};
    struct watch watched = {0};
    gmt_tracer *tracer = start(folder, sampling());
    assert_int_equal(gmt_set_source(tracer, answer, &script), GMT_OK);
    assert_int_equal(gmt_on_threshold(tracer, 0, watch, &watched), GMT_INVALID);
    assert_int_equal(gmt_on_threshold(tracer, 1.01, watch, &watched), GMT_INVALID);
    assert_int_equal(gmt_on_threshold(tracer, NAN, watch, &watched), GMT_INVALID);
    assert_int_equal(gmt_on_threshold(NULL, 0.5, watch, &watched), GMT_STOPPED);
    assert_int_equal(gmt_on_threshold(tracer, 0.5, watch, &watched), GMT_OK);
    gmt_next_iteration(tracer, 0);
    let_sample(&script);
    assert_int_equal(watched.calls, 0);
    atomic_store(&script.bytes, UINT64_MAX / 2); /* over any machine's half */
    assert_true(reaches(&watched.calls, 1));
    assert_int_equal(watched.used, UINT64_MAX / 2);
    uint64_t total = watched.total;
    assert_true(total > 16 * MB);
    atomic_store(&script.bytes, total / 2 - total / 100); /* a little below: not armed again */
    let_sample(&script);
    atomic_store(&script.bytes, total);
    let_sample(&script);
    assert_int_equal(watched.calls, 1);
    atomic_store(&script.bytes, total / 4);
    let_sample(&script);
    atomic_store(&script.bytes, total / 2 + 1);
    assert_true(reaches(&watched.calls, 2));
    assert_int_equal(gmt_on_threshold(tracer, 0.5, NULL, NULL), GMT_OK);
    atomic_store(&script.bytes, 1);
    let_sample(&script);
    atomic_store(&script.bytes, total);
    let_sample(&script);
    assert_int_equal(watched.calls, 2);
    assert_int_equal(gmt_stop(tracer), GMT_OK);
    unit_remove_folder(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_failing),
        cmocka_unit_test(test_hanging),
        cmocka_unit_test(test_calling_back),
        cmocka_unit_test(test_threshold),
    };
    return cmocka_run_group_tests_name("faults_callbacks", tests, NULL, NULL);
}
