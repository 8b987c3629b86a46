#include "schemas/snapshot/replay.h"

#include "schemas/snapshot/address_map.h"
#include "schemas/support/array.h"

#include <stdlib.h>

const char *replay_inconsistency_text(enum replay_inconsistency which)
{
    static const char *const texts[REPLAY_INCONSISTENCIES] = {
        [REPLAY_ALLOCATED_TWICE] = "blocks allocated over ones that live",
        [REPLAY_FREED_TWICE] = "blocks freed twice",
        [REPLAY_NOT_IN_SEGMENTS] =
            "blocks that live by the events and are in no segment at the end",
        [REPLAY_OTHER_SIZE] = "blocks of another size in the segments than in the events",
        [REPLAY_MORE_GIVEN_BACK] = "more memory given back to CUDA than was taken",
        [REPLAY_UNKNOWN_ACTION] = "events with an action that is not known",
    };
    return texts[which];
}

/* A sum from the first event on, and where it was largest; what it began with is known last. */
struct course {
    int64_t now, most;
    uint32_t most_step;
};

static void move(struct course *course, int64_t bytes, uint32_t step)
{
    /* Sums past 2^63 are of no real file; they wrap. */
    course->now = (int64_t)((uint64_t)course->now + (uint64_t)bytes);
    if (course->now > course->most) {
        course->most = course->now;
        course->most_step = step;
    }
}

struct player {
    struct replay *replay;
    struct address_map live; /* blocks that are not free again: their numbers */
    struct course allocated, active, reserved;
    size_t same_stack, other_stack; /* of frees and the allocations that they end */
};

static uint32_t add_block(struct player *player, struct replay_block block)
{
    struct replay *replay = player->replay;
    if (replay->count >= REPLAY_NEVER - 1 ||
        !array_reserve(&replay->blocks, sizeof block, &replay->capacity, replay->count + 1))
        return ADDRESS_MAP_NONE;
    replay->blocks[replay->count] = block;
    return (uint32_t)replay->count++;
}

/* ---- blocks ---- */

static bool play_alloc(struct player *player, const struct snapshot_event *event, uint32_t step)
{
    struct replay *replay = player->replay;
    uint32_t before = address_map_get(&player->live, event->address);
    if (before != ADDRESS_MAP_NONE) {
        struct replay_block *old = &replay->blocks[before];
        replay->inconsistencies[REPLAY_ALLOCATED_TWICE]++;
        if (old->free_step == REPLAY_NEVER) {
            old->free_step = step;
            move(&player->allocated, -(int64_t)old->size, step);
        }
        old->done_step = step;
        move(&player->active, -(int64_t)old->size, step);
    }
    uint32_t number = add_block(player, (struct replay_block){.address = event->address,
                                                              .size = event->size,
                                                              .stream = event->stream,
                                                              .alloc_step = step,
                                                              .free_step = REPLAY_NEVER,
                                                              .done_step = REPLAY_NEVER,
                                                              .stack = event->stack});
    move(&player->allocated, (int64_t)event->size, step);
    move(&player->active, (int64_t)event->size, step);
    return number != ADDRESS_MAP_NONE && address_map_set(&player->live, event->address, number);
}

/* A block that is freed and was not allocated lived before the first event; `free_step` 0: its free
 * was requested before, too. */
static uint32_t add_earlier(struct player *player, const struct snapshot_event *event,
                            uint32_t free_step)
{
    uint32_t number = add_block(player, (struct replay_block){.address = event->address,
                                                              .size = event->size,
                                                              .stream = event->stream,
                                                              .free_step = free_step,
                                                              .done_step = REPLAY_NEVER});
    struct replay *replay = player->replay;
    if (number != ADDRESS_MAP_NONE) {
        replay->active.start += event->size;
        replay->allocated.start += free_step ? event->size : 0;
    }
    return number;
}

static bool play_request(struct player *player, const struct snapshot_event *event, uint32_t step)
{
    struct replay *replay = player->replay;
    uint32_t number = address_map_get(&player->live, event->address);
    if (number == ADDRESS_MAP_NONE) {
        number = add_earlier(player, event, step);
        move(&player->allocated, -(int64_t)event->size, step);
        return number != ADDRESS_MAP_NONE && address_map_set(&player->live, event->address, number);
    }
    struct replay_block *block = &replay->blocks[number];
    if (block->free_step != REPLAY_NEVER) {
        replay->inconsistencies[REPLAY_FREED_TWICE]++;
        return true;
    }
    block->free_step = step;
    move(&player->allocated, -(int64_t)block->size, step);
    if (block->stack == event->stack)
        player->same_stack++;
    else
        player->other_stack++;
    return true;
}

static bool play_completion(struct player *player, const struct snapshot_event *event,
                            uint32_t step)
{
    struct replay *replay = player->replay;
    uint32_t number = address_map_get(&player->live, event->address);
    if (number == ADDRESS_MAP_NONE)
        number = add_earlier(player, event, 0);
    if (number == ADDRESS_MAP_NONE)
        return false;
    struct replay_block *block = &replay->blocks[number];
    if (block->free_step == REPLAY_NEVER) { /* the request was not recorded */
        block->free_step = step;
        move(&player->allocated, -(int64_t)block->size, step);
    }
    block->done_step = step;
    move(&player->active, -(int64_t)block->size, step);
    address_map_remove(&player->live, event->address);
    return true;
}

