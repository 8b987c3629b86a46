/* Room ahead of need: what takes time, so that logging calls never do. The sampling thread
 * alone comes here, but for recorder_open before it runs. */
#include "schemas/support/clock.h"
#include "schemas/support/mapping_guard.h"
#include "tracer/library/recorder_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

enum {
    /* The ring grows when fewer chunks are free than this, or than are used up in a few looks at
     * it; by as much as there is, at most by so many, in multiples of 64 KiB. */
    LEAST_FREE_CHUNKS = 56,
    LOOKS_AHEAD = 4,
    MOST_GROWTH_CHUNKS = 2048, /* 8 MiB */
    GROWTH_UNIT_CHUNKS = 16,
    PREPARED_CHUNKS = 256, /* touched ahead of need: 1 MiB */
    PREPARED_NOTES = 8192, /* 256 KiB */
    /* Of any system that this runs on. A mapping begins at a multiple of the page size, and readers
     * on another system may want to map an extent as well. */
    LARGEST_PAGE_BYTES = 65536,
};

static const uint64_t REFRESH_NS = 1000000000;
static const uint64_t CHECK_NS = 1000000000;     /* between two looks at the file's status */
static const uint64_t TRY_AGAIN_NS = 1000000000; /* after a disk had no room */

/* Held while a mapping is made that nobody knows of yet: fork waits, because a child that does not
 * know of it would keep the file, and with it the lock. */
static pthread_mutex_t mapping_lock = PTHREAD_MUTEX_INITIALIZER;

void recorder_before_fork(void)
{
    pthread_mutex_lock(&mapping_lock);
}

void recorder_after_fork(void)
{
    pthread_mutex_unlock(&mapping_lock);
}

/* The kernel reserves the blocks, so that a full disk is told here and not by SIGBUS later. Past
 * the process's limit it sends a signal besides: the sampling thread has all of them blocked,
 * and gmt_start holds this one. */
int recorder_reserve(int fd, uint64_t offset, uint64_t length)
{
    int error;
    do
        error = posix_fallocate(fd, (off_t)offset, (off_t)length);
    while (error == EINTR);
    return error;
}

/* ---- a file that others have changed ---- */

/* The header's parts that never change. */
static bool has_our_header(const struct recorder *recorder)
{
    return memcmp(recorder->header->magic, RECORDING_MAGIC, sizeof recorder->header->magic) == 0 &&
           recorder->header->start_monotonic_ns == recorder->start_ns;
}

static bool is_short(struct recorder *recorder)
{
    struct stat status;
    return recorder_descriptor(recorder) >= 0 &&
           kept_descriptor_is_ours(&recorder->kept, &status) &&
           (uint64_t)status.st_size < recorder->end;
}

bool recorder_check(struct recorder *recorder)
{
    if (atomic_load(&recorder->lost))
        return false;
    bool by_another = is_short(recorder) || !has_our_header(recorder);
    if (!by_another && !atomic_load(&recorder->broken))
        return true;
    if (atomic_exchange(&recorder->lost, true))
        return false;
    fprintf(stderr, "gmtrace: %s: %s: nothing more is recorded\n", recorder->path,
            by_another ? "another program has cut or overwritten it"
                       : "its disk has no room for a part that was reserved");
    /* What is left of it is not taken for the whole. */
    if (has_our_header(recorder))
        atomic_store(&recorder->header->ended, RECORDING_ENDED_LOST);
    pthread_mutex_lock(&mapping_lock); /* a child after fork lets go as well */
    recorder_let_go(recorder);
    pthread_mutex_unlock(&mapping_lock);
    return false;
}

/* ---- it grows ---- */

