/* A device's memory over all events of a snapshot: see snapshot.md.
 *
 * Steps count events from 1; step 0 is before the first of them. What holds at a step holds after
 * its event. Sizes are bytes, as they were asked for.
 */
#ifndef SCHEMAS_SNAPSHOT_REPLAY_H
#define SCHEMAS_SNAPSHOT_REPLAY_H

#include "schemas/snapshot/snapshot.h"

#define REPLAY_NEVER UINT32_MAX

struct replay_block {
    uint64_t address, size, stream;
    uint32_t alloc_step; /* 0: before the first event */
    uint32_t free_step;  /* freed, as far as the program goes; 0: before the first event */
    uint32_t done_step;  /* can be used again */
    uint32_t stack;      /* of the allocation; 0: not known */
};

struct replay_level {
    uint64_t start, peak, end;
    uint32_t peak_step; /* where the peak was reached first */
};

enum replay_inconsistency {
    REPLAY_ALLOCATED_TWICE,
    REPLAY_FREED_TWICE,
    REPLAY_NOT_IN_SEGMENTS,
    REPLAY_OTHER_SIZE,
    REPLAY_MORE_GIVEN_BACK,
    REPLAY_UNKNOWN_ACTION,
    REPLAY_INCONSISTENCIES
};

struct replay {
    const struct snapshot *snapshot;
    const struct snapshot_device *device;
    size_t count, capacity;
    struct replay_block *blocks;
    struct replay_level allocated, active, reserved;
    uint64_t actions[SNAPSHOT_ACTIONS];
    uint64_t inconsistencies[REPLAY_INCONSISTENCIES];
    /* Blocks that are there at the end and that no event allocated: with a stack (so that their
     * event is lost: the ring had wrapped), and without one (they are older than the recording). */
    uint64_t lost, older;
    uint64_t end_rounded; /* allocated at the end as torch.cuda.memory_allocated() has it */
};

/* Replays one device's events. The snapshot must outlive the replay. False when out of memory. */
bool replay_make(struct replay *replay, const struct snapshot *snapshot,
                 const struct snapshot_device *device);
void replay_free(struct replay *replay);

/* What an inconsistency is, in words: "blocks allocated over ones that live". */
const char *replay_inconsistency_text(enum replay_inconsistency which);

/* The event of a step from 1 on. */
static inline const struct snapshot_event *replay_event(const struct replay *replay, uint32_t step)
{
    return &replay->snapshot->events[replay->device->first_event + step - 1];
}

/* When a step was; of step 0, and where no times were recorded: SNAPSHOT_NO_TIME. */
static inline int64_t replay_time_us(const struct replay *replay, uint32_t step)
{
    return step ? replay_event(replay, step)->time_us : SNAPSHOT_NO_TIME;
}

static inline bool replay_lives_at(const struct replay_block *block, uint32_t step)
{
    return block->alloc_step <= step && block->free_step > step;
}

#endif
