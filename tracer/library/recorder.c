#include "tracer/library/recorder.h"

#include "schemas/support/clock.h"
#include "tracer/library/recorder_internal.h"

#include <pthread.h>
#include <stdatomic.h>

enum {
    CACHES = 4, /* tracers that a thread writes to without giving its chunks away in between */
    CLAIM_ATTEMPTS = 64,
};

/* What a thread holds of a recorder. */
struct claim {
    uint64_t serial;
    struct recorder *recorder;
    struct recording_chunk *chunk;
    uint64_t generation;
    unsigned used;                    /* records of the chunk; all, where there is none */
    struct recording_record *sample;  /* the newest one of the chunk, if this thread put it there */
    struct recording_record *dropped; /* where this thread counts samples that found no room ... */
    int64_t dropped_iteration;        /* ... of this iteration */
};

/* initial-exec: without it every access would be a call. It takes a part of the little room that
 * libraries loaded late share, so there is not more of it. */
static _Thread_local struct claim claims[CACHES] __attribute__((tls_model("initial-exec")));
static _Thread_local unsigned next_victim __attribute__((tls_model("initial-exec")));

uint64_t recorder_monotonic_ns(void)
{
    return (uint64_t)clock_monotonic_ns();
}

static uint64_t now_ns(const struct recorder *recorder)
{
    return recorder_monotonic_ns() - recorder->start_ns;
}

/* ---- places in the extents ---- */

static void put(struct recording_record *record, uint64_t time_ns, enum recording_kind kind,
                const uint64_t values[2], uint64_t last)
{
    record->time_and_kind = recording_time_and_kind(time_ns, kind);
    record->values[0] = values[0];
    record->values[1] = values[1];
    atomic_store_explicit(&record->last, last, memory_order_release);
}

struct recording_record *recorder_place(struct recorder *recorder, uint64_t place)
{
    uint64_t within;
    unsigned k = recording_extent_of(place, &within);
    if (k >= RECORDING_EXTENTS)
        return NULL;
    struct recording_record *extent =
        atomic_load_explicit(&recorder->extents[k], memory_order_acquire);
    return extent ? extent + within : NULL;
}

static void count_lost(struct recorder *recorder, uint64_t records)
{
    atomic_fetch_add_explicit(&recorder->header->lost, records, memory_order_relaxed);
}

void recorder_note(struct recorder *recorder, int64_t iteration, const struct recorder_note *notes,
                   size_t count)
{
    if (!atomic_load_explicit(&recorder->open, memory_order_acquire))
        return;
    uint64_t time_ns = now_ns(recorder);
    uint64_t first =
        atomic_fetch_add_explicit(&recorder->header->claimed_notes, count, memory_order_relaxed);
    for (size_t i = 0; i < count; i++) {
        struct recording_record *record = recorder_place(recorder, first + i);
        if (record)
            put(record, time_ns, notes[i].kind, notes[i].values, recording_last_word(iteration, 1));
        else
            count_lost(recorder, 1);
    }
}

void recorder_count_failed_read(struct recorder *recorder)
{
    if (atomic_load_explicit(&recorder->open, memory_order_acquire))
        atomic_fetch_add_explicit(&recorder->header->failed_reads, 1, memory_order_relaxed);
}

/* ---- samples that made room for others, or found none ---- */

static void count_dropped(struct claim *claim, int64_t iteration, uint64_t samples)
{
    struct recorder *recorder = claim->recorder;
    if (!claim->dropped || claim->dropped_iteration != iteration) {
        uint64_t place =
            atomic_fetch_add_explicit(&recorder->header->claimed_notes, 1, memory_order_relaxed);
        claim->dropped = recorder_place(recorder, place);
        claim->dropped_iteration = iteration;
        if (claim->dropped)
            put(claim->dropped, now_ns(recorder), RECORDING_DROPPED, (uint64_t[]){0, 0},
                recording_last_word(iteration, 1));
    }
    /* This thread alone writes here; a reader sees the count before or after. */
    if (claim->dropped)
        __atomic_store_n(&claim->dropped->values[0], claim->dropped->values[0] + samples,
                         __ATOMIC_RELAXED);
    else
        count_lost(recorder, samples);
}

/* Counts the samples that a chunk's new use overwrites, run by run of one iteration. */
static void count_overwritten(struct claim *claim, const struct recording_chunk *chunk,
                              uint64_t generation)
{
    uint64_t run = 0,
             run_last = 0; /* records of one iteration and generation end in the same word */
    for (int i = 0; chunk && i < RECORDING_CHUNK_RECORDS; i++) {
        const struct recording_record *record = &chunk->records[i];
        uint64_t last = atomic_load_explicit(&record->last, memory_order_relaxed);
        uint64_t taken = recording_samples(record, recording_kind(record));
        if (!recording_is_there(last, generation) || taken == 0)
            continue;
        if (run > 0 && last != run_last) {
            count_dropped(claim, recording_iteration(run_last), run);
            run = 0;
        }
        run_last = last;
        run += taken;
    }
    if (run > 0)
        count_dropped(claim, recording_iteration(run_last), run);
}