/* Adds an extent behind all that is in the file. Returns 0 or an errno value. */
static int add_extent(struct recorder *recorder)
{
    unsigned at = recorder->extent_count;
    if (at == RECORDING_EXTENTS)
        return ENOSPC;
    uint64_t bytes = recording_extent_records(at) * sizeof(struct recording_record);
    int fd = recorder_descriptor(recorder);
    if (fd < 0)
        return errno;
    uint64_t offset =
        (recorder->behind + LARGEST_PAGE_BYTES - 1) / LARGEST_PAGE_BYTES * LARGEST_PAGE_BYTES;
    int error = recorder_reserve(fd, offset, bytes);
    if (error)
        return error;
    pthread_mutex_lock(&mapping_lock);
    void *extent = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)offset);
    error = extent == MAP_FAILED ? errno : 0;
    if (!error) {
        recorder->guards[at] = mapping_guard_add(extent, bytes, &recorder->broken);
        error = recorder->guards[at] ? 0 : ENOMEM;
        if (error)
            munmap(extent, bytes);
    }
    if (!error)
        atomic_store_explicit(&recorder->extents[at], extent, memory_order_release);
    pthread_mutex_unlock(&mapping_lock);
    if (error)
        return error;
    atomic_store(&recorder->header->extents[at].offset, offset);
    recorder->extent_count++;
    recorder->end = recorder->behind = offset + bytes;
    return 0;
}

/* Not at once again after the disk had no room: a thousand ranks would ask a hundred times a
 * second. Nor a file that another program has cut: with its length it would look whole again. */
static bool may_grow(struct recorder *recorder, uint64_t now_ns)
{
    return (recorder->refused_ns == 0 || now_ns - recorder->refused_ns >= TRY_AGAIN_NS) &&
           recorder_check(recorder);
}

/* Reserves so many chunks more, or what of them the disk has room for. */
static bool lengthen_ring(struct recorder *recorder, uint64_t more)
{
    uint64_t there = recorder->there, left = recorder->chunks - there;
    int fd = recorder_descriptor(recorder);
    uint64_t at = (uint64_t)((char *)&recorder->ring[there] - recorder->file);
    for (; fd >= 0 && more > 0; more = more / 2 / GROWTH_UNIT_CHUNKS * GROWTH_UNIT_CHUNKS) {
        uint64_t chunks = more < left ? more : left, bytes = chunks * RECORDING_CHUNK_BYTES;
        if (recorder_reserve(fd, at, bytes) != 0)
            continue;
        if (recorder->end < at + bytes)
            recorder->end = at + bytes;
        atomic_store_explicit(&recorder->there, there + chunks, memory_order_release);
        return true;
    }
    return false;
}

/* From now on the ring is as long as it is, and its oldest samples make room. No chunk was used
 * twice yet, so every number still stands for the same place. */
static void close_ring(struct recorder *recorder)
{
    uint64_t there = recorder->there;
    fprintf(stderr,
            "gmtrace: %s: its disk has no more room: the newest %.1f MB of samples are kept\n",
            recorder->path, (double)(there * RECORDING_CHUNK_BYTES) / (1 << 20));
    if (recorder->extent_count == 1)
        recorder->behind = recorder->end;
    __atomic_store_n(&recorder->header->ring_chunks, there, __ATOMIC_RELEASE);
    atomic_store_explicit(&recorder->chunks, there, memory_order_release);
}

static void grow_ring(struct recorder *recorder, uint64_t now_ns)
{
    uint64_t there = recorder->there, claimed = atomic_load(&recorder->header->claimed_chunks);
    uint64_t used = LOOKS_AHEAD * (claimed - recorder->claimed_before);
    uint64_t wanted = used > LEAST_FREE_CHUNKS ? used : LEAST_FREE_CHUNKS;
    uint64_t left = claimed < there ? there - claimed : 0;
    recorder->claimed_before = claimed;
    if (there == recorder->chunks || left >= wanted)
        return;
    uint64_t more = there < MOST_GROWTH_CHUNKS ? there : MOST_GROWTH_CHUNKS;
    more = more < wanted ? wanted : more;
    more = (more + GROWTH_UNIT_CHUNKS - 1) / GROWTH_UNIT_CHUNKS * GROWTH_UNIT_CHUNKS;
    if (may_grow(recorder, now_ns) && !lengthen_ring(recorder, more))
        recorder->refused_ns = now_ns;
    if (recorder->refused_ns && !atomic_load(&recorder->lost) && there == recorder->there &&
        left <= used + GROWTH_UNIT_CHUNKS)
        close_ring(recorder);
}

/* ---- room that is there is touched ---- */

/* Makes the pages of these bytes present and writable without changing them. Older kernels know no
 * such advice; then the writers take the faults. */
