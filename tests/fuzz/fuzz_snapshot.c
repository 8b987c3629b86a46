/* Memory snapshots: no pickle crashes the reader, and what it makes of one is within its tables. */
#include "schemas/snapshot/pickle.h"
#include "schemas/snapshot/replay.h"
#include "schemas/snapshot/snapshot.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void check(bool right)
{
    if (!right)
        abort();
}

static void check_segments(const struct snapshot *snapshot)
{
    for (size_t i = 0; i < snapshot->segment_count; i++) {
        const struct snapshot_segment *segment = &snapshot->segments[i];
        check(segment->stack < snapshot->stack_count);
        check(segment->block_count == 0 ||
              segment->first_block + segment->block_count <= snapshot->block_count);
    }
    for (size_t i = 0; i < snapshot->block_count; i++)
        check(snapshot->blocks[i].stack < snapshot->stack_count);
}

static void check_snapshot(const struct snapshot *snapshot)
{
    for (size_t i = 0; i < snapshot->frame_count; i++)
        check(snapshot->frames[i].function < snapshot->texts.count &&
              snapshot->frames[i].file < snapshot->texts.count);
    for (size_t i = 0; i < snapshot->stack_count; i++)
        for (size_t k = 0; k < snapshot->stacks[i].count; k++)
            check(snapshot->stack_frames[snapshot->stacks[i].first + k] < snapshot->frame_count);
    for (size_t i = 0; i < snapshot->event_count; i++)
        check(snapshot->events[i].stack < snapshot->stack_count &&
              snapshot->events[i].metadata < snapshot->texts.count &&
              snapshot->events[i].action < SNAPSHOT_ACTIONS);
    for (size_t i = 0; i < snapshot->device_count; i++)
        check(snapshot->devices[i].event_count == 0 ||
              snapshot->devices[i].first_event + snapshot->devices[i].event_count <=
                  snapshot->event_count);
    check_segments(snapshot);
}

/* What lives at the peak adds up to the peak. */
static void check_replay(const struct snapshot *snapshot, const struct snapshot_device *device)
{
    struct replay replay;
    check(replay_make(&replay, snapshot, device));
    uint64_t sum = 0;
    for (size_t i = 0; i < replay.count; i++)
        if (replay_lives_at(&replay.blocks[i], replay.allocated.peak_step))
            sum += replay.blocks[i].size;
    check(sum == replay.allocated.peak);
    replay_free(&replay);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const struct pickle_hooks none = {0};
    struct pickle pickle;
    struct snapshot snapshot;
    struct fault fault = {0};
    bool is_pickle = pickle_parse(bytes, size, "input", &none, &pickle, &fault);
    if (is_pickle)
        pickle_free(&pickle);
    else
        check(fault.text[0] != '\0');
    bool is_snapshot = snapshot_parse(bytes, size, "input", &snapshot, &fault);
    if (is_snapshot) {
        check(is_pickle);
        check_snapshot(&snapshot);
        for (size_t i = 0; i < snapshot.device_count; i++)
            check_replay(&snapshot, &snapshot.devices[i]);
        snapshot_free(&snapshot);
    }
    return 0;
}
