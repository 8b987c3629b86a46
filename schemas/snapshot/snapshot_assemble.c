/* What was read is put in order: segments by address, events by device. */
#include "schemas/snapshot/snapshot_builder.h"
#include "schemas/support/array.h"
#include <stdlib.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char EXPECTED[] = "expected a memory snapshot: a dict with 'segments' and "
                               "'device_traces' (or a list of segments), "
                               "as torch.cuda.memory._dump_snapshot writes it";

/* A table without rows may be without memory, too. */
static void sort_rows(void *rows, size_t count, size_t size,
                      int (*compare)(const void *first, const void *second))
{
    if (count > 1)
        qsort(rows, count, size, compare);
}

/* ---- segments ---- */

static int compare_segments(const void *a, const void *b)
{
    const struct snapshot_segment *first = a, *second = b;
    if (first->device != second->device)
        return first->device < second->device ? -1 : 1;
    return (first->address > second->address) - (first->address < second->address);
}

/* Older versions of torch gave blocks no addresses: they stand one after the other. */
static void place_blocks(struct snapshot *snapshot, const struct snapshot_segment *segment)
{
    uint64_t address = segment->address;
    for (size_t i = 0; i < segment->block_count; i++) {
        struct snapshot_block *block = &snapshot->blocks[segment->first_block + i];
        if (block->address == 0)
            block->address = address;
        address += block->size;
    }
}

static bool take_segments(struct snapshot_builder *builder, const struct pickle_value *list,
                          struct fault *fault)
{
    struct snapshot *snapshot = builder->snapshot;
    size_t length = snapshot_list_length(builder, list);
    if (length == SIZE_MAX || !snapshot_may_copy(builder, list->kind == PICKLE_OWN ? 0 : length))
        return fault_set(fault, "'segments': expected a list of segments");
    struct snapshot_segment *rows = calloc(length ? length : 1, sizeof *rows);
    if (!rows)
        return fault_set(fault, "out of memory for %zu segments", length);
    for (size_t i = 0; i < length; i++) {
        struct pickle_value item = snapshot_list_item(builder, list, i);
        if (item.kind != PICKLE_OWN || item.shape != SHAPE_SEGMENT) {
            free(rows);
            return fault_set(fault, "'segments': expected dicts with a 'total_size'");
        }
        rows[i] = snapshot->segments[item.own];
        place_blocks(snapshot, &rows[i]);
    }
    qsort(rows, length, sizeof *rows, compare_segments);
    free(snapshot->segments);
    snapshot->segments = rows;
    snapshot->segment_count = length;
    return true;
}

/* ---- events ---- */

static bool add_device(struct snapshot *snapshot, size_t *capacity, struct snapshot_device device)
{
    if (!array_reserve(&snapshot->devices, sizeof device, capacity, snapshot->device_count + 1))
        return false;
    snapshot->devices[snapshot->device_count++] = device;
    return true;
}

/* The events of one device, where they are if they stand one after the other, else copied. */
static bool take_events(struct snapshot_builder *builder, const struct pickle_value *list,
                        struct snapshot_device *device, struct fault *fault)
{
    struct snapshot *snapshot = builder->snapshot;
    size_t length = snapshot_list_length(builder, list);
    if (length == SIZE_MAX)
        return fault_set(fault, "'device_traces': expected a list of events for each device");
    device->event_count = length;
    device->first_event = snapshot->event_count;
    if (list->kind == PICKLE_OWN && list->shape == SHAPE_EVENTS) {
        device->first_event = (uint32_t)list->own;
        return true;
    }
    if (!snapshot_may_copy(builder, length))
        return fault_set(fault, "'device_traces': more events than a file of this size can hold");
    for (size_t i = 0; i < length; i++) {
        struct pickle_value item = snapshot_list_item(builder, list, i);
        if (item.kind != PICKLE_OWN || item.shape != SHAPE_EVENT)
            return fault_set(fault, "'device_traces': expected events, dicts with an 'action'");
        if (!snapshot_add_event(builder, &snapshot->events[item.own]))
            return fault_set(fault, "out of memory for %zu events", length);
    }
    return true;
}

static bool has_segments(const struct snapshot *snapshot, int64_t device)
{
    for (size_t i = 0; i < snapshot->segment_count; i++)
        if (snapshot->segments[i].device == device)
            return true;
    return false;
}

