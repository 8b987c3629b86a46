/* Writing a recording: places for records in a mapped file, without locks or system calls. */
#ifndef TRACER_RECORDER_H
#define TRACER_RECORDER_H

#include "schemas/recording_layout.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct recorder;

struct recorder_options {
    const char *path;
    uint64_t max_bytes; /* of the ring */
    int64_t rank, world_size;
    const char *device, *tags;
};

/* Makes the file, reserves its space, maps it, takes its lock. Returns 0 or an errno value: EBUSY
 * where another process records under this name, ENOSPC where there is no room. */
int recorder_open(const struct recorder_options *options, struct recorder **opened);

/* Nanoseconds since the recording began. */
uint64_t recorder_now_ns(const struct recorder *recorder);

/* A sample of an iteration. Any thread; no system call, no lock, no allocation. */
void recorder_sample(struct recorder *recorder, int64_t iteration, uint64_t allocated,
                     uint64_t reserved);

/* `count` records of one iteration that stand behind each other, all with the time of now. Kinds
 * and values are given one by one. As recorder_sample. */
struct recorder_note {
    enum recording_kind kind;
    uint64_t values[2];
};
void recorder_note(struct recorder *recorder, int64_t iteration, const struct recorder_note *notes,
                   size_t count);

/* Work that takes time and is done ahead of need, by the tracer's own thread: touches the pages
 * that come next, and adds an extent when the last one fills up. */
void recorder_prepare(struct recorder *recorder);

/* The whole file as it is now, for reading. Valid until recorder_close. */
const void *recorder_bytes(struct recorder *recorder, size_t *length);

/* Marks the recording as ended. */
void recorder_end(struct recorder *recorder);

/* No more records from now on: threads in the midst of one write to memory that nobody reads. The
 * file is closed, and its lock given up. */
void recorder_close(struct recorder *recorder);

/* In a child after fork: its records would be mixed with the parent's. */
void recorder_abandon_in_child(struct recorder *recorder);

#endif
