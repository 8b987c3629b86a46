/* New samples are in chunks that were claimed since the last look, and in those that had room left
 * then. Chunks are given out round and round: number t is chunk t % ring_chunks, so a chunk that
 * had room may have been used anew, and one may be claimed a while before it is. */
#include "schemas/support/array.h"
#include "visualize/monitor/follow_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    NEW_CHUNKS = 512,  /* looked at in one look: 2 MiB; what is more becomes backlog */
    OPEN_CHUNKS = 256, /* followed at once: about as many threads log */
};

/* What a look at a chunk brought. */
struct reading {
    struct follow *follow;
    int fd;
};

/* ---- a chunk ---- */

static uint64_t place_of(const struct follow *follow, uint64_t number)
{
    return number % follow->header.ring_chunks;
}

static bool chunk_offset(const struct follow *follow, uint64_t number, uint64_t *offset)
{
    *offset = follow->header.ring_offset + place_of(follow, number) * RECORDING_CHUNK_BYTES;
    return *offset % sizeof(struct recording_record) == 0 &&
           follow->header.ring_offset <= follow->file_bytes &&
           *offset <= follow->file_bytes - RECORDING_CHUNK_BYTES;
}

/* Copies a chunk's records from `used` on, and says up to which they are whole. A copy is made in
 * no particular order, so that a record may be torn in the first one: one that was complete then is
 * whole in the second, unless the chunk was used anew meanwhile. False: look again later. */
static bool copy_chunk(const struct reading *reading, uint64_t offset, unsigned used,
                       struct recording_chunk *chunk, unsigned *whole)
{
    uint64_t before, after;
    if (!follow_read_at(reading->fd, chunk, sizeof *chunk, offset))
        return false;
    before = chunk->generation;
    *whole = used;
    while (before > 0 && *whole < RECORDING_CHUNK_RECORDS &&
           recording_is_there(chunk->records[*whole].last, before))
        ++*whole;
    if (*whole == used)
        return true;
    return follow_read_at(reading->fd, chunk, sizeof *chunk, offset) &&
           follow_read_at(reading->fd, &after, sizeof after, offset) && before == after &&
           before == chunk->generation;
}

/* Whether the last record that was taken has been counted up since. */
static bool counts_on(const struct follow_chunk *open, const struct recording_chunk *chunk)
{
    return open->repeats > 0 &&
           recording_samples(&chunk->records[open->used - 1], RECORDING_REPEAT) > open->repeats;
}

/* The chunk's samples from where `open` has come to, up to `end`. */
static void take_samples(struct follow *follow, const struct recording_chunk *chunk,
                         struct follow_chunk *open, unsigned end)
{
    struct follow_figures *figures = &follow->figures;
    bool again = counts_on(open, chunk);
    for (unsigned i = again ? open->used - 1 : open->used; i < end; i++) {
        const struct recording_record *record = &chunk->records[i];
        enum recording_kind kind = recording_kind(record);
        uint64_t time_ns = recording_time_ns(record), taken = recording_samples(record, kind);
        uint64_t before = i < open->used ? open->repeats : 0;
        open->repeats = kind == RECORDING_REPEAT ? taken : 0;
        if (!recording_is_there(record->last, chunk->generation) || taken == 0)
            continue;
        if (!open->counted && taken > before)
            figures->samples += taken - before;
        if (kind == RECORDING_REPEAT && i > 0)
            record--; /* whose figures it repeats */
        follow_raise(&figures->peak_allocated, record->values[0]);
        follow_raise(&figures->peak_reserved, record->values[1]);
        if (time_ns >= follow->unsettled_ns) {
            follow_raise(&figures->recent, record->values[0]);
            follow_raise(&figures->recent, record->values[1]);
        }
        if (time_ns < follow->sample_ns)
            continue;
        follow->sample_ns = time_ns;
        figures->allocated = record->values[0];
        figures->reserved = record->values[1];
        follow_iteration(follow, recording_iteration(record->last), time_ns);
    }
}

/* Whether the chunk of this number was counted as a full one. */
static bool was_passed_over(const struct follow *follow, uint64_t number)
{
    return number >= follow->first_chunk && number < follow->passed_chunks;
}

/* ---- the chunks with room ---- */

static bool is_open(const struct follow *follow, uint64_t number)
{
    for (size_t i = 0; i < follow->open_count; i++)
        if (place_of(follow, follow->open[i].number) == place_of(follow, number))
            return true;
    return false;
}

/* Where there are too many, or no memory, the one that stood still for longest gives way. */
static void keep_open(struct follow *follow, struct follow_chunk chunk)
{
    if (follow->open_count == follow->open_capacity && follow->open_capacity < OPEN_CHUNKS) {
        size_t more = follow->open_capacity ? 2 * follow->open_capacity : 4;
        struct follow_chunk *open = array_resize(follow->open, more, sizeof *open);
        if (open) {
            follow->open = open;
            follow->open_capacity = more;
        }
    }
    if (follow->open_count < follow->open_capacity) {
        follow->open[follow->open_count++] = chunk;
        return;
    }
    struct follow_chunk *victim = NULL;
    for (size_t i = 0; i < follow->open_count; i++)
        if (!victim || follow->open[i].looks > victim->looks)
            victim = &follow->open[i];
    if (victim)
        *victim = chunk;
}

static void use_anew(const struct follow *follow, struct follow_chunk *open, uint64_t generation)
{
    uint64_t chunks = follow->header.ring_chunks;
    uint64_t number = (generation - 1) * chunks + place_of(follow, open->number);
    if (number != open->number) /* else it was claimed when seen last, and is in use now */
        open->counted = was_passed_over(follow, number);
    *open = (struct follow_chunk){number, generation, .counted = open->counted};
}

