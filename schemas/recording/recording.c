#include "schemas/recording/recording.h"

#include "schemas/recording/recording_internal.h"
#include "schemas/recording/recording_lock.h"
#include "schemas/support/mapped_file.h"
#include "schemas/support/units.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

bool recording_check_header(const struct recording_header *header, const char *name,
                            struct fault *fault)
{
    if (memcmp(header->magic, RECORDING_MAGIC, sizeof header->magic) != 0)
        return fault_set(fault, "%s: expected a recording, found other bytes at its start", name);
    if (header->byte_order != RECORDING_BYTE_ORDER)
        return fault_set(fault, "%s: recorded on a machine of another byte order: export it there",
                         name);
    if (header->version != RECORDING_VERSION || header->header_bytes != RECORDING_HEADER_BYTES ||
        header->chunk_bytes != RECORDING_CHUNK_BYTES)
        return fault_set(fault,
                         "%s: a recording of version %u, and this gmtrace reads version %d: use a "
                         "newer one",
                         name, header->version, RECORDING_VERSION);
    return true;
}

/* ---- iterations ---- */

static double mb_or_nan(uint64_t bytes)
{
    return bytes == RECORDING_NOT_KNOWN ? NAN : mb_as_given(bytes);
}

/* The text begun in a note, with the pieces of that kind that follow it; its length. */
static size_t join_pieces(const struct recording_notes *notes, size_t at, enum recording_kind more,
                          char *text, size_t size)
{
    size_t used = 0;
    for (size_t i = at; i < notes->count && used < size; i++) {
        const struct recording_note *piece = &notes->list[i];
        if (i > at && (piece->kind != more || piece->place != notes->list[i - 1].place + 1))
            break;
        memcpy(text + used, piece->values, RECORDING_NAME_BYTES);
        used += RECORDING_NAME_BYTES;
    }
    return strnlen(text, used);
}

static bool add_marker(const struct recording_notes *notes, size_t at, struct trace *trace)
{
    char name[4 * RECORDING_NAME_BYTES];
    size_t length = join_pieces(notes, at, RECORDING_MARK_MORE, name, sizeof name);
    return trace_store_marker(trace, s_from_ns(notes->list[at].time_ns), name, length);
}

static bool add_fact(const struct recording_notes *notes, size_t at, struct trace *trace)
{
    char text[RECORDING_FACT_PIECES * RECORDING_NAME_BYTES];
    size_t length = join_pieces(notes, at, RECORDING_FACT_MORE, text, sizeof text);
    const char *equals = memchr(text, '=', length);
    return !equals || equals == text ||
           trace_store_fact(trace, text, (size_t)(equals - text), equals + 1,
                            length - (size_t)(equals + 1 - text));
}

/* Samples of one iteration that measure different things can be told apart no more. */
static void add_measure(enum trace_measure *measure, uint64_t value)
{
    enum trace_measure given = value > TRACE_MEASURE_NOT_SAID && value < TRACE_MEASURES
                                   ? (enum trace_measure)value
                                   : TRACE_MEASURE_MIXED;
    bool same = *measure == TRACE_MEASURE_NOT_SAID || *measure == given;
    *measure = same ? given : TRACE_MEASURE_MIXED;
}

static void add_value(const struct recording_note *note, struct trace_iteration *iteration)
{
    uint64_t which = note->values[1], value = note->values[0];
    if (which >= TRACE_FIGURES) /* of a later version */
        return;
    iteration->figures[which] = TRACE_FIGURE_ROWS[which].is_memory || value == RECORDING_NOT_KNOWN
                                    ? mb_or_nan(value)
                                    : (double)value;
}

static bool add_note(const struct recording_notes *notes, size_t at, enum trace_depth depth,
                     struct trace *trace, struct trace_iteration *iteration)
{
    const struct recording_note *note = &notes->list[at];
    switch (note->kind) {
    case RECORDING_STATIC:
        iteration->static_mb = mb_or_nan(note->values[0]);
        return true;
    case RECORDING_PEAK:
        iteration->peak_mb = mb_or_nan(note->values[0]);
        iteration->peak_sampled = note->values[1] == 1;
        return true;
    case RECORDING_THEORETICAL:
        iteration->theoretical_mb = mb_or_nan(note->values[0]);
        return true;
    case RECORDING_FIGURE:
        add_value(note, iteration);
        return true;
    case RECORDING_DROPPED:
        iteration->dropped_samples += note->values[0];
        return true;
    case RECORDING_MARK:
        return depth == TRACE_SUMMARY || add_marker(notes, at, trace);
    case RECORDING_MEASURES:
        add_measure(&iteration->allocated_of, note->values[0]);
        add_measure(&iteration->reserved_of, note->values[1]);
        return true;
    case RECORDING_SAMPLE:
    case RECORDING_DEVICE:
    case RECORDING_ITERATION:
    case RECORDING_MARK_MORE:
    case RECORDING_FACT:
    case RECORDING_FACT_MORE:
    case RECORDING_REPEAT:
    case RECORDING_JOINED:
        return true;
    }
    return true; /* a kind of a later version */
}

