/* The tracer through its public calls: what is logged is in the trace, and nothing hurts the host.
 */
#include "schemas/recording/recording.h"
#include "schemas/recording/recording_layout.h"
#include "schemas/trace/json/trace_json.h"
#include "schemas/trace_folder/trace_folder.h"
#include "tests/unit/tracing.h"
#include "tracer/library/tracer_internal.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void test_logged_is_written(void **state)
{
    (void)state;
    char *folder = unit_make_folder();
    gmt_options options = quiet();
    options.world_size = 8, options.tp = 2, options.pp = 4, options.tags = "l40_mbs1";
    gmt_tracer *tracer = start(folder, options);
    static const char name[] = "memory_trace_rank3_wd8_tp2_pp4_l40_mbs1";
    for (int64_t i = 0; i < 3; i++) {
        gmt_next_iteration(tracer, i);
        gmt_log_static(tracer, i, 10 * MB);
        for (uint64_t k = 0; k < 5; k++)
            gmt_log_sample(tracer, (20 + k) * MB, (i == 2) ? GMT_UNKNOWN : 40 * MB);
        gmt_mark(tracer, "forward");
        gmt_mark(tracer, "a name that is longer than one record, but not than four");
        gmt_log_peak(tracer, i, 1 * MB);
        gmt_log_peak(tracer, i, 30 * MB + 512);
    }
    gmt_log_theoretical(tracer, 1, 50 * MB);
    assert_true(exists(folder, "memory_trace_rank3_wd8_tp2_pp4_l40_mbs1.gmtrace"));
    assert_int_equal(gmt_stop(tracer), GMT_OK);
    assert_false(exists(folder, "memory_trace_rank3_wd8_tp2_pp4_l40_mbs1.gmtrace"));
    char file[128];
    snprintf(file, sizeof file, "%s.json", name);
    struct trace trace = {0};
    read_trace(folder, file, &trace);
    assert_int_equal(trace.count, 3);
    for (int i = 0; i < 3; i++) {
        const struct trace_iteration *iteration = &trace.iterations[i];
        assert_true(iteration->number == i && iteration->static_mb == 10 &&
                    iteration->peak_mb == 30 + 512.0 / 1048576);
        assert_int_equal(isnan(iteration->theoretical_mb), i != 1);
        assert_int_equal(iteration->samples.count, 5);
        for (int k = 0; k < 5; k++)
            assert_true(iteration->samples.allocated_mb[k] == 20 + k);
        assert_int_equal(isnan(iteration->samples.reserved_mb[0]), i == 2);
        assert_int_equal(iteration->marker_count, 2);
        assert_string_equal(iteration->markers[0].name, "forward");
        assert_string_equal(iteration->markers[1].name,
                            "a name that is longer than one record, but not than four");
        assert_int_equal(iteration->dropped_samples, 0);
    }
    trace_free(&trace);
    unit_remove_folder(folder);
}

static void test_sampling(void **state)
{
    (void)state;
    char *folder = unit_make_folder();
    gmt_options options = quiet();
    options.interval_s = 0.001;
    gmt_tracer *tracer = start(folder, options);
    usleep(20000); /* no iteration has begun: no samples */
    gmt_next_iteration(tracer, 5);
    usleep(60000);
    gmt_pause(tracer);
    usleep(5000);
    assert_int_equal(gmt_stop(tracer), GMT_OK);
    struct trace trace = {0};
    read_trace(folder, "memory_trace_rank3.json", &trace);
    assert_int_equal(trace.count, 1);
    assert_int_equal(trace.iterations[0].number, 5);
    const struct trace_samples *samples = &trace.iterations[0].samples;
    assert_true(trace_samples_taken(samples) > 5);
    for (size_t i = 0; i < samples->count; i++) {
        assert_true(samples->allocated_mb[i] > 0.5 && samples->time_s[i] >= 0.02);
        assert_true(i == 0 || samples->time_s[i] >= samples->time_s[i - 1]);
    }
    trace_free(&trace);
    unit_remove_folder(folder);
}

struct figures {
    _Atomic uint64_t calls;
    int fails; /* so many calls at first */
};

static int scripted(void *context, uint64_t *allocated, uint64_t *reserved)
{
    struct figures *figures = context;
    figures->calls++;
    if (figures->fails-- > 0)
        return -1;
    *allocated = figures->calls * MB;
    *reserved = GMT_UNKNOWN;
    return 0;
}

static void test_source(void **state)
{
    (void)state;
    char *folder = unit_make_folder();
    gmt_options options = quiet();
    options.interval_s = 0.001;
    gmt_tracer *tracer = start(folder, options);
    struct figures figures = {.fails = 3};
    assert_int_equal(gmt_set_source(tracer, scripted, &figures), GMT_OK);
    assert_int_equal(gmt_set_source(tracer, NULL, &figures), GMT_INVALID);
    gmt_next_iteration(tracer, 0);
    for (int i = 0; i < 10000 && atomic_load(&figures.calls) < 10; i++)
        usleep(1000);
    assert_int_equal(gmt_stop(tracer), GMT_OK);
    assert_int_equal(gmt_set_source(tracer, scripted, &figures), GMT_STOPPED);
    struct trace trace = {0};
    read_trace(folder, "memory_trace_rank3.json", &trace);
    assert_int_equal(trace.iterations[0].samples.count, figures.calls - 3);
    assert_true(trace.iterations[0].samples.allocated_mb[0] == 4);
    assert_true(isnan(trace.iterations[0].samples.reserved_mb[0]));
    trace_free(&trace);
    unit_remove_folder(folder);
}

