/* The recorder, record by record: which word stands where after a fixed sequence of calls. */
#include "tests/unit/unit.h"
#include "tracer/library/recorder_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

enum { MOST_RECORDERS = 16, FULL = RECORDING_CHUNK_RECORDS };

/* Recorders are never freed, so a leak checker is to find them. */
static struct recorder *opened[MOST_RECORDERS];
static int opened_count;

static struct recorder *open_with(const char *folder, uint64_t max_bytes, bool all_samples)
{
    char path[4200];
    snprintf(path, sizeof path, "%s/r%d.gmtrace", folder, opened_count);
    struct recorder_options options = {.path = path,
                                       .max_bytes = max_bytes,
                                       .all_samples = all_samples,
                                       .rank = 5,
                                       .world_size = 8,
                                       .device = "GPU-a",
                                       .tags = "l40_mbs1",
                                       .coordinates = {.ordinals = {2, 0, 1}},
                                       .device_bytes = 77};
    assert_true(opened_count < MOST_RECORDERS);
    struct recorder **recorder = &opened[opened_count++];
    assert_int_equal(recorder_open(&options, recorder), 0);
    return *recorder;
}

static void check(const struct recording_record *record, enum recording_kind kind, uint64_t first,
                  uint64_t second, int64_t iteration, uint64_t generation)
{
    uint64_t last = atomic_load(&record->last);
    if (recording_kind(record) != kind || record->values[0] != first ||
        record->values[1] != second || last != recording_last_word(iteration, generation))
        fail_msg("found kind %d, %llu, %llu, iteration %lld, generation %llu",
                 recording_kind(record), (unsigned long long)record->values[0],
                 (unsigned long long)record->values[1], (long long)recording_iteration(last),
                 (unsigned long long)(last & RECORDING_GENERATION_MASK));
}

static void check_empty(const struct recording_record *record)
{
    static const char nothing[sizeof *record];
    assert_memory_equal(record, nothing, sizeof nothing);
}

/* ---- the file ---- */

static void test_header(void **state)
{
    (void)state;
    char *folder = unit_make_folder();
    struct recorder *recorder = open_with(folder, 0, false);
    const struct recording_header *header = recorder->header;
    assert_memory_equal(header->magic, RECORDING_MAGIC, 8);
    assert_true(header->version == 1 && header->byte_order == 0x01020304);
    assert_true(header->header_bytes == 4096 && header->chunk_bytes == 4096);
    assert_int_equal(header->ring_offset, 65536 + 16384 * 32);
    assert_int_equal(header->ring_chunks, 16);
    assert_int_equal(header->extents[0].offset, 65536);
    assert_int_equal(header->extents[1].offset, 0);
    assert_true(header->rank == 5 && header->world_size == 8 && header->device_bytes == 77);
    assert_string_equal(header->device, "GPU-a");
    assert_string_equal(header->tags, "l40_mbs1");
    static const uint32_t ordinals[RECORDING_COORDINATES] = {2, 0, 1, 0, 0};
    assert_memory_equal(header->ordinals, ordinals, sizeof ordinals);
    assert_int_equal(header->process, getpid());
    assert_int_equal(header->locked, 1);
    assert_int_equal(header->start_monotonic_ns, recorder->start_ns);
    assert_true(header->alive_realtime_ns >= header->start_realtime_ns);
    assert_true(header->ended == 0 && header->lost == 0 && header->failed_reads == 0);
    assert_true(header->claimed_chunks == 0 && header->claimed_notes == 0);
    recorder_count_failed_read(recorder);
    recorder_count_failed_read(recorder);
    assert_int_equal(header->failed_reads, 2);
    recorder_end(recorder);
    assert_int_equal(header->ended, RECORDING_ENDED_WHOLE);
    assert_int_equal(access(recorder->path, F_OK), 0);
    recorder_close(recorder, true);
    assert_int_equal(access(recorder->path, F_OK), -1);
    unit_remove_folder(folder);
}

/* Where a host has closed its standard input the recording gets that number. A start that fails
 * removes what it has made all the same. */
static void test_descriptor_zero(void **state)
{
    (void)state;
    char *folder = unit_make_folder(), path[4200];
    snprintf(path, sizeof path, "%s/r.gmtrace", folder);
    struct recorder_options options = {.path = path, .device = "", .tags = ""};
    struct rlimit before, small;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = before;
    small.rlim_cur = 8192;
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    int input = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 10);
    close(STDIN_FILENO);
    setrlimit(RLIMIT_FSIZE, &small);
    struct recorder *recorder = NULL;
    int error = recorder_open(&options, &recorder);
    int next = open("/dev/null", O_RDONLY | O_CLOEXEC);
    close(next);
    setrlimit(RLIMIT_FSIZE, &before);
    if (input >= 0) {
        dup2(input, STDIN_FILENO);
        close(input);
    }
    signal(SIGXFSZ, handler);
    assert_int_equal(error, EFBIG);
    assert_null(recorder);
    assert_int_equal(next, STDIN_FILENO); /* it was closed, too */
    assert_int_equal(access(path, F_OK), -1);
    unit_remove_folder(folder);
}

