/* A pickle's bytes, a window of the file at a time: read, not mapped, so that a file that shrinks
 * meanwhile is only a file that ends early, and memory does not grow with it. */
#ifndef SCHEMAS_SNAPSHOT_PICKLE_INPUT_H
#define SCHEMAS_SNAPSHOT_PICKLE_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* So many zero bytes stand behind the window: an opcode's fixed arguments can be read before it is
 * known whether they are there. */
enum { PICKLE_INPUT_PAD = 16 };

struct pickle_input {
    int fd;                /* -1: all is in the buffer */
    uint64_t length;       /* of the file, when it was opened */
    uint64_t base;         /* the buffer's place in it */
    unsigned char *buffer; /* of size + PICKLE_INPUT_PAD */
    size_t size;
    const unsigned char *at, *end; /* what is still to be read of the buffer */
    bool ended;                    /* nothing comes after `end` */
    int error;                     /* errno of a read that failed, or 0 */
};

/* From a descriptor (the caller's to close) of a file of that length. */
bool pickle_input_open(struct pickle_input *input, int fd, uint64_t length);
/* From memory, which is copied. */
bool pickle_input_copy(struct pickle_input *input, const void *bytes, size_t length);
void pickle_input_close(struct pickle_input *input);

/* Makes the next `needed` bytes (or all that there are, see `ended`) stand in the window; false
 * when out of memory or where they cannot be read. Moves `at` and `end`. */
bool pickle_input_fill(struct pickle_input *input, size_t needed);

static inline uint64_t pickle_input_offset(const struct pickle_input *input)
{
    return input->base + (uint64_t)(input->at - input->buffer);
}

#endif
