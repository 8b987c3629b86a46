#include "schemas/recording.h"

#include "schemas/recording_layout.h"
#include "schemas/trace_store.h"
#include "schemas/units.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* A record, out of reach of whoever writes on. */
struct entry {
    int64_t iteration;
    uint64_t time_ns;
    enum recording_kind kind;
    uint64_t values[2];
    uint64_t place; /* its order in the extents: a name's pieces stand behind each other */
};

struct reader {
    const char *bytes;
    size_t length;
    const char *name;
    const struct recording_header *header;
    enum trace_depth depth;
    struct entry *entries;
    size_t count, capacity;
    struct fault *fault;
};

/* ---- taking records ---- */

static bool keep(struct reader *reader, struct entry entry)
{
    if (reader->count == reader->capacity) {
        size_t capacity = reader->capacity ? 2 * reader->capacity : 1024;
        struct entry *more = reallocarray(reader->entries, capacity, sizeof *more);
        if (!more)
            return fault_set(reader->fault, "%s: out of memory for its records", reader->name);
        reader->entries = more;
        reader->capacity = capacity;
    }
    reader->entries[reader->count++] = entry;
    return true;
}

/* Takes a record if it is there. The writer may reuse its place meanwhile: then the last word has
 * changed when it is looked at again. */
static bool take_record(struct reader *reader, const struct recording_record *record,
                        uint64_t generation, uint64_t place)
{
    uint64_t last = atomic_load_explicit(&record->last, memory_order_acquire);
    if ((last & RECORDING_GENERATION_MASK) != (generation & RECORDING_GENERATION_MASK))
        return true;
    struct entry entry = {.iteration = recording_iteration(last),
                          .time_ns = record->time_and_kind >> 8,
                          .kind = (enum recording_kind)(record->time_and_kind & 0xFF),
                          .values = {record->values[0], record->values[1]},
                          .place = place};
    atomic_thread_fence(memory_order_acquire);
    if (atomic_load_explicit(&record->last, memory_order_relaxed) != last)
        return true;
    return keep(reader, entry);
}

static bool within(const struct reader *reader, uint64_t offset, uint64_t size)
{
    return offset % sizeof(struct recording_record) == 0 && offset <= reader->length &&
           size <= reader->length - offset;
}

/* A file cut short by a copy that broke off still has its first chunks. */
static bool take_ring(struct reader *reader)
{
    uint64_t offset = reader->header->ring_offset;
    if (reader->depth == TRACE_SUMMARY)
        return true;
    for (uint64_t i = 0; i < reader->header->ring_chunks; i++, offset += RECORDING_CHUNK_BYTES) {
        if (!within(reader, offset, RECORDING_CHUNK_BYTES))
            return true;
        const struct recording_chunk *chunk = (const void *)(reader->bytes + offset);
        uint64_t generation = atomic_load_explicit(&chunk->generation, memory_order_acquire);
        for (int k = 0; generation > 0 && k < RECORDING_CHUNK_RECORDS; k++)
            if (!take_record(reader, &chunk->records[k], generation, 0))
                return false;
    }
    return true;
}

static bool take_extents(struct reader *reader)
{
    uint64_t place = 0;
    for (unsigned k = 0; k < RECORDING_EXTENTS; k++) {
        uint64_t offset = atomic_load(&reader->header->extents[k].offset);
        uint64_t records = recording_extent_records(k);
        if (offset == 0)
            return true;
        for (uint64_t i = 0; i < records; i++, place++) {
            if (!within(reader, offset, sizeof(struct recording_record)))
                return true;
            if (!take_record(reader, (const void *)(reader->bytes + offset), 1, place))
                return false;
            offset += sizeof(struct recording_record);
        }
    }
    return true;
}

/* ---- putting them in order ---- */

static int compare_entries(const void *a, const void *b)
{
    const struct entry *first = a, *second = b;
    if (first->iteration != second->iteration)
        return first->iteration < second->iteration ? -1 : 1;
    if (first->time_ns != second->time_ns)
        return first->time_ns < second->time_ns ? -1 : 1;
    return (first->place > second->place) - (first->place < second->place);
}

static double mb_or_nan(uint64_t bytes)
{
    return bytes == RECORDING_NOT_KNOWN ? NAN : mb_from_bytes(bytes);
}

/* The name begun in a record, with the pieces that follow it. */
static bool add_marker(struct reader *reader, struct trace *trace, size_t at)
{
    char name[4 * RECORDING_NAME_BYTES];
    size_t used = 0;
    for (size_t i = at; i < reader->count && used < sizeof name; i++) {
        const struct entry *piece = &reader->entries[i];
        if (i > at && (piece->kind != RECORDING_MARK_MORE ||
                       piece->place != reader->entries[i - 1].place + 1))
            break;
        memcpy(name + used, piece->values, RECORDING_NAME_BYTES);
        used += RECORDING_NAME_BYTES;
    }
    return trace_store_marker(trace, s_from_ns(reader->entries[at].time_ns), name,
                              strnlen(name, used));
}

