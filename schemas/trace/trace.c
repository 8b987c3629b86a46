#include "schemas/trace/trace.h"

#include "schemas/support/array.h"
#include "schemas/trace/trace_store.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Where an iteration's samples and markers begin, while their memory may still move. */
struct place {
    size_t first_sample, first_marker, first_left_out;
};

struct marker_place {
    double time_s;
    size_t name; /* its offset in the names */
};

struct fact_place {
    size_t name, value; /* their offsets in the names */
};

struct store {
    size_t capacity; /* of iterations, places and sorted */
    struct trace_iteration *iterations;
    struct place *places;
    struct trace_columns columns;
    size_t marker_count, marker_capacity;
    struct marker_place *marker_places;
    struct trace_marker *markers; /* as long as marker_places */
    size_t left_out_count, left_out_capacity;
    struct trace_left_out *left_out;
    size_t fact_count, fact_capacity;
    struct fact_place *fact_places;
    struct trace_fact *facts; /* as long as fact_places */
    size_t names_used, names_capacity;
    char *names;
};

/* Several arrays of one length: the capacity counts only when all have it. */
static bool grow_together(void **arrays[], const size_t sizes[], size_t count, size_t *capacity,
                          size_t needed)
{
    size_t reached = *capacity;
    for (size_t i = 0; i < count; i++) {
        reached = *capacity;
        if (!array_reserve((void *)arrays[i], sizes[i], &reached, needed))
            return false;
    }
    *capacity = reached;
    return true;
}

bool trace_store_begin(struct trace *trace)
{
    struct store *store = trace->memory;
    if (!store)
        store = calloc(1, sizeof *store);
    if (!store)
        return false;
    store->columns.count = 0;
    store->columns.has_device = false;
    store->marker_count = 0;
    store->left_out_count = 0;
    store->fact_count = 0;
    store->names_used = 0;
    *trace = (struct trace){.last_time_s = NAN, .device_capacity_mb = NAN, .memory = store};
    return true;
}

struct trace_iteration *trace_store_iteration(struct trace *trace, int64_t number)
{
    struct store *store = trace->memory;
    void **arrays[] = {(void **)&store->iterations, (void **)&store->places};
    const size_t sizes[] = {sizeof *store->iterations, sizeof *store->places};
    if (!grow_together(arrays, sizes, 2, &store->capacity, trace->count + 1))
        return NULL;
    trace->iterations = store->iterations;
    size_t at = trace->count++;
    store->places[at] =
        (struct place){store->columns.count, store->marker_count, store->left_out_count};
    store->iterations[at] = (struct trace_iteration){.number = number,
                                                     .peak_mb = NAN,
                                                     .theoretical_mb = NAN,
                                                     .static_mb = NAN,
                                                     .figures = TRACE_FIGURES_NONE};
    return &store->iterations[at];
}

struct trace_columns *trace_store_columns(struct trace *trace)
{
    return &((struct store *)trace->memory)->columns;
}

bool trace_store_reserve(struct trace_columns *columns, size_t more)
{
    void **arrays[] = {(void **)&columns->time_s, (void **)&columns->reserved_mb,
                       (void **)&columns->allocated_mb};
    const size_t sizes[] = {sizeof(double), sizeof(double), sizeof(double)};
    size_t needed;
    return !__builtin_add_overflow(columns->count, more, &needed) &&
           grow_together(arrays, sizes, 3, &columns->capacity, needed) &&
           (!columns->has_device || array_reserve((void *)&columns->device_mb, sizeof(double),
                                                  &columns->device_capacity, columns->capacity));
}

bool trace_columns_with_device(struct trace_columns *columns)
{
    if (columns->has_device)
        return true;
    if (!array_reserve((void *)&columns->device_mb, sizeof(double), &columns->device_capacity,
                       columns->capacity))
        return false;
    for (size_t i = 0; i < columns->capacity; i++)
        columns->device_mb[i] = NAN;
    columns->has_device = true;
    return true;
}

bool trace_store_device(struct trace *trace, double device_mb)
{
    struct trace_columns *columns = trace_store_columns(trace);
    if (!trace_columns_with_device(columns))
        return false;
    columns->device_mb[columns->count - 1] = device_mb;
    return true;
}

