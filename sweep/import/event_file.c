#include "sweep/import/event_file.h"

#include "sweep/import/crc32c.h"

#include <inttypes.h>
#include <math.h>

/* ---- fields (tensorboard/compat/proto: event, summary, tensor and types .proto) ---- */

enum {
    EVENT_WALL_TIME = 1,
    EVENT_STEP = 2,
    EVENT_SUMMARY = 5,
    SUMMARY_VALUE = 1,
    VALUE_TAG = 1,
    VALUE_SIMPLE = 2,
    VALUE_TENSOR = 8,
    TENSOR_TYPE = 1,
    TENSOR_CONTENT = 4,
    TENSOR_FLOAT = 5,
    TENSOR_DOUBLE = 6,
    TENSOR_STRING = 8,
    TYPE_FLOAT = 1,
    TYPE_DOUBLE = 2,
};

static uint64_t little_endian(const uint8_t *at, unsigned count)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < count; i++)
        value |= (uint64_t)at[i] << (8 * i);
    return value;
}

/* ---- messages; false where one is none ---- */

/* A number alone: as a field of its own, packed, or as plain bytes. */
static double number_of_bytes(struct protobuf_bytes bytes, bool is_double)
{
    unsigned size = is_double ? 8 : 4;
    if (bytes.length != size)
        return NAN;
    uint64_t bits = little_endian(bytes.at, size);
    return is_double ? protobuf_double(bits) : protobuf_float(bits);
}

static bool read_tensor(struct protobuf_bytes message, struct event_value *value)
{
    struct protobuf_field field;
    struct protobuf_bytes content = {0};
    enum protobuf_next next;
    uint64_t type = 0;
    while ((next = protobuf_next(&message, &field)) == PROTOBUF_FIELD) {
        bool bytes = field.kind == PROTOBUF_BYTES;
        if (field.number == TENSOR_TYPE && field.kind == PROTOBUF_VARINT)
            type = field.value;
        else if (field.number == TENSOR_CONTENT && bytes)
            content = field.bytes;
        else if (field.number == TENSOR_STRING && bytes)
            value->text = field.bytes;
        else if (field.number == TENSOR_FLOAT && bytes)
            value->number = number_of_bytes(field.bytes, false);
        else if (field.number == TENSOR_FLOAT && field.kind == PROTOBUF_FIXED32)
            value->number = protobuf_float(field.value);
        else if (field.number == TENSOR_DOUBLE && bytes)
            value->number = number_of_bytes(field.bytes, true);
        else if (field.number == TENSOR_DOUBLE && field.kind == PROTOBUF_FIXED64)
            value->number = protobuf_double(field.value);
    }
    if (content.length > 0 && (type == TYPE_FLOAT || type == TYPE_DOUBLE))
        value->number = number_of_bytes(content, type == TYPE_DOUBLE);
    return next == PROTOBUF_END;
}

static bool read_value(struct protobuf_bytes message, struct event_value *value)
{
    struct protobuf_field field;
    enum protobuf_next next;
    bool well = true;
    value->tag = value->text = (struct protobuf_bytes){0};
    value->number = NAN;
    while (well && (next = protobuf_next(&message, &field)) == PROTOBUF_FIELD) {
        if (field.number == VALUE_TAG && field.kind == PROTOBUF_BYTES)
            value->tag = field.bytes;
        else if (field.number == VALUE_SIMPLE && field.kind == PROTOBUF_FIXED32)
            value->number = protobuf_float(field.value);
        else if (field.number == VALUE_TENSOR && field.kind == PROTOBUF_BYTES)
            well = read_tensor(field.bytes, value);
    }
    return well && next == PROTOBUF_END;
}

struct visitor {
    event_visit_fn visit;
    void *context;
    bool stopped;
};

static bool read_summary(struct protobuf_bytes message, struct event_value *value,
                         struct visitor *visitor)
{
    struct protobuf_field field;
    enum protobuf_next next = PROTOBUF_END;
    while (!visitor->stopped && (next = protobuf_next(&message, &field)) == PROTOBUF_FIELD) {
        if (field.number != SUMMARY_VALUE || field.kind != PROTOBUF_BYTES)
            continue;
        if (!read_value(field.bytes, value))
            return false;
        visitor->stopped = !visitor->visit(visitor->context, value);
    }
    return visitor->stopped || next == PROTOBUF_END;
}

/* The step and the time may stand behind the summary: messages know no order. */
static bool read_event(struct protobuf_bytes message, struct visitor *visitor)
{
    struct protobuf_field field;
    struct protobuf_bytes summary = {0};
    struct event_value value = {.wall_time_s = NAN};
    enum protobuf_next next;
    while ((next = protobuf_next(&message, &field)) == PROTOBUF_FIELD) {
        if (field.number == EVENT_WALL_TIME && field.kind == PROTOBUF_FIXED64)
            value.wall_time_s = protobuf_double(field.value);
        else if (field.number == EVENT_STEP && field.kind == PROTOBUF_VARINT)
            value.step = (int64_t)field.value;
        else if (field.number == EVENT_SUMMARY && field.kind == PROTOBUF_BYTES)
            summary = field.bytes;
    }
    return next == PROTOBUF_END && read_summary(summary, &value, visitor);
}

/* ---- records: length (8), its checksum (4), data, their checksum (4) ---- */

enum { LENGTH_SIZE = 8, CHECKSUM_SIZE = 4, HEAD_SIZE = LENGTH_SIZE + CHECKSUM_SIZE };

static bool checksum_is_right(const uint8_t *bytes, size_t length)
{
    return little_endian(bytes + length, CHECKSUM_SIZE) == crc32c_masked(bytes, length);
}

bool event_file_is(const uint8_t *bytes, size_t length)
{
    return length >= HEAD_SIZE && checksum_is_right(bytes, LENGTH_SIZE);
}

static enum event_file_end wrong(enum event_file_end end, const char *name, size_t offset,
                                 const char *what, struct fault *fault)
{
    fault_set(fault, "%s: byte %zu: %s; what stands before it was read", name, offset, what);
    return end;
}

enum event_file_end event_file_read(const uint8_t *bytes, size_t length, const char *name,
                                    event_visit_fn visit, void *context, struct fault *fault)
{
    struct visitor visitor = {visit, context, false};
    for (size_t at = 0; at < length;) {
        size_t left = length - at;
        if (left < HEAD_SIZE)
            return wrong(EVENT_FILE_CUT, name, at, "the file was cut off within a record", fault);
        if (!checksum_is_right(bytes + at, LENGTH_SIZE))
            return wrong(EVENT_FILE_CORRUPT, name, at, "a record's length has a wrong checksum",
                         fault);
        uint64_t size = little_endian(bytes + at, LENGTH_SIZE);
        if (left - HEAD_SIZE < CHECKSUM_SIZE || size > left - HEAD_SIZE - CHECKSUM_SIZE)
            return wrong(EVENT_FILE_CUT, name, at, "the file was cut off within a record", fault);
        const uint8_t *data = bytes + at + HEAD_SIZE;
        if (!checksum_is_right(data, (size_t)size))
            return wrong(EVENT_FILE_CORRUPT, name, at, "a record has a wrong checksum", fault);
        if (!read_event((struct protobuf_bytes){data, (size_t)size}, &visitor))
            return wrong(EVENT_FILE_CORRUPT, name, at, "a record is no event", fault);
        if (visitor.stopped)
            return EVENT_FILE_STOPPED;
        at += HEAD_SIZE + (size_t)size + CHECKSUM_SIZE;
    }
    return EVENT_FILE_WHOLE;
}
