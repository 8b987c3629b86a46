/* Dicts become rows of tables as they are made. */
#include "schemas/snapshot/snapshot_builder.h"
#include "schemas/support/array.h"

#include <string.h>

static const char *const ACTIONS[SNAPSHOT_ACTIONS] = {
    [SNAPSHOT_ALLOC] = "alloc",
    [SNAPSHOT_FREE_REQUESTED] = "free_requested",
    [SNAPSHOT_FREE_COMPLETED] = "free_completed",
    [SNAPSHOT_SEGMENT_ALLOC] = "segment_alloc",
    [SNAPSHOT_SEGMENT_FREE] = "segment_free",
    [SNAPSHOT_SEGMENT_MAP] = "segment_map",
    [SNAPSHOT_SEGMENT_UNMAP] = "segment_unmap",
    [SNAPSHOT_SNAPSHOT] = "snapshot",
    [SNAPSHOT_OOM] = "oom",
    [SNAPSHOT_OTHER] = "other",
};

const char *snapshot_action_text(enum snapshot_action action)
{
    return ACTIONS[action];
}

bool snapshot_builder_begin(void *context, struct pickle *pickle)
{
    struct snapshot_builder *builder = context;
    builder->pickle = pickle;
    static const char *const KEYS[KEY_COUNT] = {"",
#define KEY(name) #name,
                                                SNAPSHOT_KEYS(KEY)
#undef KEY
    };
    /* So that a key's text is its number. */
    for (uint32_t key = 0; key < KEY_COUNT; key++)
        if (text_table_add(&pickle->texts, KEYS[key], strlen(KEYS[key])) != key)
            return false;
    for (int action = 0; action < SNAPSHOT_ACTIONS; action++)
        builder->actions[action] =
            text_table_add(&pickle->texts, ACTIONS[action], strlen(ACTIONS[action]));
    builder->active_allocated = text_table_add(&pickle->texts, "active_allocated", 16);
    builder->inactive = text_table_add(&pickle->texts, "inactive", 8);
    builder->small = text_table_add(&pickle->texts, "small", 5);
    builder->start = text_table_add(&pickle->texts, "START", 5);
    return builder->start != UINT32_MAX && stack_table_init(&builder->stacks, builder->snapshot);
}

/* A dict by its keys. */
struct fields {
    struct snapshot_builder *builder;
    const struct pickle_value *values[KEY_COUNT];
    uint64_t present; /* a bit a key */
    struct fault *fault;
};

static bool has(const struct fields *fields, enum snapshot_key key)
{
    return fields->present & (uint64_t)1 << key;
}

static bool refuse(const struct fields *fields, enum snapshot_key key, const char *expected)
{
    return fault_set(fields->fault, "'%s': expected %s",
                     text_table_get(&fields->builder->pickle->texts, key), expected);
}

/* An absent one, or None, leaves the number as it is. */
static bool take_number(const struct fields *fields, enum snapshot_key key, uint64_t *number)
{
    if (!has(fields, key))
        return true;
    const struct pickle_value *value = fields->values[key];
    if (value->kind == PICKLE_INT || value->kind == PICKLE_BOOL)
        *number = (uint64_t)value->integer;
    else if (value->kind != PICKLE_NONE)
        return refuse(fields, key, "an integer of 64 bits");
    return true;
}

static bool take_size(const struct fields *fields, enum snapshot_key key, uint64_t *bytes)
{
    /* Sums of sizes stay within 64 bits. */
    return take_number(fields, key, bytes) &&
           (*bytes <= (uint64_t)1 << 52 || refuse(fields, key, "a size from 0 to 2^52 bytes"));
}

static bool take_signed(const struct fields *fields, enum snapshot_key key, int64_t *number)
{
    uint64_t bits = (uint64_t)*number;
    bool taken = take_number(fields, key, &bits);
    *number = (int64_t)bits;
    return taken;
}