/* ---- chunks that change hands ---- */

/* A chunk that is not full goes to the next thread that wants one: else threads that come and go,
 * or a thread with more tracers than it has caches, would use up the ring with few samples in it.
 */
static bool leave_to_others(struct recorder *recorder, uint64_t at, unsigned used)
{
    for (int i = 0; i < RECORDER_PARTIAL_CHUNKS; i++) {
        uint64_t none = 0;
        if (atomic_load_explicit(&recorder->partial[i], memory_order_relaxed) == 0 &&
            atomic_compare_exchange_strong_explicit(&recorder->partial[i], &none,
                                                    (at + 1) << 8 | used, memory_order_release,
                                                    memory_order_relaxed)) {
            atomic_fetch_add_explicit(&recorder->partial_count, 1, memory_order_relaxed);
            return true;
        }
    }
    return false;
}

static bool take_partial(struct claim *claim)
{
    struct recorder *recorder = claim->recorder;
    if (atomic_load_explicit(&recorder->partial_count, memory_order_relaxed) == 0)
        return false;
    for (int i = 0; i < RECORDER_PARTIAL_CHUNKS; i++) {
        uint64_t found = atomic_load_explicit(&recorder->partial[i], memory_order_relaxed);
        if (found == 0 ||
            !atomic_compare_exchange_strong_explicit(&recorder->partial[i], &found, 0,
                                                     memory_order_acquire, memory_order_relaxed))
            continue;
        atomic_fetch_sub_explicit(&recorder->partial_count, 1, memory_order_relaxed);
        claim->chunk = &recorder->ring[(found >> 8) - 1];
        claim->generation = atomic_load_explicit(&claim->chunk->generation, memory_order_relaxed);
        claim->used = (unsigned)(found & 0xFF);
        return true;
    }
    return false;
}

static void give_up(struct claim *claim)
{
    if (!claim->chunk)
        return;
    struct recorder *recorder = claim->recorder;
    uint64_t at = (uint64_t)(claim->chunk - recorder->ring);
    if (claim->used == RECORDING_CHUNK_RECORDS || !leave_to_others(recorder, at, claim->used))
        atomic_store_explicit(&recorder->owned[at], false, memory_order_release);
    claim->chunk = NULL;
    claim->used = RECORDING_CHUNK_RECORDS;
    claim->sample = NULL;
}

/* The next place in the ring. False where that has no room on the disk yet: the tracer's thread is
 * about to make it, and until then samples are dropped and counted, since nobody may wait here. */
static bool claim_place(struct recorder *recorder, uint64_t *at)
{
    _Atomic uint64_t *claimed = &recorder->header->claimed_chunks;
    uint64_t ticket = atomic_load_explicit(claimed, memory_order_relaxed);
    do {
        uint64_t there = atomic_load_explicit(&recorder->there, memory_order_acquire);
        uint64_t chunks = atomic_load_explicit(&recorder->chunks, memory_order_acquire);
        if (ticket >= there && there < chunks)
            return false;
        *at = ticket % chunks;
    } while (!atomic_compare_exchange_weak_explicit(claimed, &ticket, ticket + 1,
                                                    memory_order_relaxed, memory_order_relaxed));
    return true;
}

/* This thread's next chunk: the oldest that no thread has. */
static bool next_chunk(struct claim *claim)
{
    struct recorder *recorder = claim->recorder;
    give_up(claim);
    if (take_partial(claim))
        return true;
    uint64_t at;
    for (int attempt = 0; attempt < CLAIM_ATTEMPTS && claim_place(recorder, &at); attempt++) {
        if (atomic_exchange_explicit(&recorder->owned[at], true, memory_order_acquire))
            continue;
        struct recording_chunk *chunk = &recorder->ring[at];
        uint64_t generation = atomic_load_explicit(&chunk->generation, memory_order_relaxed);
        if (generation > 0)
            count_overwritten(claim, chunk, generation);
        /* 0 means: not there. Past 2^24 uses the generations begin anew. */
        uint64_t next = generation + 1;
        next += (next & RECORDING_GENERATION_MASK) == 0;
        /* Seen before any word that is written from now on. */
        atomic_exchange(&chunk->generation, next);
        claim->chunk = chunk;
        claim->generation = next;
        claim->used = 0;
        return true;
    }
    return false;
}

/* ---- threads ---- */

static struct {
    pthread_once_t once;
    pthread_key_t key;
    /* Not where the process has used up its keys: then chunks of ended threads are lost. */
    _Atomic bool made;
} thread_end = {.once = PTHREAD_ONCE_INIT};

static void end_of_thread(void *unused)
{
    (void)unused;
    for (int i = 0; i < CACHES; i++) {
        give_up(&claims[i]);
        claims[i].serial = 0; /* a later destructor of the thread's may log again */
    }
}

static void make_key(void)
{
    thread_end.made = pthread_key_create(&thread_end.key, end_of_thread) == 0;
}

/* When the library is unloaded: the threads that have logged live on, and must not call what is not
 * there any more when they end. */
