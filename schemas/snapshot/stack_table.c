#include "schemas/snapshot/stack_table.h"

#include "schemas/support/array.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_SLOTS = 4096 };

bool stack_table_init(struct stack_table *table, struct snapshot *snapshot)
{
    *table = (struct stack_table){
        .frame_slots = FIRST_SLOTS, .stack_slots = FIRST_SLOTS, .seed = text_table_seed()};
    table->frame_index = calloc(FIRST_SLOTS, sizeof *table->frame_index);
    table->stack_index = calloc(FIRST_SLOTS, sizeof *table->stack_index);
    return table->frame_index && table->stack_index && stack_table_reserve(table, snapshot, 1) &&
           stack_table_add(table, snapshot, 0) == 0;
}

void stack_table_free(struct stack_table *table)
{
    free(table->frame_index);
    free(table->stack_index);
    *table = (struct stack_table){0};
}

/* ---- frames ---- */

static uint64_t frame_hash(const struct stack_table *table, const struct snapshot_frame *frame)
{
    uint64_t hash = text_table_mix(table->seed, (uint64_t)frame->function << 32 | frame->file);
    return text_table_mix(hash, (uint64_t)frame->line);
}

static bool grow_frame_index(struct stack_table *table, const struct snapshot *snapshot)
{
    size_t slots = table->frame_slots * 2;
    uint32_t *index = calloc(slots, sizeof *index);
    if (!index)
        return false;
    for (size_t i = 0; i < snapshot->frame_count; i++) {
        size_t at = frame_hash(table, &snapshot->frames[i]) & (slots - 1);
        while (index[at])
            at = (at + 1) & (slots - 1);
        index[at] = (uint32_t)i + 1;
    }
    free(table->frame_index);
    table->frame_index = index;
    table->frame_slots = slots;
    return true;
}

uint32_t stack_table_frame(struct stack_table *table, struct snapshot *snapshot,
                           struct snapshot_frame frame)
{
    size_t mask = table->frame_slots - 1, at = frame_hash(table, &frame) & mask;
    for (; table->frame_index[at]; at = (at + 1) & mask) {
        const struct snapshot_frame *known = &snapshot->frames[table->frame_index[at] - 1];
        if (known->function == frame.function && known->file == frame.file &&
            known->line == frame.line)
            return table->frame_index[at] - 1;
    }
    if (snapshot->frame_count >= UINT32_MAX - 1 ||
        !array_reserve(&snapshot->frames, sizeof *snapshot->frames, &table->frame_capacity,
                       snapshot->frame_count + 1))
        return UINT32_MAX;
    uint32_t number = (uint32_t)snapshot->frame_count++;
    snapshot->frames[number] = frame;
    table->frame_index[at] = number + 1;
    if (snapshot->frame_count * 2 > table->frame_slots && !grow_frame_index(table, snapshot))
        return UINT32_MAX;
    return number;
}

/* ---- stacks ---- */

static uint32_t stack_hash(uint64_t seed, const uint32_t *frames, size_t count)
{
    /* Two lines at once: a multiplication need not wait for the one before it. */
    uint64_t even = text_table_mix(seed, count), odd = ~seed, word;
    size_t i = 0;
    for (; i + 4 <= count; i += 4) {
        memcpy(&word, frames + i, sizeof word);
        even = text_table_mix(even, word);
        memcpy(&word, frames + i + 2, sizeof word);
        odd = text_table_mix(odd, word);
    }
    for (; i < count; i++)
        even = text_table_mix(even, frames[i]);
    uint64_t hash = text_table_mix(even, odd);
    return (uint32_t)(hash ^ hash >> 32);
}

static bool grow_stack_index(struct stack_table *table, const struct snapshot *snapshot)
{
    size_t slots = table->stack_slots * 2;
    uint32_t *index = calloc(slots, sizeof *index);
    if (!index)
        return false;
    for (size_t i = 0; i < snapshot->stack_count; i++) {
        size_t at = snapshot->stacks[i].hash & (slots - 1);
        while (index[at])
            at = (at + 1) & (slots - 1);
        index[at] = (uint32_t)i + 1;
    }
    free(table->stack_index);
    table->stack_index = index;
    table->stack_slots = slots;
    return true;
}

uint32_t *stack_table_reserve(struct stack_table *table, struct snapshot *snapshot, size_t count)
{
    if (count >= UINT32_MAX ||
        !array_reserve(&snapshot->stack_frames, sizeof *snapshot->stack_frames, &table->room,
                       table->used + count))
        return NULL;
    return snapshot->stack_frames + table->used;
}

uint32_t stack_table_add(struct stack_table *table, struct snapshot *snapshot, size_t count)
{
    const uint32_t *frames = snapshot->stack_frames + table->used;
    uint32_t hash = stack_hash(table->seed, frames, count);
    size_t mask = table->stack_slots - 1, at = hash & mask;
    for (; table->stack_index[at]; at = (at + 1) & mask) {
        const struct snapshot_stack *known = &snapshot->stacks[table->stack_index[at] - 1];
        if (known->hash == hash && known->count == count &&
            memcmp(snapshot->stack_frames + known->first, frames, count * sizeof *frames) == 0)
            return table->stack_index[at] - 1;
    }
    if (snapshot->stack_count >= UINT32_MAX - 1 ||
        !array_reserve(&snapshot->stacks, sizeof *snapshot->stacks, &table->stack_capacity,
                       snapshot->stack_count + 1))
        return UINT32_MAX;
    uint32_t number = (uint32_t)snapshot->stack_count++;
    snapshot->stacks[number] = (struct snapshot_stack){table->used, (uint32_t)count, hash};
    table->used += count;
    table->stack_index[at] = number + 1;
    if (snapshot->stack_count * 2 > table->stack_slots && !grow_stack_index(table, snapshot))
        return UINT32_MAX;
    return number;
}