/* Anything but text is passed over. */
static uint32_t text_of(const struct fields *fields, enum snapshot_key key)
{
    return has(fields, key) && fields->values[key]->kind == PICKLE_TEXT
               ? (uint32_t)fields->values[key]->text
               : 0;
}

static bool take_stack(const struct fields *fields, uint32_t *stack)
{
    return !has(fields, KEY_frames) ||
           snapshot_stack_of(fields->builder, fields->values[KEY_frames], stack, fields->fault);
}

static bool out_of_memory(const struct fields *fields)
{
    return fault_set(fields->fault, "out of memory");
}

static enum pickle_taken made_row(struct pickle_value *made, enum snapshot_shape shape,
                                  size_t number)
{
    made->shape = (uint16_t)shape;
    made->own = number;
    return PICKLE_TAKEN;
}

/* ---- frames ---- */

static enum pickle_taken take_frame(const struct fields *fields, struct pickle_value *made)
{
    struct snapshot_frame frame = {.function = text_of(fields, KEY_name),
                                   .file = text_of(fields, KEY_filename)};
    if (!take_signed(fields, KEY_line, &frame.line))
        return PICKLE_REFUSED;
    uint32_t number = stack_table_frame(&fields->builder->stacks, fields->builder->snapshot, frame);
    if (number == UINT32_MAX) {
        out_of_memory(fields);
        return PICKLE_REFUSED;
    }
    return made_row(made, SHAPE_FRAME, number);
}

/* ---- events ---- */

static enum snapshot_action action_of(const struct fields *fields)
{
    uint32_t text = text_of(fields, KEY_action);
    for (int action = 0; action < SNAPSHOT_OTHER; action++)
        if (fields->builder->actions[action] == text)
            return (enum snapshot_action)action;
    return SNAPSHOT_OTHER;
}

bool snapshot_add_event(struct snapshot_builder *builder, const struct snapshot_event *row)
{
    struct snapshot *snapshot = builder->snapshot;
    struct snapshot_event copy = *row; /* it may be in the table, which may move */
    if (snapshot->event_count >= UINT32_MAX - 1 ||
        !array_reserve(&snapshot->events, sizeof copy, &builder->event_capacity,
                       snapshot->event_count + 1))
        return false;
    snapshot->events[snapshot->event_count++] = copy;
    return true;
}

static enum pickle_taken take_event(const struct fields *fields, struct pickle_value *made)
{
    struct snapshot *snapshot = fields->builder->snapshot;
    enum snapshot_action action = action_of(fields);
    struct snapshot_event event = {.time_us = SNAPSHOT_NO_TIME,
                                   .metadata = text_of(fields, KEY_user_metadata),
                                   .compile = text_of(fields, KEY_compile_context),
                                   .action = action};
    enum snapshot_key place = action == SNAPSHOT_OOM ? KEY_device_free : KEY_addr;
    if (!take_number(fields, place, &event.address) || !take_size(fields, KEY_size, &event.size) ||
        !take_signed(fields, KEY_time_us, &event.time_us) ||
        !take_number(fields, KEY_stream, &event.stream) || !take_stack(fields, &event.stack))
        return PICKLE_REFUSED;
    if (!snapshot_add_event(fields->builder, &event)) {
        out_of_memory(fields);
        return PICKLE_REFUSED;
    }
    return made_row(made, SHAPE_EVENT, snapshot->event_count - 1);
}

/* ---- blocks and segments ---- */

bool snapshot_add_block(struct snapshot_builder *builder, const struct snapshot_block *row)
{
    struct snapshot *snapshot = builder->snapshot;
    struct snapshot_block copy = *row;
    if (snapshot->block_count >= UINT32_MAX - 1 ||
        !array_reserve(&snapshot->blocks, sizeof copy, &builder->block_capacity,
                       snapshot->block_count + 1))
        return false;
    snapshot->blocks[snapshot->block_count++] = copy;
    return true;
}

