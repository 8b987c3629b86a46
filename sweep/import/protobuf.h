/* The wire format of protocol buffers, as far as event files need it: fields one after the other,
 * each a number, its kind and its value. Nothing is copied, nothing allocated. */
#ifndef SWEEP_IMPORT_PROTOBUF_H
#define SWEEP_IMPORT_PROTOBUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct protobuf_bytes {
    const uint8_t *at;
    size_t length;
};

enum protobuf_kind {
    PROTOBUF_VARINT = 0,
    PROTOBUF_FIXED64 = 1,
    PROTOBUF_BYTES = 2, /* a text, a message, or packed numbers */
    PROTOBUF_FIXED32 = 5,
};

struct protobuf_field {
    uint64_t number;
    enum protobuf_kind kind;
    uint64_t value;              /* of numbers: their bits */
    struct protobuf_bytes bytes; /* of PROTOBUF_BYTES: within the message */
};

enum protobuf_next {
    PROTOBUF_FIELD,
    PROTOBUF_END,
    PROTOBUF_WRONG, /* this is no message */
};

/* Takes the next field from the message's start. */
enum protobuf_next protobuf_next(struct protobuf_bytes *message, struct protobuf_field *field);

/* The bits of a field as the number that they stand for. */
double protobuf_double(uint64_t bits);
double protobuf_float(uint64_t bits);

#endif
