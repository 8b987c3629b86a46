/* A recording with many at it: readers beside the writer, threads that come and go, processes that
 * all want the same name. */
#include "tests/unit/tracing.h"

#include "schemas/trace_folder/trace_folder.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/wait.h>

/* ---- read while it is written ---- */

enum { LOGS_AN_ITERATION = 100000 };

struct writer {
    gmt_tracer *tracer;
    _Atomic bool done;
};

/* A sample's figures and its iteration belong together: a torn one would show. */
static void *write_on(void *argument)
{
    struct writer *writer = argument;
    for (uint64_t i = 0; !atomic_load(&writer->done); i++) {
        if (i % LOGS_AN_ITERATION == 0)
            gmt_next_iteration(writer->tracer, (int64_t)(i / LOGS_AN_ITERATION));
        gmt_log_sample(writer->tracer, i * MB, (i + 1) * MB);
    }
    return NULL;
}

static void check_samples(const struct trace_iteration *iteration)
{
    const struct trace_samples *samples = &iteration->samples;
    for (size_t k = 0; k < samples->count; k++) {
        double place = samples->allocated_mb[k];
        if (samples->reserved_mb[k] != place + 1 ||
            (int64_t)place / LOGS_AN_ITERATION != iteration->number)
            fail_msg("torn: %.0f and %.0f in iteration %lld", place, samples->reserved_mb[k],
                     (long long)iteration->number);
        assert_true(k == 0 || (samples->time_s[k] >= samples->time_s[k - 1] &&
                               place > samples->allocated_mb[k - 1]));
    }
}

static void test_read_while_written(void **state)
{
    (void)state;
    enum { READINGS = 1500 };
    char *folder = unit_make_folder();
    gmt_options options = quiet();
    options.max_bytes = 64 << 10; /* so that every chunk is used over and over */
    struct writer writer = {.tracer = start(folder, options)};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, write_on, &writer), 0);
    struct trace trace = {0};
    size_t seen = 0;
    for (int reading = 0; reading < READINGS; reading++) {
        read_trace(folder, QUIET_NAME ".gmtrace", &trace);
        assert_int_equal(trace.ending, TRACE_ENDED_NOT_YET);
        for (size_t i = 0; i < trace.count; i++) {
            check_samples(&trace.iterations[i]);
            seen += trace.iterations[i].samples.count;
        }
    }
    atomic_store(&writer.done, true);
    pthread_join(thread, NULL);
    assert_true(seen > 10000);
    trace_free(&trace);
    assert_int_equal(gmt_stop(writer.tracer), GMT_OK);
    unit_remove_folder(folder);
}

/* ---- threads that come and go ---- */

static void *log_once(void *argument)
{
    gmt_log_sample(argument, 3 * MB, 3 * MB);
    return NULL;
}

static void test_short_threads(void **state)
{
    (void)state;
    enum { THREADS = 2000 }; /* as many samples as the smallest ring holds, and 32 less */
    char *folder = unit_make_folder();
    gmt_options options = quiet();
    options.max_bytes = 64 << 10;
    gmt_tracer *tracer = start(folder, options);
    gmt_next_iteration(tracer, 0);
    for (int i = 0; i < THREADS; i++) {
        pthread_t thread;
        assert_int_equal(pthread_create(&thread, NULL, log_once, tracer), 0);
        pthread_join(thread, NULL);
    }
    assert_int_equal(gmt_stop(tracer), GMT_OK);
    struct trace trace = {0};
    read_trace(folder, QUIET_NAME ".json", &trace);
    assert_int_equal(trace.iterations[0].samples.count, THREADS);
    assert_int_equal(trace.iterations[0].dropped_samples, 0);
    trace_free(&trace);
    unit_remove_folder(folder);
}

/* One thread, more tracers than it keeps chunks of. */
static void test_many_tracers(void **state)
{
    (void)state;
    enum { TRACERS = 8, SAMPLES = 2000 };
    char *folder = unit_make_folder();
    gmt_options options = quiet();
    options.max_bytes = 64 << 10;
    gmt_tracer *tracers[TRACERS];
    for (int t = 0; t < TRACERS; t++) {
        options.rank = t;
        tracers[t] = start(folder, options);
        gmt_next_iteration(tracers[t], 0);
    }
    for (uint64_t i = 0; i < SAMPLES; i++)
        for (uint64_t t = 0; t < TRACERS; t++)
            gmt_log_sample(tracers[t], t * MB, i * MB);
    struct trace trace = {0};
    for (int t = 0; t < TRACERS; t++) {
        assert_int_equal(gmt_stop(tracers[t]), GMT_OK);
        char name[64];
        snprintf(name, sizeof name, "memory_trace_rank%d.json", t);
        read_trace(folder, name, &trace);
        const struct trace_samples *samples = &trace.iterations[0].samples;
        assert_int_equal(samples->count, SAMPLES);
        for (int i = 0; i < SAMPLES; i++)
            assert_true(samples->allocated_mb[i] == t && samples->reserved_mb[i] == i);
    }
    trace_free(&trace);
    unit_remove_folder(folder);
}