/* What is logged is the allocator's; the environment is of the run, and makes no iteration. */
static void test_measures_and_environment(void **state)
{
    (void)state;
    char *folder = unit_make_folder(), longest[600];
    memset(longest, 'x', sizeof longest);
    longest[sizeof longest - 1] = '\0';
    gmt_tracer *tracer = start(folder, quiet());
    gmt_log_environment(tracer, "torch", "2.8.0");
    gmt_log_environment(tracer, "megatron", "");
    gmt_log_environment(tracer, "torch", "2.9.1+cu128 \"of \xC3\xA9lan\"");
    gmt_log_environment(tracer, "a=b", "c");
    gmt_log_environment(tracer, "", "c");
    gmt_log_environment(tracer, NULL, "c");
    gmt_log_environment(tracer, "nothing", NULL);
    gmt_log_environment(NULL, "torch", "1");
    gmt_log_environment(tracer, "long", longest);
    gmt_next_iteration(tracer, 41);
    gmt_log_sample(tracer, 5 * MB, 6 * MB);
    gmt_log_sample(tracer, 6 * MB, 6 * MB);
    gmt_log_peak(tracer, 41, 7 * MB);
    gmt_next_iteration(tracer, 42);
    assert_int_equal(gmt_stop(tracer), GMT_OK);
    struct trace trace = {0};
    read_trace(folder, "memory_trace_rank3.json", &trace);
    assert_int_equal(trace.count, 2);
    assert_int_equal(trace.iterations[0].number, 41);
    assert_int_equal(trace.iterations[0].allocated_of, TRACE_MEASURE_ALLOCATOR);
    assert_int_equal(trace.iterations[0].reserved_of, TRACE_MEASURE_ALLOCATOR);
    assert_int_equal(trace.iterations[1].allocated_of, TRACE_MEASURE_NOT_SAID);
    struct trace_peak peak = trace_iteration_peak(&trace.iterations[0]);
    assert_true(peak.mb == 7 && !peak.sampled);
    assert_int_equal(peak.measure, TRACE_MEASURE_ALLOCATOR);
    assert_true(isnan(trace.device_capacity_mb));
    assert_int_equal(trace.fact_count, 3);
    assert_string_equal(trace.facts[0].name, "torch");
    assert_string_equal(trace.facts[0].value, "2.9.1+cu128 \"of \xC3\xA9lan\"");
    assert_string_equal(trace.facts[1].name, "megatron");
    assert_string_equal(trace.facts[1].value, "");
    assert_int_equal(strlen(trace.facts[2].value), 512 - strlen("long="));
    trace_free(&trace);
    unit_remove_folder(folder);
}

/* The ring is bounded; summaries are not, and what was overwritten is counted. */
static void test_bounded(void **state)
{
    (void)state;
    enum { ITERATIONS = 30000, SAMPLES = 4 };
    char *folder = unit_make_folder();
    gmt_options options = quiet();
    options.max_bytes = 64 << 10;
    keep_all(true);
    gmt_tracer *tracer = start(folder, options);
    keep_all(false);
    for (int64_t i = 0; i < ITERATIONS; i++) {
        gmt_next_iteration(tracer, i);
        for (uint64_t k = 0; k < SAMPLES; k++)
            gmt_log_sample(tracer, (uint64_t)i * MB, 0);
        gmt_log_peak(tracer, i, (uint64_t)i * MB);
        if (i % 500 == 0)
            usleep(12000); /* a real iteration takes time, in which room is made */
    }
    assert_int_equal(gmt_stop(tracer), GMT_OK);
    struct trace trace = {0};
    read_trace(folder, "memory_trace_rank3.json", &trace);
    assert_int_equal(trace.count, ITERATIONS);
    uint64_t there = 0, dropped = 0;
    for (size_t i = 0; i < trace.count; i++) {
        assert_true(trace.iterations[i].peak_mb == (double)i);
        there += trace.iterations[i].samples.count;
        dropped += trace.iterations[i].dropped_samples;
        for (size_t k = 0; k < trace.iterations[i].samples.count; k++)
            assert_true(trace.iterations[i].samples.allocated_mb[k] == (double)i);
    }
    assert_int_equal(there + dropped, ITERATIONS * SAMPLES);
    const uint64_t chunks = 16, records = 127;
    assert_true(there >= (chunks - 1) * records && there <= chunks * records);
    assert_int_equal(trace.iterations[ITERATIONS - 1].samples.count, SAMPLES);
    trace_free(&trace);
    unit_remove_folder(folder);
}

/* ---- runs of equal samples ---- */

static void log_equal(gmt_tracer *tracer, uint64_t mb, int times)
{
    for (int i = 0; i < times; i++)
        gmt_log_sample(tracer, mb * MB, 2 * MB);
}

static void check_runs(const struct trace *trace)
{
    static const struct {
        double mb;
        uint64_t weight;
    } expected[2][6] = {{{7, 1}, {7, 4}, {8, 1}, {7, 1}, {7, 1}, {9, 1}}, {{9, 1}, {9, 2}}};
    assert_int_equal(trace->count, 2);
    for (size_t i = 0; i < 2; i++) {
        const struct trace_samples *samples = &trace->iterations[i].samples;
        assert_int_equal(samples->count, i ? 2 : 6);
        for (size_t k = 0, next = 0; k < samples->count; k++) {
            assert_true(samples->allocated_mb[k] == expected[i][k].mb);
            assert_true(samples->reserved_mb[k] == 2);
            assert_int_equal(trace_samples_weight(samples, k, &next), expected[i][k].weight);
            assert_true(k == 0 || samples->time_s[k] > samples->time_s[k - 1]);
        }
    }
    assert_int_equal(trace_samples_taken(&trace->iterations[0].samples), 9);
    assert_int_equal(trace_samples_taken(&trace->iterations[1].samples), 3);
    /* The run's last sample is the fifth: its time is later than three pauses. */
    const struct trace_samples *samples = &trace->iterations[0].samples;
    assert_true(samples->time_s[1] - samples->time_s[0] > 0.006);
    assert_true(samples->time_s[2] - samples->time_s[1] < samples->time_s[1] - samples->time_s[0]);
}

/* Kept as first and last, in the recording as in the JSON file; what is between is counted. */
static void test_runs(void **state)
{
    (void)state;
    char *folder = unit_make_folder();
    gmt_tracer *tracer = start(folder, quiet());
    gmt_next_iteration(tracer, 0);
    for (int i = 0; i < 5; i++) {
        log_equal(tracer, 7, 1);
        usleep(i < 4 ? 2000 : 0);
    }
    log_equal(tracer, 8, 1);
    log_equal(tracer, 7, 2);
    log_equal(tracer, 9, 1);
    gmt_next_iteration(tracer, 1);
    log_equal(tracer, 9, 3); /* of another iteration: no part of the run before */
    struct trace trace = {0};
    read_trace(folder, QUIET_NAME ".gmtrace", &trace);
    check_runs(&trace);
    assert_int_equal(gmt_stop(tracer), GMT_OK);
    read_trace(folder, QUIET_NAME ".json", &trace);
    check_runs(&trace);
    trace_free(&trace);
    unit_remove_folder(folder);
}

