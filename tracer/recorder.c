#include "tracer/recorder.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

enum {
    LEAST_CHUNKS = 16,
    PREPARED_CHUNKS = 256, /* touched ahead of need: 1 MiB */
    CACHES = 4,            /* tracers that a thread writes to without losing its chunks */
    CLAIM_ATTEMPTS = 64,
};

/* Never freed: a thread may be in the midst of a record when its tracer is stopped, and another may
 * come back to a chunk of it later. A process has few. */
struct recorder {
    _Atomic bool open;
    uint64_t serial; /* of this recorder in the process; never 0, never used again */
    char *file;      /* header and ring */
    size_t file_bytes;
    struct recording_header *header;
    struct recording_chunk *ring;
    uint64_t chunks;
    uint64_t start_ns;
    _Atomic uint64_t tickets; /* chunks claimed so far */
    _Atomic bool *owned;      /* one a chunk: some thread has it */
    uint64_t prepared;        /* tickets whose chunks were touched ahead */
    _Atomic uint64_t notes;   /* records claimed in the extents so far */
    struct recording_record *_Atomic extents[RECORDING_EXTENTS];
    unsigned extent_count;
    int fd;
    struct recorder *next; /* of all in the process */
};

/* What a thread holds of a recorder. */
struct claim {
    uint64_t serial;
    struct recorder *recorder;
    struct recording_chunk *chunk;
    uint64_t generation;
    int used;                         /* records of the chunk */
    struct recording_record *dropped; /* where this thread counts what it has overwritten ... */
    int64_t dropped_iteration;        /* ... of this iteration */
};

static _Thread_local struct claim claims[CACHES] __attribute__((tls_model("initial-exec")));
static _Thread_local unsigned next_victim __attribute__((tls_model("initial-exec")));
static pthread_key_t thread_end_key;
static pthread_once_t thread_end_once = PTHREAD_ONCE_INIT;
static _Atomic uint64_t serials;

static uint64_t monotonic_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

uint64_t recorder_now_ns(const struct recorder *recorder)
{
    return monotonic_ns() - recorder->start_ns;
}

/* ---- places in the extents ---- */

static void put(struct recording_record *record, uint64_t time_ns, enum recording_kind kind,
                const uint64_t values[2], uint64_t last)
{
    record->time_and_kind = time_ns << 8 | (uint64_t)kind;
    record->values[0] = values[0];
    record->values[1] = values[1];
    atomic_store_explicit(&record->last, last, memory_order_release);
}

static struct recording_record *place_of(struct recorder *recorder, uint64_t place)
{
    for (unsigned k = 0; k < RECORDING_EXTENTS; k++) {
        uint64_t records = recording_extent_records(k);
        if (place < records) {
            struct recording_record *extent =
                atomic_load_explicit(&recorder->extents[k], memory_order_acquire);
            return extent ? extent + place : NULL;
        }
        place -= records;
    }
    return NULL;
}

void recorder_note(struct recorder *recorder, int64_t iteration, const struct recorder_note *notes,
                   size_t count)
{
    if (!atomic_load_explicit(&recorder->open, memory_order_acquire))
        return;
    uint64_t time_ns = recorder_now_ns(recorder);
    uint64_t first = atomic_fetch_add_explicit(&recorder->notes, count, memory_order_relaxed);
    for (size_t i = 0; i < count; i++) {
        struct recording_record *record = place_of(recorder, first + i);
        if (record)
            put(record, time_ns, notes[i].kind, notes[i].values, recording_last_word(iteration, 1));
        else
            atomic_fetch_add(&recorder->header->lost, 1);
    }
}

/* ---- chunks of the ring ---- */

static void count_dropped(struct claim *claim, int64_t iteration, uint64_t samples)
{
    struct recorder *recorder = claim->recorder;
    if (!claim->dropped || claim->dropped_iteration != iteration) {
        uint64_t place = atomic_fetch_add_explicit(&recorder->notes, 1, memory_order_relaxed);
        claim->dropped = place_of(recorder, place);
        claim->dropped_iteration = iteration;
        if (claim->dropped)
            put(claim->dropped, recorder_now_ns(recorder), RECORDING_DROPPED, (uint64_t[]){0, 0},
                recording_last_word(iteration, 1));
    }
    /* This thread alone writes here; a reader sees the count before or after. */
    if (claim->dropped)
        __atomic_store_n(&claim->dropped->values[0], claim->dropped->values[0] + samples,
                         __ATOMIC_RELAXED);
    else
        atomic_fetch_add(&recorder->header->lost, samples);
}