bool trace_store_sample(struct trace *trace, double time_s, double reserved_mb, double allocated_mb)
{
    struct trace_columns *columns = trace_store_columns(trace);
    if (columns->count == columns->capacity && !trace_store_reserve(columns, 1))
        return false;
    if (columns->has_device)
        columns->device_mb[columns->count] = NAN;
    columns->time_s[columns->count] = time_s;
    columns->reserved_mb[columns->count] = reserved_mb;
    columns->allocated_mb[columns->count] = allocated_mb;
    columns->count++;
    return true;
}

void trace_store_drop_samples(struct trace *trace)
{
    struct store *store = trace->memory;
    store->columns.count = store->places[trace->count - 1].first_sample;
}

size_t trace_store_sample_count(const struct trace *trace)
{
    const struct store *store = trace->memory;
    return store->columns.count - store->places[trace->count - 1].first_sample;
}

void trace_store_drop_markers(struct trace *trace)
{
    struct store *store = trace->memory;
    store->marker_count = store->places[trace->count - 1].first_marker;
}

bool trace_store_left_out(struct trace *trace, size_t sample, uint64_t count)
{
    struct store *store = trace->memory;
    size_t at = store->left_out_count;
    bool ascends = at == store->places[trace->count - 1].first_left_out ||
                   store->left_out[at - 1].sample < sample;
    if (!ascends || count == 0)
        return true;
    if (!array_reserve(&store->left_out, sizeof *store->left_out, &store->left_out_capacity,
                       at + 1))
        return false;
    store->left_out[store->left_out_count++] = (struct trace_left_out){sample, count};
    return true;
}

/* Copies a text behind the names that are there; its offset. False when out of memory. */
static bool add_name(struct store *store, const char *text, size_t length, size_t *offset)
{
    if (!array_reserve(&store->names, 1, &store->names_capacity, store->names_used + length + 1))
        return false;
    memcpy(store->names + store->names_used, text, length);
    store->names[store->names_used + length] = '\0';
    *offset = store->names_used;
    store->names_used += length + 1;
    return true;
}

bool trace_store_marker(struct trace *trace, double time_s, const char *name, size_t length)
{
    struct store *store = trace->memory;
    void **arrays[] = {(void **)&store->marker_places, (void **)&store->markers};
    const size_t sizes[] = {sizeof *store->marker_places, sizeof *store->markers};
    if (!grow_together(arrays, sizes, 2, &store->marker_capacity, store->marker_count + 1) ||
        !add_name(store, name, length, &store->marker_places[store->marker_count].name))
        return false;
    store->marker_places[store->marker_count++].time_s = time_s;
    return true;
}

bool trace_store_fact(struct trace *trace, const char *name, size_t name_length, const char *value,
                      size_t value_length)
{
    struct store *store = trace->memory;
    void **arrays[] = {(void **)&store->fact_places, (void **)&store->facts};
    const size_t sizes[] = {sizeof *store->fact_places, sizeof *store->facts};
    size_t at = 0;
    while (at < store->fact_count &&
           (strncmp(store->names + store->fact_places[at].name, name, name_length) != 0 ||
            store->names[store->fact_places[at].name + name_length] != '\0'))
        at++;
    if (at == store->fact_count &&
        (!grow_together(arrays, sizes, 2, &store->fact_capacity, store->fact_count + 1) ||
         !add_name(store, name, name_length, &store->fact_places[at].name)))
        return false;
    if (!add_name(store, value, value_length, &store->fact_places[at].value))
        return false;
    store->fact_count += at == store->fact_count;
    return true;
}

/* ---- the end ---- */

static void set_left_out(struct trace_samples *samples, const struct store *store, size_t from,
                         size_t to)
{
    while (to > from && store->left_out[to - 1].sample >= samples->count)
        to--; /* of samples that are not there */
    samples->left_out_count = to - from;
    samples->left_out = to > from ? store->left_out + from : NULL;
}