static bool take_traces(struct snapshot_builder *builder, const struct pickle_value *traces,
                        size_t *capacity, struct fault *fault)
{
    struct snapshot *snapshot = builder->snapshot;
    size_t length = traces ? snapshot_list_length(builder, traces) : 0;
    if (length == SIZE_MAX)
        return fault_set(fault, "'device_traces': expected a list");
    for (size_t i = 0; i < length; i++) {
        struct snapshot_device device = {.number = (int64_t)i};
        struct pickle_value list = snapshot_list_item(builder, traces, i);
        if (!take_events(builder, &list, &device, fault))
            return false;
        if ((device.event_count > 0 || has_segments(snapshot, device.number)) &&
            !add_device(snapshot, capacity, device))
            return fault_set(fault, "out of memory");
    }
    return true;
}

/* Devices that have segments and no events of their own. */
static bool add_silent_devices(struct snapshot *snapshot, size_t *capacity)
{
    for (size_t i = 0; i < snapshot->segment_count; i++) {
        int64_t number = snapshot->segments[i].device;
        bool known = i > 0 && snapshot->segments[i - 1].device == number;
        for (size_t k = 0; !known && k < snapshot->device_count; k++)
            known = snapshot->devices[k].number == number;
        if (!known && !add_device(snapshot, capacity, (struct snapshot_device){.number = number}))
            return false;
    }
    return true;
}

static int compare_devices(const void *a, const void *b)
{
    const struct snapshot_device *first = a, *second = b;
    return (first->number > second->number) - (first->number < second->number);
}

/* ---- the rest ---- */

static int compare_annotations(const void *a, const void *b)
{
    const struct snapshot_annotation *first = a, *second = b;
    return (first->time_us > second->time_us) - (first->time_us < second->time_us);
}

static void setting_text(const struct snapshot_builder *builder, const struct pickle_value *value,
                         char *text, size_t size)
{
    switch (value->kind) {
    case PICKLE_BOOL:
        snprintf(text, size, "%s", value->integer ? "True" : "False");
        break;
    case PICKLE_INT:
        snprintf(text, size, "%" PRId64, value->integer);
        break;
    case PICKLE_FLOAT:
        snprintf(text, size, "%g", value->real);
        break;
    case PICKLE_TEXT:
        snprintf(text, size, "%s", text_table_get(&builder->pickle->texts, (uint32_t)value->text));
        break;
    default:
        text[0] = '\0'; /* what has parts is passed over */
    }
}

static bool take_settings(struct snapshot_builder *builder, const struct pickle_value *dict)
{
    if (!dict || dict->kind != PICKLE_DICT || !dict->container)
        return true;
    struct pickle *pickle = builder->pickle;
    struct snapshot *snapshot = builder->snapshot;
    const struct pickle_container *container = &pickle->containers[dict->container];
    size_t capacity = 0;
    for (size_t i = 0; i + 1 < container->count; i += 2) {
        const struct pickle_value *key = &pickle->items[container->first + i];
        char text[512];
        setting_text(builder, key + 1, text, sizeof text);
        if (key->kind != PICKLE_TEXT || !*text)
            continue;
        uint32_t value = text_table_add(&pickle->texts, text, strlen(text));
        if (value == UINT32_MAX || !array_reserve(&snapshot->settings, sizeof *snapshot->settings,
                                                  &capacity, snapshot->setting_count + 1))
            return false;
        snapshot->settings[snapshot->setting_count++] =
            (struct snapshot_setting){(uint32_t)key->text, value};
    }
    return true;
}

bool snapshot_assemble(struct snapshot_builder *builder, const char *name, struct fault *fault)
{
    struct pickle *pickle = builder->pickle;
    struct snapshot *snapshot = builder->snapshot;
    const struct pickle_value *whole = &pickle->value, *segments = whole, *traces = NULL;
    struct fault why = {0};
    snapshot->is_bare_list = whole->kind == PICKLE_LIST || whole->kind == PICKLE_OWN;
    if (whole->kind == PICKLE_DICT) {
        segments = pickle_dict_get(pickle, whole, "segments");
        traces = pickle_dict_get(pickle, whole, "device_traces");
    }
    if (!segments || (!snapshot->is_bare_list && (whole->kind != PICKLE_DICT || !traces)) ||
        (whole->kind == PICKLE_OWN && whole->shape != SHAPE_SEGMENTS))
        return fault_set(fault, "%s: %s", name, EXPECTED);
    size_t capacity = 0;
    if (!take_segments(builder, segments, &why) || !take_traces(builder, traces, &capacity, &why))
        return fault_set(fault, "%s: %s", name, why.text);
    if (!add_silent_devices(snapshot, &capacity) ||
        !take_settings(builder, pickle_dict_get(pickle, whole, "allocator_settings")))
        return fault_set(fault, "%s: out of memory", name);
    sort_rows(snapshot->devices, snapshot->device_count, sizeof *snapshot->devices,
              compare_devices);
    sort_rows(snapshot->annotations, snapshot->annotation_count, sizeof *snapshot->annotations,
              compare_annotations);
    return true;
}