/* A thread that logs on takes no memory, which a tracer that has stopped would keep for ever. */
static void test_after_the_end(void **state)
{
    (void)state;
    char *folder = unit_make_folder();
    struct recorder *recorder = open_with(folder, 0, false);
    const struct recorder_note note = {RECORDING_PEAK, {1, 0}};
    recorder_note(recorder, 1, &note, 1);
    recorder_sample(recorder, 1, 2, 3);
    assert_true(recorder->header->claimed_notes == 1 && recorder->header->claimed_chunks == 1);
    recorder_abandon_in_child(recorder);
    recorder_note(recorder, 1, &note, 1);
    for (uint64_t i = 0; i < 3UL * FULL; i++)
        recorder_sample(recorder, 1, i, 3);
    recorder_count_failed_read(recorder);
    assert_true(recorder->header->claimed_notes == 0 && recorder->header->claimed_chunks == 0);
    assert_int_equal(recorder->header->failed_reads, 0);
    check_empty(recorder_place(recorder, 0));
    for (int i = 0; i < 4; i++)
        check_empty(&recorder->ring[0].records[i]);
    unit_remove_folder(folder);
}

/* ---- notes ---- */

static void test_notes(void **state)
{
    (void)state;
    char *folder = unit_make_folder();
    struct recorder *recorder = open_with(folder, 17UL * 4096, false);
    const struct recorder_note notes[] = {{RECORDING_MARK, {11, 12}},
                                          {RECORDING_MARK_MORE, {13, 14}},
                                          {RECORDING_MARK_MORE, {15, 16}}};
    recorder_note(recorder, -1, notes, 2);
    check_empty(recorder_place(recorder, 2)); /* no more than was given */
    recorder_note(recorder, 7, notes + 2, 1);
    assert_int_equal(recorder->header->claimed_notes, 3);
    check(recorder_place(recorder, 0), RECORDING_MARK, 11, 12, -1, 1);
    check(recorder_place(recorder, 1), RECORDING_MARK_MORE, 13, 14, -1, 1);
    check(recorder_place(recorder, 2), RECORDING_MARK_MORE, 15, 16, 7, 1);
    check_empty(recorder_place(recorder, 3));
    assert_int_equal(recording_time_ns(recorder_place(recorder, 0)),
                     recording_time_ns(recorder_place(recorder, 1)));

    /* Where there is no extent yet they are counted; half full, the next one is added. */
    assert_null(recorder_place(recorder, RECORDING_FIRST_EXTENT_RECORDS));
    atomic_store(&recorder->header->claimed_notes, RECORDING_FIRST_EXTENT_RECORDS - 1);
    recorder_note(recorder, 8, notes, 3);
    assert_int_equal(recorder->header->lost, 2);
    check(recorder_place(recorder, RECORDING_FIRST_EXTENT_RECORDS - 1), RECORDING_MARK, 11, 12, 8,
          1);
    atomic_store(&recorder->header->claimed_notes, RECORDING_FIRST_EXTENT_RECORDS / 2);
    recorder_prepare(recorder);
    assert_int_equal(recorder->header->extents[1].offset, 0);
    atomic_store(&recorder->header->claimed_notes, RECORDING_FIRST_EXTENT_RECORDS / 2 + 1);
    recorder_prepare(recorder);
    assert_int_equal(recorder->header->extents[1].offset, 65536 * 11); /* not 65536 x 10 + 4096 */
    assert_int_equal(recorder->extent_count, 2);
    check_empty(recorder_place(recorder, RECORDING_FIRST_EXTENT_RECORDS));
    recorder_close(recorder, false);
    unit_remove_folder(folder);
}

/* ---- samples ---- */