static void test_all_samples(void **state)
{
    (void)state;
    char *folder = unit_make_folder();
    setenv("GMT_ALL_SAMPLES", "1", 1);
    gmt_tracer *tracer = start(folder, quiet());
    unsetenv("GMT_ALL_SAMPLES");
    gmt_next_iteration(tracer, 0);
    log_equal(tracer, 7, 1000);
    assert_int_equal(gmt_stop(tracer), GMT_OK);
    struct trace trace = {0};
    read_trace(folder, QUIET_NAME ".json", &trace);
    assert_int_equal(trace.iterations[0].samples.count, 1000);
    assert_int_equal(trace.iterations[0].samples.left_out_count, 0);
    trace_free(&trace);
    unit_remove_folder(folder);
}

/* What a reader has taken of a full chunk changes no more. */
static void check_last_records(const char *folder)
{
    size_t length;
    char *bytes = unit_read_file(folder, QUIET_NAME ".gmtrace", &length);
    const struct recording_header *header = (void *)bytes;
    assert_true(header->claimed_chunks > 4);
    for (uint64_t i = 0; i < header->claimed_chunks; i++) {
        const struct recording_chunk *chunk =
            (void *)(bytes + header->ring_offset + i * RECORDING_CHUNK_BYTES);
        const struct recording_record *last = &chunk->records[RECORDING_CHUNK_RECORDS - 1];
        assert_int_not_equal(recording_kind(last), RECORDING_REPEAT);
    }
    free(bytes);
}

/* Runs over the ends of chunks, of every length. */
static void test_runs_over_chunks(void **state)
{
    (void)state;
    enum { RUNS = 400 };
    char *folder = unit_make_folder();
    gmt_tracer *tracer = start(folder, quiet());
    gmt_next_iteration(tracer, 0);
    uint64_t logged = 0;
    for (int i = 0; i < RUNS; logged += (uint64_t)(1 + i % 5), i++)
        log_equal(tracer, (uint64_t)i, 1 + i % 5);
    check_last_records(folder);
    struct trace trace = {0};
    read_trace(folder, QUIET_NAME ".gmtrace", &trace);
    const struct trace_samples *samples = &trace.iterations[0].samples;
    uint64_t weights[RUNS] = {0};
    assert_true(samples->count < 2UL * RUNS);
    for (size_t i = 0, next = 0; i < samples->count; i++)
        weights[(size_t)samples->allocated_mb[i]] += trace_samples_weight(samples, i, &next);
    for (int i = 0; i < RUNS; i++)
        assert_int_equal(weights[i], 1 + i % 5);
    assert_int_equal(trace_samples_taken(samples), logged);
    trace_free(&trace);
    gmt_stop(tracer);
    unit_remove_folder(folder);
}

/* What makes room is counted with what it stands for. */
static void test_runs_make_room(void **state)
{
    (void)state;
    enum { RUNS = 20000 };
    char *folder = unit_make_folder();
    gmt_options options = quiet();
    options.max_bytes = 64 << 10;
    gmt_tracer *tracer = start(folder, options);
    gmt_next_iteration(tracer, 0);
    for (int i = 0; i < RUNS; i++)
        log_equal(tracer, (uint64_t)i, 10);
    assert_int_equal(gmt_stop(tracer), GMT_OK);
    struct trace trace = {0};
    read_trace(folder, QUIET_NAME ".json", &trace);
    assert_true(trace.iterations[0].samples.count > 1900);
    assert_int_equal(samples_taken(&trace) + samples_dropped(&trace), 10UL * RUNS);
    trace_free(&trace);
    unit_remove_folder(folder);
}

/* ---- a recording grows ---- */

static uint64_t disk_bytes(const char *folder)
{
    char path[4200];
    struct stat status;
    snprintf(path, sizeof path, "%s/" QUIET_NAME ".gmtrace", folder);
    assert_int_equal(stat(path, &status), 0);
    return (uint64_t)status.st_blocks * 512;
}

/* It begins with a MiB, and has room for what is logged before it is needed. */
static void test_growth(void **state)
{
    (void)state;
    enum { SAMPLES = 100000, A_LOOK = 2000 };
    char *folder = unit_make_folder();
    gmt_tracer *tracer = start(folder, quiet());
    gmt_next_iteration(tracer, 0);
    uint64_t at_first = disk_bytes(folder), before = at_first, steps = 0;
    assert_true(at_first <= 1 << 20);
    for (uint64_t i = 0; i < SAMPLES; i++) {
        gmt_log_sample(tracer, i * MB, MB);
        if (i % A_LOOK != 0)
            continue;
        usleep(25000);
        uint64_t now = disk_bytes(folder);
        steps += now > before;
        before = now;
    }
    assert_true(steps >= 2 && steps <= 5); /* each doubles it: few calls on a shared file system */
    assert_true(before > SAMPLES * 32UL && before < 12 << 20);
    assert_int_equal(gmt_stop(tracer), GMT_OK);
    struct trace trace = {0};
    read_trace(folder, QUIET_NAME ".json", &trace);
    assert_int_equal(trace.iterations[0].dropped_samples, 0);
    assert_int_equal(trace.iterations[0].samples.count, SAMPLES);
    for (size_t i = 0; i < SAMPLES; i++)
        assert_true(trace.iterations[0].samples.allocated_mb[i] == (double)i);
    trace_free(&trace);
    unit_remove_folder(folder);
}

/* Faster than it can grow: what found no room is counted, and the first samples are not
 * overwritten. */
static void test_faster_than_growth(void **state)
{
    (void)state;
    enum { SAMPLES = 400000 };
    char *folder = unit_make_folder();
    gmt_tracer *tracer = start(folder, quiet());
    gmt_next_iteration(tracer, 0);
    long before = waits();
    for (uint64_t i = 0; i < SAMPLES; i++)
        gmt_log_sample(tracer, i * MB, MB);
    assert_no_waiting(before, SAMPLES);
    assert_int_equal(gmt_stop(tracer), GMT_OK);
    struct trace trace = {0};
    read_trace(folder, QUIET_NAME ".json", &trace);
    const struct trace_samples *samples = &trace.iterations[0].samples;
    assert_int_equal(samples->count + trace.iterations[0].dropped_samples, SAMPLES);
    assert_true(samples->count > 14000);
    for (size_t i = 0; i < 14000; i++)
        assert_true(samples->allocated_mb[i] == (double)i);
    trace_free(&trace);
    unit_remove_folder(folder);
}

enum { THREADS = 64, LOGS = 500 };

