/* Samples lie in chunks, by time within a chunk; each thread fills one chunk after the other. They
 * are read twice: to find each chunk's span of time and each iteration's number of samples, and to
 * put them in order, merging the chunks that overlap in time. So no memory is needed for them but
 * the columns that they end up in. */
#include "schemas/recording/recording_internal.h"
#include "schemas/support/array.h"
#include "schemas/support/units.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct sample {
    uint64_t time_ns;
    int64_t iteration;
    uint64_t allocated, reserved;
};

/* A chunk's samples, by time. What not every one has lies beside them, and is touched only where
 * some of them do: as a part of each it would make reading slower by a tenth. */
struct chunk_samples {
    unsigned count;
    bool has_device, has_left_out;
    struct sample samples[RECORDING_CHUNK_RECORDS];
    uint64_t device[RECORDING_CHUNK_RECORDS];
    uint64_t left_out[RECORDING_CHUNK_RECORDS]; /* as many equal ones before it */
};

/* Where a chunk is, and when its samples were taken. */
struct span {
    uint64_t first_ns, offset;
};

/* A chunk that is being merged. */
struct open_chunk {
    unsigned next;
    struct open_chunk *unused; /* the next one that has been emptied */
    struct chunk_samples of;
};

struct merge {
    const struct recording_bytes *recording;
    size_t span_count, run_count;
    struct span *spans;
    struct recording_part *runs; /* samples of one iteration on end; then the parts */
    size_t *filled;              /* of each part */
    size_t left_out_count;
    struct recording_left_out *left_out;
    struct trace_columns *columns;
    size_t heap_count;
    struct open_chunk **heap; /* the one with the earliest sample first */
    struct open_chunk *unused;
    size_t part; /* where the last sample went */
    uint64_t last_ns;
    bool has_device; /* some sample has */
};

/* ---- a chunk ---- */

static void set_device(struct chunk_samples *copy, unsigned at, uint64_t device)
{
    for (int i = 0; !copy->has_device && i < RECORDING_CHUNK_RECORDS; i++)
        copy->device[i] = RECORDING_NOT_KNOWN;
    copy->has_device = true;
    copy->device[at] = device;
}

static void set_left_out(struct chunk_samples *copy, unsigned at, uint64_t left_out)
{
    if (!copy->has_left_out)
        memset(copy->left_out, 0, sizeof copy->left_out);
    copy->has_left_out = true;
    copy->left_out[at] = left_out;
}

/* The last one of a run of equal samples, of which the one before is the first. */
static void take_repeat(struct chunk_samples *copy, const struct recording_record *record,
                        uint64_t time_ns)
{
    unsigned at = copy->count++;
    copy->samples[at] = copy->samples[at - 1];
    copy->samples[at].time_ns = time_ns;
    if (copy->has_device)
        copy->device[at] = copy->device[at - 1];
    set_left_out(copy, at, recording_repeats_left_out(record));
}

static void swap_with_next(struct chunk_samples *copy, unsigned at)
{
    const struct sample sample = copy->samples[at];
    const uint64_t device = copy->device[at], left_out = copy->left_out[at];
    copy->samples[at] = copy->samples[at + 1];
    copy->device[at] = copy->device[at + 1];
    copy->left_out[at] = copy->left_out[at + 1];
    copy->samples[at + 1] = sample;
    copy->device[at + 1] = device;
    copy->left_out[at + 1] = left_out;
}

/* A chunk has few samples, and hardly ever any out of order. */
static void sort_by_time(struct chunk_samples *copy)
{
    if (!copy->has_device)
        memset(copy->device, 0, sizeof copy->device);
    if (!copy->has_left_out)
        memset(copy->left_out, 0, sizeof copy->left_out);
    for (unsigned sorted = 1; sorted < copy->count; sorted++)
        for (unsigned at = sorted;
             at > 0 && copy->samples[at - 1].time_ns > copy->samples[at].time_ns; at--)
            swap_with_next(copy, at - 1);
}

/* Copies the samples of one generation; false where the writer has used the chunk anew meanwhile,
 * so that words of both uses may be mixed. */