static void test_repeats(void **state)
{
    (void)state;
    char *folder = unit_make_folder();
    struct recorder *recorder = open_with(folder, 0, false);
    const struct recording_record *r = recorder->ring[0].records;
    for (int i = 0; i < 4; i++)
        recorder_sample(recorder, 3, 20, 30);
    recorder_sample(recorder, 3, 20, 31); /* other figures */
    recorder_sample(recorder, 3, 21, 31);
    recorder_sample(recorder, 4, 21, 31); /* another iteration */
    recorder_sample(recorder, 4, 21, 31);
    for (int i = 0; i < 3; i++)
        recorder_sample_with_device(recorder, 4, 21, 31, 40);
    recorder_sample_with_device(recorder, 4, 21, 31, 41);
    recorder_sample(recorder, 4, 21, 31); /* without the device's */
    assert_int_equal(recorder->ring[0].generation, 1);
    check(&r[0], RECORDING_SAMPLE, 20, 30, 3, 1);
    check(&r[1], RECORDING_REPEAT, 3, 0, 3, 1);
    check(&r[2], RECORDING_SAMPLE, 20, 31, 3, 1);
    check(&r[3], RECORDING_SAMPLE, 21, 31, 3, 1);
    check(&r[4], RECORDING_SAMPLE, 21, 31, 4, 1);
    check(&r[5], RECORDING_REPEAT, 1, 0, 4, 1);
    check(&r[6], RECORDING_DEVICE, 40, 0, 4, 1);
    check(&r[7], RECORDING_SAMPLE, 21, 31, 4, 1);
    check(&r[8], RECORDING_REPEAT, 2, 0, 4, 1);
    check(&r[9], RECORDING_DEVICE, 41, 0, 4, 1);
    check(&r[10], RECORDING_SAMPLE, 21, 31, 4, 1);
    check(&r[11], RECORDING_SAMPLE, 21, 31, 4, 1);
    check_empty(&r[12]);
    assert_int_equal(recording_time_ns(&r[6]), recording_time_ns(&r[7]));
    for (int i = 1; i < 12; i++)
        assert_true(recording_time_ns(&r[i]) >= recording_time_ns(&r[i - 1]));
    assert_int_equal(recorder->header->claimed_chunks, 1);
    recorder_close(recorder, false);

    recorder = open_with(folder, 0, true); /* each for itself */
    for (int i = 0; i < 2; i++)
        recorder_sample(recorder, 3, 20, 30);
    for (int i = 0; i < 2; i++)
        check(&recorder->ring[0].records[i], RECORDING_SAMPLE, 20, 30, 3, 1);
    recorder_close(recorder, false);
    unit_remove_folder(folder);
}

/* What of a chunk is too little for a sample with its device says nothing. */
static void test_end_of_chunk(void **state)
{
    (void)state;
    char *folder = unit_make_folder();
    struct recorder *recorder = open_with(folder, 0, false);
    const struct recording_record *first = recorder->ring[0].records,
                                  *second = recorder->ring[1].records;
    for (uint64_t i = 0; i < FULL - 2; i++)
        recorder_sample(recorder, 3, i, 30);
    recorder_sample(recorder, 3, 1000, 30);
    recorder_sample(recorder, 3, 1000, 30); /* its repeat would be the last of the chunk */
    check(&first[FULL - 2], RECORDING_SAMPLE, 1000, 30, 3, 1);
    check(&first[FULL - 1], RECORDING_SAMPLE, 1000, 30, 3, 1);
    recorder_sample(recorder, 3, 1000, 30);
    check(&second[0], RECORDING_SAMPLE, 1000, 30, 3, 1);
    for (uint64_t i = 1; i < FULL - 1; i++)
        recorder_sample(recorder, 3, i, 30);
    recorder_sample_with_device(recorder, 3, 7, 30, 50);
    check(&second[FULL - 1], RECORDING_DEVICE, RECORDING_NOT_KNOWN, 0, 0, 1);
    assert_int_equal(recording_time_ns(&second[FULL - 1]), 0);
    check(&recorder->ring[2].records[0], RECORDING_DEVICE, 50, 0, 3, 1);
    check(&recorder->ring[2].records[1], RECORDING_SAMPLE, 7, 30, 3, 1);
    check_empty(&recorder->ring[2].records[2]);
    assert_int_equal(recorder->header->claimed_chunks, 3);
    recorder_close(recorder, false);
    unit_remove_folder(folder);
}