/* How far the lists are read. */
struct reached {
    size_t note, part, left_out;
};

/* Was the iteration, whose notes begin here, none? */
static bool is_joined(const struct recording_notes *notes, size_t at, int64_t number)
{
    for (; at < notes->count && notes->list[at].iteration == number; at++)
        if (notes->list[at].kind == RECORDING_JOINED)
            return true;
    return false;
}

/* Do its samples follow those of the newest iteration, as a joined one's do? In a damaged file they
 * may not, and then it stands alone: samples of an iteration are in order. */
static bool follows(struct trace *trace)
{
    const struct trace_columns *columns = trace_store_columns(trace);
    return trace_store_sample_count(trace) == 0 ||
           columns->time_s[columns->count] >= columns->time_s[columns->count - 1];
}

/* Of a joined iteration, what counts to the one before. */
static bool add_joined_note(const struct recording_notes *notes, size_t at, enum trace_depth depth,
                            struct trace *trace)
{
    struct trace_iteration *before = &trace->iterations[trace->count - 1];
    enum recording_kind kind = notes->list[at].kind;
    bool counts = kind == RECORDING_MARK || kind == RECORDING_DROPPED || kind == RECORDING_MEASURES;
    return !counts || add_note(notes, at, depth, trace, before);
}

/* Makes an iteration of what comes first in both lists. */
static bool add_iteration(const struct recording_notes *notes, const struct recording_parts *parts,
                          struct reached *at, enum trace_depth depth, struct trace *trace)
{
    size_t *note = &at->note, *part = &at->part;
    bool from_note =
        *part == parts->count ||
        (*note < notes->count && notes->list[*note].iteration < parts->list[*part].iteration);
    int64_t number = from_note ? notes->list[*note].iteration : parts->list[*part].iteration;
    bool has_samples = *part < parts->count && parts->list[*part].iteration == number;
    bool joined =
        trace->count > 0 && is_joined(notes, *note, number) && (!has_samples || follows(trace));
    struct trace_iteration *iteration = joined ? NULL : trace_store_iteration(trace, number);
    if (!joined && !iteration)
        return false;
    size_t before = trace_store_sample_count(trace); /* of a joined iteration */
    if (has_samples)
        trace_store_columns(trace)->count += parts->list[(*part)++].count;
    for (;
         at->left_out < parts->left_out_count && parts->left_out[at->left_out].iteration == number;
         at->left_out++)
        if (!trace_store_left_out(trace, before + parts->left_out[at->left_out].of.sample,
                                  parts->left_out[at->left_out].of.count))
            return false;
    for (; *note < notes->count && notes->list[*note].iteration == number; ++*note)
        if (!(joined ? add_joined_note(notes, *note, depth, trace)
                     : add_note(notes, *note, depth, trace, iteration)))
            return false;
    return true;
}

/* Facts are of the whole run: they go into the trace, and out of the notes, so that no iteration is
 * made of them. */
static bool take_facts(struct recording_notes *notes, struct trace *trace)
{
    size_t kept = 0;
    for (size_t i = 0; i < notes->count; i++)
        if (notes->list[i].kind == RECORDING_FACT && !add_fact(notes, i, trace))
            return false;
    for (size_t i = 0; i < notes->count; i++)
        if (notes->list[i].kind != RECORDING_FACT && notes->list[i].kind != RECORDING_FACT_MORE)
            notes->list[kept++] = notes->list[i];
    notes->count = kept;
    return true;
}

static bool fill_trace(const struct recording_bytes *recording, enum trace_depth depth,
                       struct trace *trace)
{
    struct recording_notes notes;
    struct recording_parts parts = {0};
    bool filled = recording_take_notes(recording, &notes) && take_facts(&notes, trace) &&
                  (depth == TRACE_SUMMARY ||
                   recording_take_samples(recording, trace_store_columns(trace), &parts));
    struct reached at = {0};
    while (filled && (at.note < notes.count || at.part < parts.count))
        filled = add_iteration(&notes, &parts, &at, depth, trace);
    uint64_t last_ns = parts.last_ns;
    for (size_t i = 0; i < notes.count; i++)
        last_ns = notes.list[i].time_ns > last_ns ? notes.list[i].time_ns : last_ns;
    if (notes.count > 0 || parts.count > 0)
        trace->last_time_s = s_from_ns(last_ns);
    free(notes.list);
    free(parts.list);
    free(parts.left_out);
    return filled && trace_store_end(trace);
}

/* ---- the whole ---- */

_Static_assert((int)RECORDING_COORDINATES == (int)COORDINATES, "a place for each coordinate");

struct coordinates recording_coordinates(const struct recording_header *header)
{
    struct coordinates coordinates;
    for (int i = 0; i < COORDINATES; i++)
        coordinate_set(&coordinates, (enum coordinate)i, (int64_t)header->ordinals[i] - 1);
    return coordinates;
}