static bool play(struct player *player, const struct snapshot_event *event, uint32_t step)
{
    struct replay *replay = player->replay;
    replay->actions[event->action]++;
    switch ((enum snapshot_action)event->action) {
    case SNAPSHOT_ALLOC:
        return play_alloc(player, event, step);
    case SNAPSHOT_FREE_REQUESTED:
        return play_request(player, event, step);
    case SNAPSHOT_FREE_COMPLETED:
        return play_completion(player, event, step);
    case SNAPSHOT_SEGMENT_ALLOC:
    case SNAPSHOT_SEGMENT_MAP:
        move(&player->reserved, (int64_t)event->size, step);
        return true;
    case SNAPSHOT_SEGMENT_FREE:
    case SNAPSHOT_SEGMENT_UNMAP:
        move(&player->reserved, -(int64_t)event->size, step);
        return true;
    case SNAPSHOT_OTHER:
        replay->inconsistencies[REPLAY_UNKNOWN_ACTION]++;
        return true;
    default:
        return true;
    }
}

/* ---- the end ---- */

/* A block of the segments: either the events know it, or it was there before them. */
static bool meet_block(struct player *player, const struct snapshot_segment *segment,
                       const struct snapshot_block *block, bool *met)
{
    struct replay *replay = player->replay;
    uint32_t number = address_map_get(&player->live, block->address);
    if (block->state == SNAPSHOT_ACTIVE)
        replay->end_rounded += block->size;
    if (number == ADDRESS_MAP_NONE) {
        bool pending = block->state == SNAPSHOT_PENDING;
        replay->active.start += block->requested;
        replay->allocated.start += pending ? 0 : block->requested;
        replay->lost += block->stack != 0 && replay->device->event_count > 0;
        replay->older += block->stack == 0;
        return add_block(player, (struct replay_block){.address = block->address,
                                                       .size = block->requested,
                                                       .stream = segment->stream,
                                                       .free_step = pending ? 0 : REPLAY_NEVER,
                                                       .done_step = REPLAY_NEVER,
                                                       .stack = block->stack}) != ADDRESS_MAP_NONE;
    }
    met[number] = true;
    struct replay_block *known = &replay->blocks[number];
    if (known->size != block->requested && known->size != block->size)
        replay->inconsistencies[REPLAY_OTHER_SIZE]++;
    if (!known->stack)
        known->stack = block->stack;
    return true;
}

static bool meet_segments(struct player *player)
{
    struct replay *replay = player->replay;
    const struct snapshot *snapshot = replay->snapshot;
    size_t from_events = replay->count;
    bool *met = calloc(from_events + 1, sizeof *met), room = met != NULL;
    for (size_t i = 0; room && i < snapshot->segment_count; i++) {
        const struct snapshot_segment *segment = &snapshot->segments[i];
        if (segment->device != replay->device->number)
            continue;
        replay->reserved.end += segment->size;
        for (size_t k = 0; room && k < segment->block_count; k++) {
            const struct snapshot_block *block = &snapshot->blocks[segment->first_block + k];
            if (block->state != SNAPSHOT_INACTIVE)
                room = meet_block(player, segment, block, met);
        }
    }
    for (size_t i = 0; room && i < from_events; i++)
        replay->inconsistencies[REPLAY_NOT_IN_SEGMENTS] +=
            replay->blocks[i].done_step == REPLAY_NEVER && !met[i];
    free(met);
    return room;
}

/* Where every free has the stack of the allocation that it ends (history of allocations alone), a
 * free tells where a block of before the first event came from, too. */
static void take_stacks_of_frees(struct player *player)
{
    struct replay *replay = player->replay;
    if (player->other_stack > 0 || player->same_stack == 0)
        return;
    for (size_t i = 0; i < replay->count; i++) {
        struct replay_block *block = &replay->blocks[i];
        uint32_t step = block->free_step && block->free_step != REPLAY_NEVER ? block->free_step
                                                                             : block->done_step;
        if (block->alloc_step == 0 && block->stack == 0 && step != REPLAY_NEVER)
            block->stack = replay_event(replay, step)->stack;
    }
}

static void settle(struct replay_level *level, const struct course *course)
{
    level->peak = level->start + (uint64_t)course->most;
    level->peak_step = course->most_step;
    level->end = level->start + (uint64_t)course->now;
}

static void settle_all(struct player *player)
{
    struct replay *replay = player->replay;
    settle(&replay->allocated, &player->allocated);
    settle(&replay->active, &player->active);
    int64_t start = (int64_t)replay->reserved.end - player->reserved.now;
    if (start < 0)
        replay->inconsistencies[REPLAY_MORE_GIVEN_BACK]++;
    replay->reserved.start = start > 0 ? (uint64_t)start : 0;
    settle(&replay->reserved, &player->reserved);
}

bool replay_make(struct replay *replay, const struct snapshot *snapshot,
                 const struct snapshot_device *device)
{
    *replay = (struct replay){.snapshot = snapshot, .device = device};
    struct player player = {.replay = replay};
    bool room = address_map_init(&player.live);
    for (size_t i = 0; room && i < device->event_count; i++)
        room = play(&player, &snapshot->events[device->first_event + i], (uint32_t)i + 1);
    room = room && meet_segments(&player);
    if (room) {
        take_stacks_of_frees(&player);
        settle_all(&player);
    } else {
        replay_free(replay);
    }
    address_map_free(&player.live);
    return room;
}

void replay_free(struct replay *replay)
{
    free(replay->blocks);
    *replay = (struct replay){0};
}
