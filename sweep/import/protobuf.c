#include "sweep/import/protobuf.h"

#include <string.h>

/* Seven bits a byte, the lowest first; the highest bit says that more follow. */
static bool take_varint(struct protobuf_bytes *message, uint64_t *value)
{
    *value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        if (message->length == 0)
            return false;
        uint8_t byte = *message->at++;
        message->length--;
        *value |= (uint64_t)(byte & 0x7F) << shift;
        if (!(byte & 0x80))
            return shift < 63 || byte <= 1;
    }
    return false;
}

/* `count` bytes, the lowest first. */
static bool take_fixed(struct protobuf_bytes *message, unsigned count, uint64_t *value)
{
    *value = 0;
    if (message->length < count)
        return false;
    for (unsigned i = 0; i < count; i++)
        *value |= (uint64_t)message->at[i] << (8 * i);
    message->at += count;
    message->length -= count;
    return true;
}

static bool take_bytes(struct protobuf_bytes *message, struct protobuf_bytes *bytes)
{
    uint64_t length;
    if (!take_varint(message, &length) || length > message->length)
        return false;
    *bytes = (struct protobuf_bytes){message->at, (size_t)length};
    message->at += length;
    message->length -= (size_t)length;
    return true;
}

enum protobuf_next protobuf_next(struct protobuf_bytes *message, struct protobuf_field *field)
{
    uint64_t key;
    if (message->length == 0)
        return PROTOBUF_END;
    *field = (struct protobuf_field){0};
    if (!take_varint(message, &key) || key >> 3 == 0)
        return PROTOBUF_WRONG;
    field->number = key >> 3;
    bool taken = false;
    switch (key & 7) {
    case PROTOBUF_VARINT:
        field->kind = PROTOBUF_VARINT;
        taken = take_varint(message, &field->value);
        break;
    case PROTOBUF_FIXED64:
        field->kind = PROTOBUF_FIXED64;
        taken = take_fixed(message, 8, &field->value);
        break;
    case PROTOBUF_BYTES:
        field->kind = PROTOBUF_BYTES;
        taken = take_bytes(message, &field->bytes);
        break;
    case PROTOBUF_FIXED32:
        field->kind = PROTOBUF_FIXED32;
        taken = take_fixed(message, 4, &field->value);
        break;
    default: /* groups, which event files never have */
        break;
    }
    return taken ? PROTOBUF_FIELD : PROTOBUF_WRONG;
}

double protobuf_double(uint64_t bits)
{
    double number;
    memcpy(&number, &bits, sizeof number);
    return number;
}

double protobuf_float(uint64_t bits)
{
    uint32_t half = (uint32_t)bits;
    float number;
    memcpy(&number, &half, sizeof number);
    return (double)number;
}