static bool add_entry(struct reader *reader, struct trace *trace, struct trace_iteration *iteration,
                      size_t at)
{
    const struct entry *entry = &reader->entries[at];
    switch (entry->kind) {
    case RECORDING_SAMPLE:
        return trace_store_sample(trace, s_from_ns(entry->time_ns), mb_or_nan(entry->values[1]),
                                  mb_or_nan(entry->values[0]));
    case RECORDING_STATIC:
        iteration->static_mb = mb_or_nan(entry->values[0]);
        return true;
    case RECORDING_PEAK:
        iteration->peak_mb = mb_or_nan(entry->values[0]);
        return true;
    case RECORDING_THEORETICAL:
        iteration->theoretical_mb = mb_or_nan(entry->values[0]);
        return true;
    case RECORDING_DROPPED:
        iteration->dropped_samples += entry->values[0];
        return true;
    case RECORDING_MARK:
        return reader->depth == TRACE_SUMMARY || add_marker(reader, trace, at);
    case RECORDING_ITERATION:
    case RECORDING_MARK_MORE:
        return true;
    }
    return true; /* a kind of a later version */
}

static bool fill_trace(struct reader *reader, struct trace *trace)
{
    struct trace_iteration *iteration = NULL;
    for (size_t i = 0; i < reader->count; i++) {
        const struct entry *entry = &reader->entries[i];
        if (!iteration || iteration->number != entry->iteration)
            iteration = trace_store_iteration(trace, entry->iteration);
        if (!iteration || !add_entry(reader, trace, iteration, i))
            return fault_set(reader->fault, "%s: out of memory for the trace", reader->name);
        trace->last_time_s = fmax(trace->last_time_s, s_from_ns(entry->time_ns));
    }
    return trace_store_end(trace) ||
           fault_set(reader->fault, "%s: out of memory for the trace", reader->name);
}

/* ---- the whole ---- */

static bool check_header(struct reader *reader)
{
    const struct recording_header *header = reader->header;
    if (reader->length < RECORDING_HEADER_BYTES ||
        memcmp(header->magic, RECORDING_MAGIC, sizeof header->magic) != 0)
        return fault_set(reader->fault, "%s: expected a recording, found other bytes at its start",
                         reader->name);
    if (header->byte_order != RECORDING_BYTE_ORDER)
        return fault_set(reader->fault,
                         "%s: recorded on a machine of another byte order: export it there",
                         reader->name);
    if (header->version != RECORDING_VERSION || header->header_bytes != RECORDING_HEADER_BYTES ||
        header->chunk_bytes != RECORDING_CHUNK_BYTES)
        return fault_set(reader->fault,
                         "%s: a recording of version %u, and this gmtrace reads version %d: use a "
                         "newer one",
                         reader->name, header->version, RECORDING_VERSION);
    return true;
}

bool recording_parse(const void *bytes, size_t length, const char *name, enum trace_depth depth,
                     struct trace *trace, struct fault *fault)
{
    struct reader reader = {.bytes = bytes,
                            .length = length,
                            .name = name,
                            .header = bytes,
                            .depth = depth,
                            .fault = fault};
    bool read = trace_store_begin(trace) || fault_set(fault, "%s: out of memory", name);
    read = read && check_header(&reader) && take_ring(&reader) && take_extents(&reader);
    if (read) {
        trace->ending = atomic_load(&reader.header->ended) ? TRACE_ENDED_CLEAN : TRACE_ENDED_KILLED;
        if (reader.count > 0)
            qsort(reader.entries, reader.count, sizeof *reader.entries, compare_entries);
        read = fill_trace(&reader, trace);
    }
    free(reader.entries);
    if (!read)
        trace->count = 0;
    return read;
}

/* Whether another process holds the writer's lock. */
static bool is_being_written(int fd)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    return fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

bool recording_read(const char *path, enum trace_depth depth, struct trace *trace,
                    struct fault *fault)
{
    trace->count = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat status;
    if (fd < 0 || fstat(fd, &status) != 0) {
        fault_set_errno(fault, errno, "%s: cannot be read", path);
        if (fd >= 0)
            close(fd);
        return false;
    }
    size_t length = S_ISREG(status.st_mode) ? (size_t)status.st_size : 0;
    bool read = length >= RECORDING_HEADER_BYTES ||
                fault_set(fault, "%s: expected a recording, found a file too short for one", path);
    void *bytes = read ? mmap(NULL, length, PROT_READ, MAP_SHARED, fd, 0) : MAP_FAILED;
    if (read && bytes == MAP_FAILED)
        read = fault_set_errno(fault, errno, "%s: cannot be read", path);
    if (read) {
        read = recording_parse(bytes, length, path, depth, trace, fault);
        if (read && trace->ending == TRACE_ENDED_KILLED && is_being_written(fd))
            trace->ending = TRACE_ENDED_NOT_YET;
        munmap(bytes, length);
    }
    close(fd);
    return read;
}
