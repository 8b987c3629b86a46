/* Lists of rows that stand one after the other in their table are kept as two numbers; lists of
 * frames as stacks. */
#include "schemas/snapshot/snapshot_builder.h"

static uint64_t range(uint64_t first, uint64_t count)
{
    return first | count << 32;
}

static uint32_t range_first(const struct pickle_value *value)
{
    return (uint32_t)value->own;
}

static uint32_t range_count(const struct pickle_value *value)
{
    return (uint32_t)(value->own >> 32);
}

static bool is_own(const struct pickle_value *value, enum snapshot_shape shape)
{
    return value->kind == PICKLE_OWN && value->shape == shape;
}

/* Of what kind of rows a list is; SHAPE_FRAME where it is of none. */
static enum snapshot_shape list_shape(enum snapshot_shape row)
{
    switch (row) {
    case SHAPE_EVENT:
        return SHAPE_EVENTS;
    case SHAPE_BLOCK:
        return SHAPE_BLOCKS;
    case SHAPE_SEGMENT:
        return SHAPE_SEGMENTS;
    case SHAPE_ANNOTATION:
        return SHAPE_ANNOTATIONS;
    default:
        return SHAPE_FRAME;
    }
}

/* ---- stacks ---- */

static enum pickle_taken take_frames(struct snapshot_builder *builder,
                                     const struct pickle_value *items, size_t count,
                                     uint32_t *stack, struct fault *fault)
{
    uint32_t *frames = stack_table_reserve(&builder->stacks, builder->snapshot, count);
    bool all = true;
    for (size_t i = 0; frames && i < count; i++) {
        all = all && is_own(&items[i], SHAPE_FRAME);
        frames[i] = (uint32_t)items[i].own;
    }
    if (!all)
        return PICKLE_NOT_TAKEN;
    *stack = frames ? stack_table_add(&builder->stacks, builder->snapshot, count) : UINT32_MAX;
    if (*stack != UINT32_MAX)
        return PICKLE_TAKEN;
    fault_set(fault, "out of memory");
    return PICKLE_REFUSED;
}

bool snapshot_may_copy(struct snapshot_builder *builder, size_t rows)
{
    enum { LEAST = 1 << 16, BYTES_A_ROW = 4 };
    builder->copied += rows;
    return builder->copied <= LEAST + builder->pickle->length / BYTES_A_ROW;
}

bool snapshot_stack_of(struct snapshot_builder *builder, const struct pickle_value *value,
                       uint32_t *stack, struct fault *fault)
{
    if (is_own(value, SHAPE_STACK)) {
        *stack = (uint32_t)value->own;
        return true;
    }
    if (value->kind == PICKLE_NONE || (value->kind == PICKLE_LIST && !value->container))
        return true;
    if (value->kind == PICKLE_LIST) {
        const struct pickle_container *list = &builder->pickle->containers[value->container];
        if (!snapshot_may_copy(builder, list->count))
            return fault_set(fault, "'frames': the same long lists, more often than a file of this "
                                    "size can hold");
        enum pickle_taken taken =
            take_frames(builder, builder->pickle->items + list->first, list->count, stack, fault);
        if (taken != PICKLE_NOT_TAKEN)
            return taken == PICKLE_TAKEN;
    }
    return fault_set(fault, "'frames': expected a list of dicts with a 'name' and a 'filename'");
}

/* ---- rows ---- */

static enum pickle_taken take_rows(const struct pickle_value *items, size_t count,
                                   enum snapshot_shape shape, struct pickle_value *list)
{
    enum snapshot_shape rows = list_shape(shape);
    uint64_t first = items[0].own, before = 0;
    if (list->kind == PICKLE_OWN) {
        if (list->shape != rows)
            return PICKLE_NOT_TAKEN;
        before = range_count(list);
        first = range_first(list);
    }
    if (rows == SHAPE_FRAME || before + count > UINT32_MAX)
        return PICKLE_NOT_TAKEN;
    for (size_t i = 0; i < count; i++)
        if (!is_own(&items[i], shape) || items[i].own != first + before + i)
            return PICKLE_NOT_TAKEN;
    list->kind = PICKLE_OWN;
    list->shape = (uint16_t)rows;
    list->own = range(first, before + count);
    return PICKLE_TAKEN;
}

enum pickle_taken snapshot_builder_list(void *context, const struct pickle_value *items,
                                        size_t count, struct pickle_value *list,
                                        struct fault *fault)
{
    struct snapshot_builder *builder = context;
    if (items[0].kind != PICKLE_OWN)
        return PICKLE_NOT_TAKEN;
    if (items[0].shape != SHAPE_FRAME)
        return take_rows(items, count, (enum snapshot_shape)items[0].shape, list);
    /* A stack that goes on would have to be copied each time; a plain list need not be. */
    if (list->kind == PICKLE_OWN)
        return PICKLE_NOT_TAKEN;
    uint32_t stack = 0;
    enum pickle_taken taken = take_frames(builder, items, count, &stack, fault);
    if (taken != PICKLE_TAKEN)
        return taken;
    list->kind = PICKLE_OWN;
    list->shape = SHAPE_STACK;
    list->own = stack;
    return PICKLE_TAKEN_ALWAYS;
}

size_t snapshot_builder_length(void *context, const struct pickle_value *own)
{
    struct snapshot_builder *builder = context;
    switch ((enum snapshot_shape)own->shape) {
    case SHAPE_STACK:
        return builder->snapshot->stacks[own->own].count;
    case SHAPE_EVENTS:
    case SHAPE_BLOCKS:
    case SHAPE_SEGMENTS:
    case SHAPE_ANNOTATIONS:
        return range_count(own);
    default:
        return SIZE_MAX;
    }
}

struct pickle_value snapshot_builder_item(void *context, const struct pickle_value *own, size_t at)
{
    struct snapshot_builder *builder = context;
    struct pickle_value item = {.kind = PICKLE_OWN, .shape = (uint16_t)(own->shape - 1)};
    if (own->shape == SHAPE_STACK)
        item.own = builder->snapshot->stack_frames[builder->snapshot->stacks[own->own].first + at];
    else
        item.own = range_first(own) + at;
    return item;
}

size_t snapshot_list_length(struct snapshot_builder *builder, const struct pickle_value *list)
{
    if (list->kind == PICKLE_OWN)
        return snapshot_builder_length(builder, list);
    if (list->kind != PICKLE_LIST && list->kind != PICKLE_TUPLE)
        return SIZE_MAX;
    return list->container ? builder->pickle->containers[list->container].count : 0;
}

struct pickle_value snapshot_list_item(struct snapshot_builder *builder,
                                       const struct pickle_value *list, size_t at)
{
    if (list->kind == PICKLE_OWN)
        return snapshot_builder_item(builder, list, at);
    return builder->pickle->items[builder->pickle->containers[list->container].first + at];
}