static bool copy_generation(const struct recording_chunk *chunk, struct chunk_samples *copy)
{
    uint64_t generation = atomic_load_explicit(&chunk->generation, memory_order_acquire);
    uint64_t device_ns = UINT64_MAX, device = RECORDING_NOT_KNOWN; /* of the next sample */
    uint64_t before_ns = 0;
    bool in_order = true;
    copy->count = 0;
    copy->has_device = copy->has_left_out = false;
    for (int i = 0; generation > 0 && i < RECORDING_CHUNK_RECORDS; i++) {
        const struct recording_record *record = &chunk->records[i];
        uint64_t last = atomic_load_explicit(&record->last, memory_order_acquire);
        if (!recording_is_there(last, generation))
            continue;
        uint64_t kind = recording_kind(record), time_ns = recording_time_ns(record);
        if (kind == RECORDING_SAMPLE) {
            unsigned at = copy->count++;
            copy->samples[at] = (struct sample){.time_ns = time_ns,
                                                .iteration = recording_iteration(last),
                                                .allocated = record->values[0],
                                                .reserved = record->values[1]};
            if (time_ns == device_ns)
                set_device(copy, at, device);
        } else if (kind == RECORDING_REPEAT && copy->count > 0) {
            take_repeat(copy, record, time_ns);
        } else {
            if (kind == RECORDING_DEVICE) {
                device_ns = time_ns;
                device = record->values[0];
            }
            continue;
        }
        in_order &= time_ns >= before_ns;
        before_ns = time_ns;
    }
    if (!in_order)
        sort_by_time(copy);
    atomic_thread_fence(memory_order_acquire);
    return atomic_load_explicit(&chunk->generation, memory_order_relaxed) == generation;
}

static void copy_chunk(const struct recording_bytes *recording, uint64_t offset,
                       struct chunk_samples *copy)
{
    enum { ATTEMPTS = 3 };
    for (int attempt = 0; attempt < ATTEMPTS; attempt++)
        if (copy_generation((const void *)(recording->bytes + offset), copy))
            return;
    copy->count = 0; /* its samples made room for others, which came after this reading began */
}

/* ---- the first pass: when, and how many ---- */

/* A figure, that is: it may have been asked for in vain. */
static bool has_device(const struct chunk_samples *copy)
{
    for (unsigned i = 0; copy->has_device && i < copy->count; i++)
        if (copy->device[i] != RECORDING_NOT_KNOWN)
            return true;
    return false;
}

/* How many samples, from the first, are of one iteration. */
static unsigned run_length(const struct sample *samples, unsigned count)
{
    unsigned length = 1;
    while (length < count && samples[length].iteration == samples[0].iteration)
        length++;
    return length;
}

static bool count_run(struct merge *merge, int64_t iteration, size_t samples)
{
    if (merge->run_count > 0 && merge->runs[merge->run_count - 1].iteration == iteration) {
        merge->runs[merge->run_count - 1].count += samples;
        return true;
    }
    struct recording_part *run = ARRAY_ADD(merge->runs, merge->run_count);
    if (run)
        *run = (struct recording_part){.iteration = iteration, .count = samples};
    return run != NULL;
}

static int compare_spans(const void *a, const void *b)
{
    const struct span *first = a, *second = b;
    if (first->first_ns != second->first_ns)
        return first->first_ns < second->first_ns ? -1 : 1;
    return (first->offset > second->offset) - (first->offset < second->offset);
}

static bool look_at_chunks(struct merge *merge)
{
    const struct recording_header *header = recording_header_of(merge->recording);
    uint64_t chunks = atomic_load(&header->claimed_chunks), offset = header->ring_offset;
    if (chunks > header->ring_chunks)
        chunks = header->ring_chunks;
    if (chunks > merge->recording->length / RECORDING_CHUNK_BYTES)
        chunks = merge->recording->length / RECORDING_CHUNK_BYTES; /* cut short */
    merge->spans = calloc(chunks + 1, sizeof *merge->spans);
    if (!merge->spans)
        return false;
    for (uint64_t i = 0; i < chunks; i++, offset += RECORDING_CHUNK_BYTES) {
        struct chunk_samples copy;
        if (!recording_has(merge->recording, offset, RECORDING_CHUNK_BYTES))
            break;
        copy_chunk(merge->recording, offset, &copy);
        if (copy.count > 0)
            merge->spans[merge->span_count++] = (struct span){copy.samples[0].time_ns, offset};
        merge->has_device |= has_device(&copy);
        for (unsigned k = 0, run; k < copy.count; k += run) {
            run = run_length(&copy.samples[k], copy.count - k);
            if (!count_run(merge, copy.samples[k].iteration, run))
                return false;
        }
    }
    if (merge->span_count > 0)
        qsort(merge->spans, merge->span_count, sizeof *merge->spans, compare_spans);
    return true;
}

static int compare_parts(const void *a, const void *b)
{
    const struct recording_part *first = a, *second = b;
    return (first->iteration > second->iteration) - (first->iteration < second->iteration);
}

