#include "schemas/snapshot/pickle_input.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Small enough to stay in a processor's second cache between being read and being looked at. */
enum { WINDOW = 256 * 1024 };

static bool make_buffer(struct pickle_input *input, size_t size)
{
    input->buffer = calloc(1, size + PICKLE_INPUT_PAD);
    input->size = size;
    input->at = input->end = input->buffer;
    return input->buffer != NULL;
}

bool pickle_input_open(struct pickle_input *input, int fd, uint64_t length)
{
    *input = (struct pickle_input){.fd = fd, .length = length};
    return make_buffer(input, WINDOW);
}

bool pickle_input_copy(struct pickle_input *input, const void *bytes, size_t length)
{
    *input = (struct pickle_input){.fd = -1, .length = length, .ended = true};
    if (!make_buffer(input, length))
        return false;
    if (length > 0)
        memcpy(input->buffer, bytes, length);
    input->end = input->buffer + length;
    return true;
}

void pickle_input_close(struct pickle_input *input)
{
    free(input->buffer);
    *input = (struct pickle_input){.fd = -1};
}

/* Moves what is left to the front of the buffer, or of a larger one. */
static bool make_room(struct pickle_input *input, size_t needed)
{
    size_t left = (size_t)(input->end - input->at);
    uint64_t base = pickle_input_offset(input);
    if (needed <= input->size) {
        memmove(input->buffer, input->at, left);
    } else {
        unsigned char *larger = malloc(needed + PICKLE_INPUT_PAD);
        if (!larger) {
            input->error = ENOMEM;
            return false;
        }
        memcpy(larger, input->at, left);
        free(input->buffer);
        input->buffer = larger;
        input->size = needed;
    }
    input->base = base;
    input->at = input->buffer;
    input->end = input->buffer + left;
    return true;
}

bool pickle_input_fill(struct pickle_input *input, size_t needed)
{
    size_t left = (size_t)(input->end - input->at);
    if (left >= needed || input->ended)
        return true;
    if (!make_room(input, needed))
        return false;
    while (left < needed && !input->ended) {
        ssize_t got = read(input->fd, input->buffer + left, input->size - left);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            input->error = errno;
            return false;
        }
        input->ended = got == 0;
        left += (size_t)got;
    }
    input->end = input->buffer + left;
    memset(input->buffer + left, 0, PICKLE_INPUT_PAD);
    return true;
}