static void set_pointers(struct trace *trace)
{
    struct store *store = trace->memory;
    for (size_t i = 0; i < store->marker_count; i++)
        store->markers[i] = (struct trace_marker){store->marker_places[i].time_s,
                                                  store->names + store->marker_places[i].name};
    for (size_t i = 0; i < store->fact_count; i++)
        store->facts[i] = (struct trace_fact){store->names + store->fact_places[i].name,
                                              store->names + store->fact_places[i].value};
    trace->fact_count = store->fact_count;
    trace->facts = store->fact_count ? store->facts : NULL;
    for (size_t i = 0; i < trace->count; i++) {
        bool last = i + 1 == trace->count;
        struct trace_iteration *iteration = &trace->iterations[i];
        size_t sample = store->places[i].first_sample, marker = store->places[i].first_marker;
        iteration->samples.count =
            (last ? store->columns.count : store->places[i + 1].first_sample) - sample;
        iteration->marker_count =
            (last ? store->marker_count : store->places[i + 1].first_marker) - marker;
        if (iteration->samples.count > 0) {
            iteration->samples.time_s = store->columns.time_s + sample;
            iteration->samples.reserved_mb = store->columns.reserved_mb + sample;
            iteration->samples.allocated_mb = store->columns.allocated_mb + sample;
            if (store->columns.has_device)
                iteration->samples.device_mb = store->columns.device_mb + sample;
        }
        if (iteration->marker_count > 0)
            iteration->markers = store->markers + marker;
        set_left_out(&iteration->samples, store, store->places[i].first_left_out,
                     last ? store->left_out_count : store->places[i + 1].first_left_out);
    }
}

struct numbered {
    struct trace_iteration iteration;
    size_t order;
};

static int compare_numbered(const void *a, const void *b)
{
    const struct numbered *first = a, *second = b;
    if (first->iteration.number != second->iteration.number)
        return first->iteration.number < second->iteration.number ? -1 : 1;
    return (first->order > second->order) - (first->order < second->order);
}

static bool sort_and_keep_last(struct trace *trace)
{
    struct numbered *sorted = calloc(trace->count, sizeof *sorted);
    if (!sorted)
        return false;
    for (size_t i = 0; i < trace->count; i++)
        sorted[i] = (struct numbered){trace->iterations[i], i};
    qsort(sorted, trace->count, sizeof *sorted, compare_numbered);
    size_t kept = 0;
    for (size_t i = 0; i < trace->count; i++) {
        bool superseded =
            i + 1 < trace->count && sorted[i + 1].iteration.number == sorted[i].iteration.number;
        if (!superseded)
            trace->iterations[kept++] = sorted[i].iteration;
    }
    trace->count = kept;
    free(sorted);
    return true;
}

bool trace_store_end(struct trace *trace)
{
    set_pointers(trace);
    for (size_t i = 1; i < trace->count; i++)
        if (trace->iterations[i].number <= trace->iterations[i - 1].number)
            return sort_and_keep_last(trace);
    return true;
}

void trace_free(struct trace *trace)
{
    struct store *store = trace->memory;
    if (store) {
        free(store->iterations);
        free(store->places);
        free(store->columns.time_s);
        free(store->columns.reserved_mb);
        free(store->columns.allocated_mb);
        free(store->columns.device_mb);
        free(store->left_out);
        free(store->fact_places);
        free(store->facts);
        free(store->marker_places);
        free(store->markers);
        free(store->names);
        free(store);
    }
    *trace = (struct trace){0};
}

/* ---- figures and what they measure ---- */

uint64_t trace_samples_taken(const struct trace_samples *samples)
{
    uint64_t taken = samples->count;
    for (size_t i = 0; i < samples->left_out_count; i++)
        if (__builtin_add_overflow(taken, samples->left_out[i].count, &taken))
            return UINT64_MAX; /* no counts of ours */
    return taken;
}

enum trace_measure trace_measure_of_allocated(const struct trace_iteration *iteration)
{
    return iteration->allocated_of ? iteration->allocated_of : TRACE_MEASURE_ALLOCATOR;
}

enum trace_measure trace_measure_of_reserved(const struct trace_iteration *iteration)
{
    return iteration->reserved_of ? iteration->reserved_of : TRACE_MEASURE_DEVICE;
}

struct trace_peak trace_iteration_peak(const struct trace_iteration *iteration)
{
    bool recorded = !isnan(iteration->peak_mb);
    struct trace_peak peak = {.mb = iteration->peak_mb,
                              .measure = recorded && !iteration->peak_sampled
                                             ? TRACE_MEASURE_ALLOCATOR
                                             : trace_measure_of_allocated(iteration),
                              .sampled = !recorded || iteration->peak_sampled};
    for (size_t i = 0; i < iteration->samples.count && !recorded; i++)
        if (isnan(peak.mb) || iteration->samples.allocated_mb[i] > peak.mb)
            peak.mb = iteration->samples.allocated_mb[i];
    return peak;
}