/* Makes one part of all runs of an iteration, and room for all. */
static bool make_parts(struct merge *merge)
{
    size_t total = 0, parts = 0;
    if (merge->run_count > 0)
        qsort(merge->runs, merge->run_count, sizeof *merge->runs, compare_parts);
    for (size_t i = 0; i < merge->run_count; i++) {
        if (parts > 0 && merge->runs[parts - 1].iteration == merge->runs[i].iteration)
            merge->runs[parts - 1].count += merge->runs[i].count;
        else
            merge->runs[parts++] = merge->runs[i];
    }
    merge->run_count = parts;
    for (size_t i = 0; i < parts; i++) {
        merge->runs[i].start = total;
        total += merge->runs[i].count;
    }
    merge->filled = calloc(parts + 1, sizeof *merge->filled);
    return merge->filled && trace_store_reserve(merge->columns, total) &&
           (!merge->has_device || trace_columns_with_device(merge->columns));
}

/* ---- the second pass: in order ---- */

static double mb_or_nan(uint64_t bytes)
{
    return bytes == RECORDING_NOT_KNOWN ? NAN : mb_from_bytes(bytes);
}

static bool note_left_out(struct merge *merge, int64_t iteration, uint64_t samples, size_t place)
{
    struct recording_left_out *left_out = ARRAY_ADD(merge->left_out, merge->left_out_count);
    if (left_out)
        *left_out = (struct recording_left_out){iteration, {place, samples}};
    return left_out != NULL;
}

/* Where samples of an iteration go; false where it is none of the first pass. */
static bool find_part(struct merge *merge, int64_t iteration)
{
    if (merge->runs[merge->part].iteration == iteration)
        return true;
    const struct recording_part wanted = {.iteration = iteration};
    const struct recording_part *found =
        bsearch(&wanted, merge->runs, merge->run_count, sizeof wanted, compare_parts);
    if (found)
        merge->part = (size_t)(found - merge->runs);
    return found != NULL;
}

/* What not every sample has. */
static bool put_more(struct merge *merge, const struct chunk_samples *from, unsigned first,
                     unsigned count, size_t place)
{
    size_t at = merge->runs[merge->part].start + place;
    for (unsigned i = 0; i < count; i++) {
        uint64_t left_out = from->has_left_out ? from->left_out[first + i] : 0;
        if (merge->columns->has_device)
            merge->columns->device_mb[at + i] =
                from->has_device ? mb_or_nan(from->device[first + i]) : NAN;
        if (left_out > 0 &&
            !note_left_out(merge, from->samples[first].iteration, left_out, place + i))
            return false;
    }
    return true;
}

/* Samples of one iteration. Those that were taken since the first pass have no place. */
static bool put_run(struct merge *merge, const struct chunk_samples *from, unsigned first,
                    unsigned count)
{
    const struct sample *samples = &from->samples[first];
    if (!find_part(merge, samples[0].iteration))
        return true;
    const struct recording_part *part = &merge->runs[merge->part];
    size_t place = merge->filled[merge->part], at = part->start + place;
    if (count > part->count - place)
        count = (unsigned)(part->count - place);
    if (count == 0)
        return true;
    for (unsigned i = 0; i < count; i++) {
        merge->columns->time_s[at + i] = s_from_ns(samples[i].time_ns);
        merge->columns->allocated_mb[at + i] = mb_or_nan(samples[i].allocated);
        merge->columns->reserved_mb[at + i] = mb_or_nan(samples[i].reserved);
    }
    merge->filled[merge->part] += count;
    merge->last_ns = samples[count - 1].time_ns;
    return !(merge->columns->has_device || from->has_left_out) ||
           put_more(merge, from, first, count, place);
}

static uint64_t head_ns(const struct open_chunk *chunk)
{
    return chunk->of.samples[chunk->next].time_ns;
}

static void sift_up(struct merge *merge, size_t at)
{
    struct open_chunk *chunk = merge->heap[at];
    for (; at > 0 && head_ns(merge->heap[(at - 1) / 2]) > head_ns(chunk); at = (at - 1) / 2)
        merge->heap[at] = merge->heap[(at - 1) / 2];
    merge->heap[at] = chunk;
}

static void sift_down(struct merge *merge)
{
    struct open_chunk *chunk = merge->heap[0];
    size_t at = 0;
    for (size_t child; (child = 2 * at + 1) < merge->heap_count; at = child) {
        if (child + 1 < merge->heap_count &&
            head_ns(merge->heap[child + 1]) < head_ns(merge->heap[child]))
            child++;
        if (head_ns(merge->heap[child]) >= head_ns(chunk))
            break;
        merge->heap[at] = merge->heap[child];
    }
    merge->heap[at] = chunk;
}

