#include "sweep/run/capture.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST_TAIL = 1 << 20 };

bool capture_open(struct capture *capture, const char *path, uint64_t limit, struct fault *fault)
{
    uint64_t tail = limit / 2 < MOST_TAIL ? limit / 2 : MOST_TAIL;
    *capture = (struct capture){.fd = -1, .head = limit - tail, .tail_size = (size_t)tail};
    capture->tail = malloc(capture->tail_size ? capture->tail_size : 1);
    if (!capture->tail)
        return fault_set_errno(fault, ENOMEM, "%s", path);
    capture->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (capture->fd >= 0)
        return true;
    fault_set_errno(fault, errno, "%s: cannot be written", path);
    free(capture->tail);
    capture->tail = NULL;
    return false;
}

static void put(struct capture *capture, const char *bytes, size_t length)
{
    while (length > 0 && !capture->error) {
        ssize_t written = write(capture->fd, bytes, length);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0) {
            capture->error = written < 0 ? errno : EIO;
            return;
        }
        bytes += written;
        length -= (size_t)written;
    }
}

/* Into the ring; of more than it holds, the last. */
static void keep(struct capture *capture, uint64_t at, const char *bytes, size_t length)
{
    size_t size = capture->tail_size;
    if (size == 0)
        return;
    if (length > size) {
        bytes += length - size;
        at += length - size;
        length = size;
    }
    size_t place = (size_t)(at % size);
    size_t first = size - place < length ? size - place : length;
    memcpy(capture->tail + place, bytes, first);
    memcpy(capture->tail, bytes + first, length - first);
}

void capture_take(struct capture *capture, const char *bytes, size_t length)
{
    size_t first = 0;
    if (capture->taken < capture->head) {
        uint64_t room = capture->head - capture->taken;
        first = length < room ? length : (size_t)room;
        put(capture, bytes, first);
    }
    if (length > first)
        keep(capture, capture->taken + first - capture->head, bytes + first, length - first);
    capture->taken += length;
}

uint64_t capture_end(struct capture *capture)
{
    uint64_t past = capture->taken > capture->head ? capture->taken - capture->head : 0;
    uint64_t left_out = past > capture->tail_size ? past - capture->tail_size : 0;
    if (left_out > 0) {
        char note[96];
        int length =
            snprintf(note, sizeof note,
                     "\n[run_sweep: %" PRIu64 " bytes of output are left out here]\n", left_out);
        put(capture, note, (size_t)length);
    }
    if (past > 0) {
        size_t place = left_out > 0 ? (size_t)(past % capture->tail_size) : 0;
        put(capture, capture->tail + place, (size_t)(past - left_out) - place);
        put(capture, capture->tail, place);
    }
    close(capture->fd);
    free(capture->tail);
    *capture = (struct capture){.fd = -1, .error = capture->error, .taken = capture->taken};
    return left_out;
}