static void *log_many(void *argument)
{
    gmt_tracer *tracer = argument;
    for (uint64_t i = 0; i < LOGS; i++)
        gmt_log_sample(tracer, i * MB, 7 * MB);
    gmt_mark(tracer, "this thread is done with all its samples");
    return NULL;
}

static void test_threads(void **state)
{
    (void)state;
    char *folder = unit_make_folder();
    keep_all(true);
    gmt_tracer *tracer = start(folder, quiet());
    keep_all(false);
    gmt_next_iteration(tracer, 0);
    for (int round = 0; round < 2; round++) { /* chunks of threads that ended serve again */
        pthread_t threads[THREADS];
        for (int i = 0; i < THREADS; i++)
            assert_int_equal(pthread_create(&threads[i], NULL, log_many, tracer), 0);
        for (int i = 0; i < THREADS; i++)
            pthread_join(threads[i], NULL);
    }
    assert_int_equal(gmt_stop(tracer), GMT_OK);
    struct trace trace = {0};
    read_trace(folder, "memory_trace_rank3.json", &trace);
    assert_int_equal(trace.iterations[0].samples.count, 2 * THREADS * LOGS);
    assert_int_equal(trace.iterations[0].marker_count, 2 * THREADS);
    double sum = 0;
    for (size_t i = 0; i < trace.iterations[0].samples.count; i++)
        sum += trace.iterations[0].samples.allocated_mb[i];
    assert_true(sum == 2.0 * THREADS * LOGS * (LOGS - 1) / 2);
    for (int i = 0; i < 2 * THREADS; i++)
        assert_string_equal(trace.iterations[0].markers[i].name,
                            "this thread is done with all its samples");
    trace_free(&trace);
    unit_remove_folder(folder);
}

