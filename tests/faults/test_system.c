/* What the system does to a tracer: no disk, no descriptors, no folder, limits, forks, clocks. None
 * of it may hurt the host. */
#include "tests/unit/tracing.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

static _Atomic int64_t wall_jump_s;

/* In the library's place: a wall clock that is set back and forth, as administrators do. */
/* NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name): its names are reserved */
int clock_gettime(clockid_t clock, struct timespec *now)
{
    long result = syscall(SYS_clock_gettime, clock, now);
    if (clock == CLOCK_REALTIME)
        now->tv_sec += atomic_load(&wall_jump_s);
    return (int)result;
}

static void test_no_descriptors(void **state)
{
    (void)state;
    char *folder = unit_make_folder();
    gmt_tracer *tracer = start(folder, quiet());
    gmt_next_iteration(tracer, 0);
    struct rlimit before, none;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    none = before;
    int kept = hush();
    none.rlim_cur = (rlim_t)kept + 1;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    long before_logging = waits();
    for (uint64_t i = 0; i < 1000; i++)
        gmt_log_sample(tracer, i * MB, i * MB);
    assert_no_waiting(before_logging, 1000);
    gmt_options options = quiet();
    options.directory = folder;
    options.rank = 4;
    gmt_tracer *second = NULL;
    gmt_status started = gmt_start(&options, &second), stopped = gmt_stop(tracer);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    unhush(kept);
    assert_int_equal(started, GMT_NO_FOLDER);
    assert_int_equal(stopped, GMT_NOT_WRITTEN);
    struct trace trace = {0};
    read_trace(folder, QUIET_NAME ".gmtrace", &trace);
    assert_int_equal(trace.iterations[0].samples.count, 1000);
    trace_free(&trace);
    unit_remove_folder(folder);
}

static void test_folder_deleted(void **state)
{
    (void)state;
    char *folder = unit_make_folder(), command[4200];
    gmt_options options = quiet();
    options.max_bytes = 1 << 20;
    options.interval_s = 0.001;
    gmt_tracer *tracer = start(folder, options);
    gmt_next_iteration(tracer, 0);
    snprintf(command, sizeof command, "rm -r '%s'", folder);
    assert_int_equal(system(command), 0); /* NOLINT(cert-env33-c): a path of our own making */
    long before = waits();
    for (int64_t i = 0; i < 60000; i++) { /* more than the ring and the first extent hold */
        gmt_log_sample(tracer, 1, 1);
        gmt_log_peak(tracer, i, 1);
    }
    assert_no_waiting(before, 120000);
    usleep(20000);
    assert_int_equal(try_stop(tracer), GMT_NOT_WRITTEN);
    assert_int_equal(access(folder, F_OK), -1);
    free(folder);
}