/* Counts the samples that a chunk's new use overwrites, run by run of one iteration. */
static void count_overwritten(struct claim *claim, const struct recording_chunk *chunk,
                              uint64_t generation)
{
    int64_t iteration = 0;
    uint64_t run = 0;
    for (int i = 0; i < RECORDING_CHUNK_RECORDS; i++) {
        uint64_t last = atomic_load_explicit(&chunk->records[i].last, memory_order_relaxed);
        if ((last & RECORDING_GENERATION_MASK) != (generation & RECORDING_GENERATION_MASK))
            continue;
        if (run > 0 && recording_iteration(last) != iteration) {
            count_dropped(claim, iteration, run);
            run = 0;
        }
        iteration = recording_iteration(last);
        run++;
    }
    if (run > 0)
        count_dropped(claim, iteration, run);
}

static void give_up(struct claim *claim)
{
    if (claim->chunk && claim->recorder)
        atomic_store_explicit(&claim->recorder->owned[claim->chunk - claim->recorder->ring], false,
                              memory_order_release);
    claim->chunk = NULL;
}

static void end_of_thread(void *unused)
{
    (void)unused;
    for (int i = 0; i < CACHES; i++)
        give_up(&claims[i]);
}

static void make_key(void)
{
    pthread_key_create(&thread_end_key, end_of_thread);
}

/* This thread's next chunk; chunks that others still write to are passed over. */
static bool next_chunk(struct claim *claim)
{
    struct recorder *recorder = claim->recorder;
    give_up(claim);
    for (int attempt = 0; attempt < CLAIM_ATTEMPTS; attempt++) {
        uint64_t ticket = atomic_fetch_add_explicit(&recorder->tickets, 1, memory_order_relaxed);
        uint64_t at = ticket % recorder->chunks;
        if (atomic_exchange_explicit(&recorder->owned[at], true, memory_order_acquire))
            continue;
        struct recording_chunk *chunk = &recorder->ring[at];
        uint64_t generation = atomic_load_explicit(&chunk->generation, memory_order_relaxed);
        if (generation > 0)
            count_overwritten(claim, chunk, generation);
        /* 0 means: not there. Past 2^24 uses the generations begin anew. */
        uint64_t next = generation + 1;
        next += (next & RECORDING_GENERATION_MASK) == 0;
        atomic_store_explicit(&chunk->generation, next, memory_order_release);
        claim->chunk = chunk;
        claim->generation = next;
        claim->used = 0;
        return true;
    }
    return false;
}

/* This thread's claim of a recorder, made where there is none. */
static struct claim *new_claim(struct recorder *recorder)
{
    pthread_once(&thread_end_once, make_key);
    pthread_setspecific(thread_end_key, claims); /* any value: so that the end is heard of */
    struct claim *claim = &claims[next_victim++ % CACHES];
    give_up(claim);
    *claim = (struct claim){.serial = recorder->serial, .recorder = recorder};
    return claim;
}

static inline struct claim *claim_of(struct recorder *recorder)
{
    for (int i = 0; i < CACHES; i++)
        if (claims[i].serial == recorder->serial)
            return &claims[i];
    return new_claim(recorder);
}

void recorder_sample(struct recorder *recorder, int64_t iteration, uint64_t allocated,
                     uint64_t reserved)
{
    if (!atomic_load_explicit(&recorder->open, memory_order_acquire))
        return;
    struct claim *claim = claim_of(recorder);
    if ((!claim->chunk || claim->used == RECORDING_CHUNK_RECORDS) && !next_chunk(claim)) {
        atomic_fetch_add(&recorder->header->lost, 1);
        return;
    }
    put(&claim->chunk->records[claim->used++], recorder_now_ns(recorder), RECORDING_SAMPLE,
        (uint64_t[]){allocated, reserved}, recording_last_word(iteration, claim->generation));
}