/* Looks again at a chunk; false when there is nothing more to expect of it. A full one is waiting
 * to be used anew. */
static bool look_again(struct reading *reading, struct follow_chunk *open)
{
    struct follow *follow = reading->follow;
    struct recording_chunk chunk;
    uint64_t offset, generation;
    unsigned whole;
    if (!chunk_offset(follow, open->number, &offset) ||
        !follow_read_at(reading->fd, &generation, sizeof generation, offset))
        return false;
    if (generation != open->generation)
        use_anew(follow, open, generation);
    open->looks++;
    if (open->used == RECORDING_CHUNK_RECORDS ||
        !copy_chunk(reading, offset, open->used, &chunk, &whole) ||
        chunk.generation != open->generation)
        return true;
    if (whole > open->used || counts_on(open, &chunk)) {
        take_samples(follow, &chunk, open, whole);
        open->used = whole;
        open->looks = 0;
    }
    return open->used < RECORDING_CHUNK_RECORDS;
}

static void look_at_open(struct reading *reading)
{
    struct follow *follow = reading->follow;
    size_t kept = 0;
    for (size_t i = 0; i < follow->open_count; i++)
        if (look_again(reading, &follow->open[i]))
            follow->open[kept++] = follow->open[i];
    follow->open_count = kept;
}

/* ---- chunks for the first time ---- */

/* Whether the chunk is in use under this number, and not still as its last use left it. Denied in
 * doubt: where a thread kept the chunk for a whole round, its uses are fewer than the rounds. */
static bool is_used_as(const struct follow *follow, const struct recording_chunk *chunk,
                       uint64_t number)
{
    return chunk->generation > number / follow->header.ring_chunks;
}

/* Whether a chunk claimed since the last look has samples from before that look. */
static bool is_old(const struct follow *follow, const struct recording_chunk *chunk)
{
    const struct recording_record *last = &chunk->records[RECORDING_CHUNK_RECORDS - 1];
    return recording_time_ns(last) <= follow->settled_ns;
}

static double rate_of(const struct recording_chunk *chunk, unsigned count)
{
    uint64_t samples = 0;
    for (unsigned i = 0; i < count; i++)
        samples += recording_samples(&chunk->records[i], recording_kind(&chunk->records[i]));
    if (samples < 2)
        return NAN;
    uint64_t first = recording_time_ns(&chunk->records[0]);
    uint64_t last = recording_time_ns(&chunk->records[count - 1]);
    return last > first ? (double)(samples - 1) * 1e9 / (double)(last - first) : NAN;
}

/* `fresh`: claimed since the last look, so that samples seen before are not expected in it. */
static void look_first(struct reading *reading, uint64_t number, bool fresh)
{
    struct follow *follow = reading->follow;
    struct follow_chunk open = {.number = number, .counted = was_passed_over(follow, number)};
    struct recording_chunk chunk;
    uint64_t offset;
    unsigned whole;
    if (is_open(follow, number) || !chunk_offset(follow, number, &offset))
        return;
    if (!copy_chunk(reading, offset, 0, &chunk, &whole)) {
        keep_open(follow, open);
        return;
    }
    bool first_look = isnan(follow->figures.samples_per_s);
    bool in_doubt =
        fresh && whole == RECORDING_CHUNK_RECORDS && !is_used_as(follow, &chunk, number);
    if (!in_doubt || !is_old(follow, &chunk))
        take_samples(follow, &chunk, &open, whole);
    if (fresh && first_look)
        follow->figures.samples_per_s = rate_of(&chunk, whole);
    open.generation = chunk.generation;
    open.used = whole;
    if (in_doubt || whole < RECORDING_CHUNK_RECORDS)
        keep_open(follow, open);
}

/* What was written before the first look, the newest first, as far as it is still there. */
static void look_back(struct reading *reading, uint64_t *budget)
{
    struct follow *follow = reading->follow;
    uint64_t claimed = follow->header.claimed_chunks, chunks = follow->header.ring_chunks;
    uint64_t gone = claimed > chunks ? claimed - chunks : 0;
    uint64_t samples = follow->figures.samples; /* old ones are not counted */
    if (follow->backlog_first < gone)
        follow->backlog_first = gone;
    for (; *budget > 0 && follow->backlog_last > follow->backlog_first; --*budget)
        look_first(reading, --follow->backlog_last, false);
    if (follow->backlog_first >= follow->backlog_last)
        follow->backlog_first = follow->backlog_last = 0;
    follow->figures.samples = samples;
}

/* Too many are new to look at all of them now: the older ones wait. */
static void pass_over(struct follow *follow, uint64_t newest)
{
    if (follow->backlog_first == follow->backlog_last)
        follow->backlog_first = follow->seen_chunks;
    follow->backlog_last = follow->passed_chunks = newest;
    follow->figures.samples += (newest - follow->seen_chunks) * RECORDING_CHUNK_RECORDS;
    follow->seen_chunks = newest;
}

void follow_samples(struct follow *follow, int fd, uint64_t *backlog_chunks)
{
    struct reading reading = {.follow = follow, .fd = fd};
    uint64_t claimed = follow->header.claimed_chunks, chunks = follow->header.ring_chunks;
    follow->settled_ns = follow->unsettled_ns;
    follow->unsettled_ns = follow->sample_ns;
    if (claimed - follow->seen_chunks > NEW_CHUNKS)
        pass_over(follow, claimed - NEW_CHUNKS);
    look_at_open(&reading);
    uint64_t number = follow->seen_chunks;
    if (claimed > chunks && number < claimed - chunks)
        number = claimed - chunks;
    for (; number < claimed; number++)
        look_first(&reading, number, true);
    follow->seen_chunks = claimed;
    look_back(&reading, backlog_chunks);
}