static double clock_s(clockid_t clock)
{
    struct timespec now;
    assert_int_equal(clock_gettime(clock, &now), 0);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Without an interval its thread waits, and does not go round: of a process whose other thread
 * works, it would get as much time as that one. */
static void test_idle(void **state)
{
    (void)state;
    char *folder = unit_make_folder();
    gmt_tracer *tracer = start(folder, quiet());
    gmt_next_iteration(tracer, 0);
    double all = clock_s(CLOCK_PROCESS_CPUTIME_ID), own = clock_s(CLOCK_THREAD_CPUTIME_ID);
    while (clock_s(CLOCK_THREAD_CPUTIME_ID) - own < 0.05)
        ;
    own = clock_s(CLOCK_THREAD_CPUTIME_ID) - own;
    all = clock_s(CLOCK_PROCESS_CPUTIME_ID) - all;
    assert_true(all < 1.3 * own);
    assert_int_equal(gmt_stop(tracer), GMT_OK);
    unit_remove_folder(folder);
}

struct peaks {
    gmt_tracer *tracer;
    int64_t first;
};

enum { PEAKS = 4000, PEAK_THREADS = 4 }; /* there is room for 16,384 from the start */

static void *log_peaks(void *argument)
{
    const struct peaks *peaks = argument;
    for (int64_t i = peaks->first; i < peaks->first + PEAKS; i++)
        gmt_log_peak(peaks->tracer, i, (uint64_t)i * MB);
    return NULL;
}

static struct recording_header header_of(const char *folder)
{
    size_t length;
    char *bytes = unit_read_file(folder, QUIET_NAME ".gmtrace", &length);
    struct recording_header header;
    assert_true(length > sizeof header);
    memcpy(&header, bytes, sizeof header);
    free(bytes);
    return header;
}

/* None of them writes to another's place, and all find room. */
static void test_peaks_of_threads(void **state)
{
    (void)state;
    char *folder = unit_make_folder();
    keep_all(true);
    gmt_tracer *tracer = start(folder, quiet());
    keep_all(false);
    pthread_t threads[PEAK_THREADS];
    struct peaks peaks[PEAK_THREADS];
    for (int i = 0; i < PEAK_THREADS; i++) {
        peaks[i] = (struct peaks){tracer, (int64_t)i * PEAKS};
        assert_int_equal(pthread_create(&threads[i], NULL, log_peaks, &peaks[i]), 0);
    }
    for (int i = 0; i < PEAK_THREADS; i++)
        pthread_join(threads[i], NULL);
    struct recording_header header = header_of(folder);
    uint64_t lost = header.lost;
    assert_int_equal(lost, 0);
    assert_int_equal(gmt_stop(tracer), GMT_OK);
    struct trace trace = {0};
    read_trace(folder, QUIET_NAME ".json", &trace);
    assert_int_equal(trace.count, PEAK_THREADS * PEAKS);
    for (size_t i = 0; i < trace.count; i++)
        assert_true(trace.iterations[i].number == (int64_t)i &&
                    trace.iterations[i].peak_mb == (double)i);
    trace_free(&trace);
    unit_remove_folder(folder);
}

static void *log_three(void *argument)
{
    for (uint64_t i = 0; i < 3; i++)
        gmt_log_sample(argument, i * MB, 7 * MB);
    return NULL;
}

/* Threads that come and go, one after the other, fill one chunk, and not one each. */
static void test_short_threads(void **state)
{
    (void)state;
    enum { SHORT = 100 };
    char *folder = unit_make_folder();
    gmt_options options = quiet();
    options.max_bytes = 64 << 10;
    gmt_tracer *tracer = start(folder, options);
    gmt_next_iteration(tracer, 0);
    for (int i = 0; i < SHORT; i++) {
        pthread_t thread;
        assert_int_equal(pthread_create(&thread, NULL, log_three, tracer), 0);
        pthread_join(thread, NULL);
    }
    struct recording_header header = header_of(folder);
    uint64_t claimed = header.claimed_chunks;
    assert_int_equal(claimed, (3 * SHORT + RECORDING_CHUNK_RECORDS - 1) / RECORDING_CHUNK_RECORDS);
    assert_int_equal(gmt_stop(tracer), GMT_OK);
    struct trace trace = {0};
    read_trace(folder, QUIET_NAME ".json", &trace);
    assert_int_equal(trace.iterations[0].samples.count, 3 * SHORT);
    assert_int_equal(trace.iterations[0].dropped_samples, 0);
    for (size_t i = 0; i < 3UL * SHORT; i++)
        assert_true(trace.iterations[0].samples.allocated_mb[i] == (double)(i % 3));
    trace_free(&trace);
    unit_remove_folder(folder);
}

/* Threads that log while the tracer is stopped under them. */
static void *log_on(void *argument)
{
    gmt_tracer *tracer = argument;
    for (int i = 0; i < 300000; i++) {
        gmt_log_sample(tracer, 1, 1);
        gmt_log_peak(tracer, 0, 1);
    }
    return NULL;
}

static void test_stop_while_logging(void **state)
{
    (void)state;
    char *folder = unit_make_folder();
    for (int round = 0; round < 5; round++) {
        gmt_options options = quiet();
        options.max_bytes = 1 << 20;
        gmt_tracer *tracer = start(folder, options);
        pthread_t threads[4];
        for (int i = 0; i < 4; i++)
            assert_int_equal(pthread_create(&threads[i], NULL, log_on, tracer), 0);
        usleep(3000);
        assert_int_equal(gmt_stop(tracer), GMT_OK);
        for (int i = 0; i < 4; i++)
            pthread_join(threads[i], NULL);
    }
    unit_remove_folder(folder);
}

static void test_nothing_is_fine(void **state)
{
    (void)state;
    gmt_next_iteration(NULL, 0);
    gmt_pause(NULL);
    gmt_log_sample(NULL, 1, 2);
    gmt_log_static(NULL, 0, 1);
    gmt_log_peak(NULL, 0, 1);
    gmt_log_theoretical(NULL, 0, 1);
    gmt_mark(NULL, "x");
    assert_int_equal(gmt_set_source(NULL, scripted, NULL), GMT_STOPPED);
    assert_int_equal(gmt_stop(NULL), GMT_STOPPED);

    char *folder = unit_make_folder();
    gmt_tracer *tracer = start(folder, quiet());
    gmt_mark(tracer, NULL);
    gmt_next_iteration(tracer, INT64_MAX); /* cannot be recorded */
    assert_int_equal(gmt_stop(tracer), GMT_OK);
    assert_int_equal(gmt_stop(tracer), GMT_STOPPED);
    gmt_log_sample(tracer, 1, 2);
    gmt_next_iteration(tracer, 1);
    assert_string_equal(gmt_status_text(GMT_OK), "done");
    assert_string_equal(gmt_status_text((gmt_status)99), "an unknown status");
    unit_remove_folder(folder);
}

/* Numbers of 40 bits are recorded; others are none of an iteration's. */
static void test_outermost_iterations(void **state)
{
    (void)state;
    const int64_t past = 1LL << 39, numbers[] = {-past - 1, -past, past - 1, past};
    char *folder = unit_make_folder();
    gmt_tracer *tracer = start(folder, quiet());
    for (int i = 0; i < 4; i++)
        gmt_log_peak(tracer, numbers[i], (uint64_t)(i + 1) * MB);
    struct trace trace = {0};
    read_trace(folder, QUIET_NAME ".gmtrace", &trace);
    assert_int_equal(trace.count, 2);
    for (size_t i = 0; i < 2; i++)
        assert_true(trace.iterations[i].number == numbers[i + 1] &&
                    trace.iterations[i].peak_mb == (double)(i + 2));
    trace_free(&trace);
    assert_int_equal(gmt_stop(tracer), GMT_OK);
    unit_remove_folder(folder);
}

static void test_two_tracers(void **state)
{
    (void)state;
    char *folder = unit_make_folder();
    gmt_options options = quiet();
    gmt_tracer *tracers[6];
    for (int t = 0; t < 6; t++) { /* more than a thread keeps chunks of */
        options.rank = t;
        tracers[t] = start(folder, options);
        gmt_next_iteration(tracers[t], 0);
    }
    for (uint64_t i = 0; i < 1000; i++)
        for (uint64_t t = 0; t < 6; t++)
            gmt_log_sample(tracers[t], t * MB, i);
    for (int t = 0; t < 6; t++) {
        assert_int_equal(gmt_stop(tracers[t]), GMT_OK);
        char name[64];
        snprintf(name, sizeof name, "memory_trace_rank%d.json", t);
        struct trace trace = {0};
        read_trace(folder, name, &trace);
        assert_int_equal(trace.iterations[0].samples.count, 1000);
        for (int i = 0; i < 1000; i++)
            assert_true(trace.iterations[0].samples.allocated_mb[i] == t);
        trace_free(&trace);
    }
    unit_remove_folder(folder);
}

static void test_same_name(void **state)
{
    (void)state;
    char *folder = unit_make_folder();
    /* Recorded by another process, which is still at it: refused. */
    int told[2] = {-1, -1}, done[2] = {-1, -1};
    assert_true(pipe(told) == 0 && pipe(done) == 0);
    pid_t child = fork();
    if (child == 0) {
        gmt_options options = quiet();
        options.directory = folder;
        gmt_tracer *tracer;
        char byte = (char)gmt_start(&options, &tracer);
        gmt_next_iteration(tracer, 0);
        gmt_log_sample(tracer, 5 * MB, 5 * MB);
        if (write(told[1], &byte, 1) != 1 || read(done[0], &byte, 1) != 1)
            _exit(1);
        _exit(0); /* without stopping */
    }
    char byte = 1;
    assert_true(read(told[0], &byte, 1) == 1 && byte == GMT_OK);
    struct trace trace = {0};
    read_trace(folder, "memory_trace_rank3.gmtrace", &trace);
    assert_int_equal(trace.ending, TRACE_ENDED_NOT_YET);
    gmt_options options = quiet();
    options.directory = folder;
    assert_int_equal(try_start(options), GMT_IN_USE);
    assert_int_equal(write(done[1], &byte, 1), 1);
    assert_int_equal(waitpid(child, NULL, 0), child);

    /* It ended badly: what it left is read, and kept when a new run takes the name. */
    read_trace(folder, "memory_trace_rank3.gmtrace", &trace);
    assert_int_equal(trace.ending, TRACE_ENDED_KILLED);
    assert_true(trace.iterations[0].samples.allocated_mb[0] == 5);
    gmt_tracer *tracer = start(folder, quiet());
    assert_int_equal(gmt_stop(tracer), GMT_OK);
    struct trace_folder kept;
    struct fault fault = {0};
    assert_true(trace_folder_list(folder, NULL, &kept, &fault));
    assert_int_equal(kept.count, 2); /* the new JSON, and what was put aside */
    assert_int_equal(kept.files[1].name.format, TRACE_FORMAT_RECORDING);
    assert_true(configuration_number(&kept.files[1].name.configuration, DIMENSION_STAMP) >= 0);
    trace_folder_free(&kept);
    trace_free(&trace);
    for (int i = 0; i < 2; i++)
        close(told[i]), close(done[i]);
    unit_remove_folder(folder);
}

/* Of one process: refused all the same, and nothing of the first is lost. */
static void test_same_name_here(void **state)
{
    (void)state;
    char *folder = unit_make_folder();
    gmt_tracer *first = start(folder, quiet());
    gmt_next_iteration(first, 0);
    gmt_options options = quiet();
    options.directory = folder;
    assert_int_equal(try_start(options), GMT_IN_USE);
    struct trace trace = {0};
    read_trace(folder, "memory_trace_rank3.gmtrace", &trace); /* closes the file, too */
    assert_int_equal(trace.ending, TRACE_ENDED_NOT_YET);
    assert_int_equal(try_start(options), GMT_IN_USE);
    gmt_log_sample(first, MB, MB);
    assert_int_equal(gmt_stop(first), GMT_OK);
    read_trace(folder, "memory_trace_rank3.json", &trace);
    assert_int_equal(trace.iterations[0].samples.count, 1);
    trace_free(&trace);
    unit_remove_folder(folder);
}

static void test_fork(void **state)
{
    (void)state;
    char *folder = unit_make_folder();
    gmt_tracer *tracer = start(folder, quiet());
    gmt_next_iteration(tracer, 0);
    gmt_log_sample(tracer, MB, MB);
    pid_t child = fork();
    if (child == 0) {
        gmt_log_sample(tracer, 99 * MB, MB);
        gmt_mark(tracer, "child");
        _exit(gmt_stop(tracer) == GMT_STOPPED ? 0 : 1);
    }
    int status = 1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    gmt_log_sample(tracer, 2 * MB, MB);
    assert_int_equal(gmt_stop(tracer), GMT_OK);
    struct trace trace = {0};
    read_trace(folder, "memory_trace_rank3.json", &trace);
    assert_int_equal(trace.iterations[0].samples.count, 2);
    assert_int_equal(trace.iterations[0].marker_count, 0);
    trace_free(&trace);
    unit_remove_folder(folder);
}

/* A program that forgets to stop: exit() does it. */
static void test_forgotten(void **state)
{
    (void)state;
    char *folder = unit_make_folder();
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        fclose(stdout); /* the parent's test results are not the child's to print */
        gmt_tracer *tracer = start(folder, quiet());
        gmt_next_iteration(tracer, 1);
        gmt_log_peak(tracer, 1, 3 * MB);
        exit(0);
    }
    int status = 1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    struct trace trace = {0};
    read_trace(folder, "memory_trace_rank3.json", &trace);
    assert_true(trace.iterations[0].peak_mb == 3);
    trace_free(&trace);
    unit_remove_folder(folder);
}

