/* What the tests of the tracer have in common. */
#ifndef TESTS_UNIT_TRACING_H
#define TESTS_UNIT_TRACING_H

#include "schemas/recording/recording.h"
#include "schemas/trace/json/trace_json.h"
#include "tests/unit/unit.h"
#include "tracer/gmtrace.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

static const uint64_t MB = 1 << 20;

/* Keeps what is printed on stderr until unhush from the test's output. */
static inline int hush(void)
{
    fflush(stderr);
    int kept = dup(STDERR_FILENO), nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    assert_true(kept >= 0 && nowhere >= 0 && dup2(nowhere, STDERR_FILENO) >= 0);
    close(nowhere);
    return kept;
}

static inline void unhush(int kept)
{
    fflush(stderr);
    dup2(kept, STDERR_FILENO);
    close(kept);
}

static inline gmt_tracer *start(const char *folder, gmt_options options)
{
    options.directory = folder;
    gmt_tracer *tracer = NULL;
    gmt_status status = gmt_start(&options, &tracer);
    if (status != GMT_OK)
        fail_msg("%s", gmt_status_text(status));
    assert_non_null(tracer);
    return tracer;
}

/* How often this thread has given up the processor to wait for something. */
static inline long waits(void)
{
    struct rusage usage;
    assert_int_equal(getrusage(RUSAGE_THREAD, &usage), 0);
    return usage.ru_nvcsw;
}

/* Since `before`, in so many calls: a page of the file that the kernel is busy with may stop one of
 * them, but none waits for a disk, a lock or another thread. */
static inline void assert_no_waiting(long before, long calls)
{
    long waited = waits() - before;
    if (waited > calls / 1000 + 1)
        fail_msg("%ld calls waited %ld times", calls, waited);
}

/* For a start that is to fail. */
static inline gmt_status try_start(gmt_options options)
{
    gmt_tracer *tracer = (gmt_tracer *)1;
    int kept = hush();
    gmt_status status = gmt_start(&options, &tracer);
    unhush(kept);
    assert_null(tracer);
    return status;
}

/* For a stop that is to fail. */
static inline gmt_status try_stop(gmt_tracer *tracer)
{
    int kept = hush();
    gmt_status status = gmt_stop(tracer);
    unhush(kept);
    return status;
}

/* From now on every sample is kept, with room for all of them from the start: for tests of threads
 * that log faster than any recording can grow. False: as users have it. */
static inline void keep_all(bool all)
{
    static const char *const names[] = {"GMT_ALL_SAMPLES", "GMT_RESERVE_ALL"};
    for (int i = 0; i < 2; i++)
        assert_int_equal(all ? setenv(names[i], "1", 1) : unsetenv(names[i]), 0);
}

/* The samples of all iterations: taken, and dropped for want of room. */
static inline uint64_t samples_taken(const struct trace *trace)
{
    uint64_t taken = 0;
    for (size_t i = 0; i < trace->count; i++)
        taken += trace_samples_taken(&trace->iterations[i].samples);
    return taken;
}

static inline uint64_t samples_dropped(const struct trace *trace)
{
    uint64_t dropped = 0;
    for (size_t i = 0; i < trace->count; i++)
        dropped += trace->iterations[i].dropped_samples;
    return dropped;
}

/* Without the sampling thread's own samples: what is logged, and nothing else. */
static inline gmt_options quiet(void)
{
    gmt_options options = gmt_default_options();
    options.interval_s = 0;
    options.rank = 3;
    return options;
}

/* The name of its file, without the extension. */
#define QUIET_NAME "memory_trace_rank3"

static inline void read_trace(const char *folder, const char *name, struct trace *trace)
{
    char path[4200];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    struct fault fault = {0};
    bool json = strstr(name, ".json") != NULL;
    if (json ? !trace_json_read(path, TRACE_FULL, trace, &fault)
             : !recording_read(path, TRACE_FULL, trace, &fault))
        fail_msg("%s", fault.text);
}

static inline bool exists(const char *folder, const char *name)
{
    char path[4200];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return access(path, F_OK) == 0;
}

#endif