/* ---- making the file ---- */

/* The kernel reserves the blocks, so that a full disk is told here and not by SIGBUS later. */
static int reserve(int fd, off_t offset, off_t length)
{
    int error;
    do
        error = posix_fallocate(fd, offset, length);
    while (error == EINTR);
    return error;
}

/* Puts what a dead run left under this name aside, with the stamp of its last change as a tag. */
static int put_aside(const char *path)
{
    struct stat status;
    if (stat(path, &status) != 0)
        return errno == ENOENT ? 0 : -1;
    int stem = (int)(strlen(path) - strlen(".gmtrace"));
    for (long long stamp = (long long)status.st_mtime;; stamp++) {
        char *aside = NULL;
        if (asprintf(&aside, "%.*s_ts%lld.gmtrace", stem, path, stamp) < 0)
            return -1;
        bool taken = access(aside, F_OK) == 0;
        int moved = taken ? -1 : rename(path, aside);
        free(aside);
        if (!taken)
            return moved;
    }
}

static bool is_being_written(const char *path)
{
    int fd = open(path, O_RDWR | O_CLOEXEC);
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    bool busy = fd >= 0 && fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
    if (fd >= 0)
        close(fd);
    return busy;
}

/* Opens the file for this process alone. */
static int open_file(const char *path)
{
    enum { ATTEMPTS = 10 }; /* another process may take the name at the same time */
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd >= 0 || errno != EEXIST)
            return fd;
        if (is_being_written(path)) {
            errno = EBUSY;
            return -1;
        }
        if (put_aside(path) != 0)
            return -1;
    }
    errno = EBUSY;
    return -1;
}

static int add_extent(struct recorder *recorder)
{
    unsigned at = recorder->extent_count;
    if (at == RECORDING_EXTENTS)
        return ENOSPC;
    size_t bytes = recording_extent_records(at) * sizeof(struct recording_record);
    struct stat status;
    if (fstat(recorder->fd, &status) != 0)
        return errno;
    int error = reserve(recorder->fd, status.st_size, (off_t)bytes);
    if (error)
        return error;
    void *extent =
        mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, recorder->fd, status.st_size);
    if (extent == MAP_FAILED)
        return errno;
    atomic_store(&recorder->header->extents[at].offset, (uint64_t)status.st_size);
    atomic_store_explicit(&recorder->extents[at], extent, memory_order_release);
    recorder->extent_count++;
    return 0;
}

static int map_file(struct recorder *recorder, const struct recorder_options *options)
{
    uint64_t chunks = options->max_bytes / RECORDING_CHUNK_BYTES;
    recorder->chunks = chunks < LEAST_CHUNKS ? LEAST_CHUNKS : chunks;
    recorder->file_bytes =
        RECORDING_HEADER_BYTES + (size_t)recorder->chunks * RECORDING_CHUNK_BYTES;
    recorder->owned = calloc(recorder->chunks, sizeof *recorder->owned);
    if (!recorder->owned)
        return ENOMEM;
    int error = reserve(recorder->fd, 0, (off_t)recorder->file_bytes);
    if (error)
        return error;
    void *file =
        mmap(NULL, recorder->file_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, recorder->fd, 0);
    if (file == MAP_FAILED || !file) {
        error = errno;
        return error ? error : ENOMEM;
    }
    recorder->file = file;
    recorder->header = (void *)recorder->file;
    recorder->ring = (void *)(recorder->file + RECORDING_HEADER_BYTES);
    return 0;
}