static void touch(void *start, uint64_t bytes)
{
    static const uintptr_t page = LARGEST_PAGE_BYTES;
    uintptr_t first = (uintptr_t)start, last = first + bytes;
    long size = sysconf(_SC_PAGESIZE);
    first -= first % (size > 0 ? (uintptr_t)size : page);
    (void)madvise((void *)first, last - first, MADV_POPULATE_WRITE); /* NOLINT: an address */
}

static void prepare_ring(struct recorder *recorder)
{
    uint64_t there = recorder->there, chunks = recorder->chunks;
    uint64_t wanted = atomic_load(&recorder->header->claimed_chunks) + PREPARED_CHUNKS;
    if (there < chunks && wanted > there)
        wanted = there;
    if (wanted > recorder->prepared_tickets + chunks)
        recorder->prepared_tickets = wanted - chunks; /* once around is enough */
    while (recorder->prepared_tickets < wanted) {
        uint64_t at = recorder->prepared_tickets % chunks;
        uint64_t count = wanted - recorder->prepared_tickets;
        if (count > chunks - at)
            count = chunks - at;
        touch(&recorder->ring[at], count * RECORDING_CHUNK_BYTES);
        recorder->prepared_tickets += count;
    }
}

static void prepare_extents(struct recorder *recorder, uint64_t now_ns)
{
    uint64_t notes = atomic_load(&recorder->header->claimed_notes);
    uint64_t room = recording_extent_records(recorder->extent_count) -
                    RECORDING_FIRST_EXTENT_RECORDS; /* of all extents so far */
    /* What is lost until there is room is counted. */
    if (notes > room / 2 && may_grow(recorder, now_ns) && add_extent(recorder) != 0)
        recorder->refused_ns = now_ns;
    uint64_t wanted = notes + PREPARED_NOTES;
    while (recorder->prepared_notes < wanted) {
        enum { PIECE = RECORDING_FIRST_EXTENT_RECORDS / 8 }; /* never in two extents */
        struct recording_record *piece =
            recorder_place(recorder, recorder->prepared_notes / PIECE * PIECE);
        if (!piece)
            return;
        touch(piece, PIECE * sizeof *piece);
        recorder->prepared_notes = (recorder->prepared_notes / PIECE + 1) * PIECE;
    }
}

/* When the kernel has written a page to the disk, the next write to it faults, and may wait for the
 * disk. So the pages that threads write to now are made writable again and again. */
static void refresh(struct recorder *recorder, uint64_t now_ns)
{
    if (now_ns - recorder->refreshed_ns < REFRESH_NS)
        return;
    recorder->refreshed_ns = now_ns;
    touch(recorder->header, RECORDING_HEADER_BYTES);
    uint64_t there = recorder->there;
    for (uint64_t i = 0; i < there; i++)
        if (atomic_load_explicit(&recorder->owned[i], memory_order_relaxed))
            touch(&recorder->ring[i], RECORDING_CHUNK_BYTES);
    uint64_t tickets = atomic_load(&recorder->header->claimed_chunks), few = 4;
    for (uint64_t i = 0; i < few && (tickets + i) % recorder->chunks < there; i++)
        touch(&recorder->ring[(tickets + i) % recorder->chunks], RECORDING_CHUNK_BYTES);
    struct recording_record *note =
        recorder_place(recorder, atomic_load(&recorder->header->claimed_notes));
    if (note)
        touch(note, sizeof *note);
}

/* What the memory shows is looked at every time. The file's status is not: a hundred thousand ranks
 * would ask a shared file system for it ten million times a second. */
static bool is_whole(struct recorder *recorder, uint64_t now_ns)
{
    bool looks_whole = !atomic_load(&recorder->lost) && !atomic_load(&recorder->broken) &&
                       has_our_header(recorder);
    if (looks_whole && now_ns - recorder->checked_ns < CHECK_NS)
        return true;
    recorder->checked_ns = now_ns;
    return recorder_check(recorder);
}

void recorder_prepare(struct recorder *recorder)
{
    uint64_t now_ns = recorder_monotonic_ns();
    if (!is_whole(recorder, now_ns))
        return;
    grow_ring(recorder, now_ns);
    prepare_ring(recorder);
    prepare_extents(recorder, now_ns);
    refresh(recorder, now_ns);
    atomic_store_explicit(&recorder->header->alive_realtime_ns, clock_realtime_ns(),
                          memory_order_relaxed);
}