bool recording_parse(const void *bytes, size_t length, const char *name, enum trace_depth depth,
                     struct trace *trace, struct fault *fault)
{
    const struct recording_bytes recording = {.bytes = bytes, .length = length};
    if (!trace_store_begin(trace))
        return fault_set_errno(fault, ENOMEM, "%s", name);
    if (length < RECORDING_HEADER_BYTES)
        return fault_set(fault, "%s: expected a recording, found a file too short for one", name);
    const struct recording_header *header = recording_header_of(&recording);
    if (!recording_check_header(header, name, fault))
        return false;
    if (atomic_load(&header->ended) == RECORDING_ENDED_LOST)
        return fault_set(
            fault,
            "%s: it is not whole: a part was cut off, overwritten, or found no room on its "
            "disk while it was recorded",
            name);
    if (!fill_trace(&recording, depth, trace)) {
        trace->count = 0;
        return fault_set_errno(fault, ENOMEM, "%s", name);
    }
    trace->ending = atomic_load(&header->ended) ? TRACE_ENDED_CLEAN : TRACE_ENDED_KILLED;
    trace->lost_records = atomic_load(&header->lost);
    trace->coordinates = recording_coordinates(header);
    if (header->device_bytes > 0 &&
        strncmp(header->device, RECORDING_HOST, sizeof header->device) != 0)
        trace->device_capacity_mb = mb_from_bytes(header->device_bytes);
    return true;
}

/* As much as the kernel takes at once when told. What is longer it reads ahead by itself. */
static const uint64_t READ_AHEAD_BYTES = 128 << 10;

static void want(const struct mapped_file *file, uint64_t from, uint64_t bytes)
{
    long page = sysconf(_SC_PAGESIZE);
    if (page <= 0 || from >= file->length)
        return;
    uint64_t before = from % (uint64_t)page, left = file->length - from;
    bytes = (bytes < left ? bytes : left) + before;
    (void)madvise((char *)file->bytes + from - before, bytes,
                  bytes < READ_AHEAD_BYTES ? MADV_WILLNEED : MADV_NORMAL);
}

/* The kernel reads around each page that is touched, a good 100 KiB each time: most of that has not
 * been written in a recording that has just begun, and of a hundred thousand of them on a shared
 * file system it is 40 GB. So it is told what will be looked at, and reads that alone. */
static void want_what_was_written(const struct mapped_file *file, enum trace_depth depth)
{
    const struct recording_header *header = (const void *)file->bytes;
    uint64_t chunks = atomic_load(&header->claimed_chunks), record;
    uint64_t notes = atomic_load(&header->claimed_notes);
    unsigned last = notes > 0 ? recording_extent_of(notes - 1, &record) : 0;
    for (unsigned k = 0; notes > 0 && k <= last && k < RECORDING_EXTENTS; k++)
        want(file, atomic_load(&header->extents[k].offset),
             (k < last ? recording_extent_records(k) : record + 1) *
                 sizeof(struct recording_record));
    if (chunks > header->ring_chunks)
        chunks = header->ring_chunks;
    if (depth != TRACE_SUMMARY && chunks < file->length)
        want(file, header->ring_offset, chunks * RECORDING_CHUNK_BYTES);
}

static bool read_mapped(struct mapped_file *file, const char *path, enum trace_depth depth,
                        struct trace *trace, struct fault *fault)
{
    bool read = recording_parse(file->bytes, file->length, path, depth, trace, fault);
    if (read && trace->ending == TRACE_ENDED_KILLED &&
        recording_is_being_written(file->fd, (const void *)file->bytes))
        trace->ending = TRACE_ENDED_NOT_YET;
    if (mapped_file_is_cut(file)) {
        trace->count = 0;
        read = fault_set(fault, "%s: it was changed while it was read", path);
    }
    return read;
}

static bool read_open_file(int fd, const char *path, enum trace_depth depth, struct trace *trace,
                           struct fault *fault)
{
    struct stat status;
    struct mapped_file file;
    if (fstat(fd, &status) != 0)
        return fault_set_errno(fault, errno, "%s: cannot be read", path);
    if (!S_ISREG(status.st_mode))
        return fault_set(fault, "%s: expected a recording, found a file too short for one", path);
    if (!mapped_file_open(&file, fd, MAP_SHARED))
        return fault_set_errno(fault, errno, "%s: cannot be read", path);
    if (file.length >= RECORDING_HEADER_BYTES) {
        (void)madvise((char *)file.bytes, file.length, MADV_RANDOM);
        want_what_was_written(&file, depth);
    }
    bool read = read_mapped(&file, path, depth, trace, fault);
    mapped_file_close(&file);
    return read;
}

bool recording_read(const char *path, enum trace_depth depth, struct trace *trace,
                    struct fault *fault)
{
    trace->count = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return fault_set_errno(fault, errno, "%s: cannot be read", path);
    bool read = read_open_file(fd, path, depth, trace, fault);
    close(fd);
    return read;
}
