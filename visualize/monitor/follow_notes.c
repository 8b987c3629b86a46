/* Records of the extents are given out in order and never used anew, but may be written a little
 * later than they are claimed. Reading one twice does no harm: each figure has the latest, or the
 * largest. */
#include "visualize/monitor/follow_internal.h"

enum {
    PIECE = 256,      /* records read at once */
    MOST_PIECES = 64, /* in one look: 512 KiB */
    HOLE_LOOKS = 20,  /* a record that is not there by then is of a thread that was killed */
};

static void take(struct follow *follow, const struct recording_record *record)
{
    uint64_t time_ns = recording_time_ns(record);
    int64_t iteration = recording_iteration(record->last);
    struct follow_figures *figures = &follow->figures;
    switch (recording_kind(record)) {
    case RECORDING_ITERATION:
        follow_iteration(follow, iteration, time_ns);
        break;
    case RECORDING_STATIC:
        if (time_ns >= follow->static_ns) {
            figures->static_bytes = record->values[0];
            follow->static_ns = time_ns;
        }
        break;
    case RECORDING_PEAK:
        follow_raise(&figures->peak_allocated, record->values[0]);
        break;
    default:
        return;
    }
    if (!figures->has_iteration) /* training code that never says that one begins */
        follow_iteration(follow, iteration, 0);
}

/* A piece of an extent, read twice: what was complete in the first copy is whole in the second.
 * Returns how many of its records were there up to the first that was not; -1: it cannot be read.
 */
static int take_piece(struct follow *follow, int fd, uint64_t offset, int count)
{
    struct recording_record first[PIECE], second[PIECE];
    size_t bytes = (size_t)count * sizeof *first;
    if (!follow_read_at(fd, first, bytes, offset) || !follow_read_at(fd, second, bytes, offset))
        return -1;
    int there = count;
    for (int i = 0; i < count; i++) {
        if (recording_is_there(first[i].last, 1))
            take(follow, &second[i]);
        else if (there == count)
            there = i;
    }
    return there;
}

/* The offset of a record's place, and how many more its extent has from there on. */
static bool find_place(const struct recording_header *header, uint64_t place, uint64_t *offset,
                       uint64_t *left)
{
    uint64_t within;
    unsigned k = recording_extent_of(place, &within);
    if (k >= RECORDING_EXTENTS)
        return false;
    uint64_t start = header->extents[k].offset;
    *offset = start + within * sizeof(struct recording_record);
    *left = recording_extent_records(k) - within;
    return start != 0;
}

void follow_notes(struct follow *follow, int fd)
{
    uint64_t claimed = follow->header.claimed_notes, at = follow->seen_notes, offset, left;
    uint64_t hole = UINT64_MAX;
    for (int i = 0; i < MOST_PIECES && at < claimed; i++) {
        if (!find_place(&follow->header, at, &offset, &left))
            break; /* there is no such extent yet */
        uint64_t count = claimed - at < left ? claimed - at : left;
        int wanted = count < PIECE ? (int)count : PIECE;
        int there = take_piece(follow, fd, offset, wanted);
        if (there < 0)
            break;
        if (there < wanted && hole == UINT64_MAX)
            hole = at + (uint64_t)there;
        at += (uint64_t)wanted;
    }
    if (hole == UINT64_MAX || ++follow->hole_looks >= HOLE_LOOKS) {
        follow->hole_looks = 0;
        hole = at;
    }
    follow->seen_notes = hole;
}
