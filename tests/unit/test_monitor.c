/* A recording followed while it is written: nothing is missed, nothing is torn, any bytes are safe.
 */
#include "tests/unit/tracing.h"
#include "visualize/monitor/alert.h"
#include "visualize/monitor/follow.h"

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

static void test_alert_levels(void **state)
{
    (void)state;
    const struct alert_limits limits = {.warning = 80, .critical = 90};
    static const struct {
        double percent;
        enum alert_level level;
    } steps[] = {{79.9, ALERT_NONE},    {80, ALERT_WARNING},   {76.1, ALERT_WARNING},
                 {75.9, ALERT_NONE},    {95, ALERT_CRITICAL},  {85.6, ALERT_CRITICAL},
                 {NAN, ALERT_CRITICAL}, {85.4, ALERT_WARNING}, {76.1, ALERT_WARNING},
                 {90, ALERT_CRITICAL},  {1, ALERT_NONE},       {NAN, ALERT_NONE}};
    enum alert_level level = ALERT_NONE;
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        level = alert_next(level, steps[i].percent, &limits);
        if (level != steps[i].level)
            fail_msg("step %zu: %g%% gives %s", i, steps[i].percent, alert_word(level));
    }
}

/* ---- following ---- */

static char *path_in(const char *folder)
{
    char *path = NULL;
    assert_true(asprintf(&path, "%s/%s.gmtrace", folder, QUIET_NAME) > 0);
    return path;
}

static void look(struct follow *follow, const char *path)
{
    uint64_t backlog = UINT64_MAX;
    struct fault fault = {0};
    if (follow_look(follow, path, &backlog, &fault) != FOLLOW_READ)
        fail_msg("%s", fault.text);
}

static void test_figures(void **state)
{
    (void)state;
    char *folder = unit_make_folder(), *path = path_in(folder);
    gmt_tracer *tracer = start(folder, quiet());
    struct follow follow = {0};
    look(&follow, path);
    assert_false(follow.figures.has_iteration);
    assert_true(follow.figures.allocated == RECORDING_NOT_KNOWN);
    assert_int_equal(follow.state, FOLLOW_LIVE);

    gmt_next_iteration(tracer, 7);
    gmt_log_static(tracer, 7, 5 * MB);
    gmt_log_sample(tracer, 10 * MB, 20 * MB);
    gmt_log_sample(tracer, 30 * MB, 40 * MB);
    gmt_log_sample(tracer, 11 * MB, GMT_UNKNOWN);
    look(&follow, path);
    assert_int_equal(follow.figures.allocated, 11 * MB);
    assert_true(follow.figures.reserved == RECORDING_NOT_KNOWN);
    assert_int_equal(follow.figures.peak_allocated, 30 * MB);
    assert_int_equal(follow.figures.peak_reserved, 40 * MB);
    assert_int_equal(follow.figures.recent, 40 * MB);
    assert_int_equal(follow.figures.static_bytes, 5 * MB);
    assert_int_equal(follow.figures.iteration, 7);
    assert_int_equal(follow.figures.samples, 3);

    look(&follow, path); /* nothing new: what is in use is what was there last */
    assert_int_equal(follow.figures.recent, 11 * MB);
    assert_int_equal(follow.figures.samples, 3);
    gmt_log_peak(tracer, 7, 50 * MB);
    gmt_log_sample(tracer, 12 * MB, 13 * MB);
    look(&follow, path);
    assert_int_equal(follow.figures.peak_allocated, 50 * MB);
    assert_int_equal(follow.figures.recent, 13 * MB);

    struct follow later = {0}; /* one that comes later knows the peaks, too */
    look(&later, path);
    assert_int_equal(later.figures.peak_allocated, 50 * MB);
    assert_int_equal(later.figures.peak_reserved, 40 * MB);
    assert_int_equal(later.figures.recent, 13 * MB);
    follow_free(&later);

    gmt_stop(tracer);
    uint64_t backlog = 0;
    assert_int_equal(follow_look(&follow, path, &backlog, NULL), FOLLOW_ABSENT);
    follow_free(&follow);
    free(path);
    unit_remove_folder(folder);
}

/* ---- while many threads write ---- */

enum { THREADS = 4, SAMPLES = 200000 };

struct writer {
    gmt_tracer *tracer;
    uint64_t number;
    _Atomic unsigned *running;
};

/* A sample's figures belong together: reserved is one MB more than allocated. */
static void *write_on(void *argument)
{
    const struct writer *writer = argument;
    for (uint64_t i = 0; i < SAMPLES; i++) {
        uint64_t mb = writer->number * SAMPLES + i;
        gmt_log_sample(writer->tracer, mb * MB, (mb + 1) * MB);
    }
    atomic_fetch_sub(writer->running, 1);
    return NULL;
}