__attribute__((destructor)) static void delete_key(void)
{
    if (atomic_exchange(&thread_end.made, false))
        pthread_key_delete(thread_end.key);
}

/* This thread's claim of a recorder, made where there is none. */
static struct claim *new_claim(struct recorder *recorder)
{
    pthread_once(&thread_end.once, make_key);
    if (thread_end.made)
        pthread_setspecific(thread_end.key, claims); /* any value: so that the end is heard of */
    struct claim *claim = &claims[next_victim++ % CACHES];
    give_up(claim);
    *claim = (struct claim){
        .serial = recorder->serial, .recorder = recorder, .used = RECORDING_CHUNK_RECORDS};
    return claim;
}

static inline struct claim *claim_of(struct recorder *recorder)
{
    if (claims[0].serial == recorder->serial) /* most programs have one tracer */
        return &claims[0];
    for (int i = 1; i < CACHES; i++)
        if (claims[i].serial == recorder->serial)
            return &claims[i];
    return new_claim(recorder);
}

/* Makes room for so many records on end in the thread's chunk. What is left of one that has too
 * little is filled with records that say nothing: readers take the first that is not there for the
 * end of what was written. */
__attribute__((noinline)) static bool make_room(struct claim *claim, unsigned records)
{
    while (claim->used + records > RECORDING_CHUNK_RECORDS) {
        while (claim->used < RECORDING_CHUNK_RECORDS)
            put(&claim->chunk->records[claim->used++], 0, RECORDING_DEVICE,
                (uint64_t[]){RECORDING_NOT_KNOWN, 0}, recording_last_word(0, claim->generation));
        if (!next_chunk(claim))
            return false;
    }
    return true;
}

/* What is in use on the device beside a sample. */
static uint64_t device_of(const struct recording_chunk *chunk,
                          const struct recording_record *sample)
{
    const struct recording_record *before = sample - 1;
    bool has_device = sample > chunk->records && recording_kind(before) == RECORDING_DEVICE &&
                      recording_time_ns(before) == recording_time_ns(sample);
    return has_device ? before->values[0] : RECORDING_NOT_KNOWN;
}

/* One more sample with the figures of the newest is counted in the record behind that one, whose
 * time becomes that of now: so whatever happens next, the run's last sample is there. False where
 * the samples differ in something else, or where the record would be the chunk's last. */
__attribute__((noinline)) static bool repeat(struct claim *claim, int64_t iteration,
                                             uint64_t device)
{
    struct recording_record *sample = claim->sample, *record = sample + 1;
    uint64_t last = recording_last_word(iteration, claim->generation);
    if (atomic_load_explicit(&sample->last, memory_order_relaxed) != last ||
        device_of(claim->chunk, sample) != device || claim->recorder->all_samples)
        return false;
    uint64_t time_ns = now_ns(claim->recorder);
    if (record < &claim->chunk->records[claim->used]) { /* counts already */
        __atomic_store_n(&record->values[0], record->values[0] + 1, __ATOMIC_RELAXED);
        __atomic_store_n(&record->time_and_kind, recording_time_and_kind(time_ns, RECORDING_REPEAT),
                         __ATOMIC_RELAXED);
        return true;
    }
    if (claim->used + 1 >= RECORDING_CHUNK_RECORDS)
        return false;
    put(record, time_ns, RECORDING_REPEAT, (uint64_t[]){1, 0}, last);
    claim->used++;
    return true;
}

/* Inline, so that samples without a device's figure, which programs log, do not pay for one. */
static inline __attribute__((always_inline)) void put_sample(struct recorder *recorder,
                                                             int64_t iteration, uint64_t allocated,
                                                             uint64_t reserved, uint64_t device)
{
    if (!atomic_load_explicit(&recorder->open, memory_order_acquire))
        return;
    struct claim *claim = claim_of(recorder);
    if (claim->sample && claim->sample->values[0] == allocated &&
        claim->sample->values[1] == reserved && repeat(claim, iteration, device))
        return;
    bool has_device = device != RECORDING_NOT_KNOWN;
    unsigned records = has_device ? 2 : 1;
    if (claim->used + records > RECORDING_CHUNK_RECORDS && !make_room(claim, records)) {
        count_dropped(claim, iteration, 1);
        return;
    }
    uint64_t time_ns = now_ns(recorder), last = recording_last_word(iteration, claim->generation);
    struct recording_record *record = &claim->chunk->records[claim->used];
    claim->used += records;
    if (has_device)
        put(record++, time_ns, RECORDING_DEVICE, (uint64_t[]){device, 0}, last);
    claim->sample = record;
    put(record, time_ns, RECORDING_SAMPLE, (uint64_t[]){allocated, reserved}, last);
}

void recorder_sample(struct recorder *recorder, int64_t iteration, uint64_t allocated,
                     uint64_t reserved)
{
    put_sample(recorder, iteration, allocated, reserved, RECORDING_NOT_KNOWN);
}

void recorder_sample_with_device(struct recorder *recorder, int64_t iteration, uint64_t allocated,
                                 uint64_t reserved, uint64_t device)
{
    put_sample(recorder, iteration, allocated, reserved, device);
}