static void fill_header(struct recorder *recorder, struct recording_header *header,
                        const struct recorder_options *options)
{
    struct timespec wall;
    clock_gettime(CLOCK_REALTIME, &wall);
    recorder->start_ns = monotonic_ns();
    header->version = RECORDING_VERSION;
    header->byte_order = RECORDING_BYTE_ORDER;
    header->header_bytes = RECORDING_HEADER_BYTES;
    header->chunk_bytes = RECORDING_CHUNK_BYTES;
    header->ring_offset = RECORDING_HEADER_BYTES;
    header->ring_chunks = recorder->chunks;
    header->rank = options->rank;
    header->world_size = options->world_size;
    header->start_realtime_ns = (int64_t)wall.tv_sec * 1000000000 + wall.tv_nsec;
    header->start_monotonic_ns = recorder->start_ns;
    header->process = (uint64_t)getpid();
    snprintf(header->device, sizeof header->device, "%s", options->device);
    snprintf(header->tags, sizeof header->tags, "%s", options->tags);
    memcpy(header->magic, RECORDING_MAGIC, sizeof header->magic);
}

static void discard(struct recorder *recorder, const char *path)
{
    if (recorder->file)
        munmap(recorder->file, recorder->file_bytes);
    if (recorder->fd >= 0) {
        unlink(path);
        close(recorder->fd);
    }
    free(recorder->owned);
    free(recorder);
}

int recorder_open(const struct recorder_options *options, struct recorder **opened)
{
    struct recorder *recorder = calloc(1, sizeof *recorder);
    if (!recorder)
        return ENOMEM;
    recorder->fd = open_file(options->path);
    int error = recorder->fd < 0 ? errno : 0;
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (!error)
        (void)fcntl(recorder->fd, F_SETLK,
                    &lock); /* without locks, readers judge by the end mark */
    if (!error)
        error = map_file(recorder, options);
    if (!error) {
        fill_header(recorder, (void *)recorder->file, options);
        error = add_extent(recorder);
    }
    if (error) {
        discard(recorder, options->path);
        return error;
    }
    recorder->serial = atomic_fetch_add(&serials, 1) + 1;
    recorder_prepare(recorder);
    atomic_store_explicit(&recorder->open, true, memory_order_release);
    *opened = recorder;
    return 0;
}

/* ---- ahead of need, and at the end ---- */

void recorder_prepare(struct recorder *recorder)
{
    uint64_t wanted = atomic_load(&recorder->tickets) + PREPARED_CHUNKS;
    while (recorder->prepared < wanted) {
        uint64_t at = recorder->prepared % recorder->chunks;
        uint64_t count = wanted - recorder->prepared;
        if (count > recorder->chunks - at)
            count = recorder->chunks - at;
        /* Older kernels know no such advice; then the writers take the faults. */
        (void)madvise(&recorder->ring[at], count * RECORDING_CHUNK_BYTES, MADV_POPULATE_WRITE);
        recorder->prepared += count;
    }
    uint64_t room = 0;
    for (unsigned k = 0; k < recorder->extent_count; k++)
        room += recording_extent_records(k);
    if (atomic_load(&recorder->notes) > room / 2)
        (void)add_extent(recorder); /* tried again next time; meanwhile what is lost is counted */
}

const void *recorder_bytes(struct recorder *recorder, size_t *length)
{
    struct stat status;
    if (fstat(recorder->fd, &status) != 0)
        return NULL;
    *length = (size_t)status.st_size;
    void *bytes = mmap(NULL, *length, PROT_READ, MAP_SHARED, recorder->fd, 0);
    return bytes == MAP_FAILED ? NULL : bytes;
}

void recorder_end(struct recorder *recorder)
{
    atomic_store(&recorder->header->ended, 1);
}

/* A thread may stand between looking at `open` and writing its record. The file's pages are
 * replaced, in one step, by memory of the same size that costs nothing until it is touched. */
static void replace(void *start, size_t bytes)
{
    (void)mmap(start, bytes, PROT_READ | PROT_WRITE,
               MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
}

void recorder_abandon_in_child(struct recorder *recorder)
{
    atomic_store(&recorder->open, false);
}

void recorder_close(struct recorder *recorder)
{
    atomic_store(&recorder->open, false);
    replace(recorder->file, recorder->file_bytes);
    for (unsigned k = 0; k < recorder->extent_count; k++)
        replace(atomic_load(&recorder->extents[k]),
                recording_extent_records(k) * sizeof(struct recording_record));
    close(recorder->fd);
    recorder->fd = -1;
}