static void test_bad_places(void **state)
{
    (void)state;
    char *folder = unit_make_folder(), path[4200];
    gmt_options options = quiet();
    unit_write_file(folder, "file", "", 0);
    snprintf(path, sizeof path, "%s/file", folder);
    options.directory = path;
    assert_int_equal(try_start(options), GMT_NO_FOLDER);
    options.directory = "/proc/nothing/here";
    assert_int_equal(try_start(options), GMT_NO_FOLDER);
    options.directory = folder;
    options.interval_s = -1;
    assert_int_equal(try_start(options), GMT_INVALID);
    options.interval_s = NAN;
    assert_int_equal(try_start(options), GMT_INVALID);
    options = quiet();
    options.directory = folder;
    options.tags = "../../etc";
    assert_int_equal(try_start(options), GMT_INVALID);
    options.tags = NULL;
    options.max_bytes = 1;
    assert_int_equal(try_start(options), GMT_INVALID);
    options = quiet();
    options.directory = folder;
    setenv("GMT_DISABLE", "1", 1);
    assert_int_equal(try_start(options), GMT_DISABLED);
    unsetenv("GMT_DISABLE");
    assert_int_equal(gmt_start(&options, NULL), GMT_INVALID);

    struct rlimit before, none;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    none = before;
    none.rlim_cur = 4; /* stderr's copy takes the last */
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    gmt_tracer *tracer = NULL;
    gmt_status status = gmt_start(&options, &tracer);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    if (status == GMT_OK)
        gmt_stop(tracer);
    else
        assert_int_equal(status, GMT_NO_FOLDER);
    unit_remove_folder(folder);
}

static void test_full_disk(void **state)
{
    (void)state;
    char *folder = unit_make_folder();
    if (mount("none", folder, "tmpfs", 0, "size=300k") != 0) {
        unit_remove_folder(folder);
        skip();
        return;
    }
    gmt_options options = quiet();
    options.directory = folder;
    assert_int_equal(try_start(options), GMT_NO_SPACE);
    assert_false(exists(folder, "memory_trace_rank3.gmtrace"));
    assert_int_equal(umount(folder), 0);
    unit_remove_folder(folder);
}

/* Starts, as trace_command's library does or not, and stops a tracer; what it prints on stderr, in
 * memory of the caller's. */
static char *said_by_start(gmt_options options, bool preloaded, gmt_status expected)
{
    enum { MOST = 4096 };
    char *said = calloc(1, MOST + 1);
    FILE *file = tmpfile();
    assert_true(said && file);
    fflush(stderr);
    int kept = dup(STDERR_FILENO);
    assert_true(kept >= 0 && dup2(fileno(file), STDERR_FILENO) >= 0);
    gmt_tracer *tracer = NULL;
    gmt_status status = preloaded ? tracer_start(&options, sizeof options, true, &tracer)
                                  : gmt_start(&options, &tracer);
    gmt_stop(tracer);
    unhush(kept);
    rewind(file);
    said[fread(said, 1, MOST, file)] = '\0';
    fclose(file);
    assert_int_equal(status, expected);
    return said;
}

static char *said_by(gmt_options options, gmt_status expected)
{
    return said_by_start(options, false, expected);
}

static void assert_said(gmt_options options, const char *expected)
{
    char *said = said_by(options, GMT_OK);
    assert_string_equal(said, expected);
    free(said);
}

/* That another process of the rank records is no news to a program below a launcher; all else is.
 */