/* Of a value that another part of the program has put under a key of its own. */
static void is_mine(void *value)
{
    if (strcmp(value, "mine") != 0)
        _exit(3);
}

/* A process that has used up its thread-specific keys. */
static void test_no_keys(void **state)
{
    (void)state;
    char *folder = unit_make_folder();
    pid_t child = fork(); /* before this process has made the tracer's key */
    if (child == 0) {
        pthread_key_t key;
        while (pthread_key_create(&key, is_mine) == 0)
            pthread_setspecific(key, "mine");
        gmt_tracer *tracer = start(folder, quiet());
        gmt_next_iteration(tracer, 0);
        for (int i = 0; i < 20; i++) {
            pthread_t thread;
            if (pthread_create(&thread, NULL, log_once, tracer) != 0)
                _exit(1);
            pthread_join(thread, NULL);
        }
        _exit(gmt_stop(tracer) == GMT_OK ? 0 : 2);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    struct trace trace = {0};
    read_trace(folder, QUIET_NAME ".json", &trace);
    assert_int_equal(trace.iterations[0].samples.count, 20);
    trace_free(&trace);
    unit_remove_folder(folder);
}

/* ---- processes that all believe to be the same rank ---- */

struct race {
    pthread_barrier_t begin, end;
    _Atomic int winners, refused, others;
};

static void take_part(const char *folder, struct race *race)
{
    gmt_options options = quiet();
    options.max_bytes = 64 << 10;
    options.directory = folder;
    gmt_tracer *tracer = NULL;
    pthread_barrier_wait(&race->begin);
    int kept = hush();
    gmt_status status = gmt_start(&options, &tracer);
    unhush(kept);
    atomic_fetch_add(status == GMT_OK       ? &race->winners
                     : status == GMT_IN_USE ? &race->refused
                                            : &race->others,
                     1);
    gmt_next_iteration(tracer, getpid());
    gmt_log_sample(tracer, MB, MB);
    pthread_barrier_wait(&race->end); /* the winner lives until all have tried */
    _exit(0);
}

static void test_one_name_for_all(void **state)
{
    (void)state;
    enum { PROCESSES = 6, ROUNDS = 120 };
    char *folder = unit_make_folder();
    struct race *race =
        mmap(NULL, sizeof *race, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(race, MAP_FAILED);
    pthread_barrierattr_t shared;
    pthread_barrierattr_init(&shared);
    pthread_barrierattr_setpshared(&shared, PTHREAD_PROCESS_SHARED);
    fflush(NULL);
    for (int round = 0; round < ROUNDS; round++) {
        memset(race, 0, sizeof *race);
        pthread_barrier_init(&race->begin, &shared, PROCESSES);
        pthread_barrier_init(&race->end, &shared, PROCESSES);
        for (int i = 0; i < PROCESSES; i++)
            if (fork() == 0)
                take_part(folder, race);
        while (wait(NULL) > 0)
            ;
        assert_int_equal(race->winners, 1);
        assert_int_equal(race->refused, PROCESSES - 1);
    }
    /* Each round's recording is there, with one run in it. */
    struct trace_folder listed;
    struct fault fault = {0};
    assert_true(trace_folder_list(folder, NULL, &listed, &fault));
    assert_int_equal(listed.count, ROUNDS);
    assert_int_equal(listed.others, 0);
    struct trace trace = {0};
    for (size_t i = 0; i < listed.count; i++) {
        assert_true(trace_read(&listed.files[i], TRACE_FULL, &trace, &fault));
        assert_int_equal(trace.count, 1);
        assert_int_equal(trace.iterations[0].samples.count, 1);
        assert_int_equal(trace.ending, TRACE_ENDED_KILLED);
    }
    trace_free(&trace);
    trace_folder_free(&listed);
    munmap(race, sizeof *race);
    unit_remove_folder(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_keys),          cmocka_unit_test(test_read_while_written),
        cmocka_unit_test(test_short_threads),    cmocka_unit_test(test_many_tracers),
        cmocka_unit_test(test_one_name_for_all),
    };
    return cmocka_run_group_tests_name("faults_sharing", tests, NULL, NULL);
}
