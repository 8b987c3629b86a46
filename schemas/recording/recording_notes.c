#include "schemas/recording/recording_internal.h"
#include "schemas/support/array.h"

#include <stdlib.h>

static int compare_notes(const void *a, const void *b)
{
    const struct recording_note *first = a, *second = b;
    if (first->iteration != second->iteration)
        return first->iteration < second->iteration ? -1 : 1;
    if (first->time_ns != second->time_ns)
        return first->time_ns < second->time_ns ? -1 : 1;
    return (first->place > second->place) - (first->place < second->place);
}

/* Takes an extent's records that are there; they are never written a second time. */
static bool take_extent(const struct recording_bytes *recording, uint64_t offset, uint64_t records,
                        uint64_t first_place, struct recording_notes *notes)
{
    for (uint64_t i = 0; i < records; i++, offset += sizeof(struct recording_record)) {
        if (!recording_has(recording, offset, sizeof(struct recording_record)))
            return true; /* a file cut short has its first records */
        const struct recording_record *record = (const void *)(recording->bytes + offset);
        uint64_t last = atomic_load_explicit(&record->last, memory_order_acquire);
        if (!recording_is_there(last, 1))
            continue;
        struct recording_note *note = ARRAY_ADD(notes->list, notes->count);
        if (!note)
            return false;
        *note = (struct recording_note){
            .iteration = recording_iteration(last),
            .time_ns = recording_time_ns(record),
            .kind = recording_kind(record),
            .values = {__atomic_load_n(&record->values[0], __ATOMIC_RELAXED), record->values[1]},
            .place = first_place + i};
    }
    return true;
}

bool recording_take_notes(const struct recording_bytes *recording, struct recording_notes *notes)
{
    const struct recording_header *header = recording_header_of(recording);
    uint64_t left = atomic_load(&header->claimed_notes), place = 0;
    *notes = (struct recording_notes){0};
    for (unsigned k = 0; k < RECORDING_EXTENTS && left > 0; k++) {
        uint64_t offset = atomic_load(&header->extents[k].offset);
        uint64_t records = recording_extent_records(k);
        uint64_t wanted = left < records ? left : records;
        if (offset == 0)
            break;
        if (!take_extent(recording, offset, wanted, place, notes)) {
            free(notes->list);
            *notes = (struct recording_notes){0};
            return false;
        }
        place += records;
        left -= wanted;
    }
    if (notes->count > 0)
        qsort(notes->list, notes->count, sizeof *notes->list, compare_notes);
    return true;
}
