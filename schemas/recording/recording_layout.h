/* How a recording lies in its file: see recording.md, which says the same in words. Shared by the
 * tracer, which writes it, and recording.c, which reads it. */
#ifndef SCHEMAS_RECORDING_RECORDING_LAYOUT_H
#define SCHEMAS_RECORDING_RECORDING_LAYOUT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RECORDING_MAGIC "GMTRACE\n"
#define RECORDING_HOST  "host" /* the device, where samples are of no GPU */

enum {
    RECORDING_VERSION = 1,
    RECORDING_BYTE_ORDER = 0x01020304,
    RECORDING_HEADER_BYTES = 4096,
    RECORDING_CHUNK_BYTES = 4096,
    RECORDING_CHUNK_RECORDS = 127, /* the chunk's first 32 bytes are its own */
    RECORDING_EXTENTS = 16,
    RECORDING_FIRST_EXTENT_RECORDS =
        16384,                  /* each extent has twice the records of the one before */
    RECORDING_NAME_BYTES = 16,  /* of a marker's name, in one record */
    RECORDING_FACT_PIECES = 32, /* a fact is cut behind 512 bytes */
    RECORDING_COORDINATES = 5,
};

enum recording_kind {
    RECORDING_SAMPLE = 1,  /* allocated, reserved; in the ring */
    RECORDING_ITERATION,   /* it begins */
    RECORDING_STATIC,      /* bytes */
    RECORDING_PEAK,        /* bytes; 1: sampled, 0: logged by the program */
    RECORDING_THEORETICAL, /* bytes */
    RECORDING_MARK,        /* the first bytes of a name */
    RECORDING_MARK_MORE,   /* the next bytes of the name begun in the record before */
    RECORDING_DROPPED,     /* so many samples of the iteration made room for others */
    RECORDING_MEASURES,    /* what the iteration's samples measure: enum trace_measure, twice */
    RECORDING_DEVICE,    /* bytes in use on the device; in the ring, before a sample of that time */
    RECORDING_FACT,      /* the first bytes of a name, '=' and a value */
    RECORDING_FACT_MORE, /* the next bytes */
    RECORDING_REPEAT,    /* so many samples equal to the one before it in the chunk; in the ring */
    RECORDING_FIGURE,    /* bytes or a count; enum trace_figure */
    RECORDING_JOINED,    /* the iteration was none: its samples are of the one before */
};

enum recording_ended {
    RECORDING_ENDED_NOT = 0,
    RECORDING_ENDED_WHOLE = 1, /* the tracer was stopped; the recording is whole */
    RECORDING_ENDED_LOST = 2,  /* a part was lost while it was written, and the tracer gave up */
};

/* Words 0 to 2 are written first, then word 3 with release order: a record whose word 3 does not
 * carry the generation of its place is not there, or not yet. */
struct recording_record {
    uint64_t time_and_kind; /* nanoseconds since the start << 8 | kind */
    uint64_t values[2];
    _Atomic uint64_t last; /* (iteration + 2^39) << 24 | generation */
};

/* A repeat counts the samples that came after the one before it in the chunk and equalled it in all
 * but their times. It alone is written more than once, while it is the last record of its chunk:
 * its count and its time, that of the last sample it stands for. Each is one word. A chunk's last
 * place never has one, so what a full chunk says changes no more.
 *
 * A chunk belongs to one thread at a time. Its records count while they carry its generation, which
 * grows by one when the chunk is used anew, so that all its old records vanish at once, before the
 * first of their words is overwritten: what was copied out of a chunk is whole if the chunk has the
 * same generation afterwards. */
struct recording_chunk {
    _Atomic uint64_t generation; /* 0: never used */
    uint64_t unused[3];
    struct recording_record records[RECORDING_CHUNK_RECORDS];
};

struct recording_extent {
    _Atomic uint64_t offset; /* in the file; 0: not there yet. Its records have generation 1 */
};