static void test_quiet_start(void **state)
{
    (void)state;
    char *folder = unit_make_folder(), expected[4400];
    gmt_tracer *first = start(folder, quiet());
    gmt_options options = quiet();
    options.directory = folder;
    for (int preloaded = 0; preloaded < 2; preloaded++) {
        char *said = said_by_start(options, preloaded, GMT_IN_USE);
        snprintf(expected, sizeof expected, "gmtrace: rank 3 is not traced: %s: %s\n", folder,
                 gmt_status_text(GMT_IN_USE));
        assert_string_equal(said, preloaded ? "" : expected);
        free(said);
    }
    assert_int_equal(gmt_stop(first), GMT_OK);
    snprintf(expected, sizeof expected, "%s/" QUIET_NAME ".gmtrace", folder);
    assert_int_equal(mkdir(expected, 0777), 0);
    char *said = said_by_start(options, true, GMT_NO_FOLDER);
    snprintf(expected, sizeof expected, "gmtrace: rank 3 is not traced: %s: Is a directory\n",
             folder);
    assert_string_equal(said, expected);
    free(said);
    unit_remove_folder(folder);
}

static void set_environment(const char *const (*variables)[2])
{
    for (; (*variables)[0]; variables++)
        if ((*variables)[1])
            setenv((*variables)[0], (*variables)[1], 1);
        else
            unsetenv((*variables)[0]);
}

/* Sizes, then the program's own tags, then what a sweep says beside both; nothing twice. */
static void test_names(void **state)
{
    (void)state;
    char *folder = unit_make_folder();
    gmt_options options = quiet();
    options.directory = folder;
    options.world_size = 64, options.tp = 2, options.pp = 4, options.cp = 2, options.ep = 4;
    options.etp = 1, options.vpp = 3, options.tags = "l96_mbs1";
    assert_said(options, "");
    assert_true(exists(folder, "memory_trace_rank3_wd64_tp2_pp4_vpp3_cp2_exp4_etp1_l96_mbs1.json"));

    /* As run_sweep sets them: all that is known, what follows and what is as if it were not there.
     */
    set_environment((const char *const[][2]){{"GMT_WORLD_SIZE", "16"},
                                             {"GMT_TP", "8"},
                                             {"GMT_PP", "2"},
                                             {"GMT_DP", "1"},
                                             {"GMT_CP", "1"},
                                             {"GMT_VPP", "1"},
                                             {"GMT_EXPERTS", "None"},
                                             {"GMT_ETP", "8"},
                                             {"GMT_LAYERS", "40"},
                                             {"GMT_RECOMPUTE", "full"},
                                             {NULL, NULL}});
    gmt_options bare = quiet();
    bare.directory = folder;
    assert_int_equal(bare.world_size, 16);
    assert_said(bare, "");
    assert_true(exists(folder, "memory_trace_rank3_wd16_tp8_pp2_l40_rc-full.json"));
    bare.tags = "wd8_tp2_pp4_l24_bs1"; /* a whole name: what is left to say stands behind it */
    assert_said(bare, "");
    assert_true(exists(folder, "memory_trace_rank3_wd8_tp2_pp4_l24_bs1_rc-full.json"));
    bare.tags = "", bare.tp = 4;
    assert_said(bare, ""); /* the program's size rules, and DP follows from it */
    assert_true(exists(folder, "memory_trace_rank3_wd16_tp4_pp2_l40_rc-full.json"));
    set_environment((const char *const[][2]){{"GMT_WORLD_SIZE", NULL},
                                             {"GMT_TP", NULL},
                                             {"GMT_PP", NULL},
                                             {"GMT_DP", NULL},
                                             {"GMT_CP", NULL},
                                             {"GMT_VPP", NULL},
                                             {"GMT_EXPERTS", NULL},
                                             {"GMT_ETP", NULL},
                                             {"GMT_LAYERS", NULL},
                                             {"GMT_RECOMPUTE", NULL},
                                             {NULL, NULL}});
    unit_remove_folder(folder);
}

/* A name that contradicts itself could not be read. */
static void test_contradictions(void **state)
{
    (void)state;
    char *folder = unit_make_folder();
    gmt_options options = quiet();
    options.directory = folder;
    options.world_size = 4, options.tp = 8; /* one node of a run, say */
    options.pp = 2;
    assert_said(options, "gmtrace: rank 3: world size 4 is no multiple of TP x CP x PP, 16 (CP 1); "
                         "world size 4 is left out of the file's name\n");
    assert_true(exists(folder, "memory_trace_rank3_tp8_pp2.json"));
    set_environment((const char *const[][2]){
        {"GMT_MODEL", "meta/llama"}, {"GMT_LAYERS", "many"}, {NULL, NULL}});
    options.world_size = -1;
    assert_said(options, "gmtrace: rank 3: GMT_LAYERS=many is passed over: expected a whole number "
                         "for layers, found 'many'; GMT_MODEL=meta/llama is passed over: a '/' "
                         "cannot stand in a file's name\n");
    set_environment((const char *const[][2]){{"GMT_LAYERS", NULL}, {NULL, NULL}});
    set_environment((const char *const[][2]){{"GMT_MODEL", NULL}, {NULL, NULL}});
    unit_remove_folder(folder);
}

static void assert_places(const struct trace *trace)
{
    static const int64_t expected[COORDINATES] = {1, -1, 0, 3, -1};
    for (int i = 0; i < COORDINATES; i++)
        assert_int_equal(coordinate_place(&trace->coordinates, (enum coordinate)i), expected[i]);
}

/* In the recording, and in the JSON file's last iteration. */
static void test_coordinates(void **state)
{
    (void)state;
    char *folder = unit_make_folder();
    gmt_options options = quiet();
    options.tp_rank = 1, options.dp_rank = 0, options.pp_rank = 3;
    gmt_tracer *tracer = start(folder, options);
    for (int64_t i = 0; i < 2; i++)
        gmt_next_iteration(tracer, i);
    struct trace trace = {0};
    read_trace(folder, "memory_trace_rank3.gmtrace", &trace);
    assert_places(&trace);
    assert_int_equal(gmt_stop(tracer), GMT_OK);
    read_trace(folder, "memory_trace_rank3.json", &trace);
    assert_places(&trace);
    size_t length;
    char *text = unit_read_file(folder, "memory_trace_rank3.json", &length);
    const char *found = strstr(text, "\"coordinates\": {\"tp\": 1, \"dp\": 0, \"pp\": 3}");
    assert_true(found && found > strstr(text, "\"1\": {"));
    assert_null(strstr(found + strlen("\"coordinates"), "coordinates"));
    free(text);

    tracer = start(folder, quiet()); /* nothing is known */
    gmt_next_iteration(tracer, 0);
    assert_int_equal(gmt_stop(tracer), GMT_OK);
    text = unit_read_file(folder, "memory_trace_rank3.json", &length);
    assert_null(strstr(text, "coordinates"));
    free(text);
    read_trace(folder, "memory_trace_rank3.json", &trace); /* and none of the trace before it */
    for (int i = 0; i < COORDINATES; i++)
        assert_int_equal(coordinate_place(&trace.coordinates, (enum coordinate)i), -1);
    trace_free(&trace);
    unit_remove_folder(folder);
}