/* What makes room is counted by its iterations, with what repeats stand for. */
static void test_once_around(void **state)
{
    (void)state;
    enum { CHUNKS = 16 };
    char *folder = unit_make_folder();
    struct recorder *recorder = open_with(folder, 0, false);
    uint64_t figure = 1000;
    for (int i = 0; i < 60; i++)
        recorder_sample(recorder, 1, figure++, 0);
    for (int i = 0; i < 11; i++)
        recorder_sample(recorder, 1, 5, 0); /* two records */
    for (int i = 0; i < 65; i++)
        recorder_sample(recorder, 2, figure++, 0);
    for (int i = 0; i < (CHUNKS - 1) * FULL; i++)
        recorder_sample(recorder, 3, figure++, 0);
    assert_true(recorder->header->claimed_chunks == CHUNKS && recorder->header->claimed_notes == 0);
    check(&recorder->ring[0].records[FULL - 1], RECORDING_SAMPLE, 1000 + 60 + 65 - 1, 0, 2, 1);
    recorder_sample(recorder, 3, figure++, 0);
    assert_int_equal(recorder->ring[0].generation, 2);
    check(&recorder->ring[0].records[0], RECORDING_SAMPLE, figure - 1, 0, 3, 2);
    check(recorder_place(recorder, 0), RECORDING_DROPPED, 60 + 11, 0, 1, 1);
    check(recorder_place(recorder, 1), RECORDING_DROPPED, 65, 0, 2, 1);
    assert_int_equal(recorder->header->claimed_notes, 2);
    for (int i = 0; i < 2 * FULL; i++)
        recorder_sample(recorder, 3, figure++, 0);
    check(recorder_place(recorder, 2), RECORDING_DROPPED, 2UL * FULL, 0, 3, 1);
    assert_true(recorder->header->claimed_notes == 3 && recorder->header->lost == 0);
    recorder_close(recorder, false);
    unit_remove_folder(folder);
}

/* Samples that come before the ring has grown are dropped, and the next ones are not. */
static void test_growth(void **state)
{
    (void)state;
    static const uint64_t FIRST = 256 - 16 - 128, CHUNKS = 1024;
    char *folder = unit_make_folder();
    struct recorder *recorder = open_with(folder, CHUNKS * 4096, false);
    assert_int_equal(recorder->there, FIRST);
    for (uint64_t i = 0; i < FIRST * FULL; i++)
        recorder_sample(recorder, 1, i, 0);
    for (uint64_t i = 0; i < 5; i++)
        recorder_sample(recorder, i < 3 ? 1 : 2, i, 0);
    check(recorder_place(recorder, 0), RECORDING_DROPPED, 3, 0, 1, 1);
    check(recorder_place(recorder, 1), RECORDING_DROPPED, 2, 0, 2, 1);
    assert_int_equal(recorder->header->claimed_chunks, FIRST);
    recorder->claimed_before = FIRST; /* it was slow to be used up */
    recorder_prepare(recorder);
    assert_int_equal(recorder->there, 2 * FIRST);
    assert_int_equal(recorder->header->ring_chunks, CHUNKS);
    recorder_sample(recorder, 2, 9, 0);
    check(&recorder->ring[FIRST].records[0], RECORDING_SAMPLE, 9, 0, 2, 1);
    recorder_prepare(recorder); /* there is room enough */
    assert_int_equal(recorder->there, 2 * FIRST);
    recorder_close(recorder, false);
    unit_remove_folder(folder);
}

static void *log_three(void *recorder)
{
    for (uint64_t i = 0; i < 3; i++)
        recorder_sample(recorder, 1, i, 0);
    return NULL;
}

static void run_thread(struct recorder *recorder)
{
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, log_three, recorder), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
}

/* A chunk of a thread that has ended goes to the next one; one that another took first does not. */
static void test_chunks_change_hands(void **state)
{
    (void)state;
    char *folder = unit_make_folder();
    struct recorder *recorder = open_with(folder, 0, false);
    for (int i = 1; i <= 2; i++) {
        run_thread(recorder);
        assert_int_equal(recorder->partial[0], 1 << 8 | 3 * i);
        assert_int_equal(recorder->partial_count, 1);
    }
    for (uint64_t i = 0; i < 6; i++)
        check(&recorder->ring[0].records[i], RECORDING_SAMPLE, i % 3, 0, 1, 1);
    assert_int_equal(recorder->header->claimed_chunks, 1);
    assert_true(recorder->owned[0] && !recorder->owned[1]);
    recorder->partial[0] = 0;
    run_thread(recorder);
    check(&recorder->ring[1].records[0], RECORDING_SAMPLE, 0, 0, 1, 1);
    assert_int_equal(recorder->partial[0], 2 << 8 | 3);
    recorder_close(recorder, false);
    unit_remove_folder(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_header),
        cmocka_unit_test(test_descriptor_zero),
        cmocka_unit_test(test_after_the_end),
        cmocka_unit_test(test_notes),
        cmocka_unit_test(test_repeats),
        cmocka_unit_test(test_end_of_chunk),
        cmocka_unit_test(test_once_around),
        cmocka_unit_test(test_growth),
        cmocka_unit_test(test_chunks_change_hands),
    };
    return cmocka_run_group_tests_name("recorder", tests, NULL, NULL);
}