struct recording_header {
    char magic[8];
    uint32_t version, byte_order;
    uint32_t header_bytes, chunk_bytes;
    uint64_t ring_offset, ring_chunks;
    int64_t rank, world_size;  /* -1: not known */
    int64_t start_realtime_ns; /* since the epoch */
    uint64_t start_monotonic_ns;
    uint64_t process;
    _Atomic uint64_t ended; /* enum recording_ended */
    _Atomic uint64_t lost;  /* records for which there was no room at all */
    struct recording_extent extents[RECORDING_EXTENTS];
    char device[64];
    char tags[256];
    char boot[40];         /* which boot of which machine; "" where the system does not tell */
    uint64_t locked;       /* 1: the writer holds the lock on the file while it lives */
    uint64_t device_bytes; /* the device's capacity; 0: not known */
    _Atomic int64_t alive_realtime_ns; /* the writer's last sign of life, since the epoch */
    _Atomic uint64_t failed_reads;     /* times that the source gave no figures */
    /* Places given out so far, in their order: chunks of the ring (round and round: number t is
     * chunk t % ring_chunks) and records in the extents. What lies behind was never written. */
    _Atomic uint64_t claimed_chunks, claimed_notes;
    /* The rank's place in each of its groups, counted from 1, in the order of enum coordinate; 0:
     * not known, as in all recordings from before there were these. */
    uint32_t ordinals[RECORDING_COORDINATES];
};

static const uint64_t RECORDING_NOT_KNOWN = UINT64_MAX; /* a figure that a source does not give */
static const uint64_t RECORDING_GENERATION_MASK = (1U << 24) - 1;
static const int64_t RECORDING_ITERATION_BIAS = 1LL << 39;

static inline uint64_t recording_extent_records(unsigned extent)
{
    return (uint64_t)RECORDING_FIRST_EXTENT_RECORDS << extent;
}

/* Which extent has the note of this number, and which of its records that is; RECORDING_EXTENTS or
 * more where no extent can have it. Extent k begins at the note FIRST * (2^k - 1). */
static inline unsigned recording_extent_of(uint64_t note, uint64_t *record)
{
    unsigned extent = 63U - (unsigned)__builtin_clzll(note / RECORDING_FIRST_EXTENT_RECORDS + 1);
    *record = note - (recording_extent_records(extent) - RECORDING_FIRST_EXTENT_RECORDS);
    return extent;
}

static inline uint64_t recording_last_word(int64_t iteration, uint64_t generation)
{
    return (uint64_t)(iteration + RECORDING_ITERATION_BIAS) << 24 |
           (generation & RECORDING_GENERATION_MASK);
}

/* Does word 3 carry the generation of its place, so that the record is there? */
static inline bool recording_is_there(uint64_t last, uint64_t generation)
{
    return ((last ^ generation) & RECORDING_GENERATION_MASK) == 0;
}

static inline uint64_t recording_time_ns(const struct recording_record *record)
{
    return __atomic_load_n(&record->time_and_kind, __ATOMIC_RELAXED) >> 8;
}

/* Of a repeat: it stands for the run's last sample, and for so many more. */
static inline uint64_t recording_repeats_left_out(const struct recording_record *repeat)
{
    uint64_t taken = __atomic_load_n(&repeat->values[0], __ATOMIC_RELAXED);
    return taken > 0 ? taken - 1 : 0;
}

/* How many samples a record says were taken; 0: it is none of samples. */
static inline uint64_t recording_samples(const struct recording_record *record,
                                         enum recording_kind kind)
{
    return kind == RECORDING_SAMPLE   ? 1
           : kind == RECORDING_REPEAT ? __atomic_load_n(&record->values[0], __ATOMIC_RELAXED)
                                      : 0;
}

static inline uint64_t recording_time_and_kind(uint64_t time_ns, enum recording_kind kind)
{
    return time_ns << 8 | (uint64_t)kind;
}

/* It may be a kind of a later version. */
static inline enum recording_kind recording_kind(const struct recording_record *record)
{
    return (enum recording_kind)(__atomic_load_n(&record->time_and_kind, __ATOMIC_RELAXED) & 0xFF);
}

static inline int64_t recording_iteration(uint64_t last)
{
    return (int64_t)(last >> 24) - RECORDING_ITERATION_BIAS;
}

_Static_assert(sizeof(struct recording_record) == 32, "a record has 32 bytes");
_Static_assert(sizeof(struct recording_chunk) == RECORDING_CHUNK_BYTES, "a chunk is a page");
_Static_assert(sizeof(struct recording_header) <= RECORDING_HEADER_BYTES, "the header fits");
_Static_assert(offsetof(struct recording_header, ordinals) == 632, "as recording.md has it");

#endif