/* What an operator sets rules over what the program sets. */
static void test_environment_rules(void **state)
{
    (void)state;
    char *folder = unit_make_folder();
    setenv("GMT_DIR", folder, 1);
    setenv("GMT_MAX_BYTES", "131072", 1);
    setenv("GMT_INTERVAL_MS", "1", 1);
    gmt_options options = quiet(); /* no samples: so it stays */
    options.directory = "/proc/nothing/here";
    options.max_bytes = 1;
    gmt_tracer *tracer = NULL;
    assert_int_equal(gmt_start(&options, &tracer), GMT_OK);
    char path[4200];
    snprintf(path, sizeof path, "%s/memory_trace_rank3.json", folder);
    assert_string_equal(gmt_output_path(tracer), path);
    assert_null(gmt_output_path(NULL));
    gmt_next_iteration(tracer, 0);
    size_t length;
    char *bytes = unit_read_file(folder, "memory_trace_rank3.gmtrace", &length);
    assert_int_equal(((const struct recording_header *)(void *)bytes)->ring_chunks, 32);
    free(bytes);
    usleep(30000);
    assert_int_equal(gmt_stop(tracer), GMT_OK);
    struct trace trace = {0};
    read_trace(folder, "memory_trace_rank3.json", &trace);
    assert_int_equal(trace.iterations[0].samples.count, 0);

    options.interval_s = 3600;
    assert_int_equal(gmt_start(&options, &tracer), GMT_OK);
    gmt_next_iteration(tracer, 0);
    usleep(300000);
    assert_int_equal(gmt_stop(tracer), GMT_OK);
    read_trace(folder, "memory_trace_rank3.json", &trace);
    assert_true(trace_samples_taken(&trace.iterations[0].samples) > 5);
    trace_free(&trace);
    for (int i = 0; i < 3; i++)
        unsetenv((const char *const[]){"GMT_DIR", "GMT_MAX_BYTES", "GMT_INTERVAL_MS"}[i]);

    options.directory = folder;
    static const struct {
        const char *name, *value, *expected;
    } bad[] = {
        {"GMT_INTERVAL_MS", "nan", "expected milliseconds, 0 or 1 to 3600000"},
        {"GMT_INTERVAL_MS", "0.5", "expected milliseconds, 0 or 1 to 3600000"},
        {"GMT_INTERVAL_MS", "10ms", "expected milliseconds, 0 or 1 to 3600000"},
        {"GMT_MAX_BYTES", "x", "expected bytes, 65536 to 1099511627776"},
        {"GMT_MAX_BYTES", "-1", "expected bytes, 65536 to 1099511627776"},
    };
    options = quiet();
    options.directory = folder;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char expected[256];
        setenv(bad[i].name, bad[i].value, 1);
        snprintf(expected, sizeof expected, "gmtrace: %s=%s is passed over: %s\n", bad[i].name,
                 bad[i].value, bad[i].expected);
        assert_said(options, expected);
        unsetenv(bad[i].name);
    }
    setenv("GMT_INTERVAL_MS", "often", 1);
    setenv("GMT_MAX_BYTES", "1M", 1);
    assert_said(options,
                "gmtrace: GMT_INTERVAL_MS=often is passed over: expected milliseconds, 0 or "
                "1 to 3600000; GMT_MAX_BYTES=1M is passed over: expected bytes, 65536 to "
                "1099511627776\n");
    unsetenv("GMT_INTERVAL_MS");
    unsetenv("GMT_MAX_BYTES");
    unit_remove_folder(folder);
}

static void test_environment(void **state)
{
    (void)state;
    setenv("GMT_DIR", "/somewhere", 1);
    setenv("GMT_INTERVAL_MS", "2.5", 1);
    setenv("GMT_MAX_BYTES", "1048576", 1);
    setenv("SLURM_PROCID", "4", 1);
    setenv("SLURM_LOCALID", "1", 1);
    setenv("SLURM_NTASKS", "16", 1);
    gmt_options options = gmt_default_options();
    assert_string_equal(options.directory, "/somewhere");
    assert_true(options.interval_s == 0.0025 && options.max_bytes == 1048576);
    assert_true(options.rank == 4 && options.local_rank == 1 && options.world_size == 16);
    setenv("RANK", "9", 1); /* torchrun under Slurm */
    setenv("WORLD_SIZE", "nonsense", 1);
    options = gmt_default_options();
    assert_true(options.rank == 9 && options.local_rank == -1 && options.world_size == -1);
    static const char *const names[] = {"GMT_DIR",      "GMT_INTERVAL_MS", "GMT_MAX_BYTES",
                                        "SLURM_PROCID", "SLURM_LOCALID",   "SLURM_NTASKS",
                                        "RANK",         "WORLD_SIZE"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        unsetenv(names[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_logged_is_written),
        cmocka_unit_test(test_sampling),
        cmocka_unit_test(test_source),
        cmocka_unit_test(test_measures_and_environment),
        cmocka_unit_test(test_bounded),
        cmocka_unit_test(test_runs),
        cmocka_unit_test(test_all_samples),
        cmocka_unit_test(test_runs_over_chunks),
        cmocka_unit_test(test_runs_make_room),
        cmocka_unit_test(test_growth),
        cmocka_unit_test(test_faster_than_growth),
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_idle),
        cmocka_unit_test(test_peaks_of_threads),
        cmocka_unit_test(test_short_threads),
        cmocka_unit_test(test_stop_while_logging),
        cmocka_unit_test(test_nothing_is_fine),
        cmocka_unit_test(test_outermost_iterations),
        cmocka_unit_test(test_two_tracers),
        cmocka_unit_test(test_same_name),
        cmocka_unit_test(test_same_name_here),
        cmocka_unit_test(test_fork),
        cmocka_unit_test(test_forgotten),
        cmocka_unit_test(test_bad_places),
        cmocka_unit_test(test_full_disk),
        cmocka_unit_test(test_quiet_start),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_contradictions),
        cmocka_unit_test(test_coordinates),
        cmocka_unit_test(test_environment_rules),
        cmocka_unit_test(test_environment),
    };
    return cmocka_run_group_tests_name("tracer", tests, NULL, NULL);
}
