/* Frames and stacks while a snapshot is read: each is kept once. */
#ifndef SCHEMAS_SNAPSHOT_STACK_TABLE_H
#define SCHEMAS_SNAPSHOT_STACK_TABLE_H

#include "schemas/snapshot/snapshot.h"

struct stack_table {
    size_t frame_capacity, stack_capacity, used, room;
    size_t frame_slots, stack_slots;     /* powers of two */
    uint32_t *frame_index, *stack_index; /* numbers + 1; 0: free */
    uint64_t seed;
};

/* Stack 0 is the empty one. The tables proper are the snapshot's. False when out of memory. */
bool stack_table_init(struct stack_table *table, struct snapshot *snapshot);
void stack_table_free(struct stack_table *table);

/* The frame's number, UINT32_MAX when out of memory. */
uint32_t stack_table_frame(struct stack_table *table, struct snapshot *snapshot,
                           struct snapshot_frame frame);

/* Room for a stack's frames, to be filled in and then given to stack_table_add. NULL when out of
 * memory. */
uint32_t *stack_table_reserve(struct stack_table *table, struct snapshot *snapshot, size_t count);
uint32_t stack_table_add(struct stack_table *table, struct snapshot *snapshot, size_t count);

#endif