static void check_whole(const struct follow *follow)
{
    const struct follow_figures *figures = &follow->figures;
    if (figures->samples == 0)
        return;
    if (figures->reserved != figures->allocated + MB)
        fail_msg("torn: %llu and %llu", (unsigned long long)figures->allocated,
                 (unsigned long long)figures->reserved);
}

/* All of the last samples are there, whatever else was used anew. */
static void check_counts(const struct follow *follow, bool all_fit)
{
    static const uint64_t all = (uint64_t)THREADS * SAMPLES;
    const struct follow_figures *figures = &follow->figures;
    assert_int_equal(figures->allocated / MB % SAMPLES, SAMPLES - 1);
    if (!all_fit)
        return;
    assert_int_equal(figures->peak_allocated, (all - 1) * MB);
    if (figures->samples < all || figures->samples > all + (uint64_t)THREADS * 127)
        fail_msg("%llu samples of %llu", (unsigned long long)figures->samples,
                 (unsigned long long)all);
}

static void follow_writers(uint64_t max_bytes, bool all_fit, useconds_t pause_us)
{
    char *folder = unit_make_folder(), *path = path_in(folder);
    gmt_options options = quiet();
    options.max_bytes = max_bytes;
    keep_all(true);
    gmt_tracer *tracer = start(folder, options);
    keep_all(false);
    _Atomic unsigned running = THREADS;
    struct writer writers[THREADS];
    pthread_t threads[THREADS];
    struct follow follow = {0};
    look(&follow, path);
    for (unsigned i = 0; i < THREADS; i++) {
        writers[i] = (struct writer){tracer, i, &running};
        assert_int_equal(pthread_create(&threads[i], NULL, write_on, &writers[i]), 0);
    }
    while (atomic_load(&running) > 0) {
        look(&follow, path);
        check_whole(&follow);
        usleep(pause_us);
    }
    for (unsigned i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    do
        look(&follow, path);
    while (follow_is_behind(&follow));
    check_whole(&follow);
    check_counts(&follow, all_fit);
    gmt_stop(tracer);
    follow_free(&follow);
    free(path);
    unit_remove_folder(folder);
}

static void test_many_writers(void **state)
{
    (void)state;
    follow_writers(64 << 20, true, 0);
    follow_writers(64 << 20, true, 20000); /* more than is looked at at once */
    follow_writers(64 << 10, false, 0);    /* chunks are used over and over */
    follow_writers(64 << 10, false, 5000);
}

static void *burst(void *argument)
{
    struct writer *writer = argument;
    for (uint64_t i = 0; i < writer->number; i++)
        gmt_log_sample(writer->tracer, (i == 40 ? 900 : 1) * MB, GMT_UNKNOWN);
    return NULL;
}

/* One thread logs slowly, another comes and fills chunks between two looks: its samples are older
 * than the newest, and yet new. */
static void follow_bursts(uint64_t max_bytes, unsigned bursts)
{
    char *folder = unit_make_folder(), *path = path_in(folder);
    gmt_options options = quiet();
    options.max_bytes = max_bytes;
    gmt_tracer *tracer = start(folder, options);
    struct follow follow = {0};
    uint64_t logged = 0;
    look(&follow, path);
    for (unsigned i = 0; i < bursts; i++) {
        struct writer writer = {.tracer = tracer, .number = 3UL * 127};
        pthread_t thread;
        assert_int_equal(pthread_create(&thread, NULL, burst, &writer), 0);
        pthread_join(thread, NULL);
        gmt_log_sample(tracer, 2 * MB, GMT_UNKNOWN);
        logged += writer.number + 1;
        look(&follow, path);
        assert_int_equal(follow.figures.allocated, 2 * MB);
        assert_int_equal(follow.figures.recent, 900 * MB);
        assert_int_equal(follow.figures.samples, logged);
    }
    gmt_stop(tracer);
    follow_free(&follow);
    free(path);
    unit_remove_folder(folder);
}

static void test_bursts(void **state)
{
    (void)state;
    follow_bursts(64 << 20, 50);
    follow_bursts(64 << 10, 50);
}

/* Runs of equal samples are counted up in one record, under the follower's eyes. */
static void test_runs_counted(void **state)
{
    (void)state;
    char *folder = unit_make_folder(), *path = path_in(folder);
    gmt_tracer *tracer = start(folder, quiet());
    struct follow follow = {0};
    uint64_t logged = 0;
    look(&follow, path);
    for (uint64_t i = 0; i < 600; i++) {
        uint64_t mb = i / 3;
        for (uint64_t k = 0; k < 1 + i % 7; k++, logged++)
            gmt_log_sample(tracer, mb * MB, GMT_UNKNOWN);
        look(&follow, path);
        assert_int_equal(follow.figures.samples, logged);
        assert_int_equal(follow.figures.allocated, mb * MB);
        assert_int_equal(follow.figures.recent, mb * MB);
        assert_int_equal(follow.figures.reserved, GMT_UNKNOWN);
    }
    /* A second one finds the newest chunk alone, and the rate of all that its records stand for. */
    for (int i = 0; i < 300; i++)
        gmt_log_sample(tracer, 7 * MB, GMT_UNKNOWN);
    struct follow second = {0};
    look(&second, path);
    assert_int_equal(second.figures.allocated, 7 * MB);
    assert_true(second.figures.samples >= 300);
    const double seconds = (double)second.sample_ns / 1e9;
    assert_true(second.figures.samples_per_s > 300 / seconds);
    gmt_stop(tracer);
    follow_free(&follow);
    follow_free(&second);
    free(path);
    unit_remove_folder(folder);
}

/* Chunks that were passed over count as full ones; one that was followed before, and is used anew
 * among them, does not count again. */
static void test_passed_over_counts_once(void **state)
{
    (void)state;
    enum { BEFORE = 10, CHUNK = RECORDING_CHUNK_RECORDS };
    char *folder = unit_make_folder(), *path = path_in(folder);
    gmt_options options = quiet();
    options.max_bytes = 8 << 20;
    keep_all(true);
    gmt_tracer *tracer = start(folder, options);
    keep_all(false);
    struct follow follow = {0};
    for (uint64_t i = 0; i < BEFORE; i++)
        gmt_log_sample(tracer, i, i);
    look(&follow, path);
    assert_int_equal(follow.figures.samples, BEFORE);
    uint64_t round = follow.header.ring_chunks, more = (round + 700) * CHUNK;
    assert_true(round > 800); /* the first chunk is used anew, and is not among the newest */
    for (uint64_t i = 0; i < more; i++)
        gmt_log_sample(tracer, i, i);
    do
        look(&follow, path);
    while (follow_is_behind(&follow));
    /* What the first chunk had still room for was overwritten unseen. */
    assert_int_equal(follow.figures.samples, BEFORE + more - (CHUNK - BEFORE));
    assert_int_equal(follow.figures.allocated, more - 1);
    gmt_stop(tracer);
    follow_free(&follow);
    free(path);
    unit_remove_folder(folder);
}

/* ---- any bytes ---- */

/* The same follower looks at one broken file after the other, as at one that changes under it. */
static void test_any_bytes(void **state)
{
    (void)state;
    char *folder = unit_make_folder(), *path = path_in(folder);
    gmt_options options = quiet();
    options.max_bytes = 64 << 10;
    gmt_tracer *tracer = start(folder, options);
    for (uint64_t i = 0; i < 2000; i++) {
        gmt_log_static(tracer, (int64_t)i, i);
        gmt_log_sample(tracer, i, i);
    }
    size_t length;
    char *bytes = unit_read_file(folder, QUIET_NAME ".gmtrace", &length);
    gmt_stop(tracer);
    uint64_t seed = 1;
    struct follow follow = {0};
    for (int round = 0; round < 1500; round++) {
        char kept[64];
        size_t at[sizeof kept];
        for (size_t i = 0; i < sizeof kept; i++) { /* most of them in the header */
            at[i] = unit_random(&seed) % (i % 4 ? 640 : length);
            kept[i] = bytes[at[i]];
            if (i < (size_t)(round % 64))
                bytes[at[i]] = (char)unit_random(&seed);
        }
        if (round % 3) /* most would be refused at once */
            memcpy(bytes, RECORDING_MAGIC "\1\0\0\0\4\3\2\1\0\x10\0\0\0\x10\0\0", 24);
        size_t cut = round % 5 ? length : unit_random(&seed) % length;
        unit_write_file(folder, QUIET_NAME ".gmtrace", bytes, cut);
        uint64_t backlog = 1000;
        struct fault fault = {0};
        enum follow_result result = follow_look(&follow, path, &backlog, &fault);
        assert_true((result == FOLLOW_FAILED) == (fault.text[0] != '\0'));
        for (size_t i = sizeof kept; i-- > 0;)
            bytes[at[i]] = kept[i];
    }
    follow_free(&follow);
    free(bytes);
    free(path);
    unit_remove_folder(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_alert_levels),
        cmocka_unit_test(test_figures),
        cmocka_unit_test(test_many_writers),
        cmocka_unit_test(test_bursts),
        cmocka_unit_test(test_any_bytes),
        cmocka_unit_test(test_runs_counted),
        cmocka_unit_test(test_passed_over_counts_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
