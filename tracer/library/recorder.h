/* Writing a recording: places for records in a mapped file, without locks or system calls. */
#ifndef TRACER_LIBRARY_RECORDER_H
#define TRACER_LIBRARY_RECORDER_H

#include "schemas/configuration/coordinates.h"
#include "schemas/recording/recording_layout.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct recorder;
struct mapped_file;

struct recorder_options {
    const char *path;   /* ends in .gmtrace */
    uint64_t max_bytes; /* of the ring */
    bool reserve_all;   /* all of them now; else the ring grows with use */
    bool all_samples;   /* else runs of equal samples are kept as their first and last */
    int64_t rank, world_size;
    const char *device, *tags;
    struct coordinates coordinates;
    uint64_t device_bytes;
};

/* Makes the file, reserves what it needs at first, maps it, takes its lock. What a dead run left
 * under this name is renamed first. Returns 0 or an errno value: EBUSY where another tracer records
 * under this name, ENOSPC where there is no room. */
int recorder_open(const struct recorder_options *options, struct recorder **opened);

/* A sample of an iteration. Where it equals this thread's sample before, it is counted. Any thread;
 * no system call, no lock, no allocation, but for a few when a thread uses a recorder for the first
 * time. */
void recorder_sample(struct recorder *recorder, int64_t iteration, uint64_t allocated,
                     uint64_t reserved);

/* The same with what is in use on the device beside it, or RECORDING_NOT_KNOWN. */
void recorder_sample_with_device(struct recorder *recorder, int64_t iteration, uint64_t allocated,
                                 uint64_t reserved, uint64_t device);

/* `count` records of one iteration that stand behind each other, all with the time of now. Kinds
 * and values are given one by one. As recorder_sample. */
struct recorder_note {
    enum recording_kind kind;
    uint64_t values[2];
};
void recorder_note(struct recorder *recorder, int64_t iteration, const struct recorder_note *notes,
                   size_t count);

/* Counts that the source gave no figures. */
void recorder_count_failed_read(struct recorder *recorder);

/* Work that takes time and is done ahead of need, every few milliseconds, by the tracer's own
 * thread: makes the ring longer, touches the pages that come next, adds an extent when the last one
 * fills up, gives a sign of life. */
void recorder_prepare(struct recorder *recorder);

/* Whether the file is still what was written to it. If not (another program has cut it short
 * or overwritten it, or a disk had no room after all), one line on stderr says so, and nothing more
 * is recorded. Not two threads at
 * once.
 */
bool recorder_check(struct recorder *recorder);

/* The whole file as it is now, for reading, to be closed. False on failure, with errno. */
bool recorder_map(struct recorder *recorder, struct mapped_file *file);

/* Marks the recording as ended. */
void recorder_end(struct recorder *recorder);

/* No more records from now on: threads in the midst of one write to memory that nobody reads. The
 * file is closed, its lock given up, and the file removed if told so. */
void recorder_close(struct recorder *recorder, bool remove);

/* Around a fork, in the parent and in the child alike. */
void recorder_before_fork(void);
void recorder_after_fork(void);

/* In a child after fork, whose records would be mixed with the parent's: drops the child's part in
 * the file and its lock. */
void recorder_abandon_in_child(struct recorder *recorder);

#endif