/* Of older versions of torch: what a block was asked for stands in its history. */
static bool take_history(const struct fields *fields, struct snapshot_block *block)
{
    if (!has(fields, KEY_history))
        return true;
    const struct pickle_value *list = fields->values[KEY_history];
    size_t length = snapshot_list_length(fields->builder, list);
    if (length == SIZE_MAX)
        return refuse(fields, KEY_history, "a list");
    if (length == 0)
        return true;
    struct pickle_value newest = snapshot_list_item(fields->builder, list, 0);
    if (newest.kind != PICKLE_OWN || newest.shape != SHAPE_HISTORY)
        return refuse(fields, KEY_history, "a list of dicts with a 'real_size'");
    block->requested = fields->builder->histories[newest.own].size;
    block->stack = fields->builder->histories[newest.own].stack;
    return true;
}

static enum pickle_taken take_block(const struct fields *fields, struct pickle_value *made)
{
    struct snapshot_builder *builder = fields->builder;
    uint32_t state = text_of(fields, KEY_state);
    struct snapshot_block block = {.state = state == builder->active_allocated ? SNAPSHOT_ACTIVE
                                            : state == builder->inactive       ? SNAPSHOT_INACTIVE
                                                                               : SNAPSHOT_PENDING};
    if (!take_size(fields, KEY_size, &block.size))
        return PICKLE_REFUSED;
    block.requested = block.size;
    if (!take_number(fields, KEY_address, &block.address) || !take_history(fields, &block) ||
        !take_size(fields, KEY_requested_size, &block.requested) ||
        !take_stack(fields, &block.stack))
        return PICKLE_REFUSED;
    if (!snapshot_add_block(builder, &block)) {
        out_of_memory(fields);
        return PICKLE_REFUSED;
    }
    return made_row(made, SHAPE_BLOCK, builder->snapshot->block_count - 1);
}

static enum pickle_taken take_one_history(const struct fields *fields, struct pickle_value *made)
{
    struct snapshot_builder *builder = fields->builder;
    struct snapshot_history history = {0};
    if (!take_size(fields, KEY_real_size, &history.size) || !take_stack(fields, &history.stack))
        return PICKLE_REFUSED;
    if (!array_reserve(&builder->histories, sizeof history, &builder->history_capacity,
                       builder->history_count + 1)) {
        out_of_memory(fields);
        return PICKLE_REFUSED;
    }
    builder->histories[builder->history_count] = history;
    return made_row(made, SHAPE_HISTORY, builder->history_count++);
}

/* Blocks that stand one after the other in the table already stay where they are. */
static bool take_blocks(const struct fields *fields, struct snapshot_segment *segment)
{
    struct snapshot_builder *builder = fields->builder;
    if (!has(fields, KEY_blocks))
        return true;
    const struct pickle_value *list = fields->values[KEY_blocks];
    size_t length = snapshot_list_length(builder, list);
    if (length == SIZE_MAX)
        return refuse(fields, KEY_blocks, "a list");
    segment->block_count = length;
    segment->first_block = builder->snapshot->block_count;
    if (list->kind == PICKLE_OWN && list->shape == SHAPE_BLOCKS) {
        segment->first_block = (uint32_t)list->own;
        return true;
    }
    if (!snapshot_may_copy(builder, length))
        return refuse(fields, KEY_blocks, "no more blocks than a file of this size can hold");
    for (size_t i = 0; i < length; i++) {
        struct pickle_value block = snapshot_list_item(builder, list, i);
        if (block.kind != PICKLE_OWN || block.shape != SHAPE_BLOCK)
            return refuse(fields, KEY_blocks, "a list of dicts with a 'state'");
        if (!snapshot_add_block(builder, &builder->snapshot->blocks[block.own]))
            return out_of_memory(fields);
    }
    return true;
}

static bool take_pool(const struct fields *fields, struct snapshot_pool *pool)
{
    if (!has(fields, KEY_segment_pool_id))
        return true;
    const struct pickle_value *tuple = fields->values[KEY_segment_pool_id];
    if (snapshot_list_length(fields->builder, tuple) != 2)
        return refuse(fields, KEY_segment_pool_id, "two integers");
    struct pickle_value first = snapshot_list_item(fields->builder, tuple, 0);
    struct pickle_value second = snapshot_list_item(fields->builder, tuple, 1);
    if (first.kind != PICKLE_INT || second.kind != PICKLE_INT)
        return refuse(fields, KEY_segment_pool_id, "two integers");
    *pool = (struct snapshot_pool){{first.integer, second.integer}};
    return true;
}

