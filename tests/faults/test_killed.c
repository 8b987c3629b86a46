/* The promise: a process that is killed loses no record whose call had returned. Children log from
 * two threads, and are ended at random points in every way that ends a process. */
#include "schemas/recording/recording.h"
#include "tests/unit/unit.h"
#include "tracer/gmtrace.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CHILDREN = 240, THREADS = 2, MOST_LOGS = 120000, LOGS_AN_ITERATION = 50 };

/* Shared with the children: how many calls of each thread have returned. */
struct progress {
    _Atomic uint64_t returned[THREADS];
    _Atomic bool started;
};

struct logger {
    gmt_tracer *tracer;
    struct progress *progress;
    uint64_t number;
};

/* Each sample tells its thread and its place. Thread 0 begins the iterations, and logs their peaks.
 */
static void *log_samples(void *argument)
{
    const struct logger *logger = argument;
    for (uint64_t i = 0; i < MOST_LOGS; i++) {
        int64_t iteration = (int64_t)(i / LOGS_AN_ITERATION);
        if (logger->number == 0 && i % LOGS_AN_ITERATION == 0) {
            gmt_next_iteration(logger->tracer, iteration);
            gmt_log_peak(logger->tracer, iteration, i << 20);
        }
        gmt_log_sample(logger->tracer, i << 20, logger->number << 20);
        atomic_store_explicit(&logger->progress->returned[logger->number], i + 1,
                              memory_order_release);
    }
    return NULL;
}

static void end_oneself(int way)
{
    static const int signals[] = {SIGSEGV, SIGABRT};
    if (way == 1)
        _exit(3);
    if (way > 1)
        raise(signals[way - 2]);
    pause(); /* the parent's SIGKILL is on its way */
}

/* way 0: the parent kills; 1: _exit; 2, 3: a signal that the process raises itself. */
static void be_child(const char *folder, struct progress *progress, int way, useconds_t after,
                     bool grows)
{
    const struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    signal(SIGSEGV, SIG_DFL);
    signal(SIGABRT, SIG_DFL);
    gmt_options options = gmt_default_options();
    options.directory = folder;
    options.interval_s = 0;
    options.max_bytes = 8 << 20; /* room for all of them */
    if (!grows)
        setenv("GMT_RESERVE_ALL", "1", 1);
    gmt_tracer *tracer = NULL;
    if (gmt_start(&options, &tracer) != GMT_OK)
        _exit(1);
    pthread_t threads[THREADS];
    struct logger loggers[THREADS];
    atomic_store(&progress->started, true);
    for (uint64_t i = 0; i < THREADS; i++) {
        loggers[i] = (struct logger){tracer, progress, i};
        if (pthread_create(&threads[i], NULL, log_samples, &loggers[i]) != 0)
            _exit(1);
    }
    usleep(after);
    end_oneself(way);
}

/* Where the recording grows, what two threads at full speed were too fast for is counted. */
static void check(const char *folder, const struct progress *progress, bool grows)
{
    uint64_t dropped = 0, lost = 0;
    char path[4200];
    snprintf(path, sizeof path, "%s/memory_trace_rank0.gmtrace", folder);
    struct trace trace = {0};
    struct fault fault = {0};
    if (!recording_read(path, TRACE_FULL, &trace, &fault))
        fail_msg("%s", fault.text);
    assert_int_equal(trace.ending, TRACE_ENDED_KILLED);
    static bool seen[THREADS][MOST_LOGS];
    memset(seen, 0, sizeof seen);
    for (size_t i = 0; i < trace.count; i++) {
        const struct trace_iteration *iteration = &trace.iterations[i];
        dropped += iteration->dropped_samples;
        for (size_t k = 0; k < iteration->samples.count; k++) {
            size_t thread = (size_t)iteration->samples.reserved_mb[k];
            size_t place = (size_t)iteration->samples.allocated_mb[k];
            assert_true(thread < THREADS && place < MOST_LOGS);
            assert_false(seen[thread][place]); /* nothing twice */
            /* Thread 0 had logged the iteration's peak before. */
            assert_true(thread != 0 ||
                        iteration->peak_mb == (double)(iteration->number * LOGS_AN_ITERATION));
            seen[thread][place] = true;
        }
    }
    for (int thread = 0; thread < THREADS; thread++)
        for (uint64_t i = 0; i < atomic_load(&progress->returned[thread]); i++)
            if (!seen[thread][i] && ++lost > dropped)
                fail_msg("sample %llu of thread %d is lost", (unsigned long long)i, thread);
    assert_true(grows || dropped == 0);
    trace_free(&trace);
    assert_int_equal(unlink(path), 0);
}

static void test_no_record_is_lost(void **state)
{
    (void)state;
    char *folder = unit_make_folder();
    struct progress *progress =
        mmap(NULL, sizeof *progress, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(progress, MAP_FAILED);
    uint64_t seed = 7, cut_short = 0;
    for (int i = 0; i < CHILDREN; i++) {
        memset(progress, 0, sizeof *progress);
        useconds_t after = (useconds_t)(unit_random(&seed) % 3000);
        bool grows = i % 8 >= 4;
        fflush(NULL);
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            be_child(folder, progress, i % 4, after, grows);
            _exit(1);
        }
        if (i % 4 == 0) {
            while (!atomic_load(&progress->started))
                usleep(50);
            usleep(after);
            kill(child, SIGKILL);
        }
        int status = 0;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_false(WIFEXITED(status) && WEXITSTATUS(status) == 1);
        cut_short += atomic_load(&progress->returned[0]) < MOST_LOGS;
        check(folder, progress, grows);
    }
    assert_true(cut_short > CHILDREN / 8); /* else the points were not random enough to tell */
    munmap(progress, sizeof *progress);
    unit_remove_folder(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_no_record_is_lost)};
    return cmocka_run_group_tests_name("faults_killed", tests, NULL, NULL);
}