static bool open_next(struct merge *merge, uint64_t offset)
{
    struct open_chunk *chunk = merge->unused;
    if (chunk)
        merge->unused = chunk->unused;
    else
        chunk = malloc(sizeof *chunk);
    if (!chunk)
        return false;
    chunk->next = 0;
    copy_chunk(merge->recording, offset, &chunk->of);
    if (chunk->of.count == 0) {
        chunk->unused = merge->unused;
        merge->unused = chunk;
        return true;
    }
    merge->heap[merge->heap_count] = chunk;
    sift_up(merge, merge->heap_count++);
    return true;
}

/* Until when the samples of the first chunk of the heap are the earliest, if no other chunk begins
 * before. */
static uint64_t others_begin_ns(const struct merge *merge)
{
    uint64_t begin = UINT64_MAX;
    for (size_t i = 1; i <= 2 && i < merge->heap_count; i++)
        if (head_ns(merge->heap[i]) < begin)
            begin = head_ns(merge->heap[i]);
    return begin;
}

/* Puts the earliest samples, up to a time (included); at least one. */
static bool put_up_to(struct merge *merge, uint64_t until_ns)
{
    struct open_chunk *chunk = merge->heap[0];
    const struct chunk_samples *from = &chunk->of;
    uint64_t others_ns = others_begin_ns(merge);
    unsigned first = chunk->next++;
    if (others_ns < until_ns)
        until_ns = others_ns;
    while (chunk->next < from->count && head_ns(chunk) <= until_ns)
        chunk->next++;
    for (unsigned run; first < chunk->next; first += run) {
        run = run_length(&from->samples[first], chunk->next - first);
        if (!put_run(merge, from, first, run))
            return false;
    }
    if (chunk->next == from->count) {
        chunk->unused = merge->unused;
        merge->unused = chunk;
        merge->heap[0] = merge->heap[--merge->heap_count];
    }
    if (merge->heap_count > 1)
        sift_down(merge);
    return true;
}

static bool merge_chunks(struct merge *merge)
{
    merge->heap = array_resize(NULL, merge->span_count + 1, sizeof(struct open_chunk *));
    if (!merge->heap)
        return false;
    size_t opened = 0;
    while (merge->run_count > 0 && (opened < merge->span_count || merge->heap_count > 0)) {
        while (opened < merge->span_count &&
               (merge->heap_count == 0 || merge->spans[opened].first_ns <= head_ns(merge->heap[0])))
            if (!open_next(merge, merge->spans[opened++].offset))
                return false;
        if (merge->heap_count > 0 &&
            !put_up_to(merge,
                       opened < merge->span_count ? merge->spans[opened].first_ns : UINT64_MAX))
            return false;
    }
    return true;
}

/* Samples that have made room for others since the first pass leave gaps. */
static void close_gaps(struct merge *merge)
{
    size_t used = 0;
    struct trace_columns *columns = merge->columns;
    for (size_t i = 0; i < merge->run_count; i++) {
        struct recording_part *part = &merge->runs[i];
        size_t count = merge->filled[i];
        if (part->start != used) {
            memmove(columns->time_s + used, columns->time_s + part->start, count * sizeof(double));
            memmove(columns->allocated_mb + used, columns->allocated_mb + part->start,
                    count * sizeof(double));
            memmove(columns->reserved_mb + used, columns->reserved_mb + part->start,
                    count * sizeof(double));
            if (columns->has_device)
                memmove(columns->device_mb + used, columns->device_mb + part->start,
                        count * sizeof(double));
        }
        part->start = used;
        part->count = count;
        used += count;
    }
}

static int compare_left_out(const void *a, const void *b)
{
    const struct recording_left_out *first = a, *second = b;
    if (first->iteration != second->iteration)
        return first->iteration < second->iteration ? -1 : 1;
    return (first->of.sample > second->of.sample) - (first->of.sample < second->of.sample);
}

bool recording_take_samples(const struct recording_bytes *recording, struct trace_columns *columns,
                            struct recording_parts *parts)
{
    struct merge merge = {.recording = recording, .columns = columns};
    bool taken = look_at_chunks(&merge) && make_parts(&merge) && merge_chunks(&merge);
    if (taken) {
        close_gaps(&merge);
        if (merge.left_out_count > 0)
            qsort(merge.left_out, merge.left_out_count, sizeof *merge.left_out, compare_left_out);
        *parts = (struct recording_parts){merge.run_count, merge.runs, merge.left_out_count,
                                          merge.left_out, merge.last_ns};
    } else {
        free(merge.runs);
        free(merge.left_out);
        *parts = (struct recording_parts){0};
    }
    while (merge.heap_count > 0)
        free(merge.heap[--merge.heap_count]);
    for (struct open_chunk *chunk = merge.unused, *next; chunk; chunk = next) {
        next = chunk->unused;
        free(chunk);
    }
    free(merge.spans);
    free(merge.filled);
    free(merge.heap);
    return taken;
}