static enum pickle_taken take_segment(const struct fields *fields, struct pickle_value *made)
{
    struct snapshot_builder *builder = fields->builder;
    struct snapshot *snapshot = builder->snapshot;
    uint64_t expandable = 0;
    struct snapshot_segment segment = {.is_small =
                                           text_of(fields, KEY_segment_type) == builder->small};
    if (!take_number(fields, KEY_address, &segment.address) ||
        !take_size(fields, KEY_total_size, &segment.size) ||
        !take_number(fields, KEY_stream, &segment.stream) ||
        !take_signed(fields, KEY_device, &segment.device) ||
        !take_number(fields, KEY_is_expandable, &expandable) || !take_pool(fields, &segment.pool) ||
        !take_stack(fields, &segment.stack) || !take_blocks(fields, &segment))
        return PICKLE_REFUSED;
    segment.is_expandable = expandable != 0;
    if (!array_reserve(&snapshot->segments, sizeof segment, &builder->segment_capacity,
                       snapshot->segment_count + 1)) {
        out_of_memory(fields);
        return PICKLE_REFUSED;
    }
    snapshot->segments[snapshot->segment_count] = segment;
    return made_row(made, SHAPE_SEGMENT, snapshot->segment_count++);
}

/* ---- annotations ---- */

static enum pickle_taken take_annotation(const struct fields *fields, struct pickle_value *made)
{
    struct snapshot_builder *builder = fields->builder;
    struct snapshot *snapshot = builder->snapshot;
    struct snapshot_annotation annotation = {.time_us = SNAPSHOT_NO_TIME,
                                             .name = text_of(fields, KEY_name),
                                             .is_start =
                                                 text_of(fields, KEY_stage) == builder->start};
    if (!take_signed(fields, KEY_time_us, &annotation.time_us) ||
        !take_signed(fields, KEY_device, &annotation.device))
        return PICKLE_REFUSED;
    if (!array_reserve(&snapshot->annotations, sizeof annotation, &builder->annotation_capacity,
                       snapshot->annotation_count + 1)) {
        out_of_memory(fields);
        return PICKLE_REFUSED;
    }
    snapshot->annotations[snapshot->annotation_count] = annotation;
    return made_row(made, SHAPE_ANNOTATION, snapshot->annotation_count++);
}

/* ---- which is which ---- */

enum pickle_taken snapshot_builder_dict(void *context, const struct pickle_value *pairs,
                                        size_t count, struct pickle_value *made,
                                        struct fault *fault)
{
    struct fields fields; /* not zeroed: this is done for every event */
    fields.builder = context;
    fields.fault = fault;
    fields.present = 0;
    for (size_t i = 0; i < count; i++) {
        const struct pickle_value *key = &pairs[2 * i];
        if (key->kind == PICKLE_TEXT && key->text < KEY_COUNT) {
            fields.values[key->text] = key + 1;
            fields.present |= (uint64_t)1 << key->text;
        }
    }
    if (count < 2)
        return PICKLE_NOT_TAKEN;
    if (has(&fields, KEY_action))
        return take_event(&fields, made);
    if (has(&fields, KEY_filename) && has(&fields, KEY_name))
        return take_frame(&fields, made);
    if (has(&fields, KEY_state) && has(&fields, KEY_size))
        return take_block(&fields, made);
    if (has(&fields, KEY_total_size))
        return take_segment(&fields, made);
    if (has(&fields, KEY_stage) && has(&fields, KEY_name))
        return take_annotation(&fields, made);
    if (has(&fields, KEY_real_size))
        return take_one_history(&fields, made);
    return PICKLE_NOT_TAKEN;
}