static void test_file_size_limit(void **state)
{
    (void)state;
    char *folder = unit_make_folder();
    pid_t child = fork();
    if (child == 0) {
        const struct rlimit small = {(1 << 20) - 1, 4 << 20}, tiny = {100, 100};
        if (setrlimit(RLIMIT_FSIZE, &small) != 0)
            _exit(1);
        gmt_options options = quiet();
        if (try_start((options.directory = folder, options)) != GMT_NO_SPACE)
            _exit(2);
        options.max_bytes = 64 << 10;
        gmt_tracer *tracer = start(folder, options);
        gmt_next_iteration(tracer, 0);
        for (int i = 0; i < 30000; i++) /* its extents would grow past the limit */
            gmt_log_peak(tracer, i, 1);
        usleep(30000);
        if (setrlimit(RLIMIT_FSIZE, &tiny) != 0 || try_stop(tracer) != GMT_NOT_WRITTEN)
            _exit(3);
        sigset_t pending;
        sigpending(&pending);
        _exit(sigismember(&pending, SIGXFSZ) ? 4 : 0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_true(exists(folder, QUIET_NAME ".gmtrace"));
    unit_remove_folder(folder);
}

/* A disk that has no room for the ring to grow: the newest samples stay, in the room that there is,
 * the others are counted, and no call waits. */
static void test_ring_cannot_grow(void **state)
{
    (void)state;
    enum { SAMPLES = 60000 };
    char *folder = unit_make_folder();
    if (mount("none", folder, "tmpfs", 0, "size=1300k") != 0) {
        unit_remove_folder(folder);
        skip();
        return;
    }
    gmt_tracer *tracer = start(folder, quiet());
    gmt_next_iteration(tracer, 0);
    int kept = hush();
    long before = waits(), slept = 0;
    for (uint64_t i = 0; i < SAMPLES; i++) {
        gmt_log_sample(tracer, i * MB, MB);
        if (i % 1000 == 0 && ++slept)
            usleep(12000);
    }
    unhush(kept);
    assert_no_waiting(before + slept, SAMPLES);
    struct trace trace = {0};
    read_trace(folder, QUIET_NAME ".gmtrace", &trace);
    const struct trace_samples *samples = &trace.iterations[0].samples;
    assert_true(samples->count > 13000 && samples->count < SAMPLES / 2);
    assert_int_equal(samples->count + trace.iterations[0].dropped_samples, SAMPLES);
    for (size_t i = 0; i < samples->count; i++)
        assert_true(samples->allocated_mb[i] == (double)(SAMPLES - samples->count + i));
    trace_free(&trace);
    assert_int_equal(try_stop(tracer), GMT_NOT_WRITTEN);
    assert_int_equal(umount(folder), 0);
    unit_remove_folder(folder);
}

/* A disk that fills up while the tracer runs: what there is room for stays, the rest is counted. */
static void test_disk_fills_up(void **state)
{
    (void)state;
    enum { PEAKS = 60000 };
    char *folder = unit_make_folder();
    if (mount("none", folder, "tmpfs", 0, "size=900k") != 0) {
        unit_remove_folder(folder);
        skip();
        return;
    }
    gmt_options options = quiet();
    options.max_bytes = 64 << 10;
    gmt_tracer *tracer = start(folder, options);
    for (int64_t i = 0; i < PEAKS; i++) {
        gmt_next_iteration(tracer, 0);
        gmt_log_peak(tracer, i, MB);
        if (i % 4000 == 0)
            usleep(12000);
    }
    long before = waits();
    for (int i = 0; i < 5000; i++)
        gmt_log_sample(tracer, MB, MB);
    assert_no_waiting(before, 5000);
    assert_int_equal(try_stop(tracer), GMT_NOT_WRITTEN);
    struct trace trace = {0};
    read_trace(folder, QUIET_NAME ".gmtrace", &trace);
    assert_true(trace.count > 4000 && trace.count < PEAKS);
    for (size_t i = 0; i < trace.count; i++)
        assert_true(trace.iterations[i].number == (int64_t)i && trace.iterations[i].peak_mb == 1);
    assert_true(trace.lost_records >= PEAKS - trace.count);
    assert_true(trace_samples_taken(&trace.iterations[0].samples) > 1900);
    trace_free(&trace);
    assert_int_equal(umount(folder), 0);
    unit_remove_folder(folder);
}

static void test_read_only_folder(void **state)
{
    (void)state;
    char *folder = unit_make_folder();
    assert_int_equal(chmod(folder, 0555), 0);
    pid_t child = fork();
    if (child == 0) {
        if (geteuid() == 0 && setuid(65534) != 0)
            _exit(77);
        gmt_options options = quiet();
        options.directory = folder;
        if (try_start(options) != GMT_NO_FOLDER)
            _exit(1);
        char below[4200];
        snprintf(below, sizeof below, "%s/below", folder);
        options.directory = below;
        _exit(try_start(options) == GMT_NO_FOLDER ? 0 : 2);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    chmod(folder, 0755);
    unit_remove_folder(folder);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
        skip();
    assert_int_equal(status, 0);
}

/* A rank that starts helpers, and is killed: they live on, and must not keep its recording alive.
 * Without exec as data loaders are, and with it. */
static void leave_a_helper(const char *folder, bool exec, int to_parent)
{
    gmt_tracer *tracer = start(folder, quiet());
    gmt_next_iteration(tracer, 7);
    pid_t helper = fork();
    if (helper == 0) {
        close(to_parent);
        gmt_log_sample(tracer, 1, 1);
        if (exec)
            execl("/bin/sleep", "sleep", "20", (char *)NULL);
        else
            sleep(20);
        _exit(0);
    }
    gmt_log_sample(tracer, MB, MB);
    if (write(to_parent, &helper, sizeof helper) != sizeof helper)
        _exit(1);
    raise(SIGKILL);
}

static void test_helpers_live_on(void **state)
{
    (void)state;
    for (int exec = 0; exec < 2; exec++) {
        char *folder = unit_make_folder();
        int told[2];
        assert_int_equal(pipe(told), 0);
        pid_t child = fork(), helper = 0;
        if (child == 0)
            leave_a_helper(folder, exec, told[1]);
        assert_int_equal(read(told[0], &helper, sizeof helper), sizeof helper);
        assert_int_equal(waitpid(child, NULL, 0), child);
        usleep(20000); /* the helper may still stand between fork and its first step */
        struct trace trace = {0};
        read_trace(folder, QUIET_NAME ".gmtrace", &trace);
        kill(helper, SIGKILL);
        assert_int_equal(trace.ending, TRACE_ENDED_KILLED);
        assert_int_equal(trace.iterations[0].samples.count, 1);
        trace_free(&trace);
        close(told[0]), close(told[1]);
        unit_remove_folder(folder);
    }
}

static void test_clock_jumps(void **state)
{
    (void)state;
    char *folder = unit_make_folder();
    gmt_options options = quiet();
    options.interval_s = 0.002;
    gmt_tracer *tracer = start(folder, options);
    struct trace trace = {0};
    gmt_next_iteration(tracer, 0);
    static const int64_t jumps_s[] = {365 * 86400L, -365 * 86400L, INT32_MAX, 0};
    for (int i = 0; i < 4; i++) {
        atomic_store(&wall_jump_s, jumps_s[i]);
        gmt_log_sample(tracer, MB, MB);
        usleep(20000);
        read_trace(folder, QUIET_NAME ".gmtrace", &trace);
        assert_int_equal(trace.ending, TRACE_ENDED_NOT_YET);
    }
    assert_int_equal(gmt_stop(tracer), GMT_OK);
    read_trace(folder, QUIET_NAME ".json", &trace);
    const struct trace_samples *samples = &trace.iterations[0].samples;
    assert_true(trace_samples_taken(samples) > 8);
    for (size_t i = 0; i < samples->count; i++) {
        assert_true(samples->time_s[i] >= 0 && samples->time_s[i] < 300);
        assert_true(i == 0 || samples->time_s[i] >= samples->time_s[i - 1]);
    }
    trace_free(&trace);
    unit_remove_folder(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_descriptors),   cmocka_unit_test(test_folder_deleted),
        cmocka_unit_test(test_file_size_limit),  cmocka_unit_test(test_disk_fills_up),
        cmocka_unit_test(test_read_only_folder), cmocka_unit_test(test_helpers_live_on),
        cmocka_unit_test(test_clock_jumps),      cmocka_unit_test(test_ring_cannot_grow),
    };
    return cmocka_run_group_tests_name("faults_system", tests, NULL, NULL);
}
