/* The reader's insides: what a pickle's dicts and lists become while it is read. */
#ifndef SCHEMAS_SNAPSHOT_SNAPSHOT_BUILDER_H
#define SCHEMAS_SNAPSHOT_SNAPSHOT_BUILDER_H

#include "schemas/snapshot/pickle.h"
#include "schemas/snapshot/snapshot.h"
#include "schemas/snapshot/stack_table.h"

/* The keys that mean something here. */
#define SNAPSHOT_KEYS(X)                                                                           \
    X(action)                                                                                      \
    X(addr)                                                                                        \
    X(address)                                                                                     \
    X(size)                                                                                        \
    X(stream)                                                                                      \
    X(time_us)                                                                                     \
    X(frames)                                                                                      \
    X(device_free)                                                                                 \
    X(user_metadata)                                                                               \
    X(compile_context)                                                                             \
    X(name)                                                                                        \
    X(filename)                                                                                    \
    X(line)                                                                                        \
    X(state)                                                                                       \
    X(requested_size)                                                                              \
    X(history)                                                                                     \
    X(real_size)                                                                                   \
    X(device)                                                                                      \
    X(total_size)                                                                                  \
    X(blocks)                                                                                      \
    X(segment_type)                                                                                \
    X(segment_pool_id)                                                                             \
    X(is_expandable)                                                                               \
    X(stage)

enum snapshot_key {
    KEY_EMPTY, /* text 0 */
#define KEY(name) KEY_##name,
    SNAPSHOT_KEYS(KEY)
#undef KEY
        KEY_COUNT
};

/* What a PICKLE_OWN value is. `own` is its number; for the lists, the first one's number in the low
 * half and how many there are in the high half. */
enum snapshot_shape {
    SHAPE_FRAME,
    SHAPE_STACK, /* a list of frames */
    SHAPE_EVENT,
    SHAPE_EVENTS,
    SHAPE_BLOCK,
    SHAPE_BLOCKS,
    SHAPE_SEGMENT,
    SHAPE_SEGMENTS,
    SHAPE_ANNOTATION,
    SHAPE_ANNOTATIONS,
    SHAPE_HISTORY, /* of a block, in the older format */
};

struct snapshot_history {
    uint64_t size;
    uint32_t stack;
};

struct snapshot_builder {
    struct pickle *pickle; /* its texts become the snapshot's */
    struct snapshot *snapshot;
    struct stack_table stacks;
    uint32_t actions[SNAPSHOT_ACTIONS]; /* the texts of their names */
    uint32_t active_allocated, inactive, small, start;
    size_t event_capacity, segment_capacity, block_capacity, annotation_capacity;
    size_t history_count, history_capacity;
    uint64_t copied; /* rows that were */
    struct snapshot_history *histories;
};

bool snapshot_builder_begin(void *context, struct pickle *pickle);
enum pickle_taken snapshot_builder_dict(void *context, const struct pickle_value *pairs,
                                        size_t count, struct pickle_value *made,
                                        struct fault *fault);
enum pickle_taken snapshot_builder_list(void *context, const struct pickle_value *items,
                                        size_t count, struct pickle_value *list,
                                        struct fault *fault);
size_t snapshot_builder_length(void *context, const struct pickle_value *own);
struct pickle_value snapshot_builder_item(void *context, const struct pickle_value *own, size_t at);

/* A list's items, whatever it is kept as. SIZE_MAX: it is no list. */
size_t snapshot_list_length(struct snapshot_builder *builder, const struct pickle_value *list);
struct pickle_value snapshot_list_item(struct snapshot_builder *builder,
                                       const struct pickle_value *list, size_t at);

/* The stack that a value of "frames" is, which None or an empty list leaves as it was; false where
 * it is none. */
bool snapshot_stack_of(struct snapshot_builder *builder, const struct pickle_value *value,
                       uint32_t *stack, struct fault *fault);

/* May a list be copied, row by row? A file could name one long list many times over: not more rows
 * are made of it than its length allows for. */
bool snapshot_may_copy(struct snapshot_builder *builder, size_t rows);

/* One row of a table more, a copy of `row`; false when out of memory. */
bool snapshot_add_event(struct snapshot_builder *builder, const struct snapshot_event *row);
bool snapshot_add_block(struct snapshot_builder *builder, const struct snapshot_block *row);

/* Once the pickle is read: what belongs to which device, in order. */
bool snapshot_assemble(struct snapshot_builder *builder, const char *name, struct fault *fault);

#endif
