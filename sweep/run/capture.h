/* A run's output in a file of bounded size: its head and its end; what was left out between them is
 * counted in a note. */
#ifndef SWEEP_RUN_CAPTURE_H
#define SWEEP_RUN_CAPTURE_H

#include "schemas/support/fault.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct capture {
    int fd;
    int error; /* errno of the first write that failed, or 0; the run goes on without a log */
    uint64_t taken;
    uint64_t head; /* so much goes straight into the file */
    char *tail;    /* the last bytes past the head, in a ring */
    size_t tail_size;
};

bool capture_open(struct capture *capture, const char *path, uint64_t limit, struct fault *fault);
void capture_take(struct capture *capture, const char *bytes, size_t length);

/* Writes the end and closes the file. Returns how many bytes were left out. */
uint64_t capture_end(struct capture *capture);

#endif
