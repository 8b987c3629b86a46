/* The recorder's inside, shared by recorder.c (records), recorder_file.c (the file) and
 * recorder_room.c (room ahead of need). */
#ifndef TRACER_LIBRARY_RECORDER_INTERNAL_H
#define TRACER_LIBRARY_RECORDER_INTERNAL_H

#include "schemas/support/kept_descriptor.h"
#include "tracer/library/recorder.h"

enum { RECORDER_PARTIAL_CHUNKS = 64 };

/* Never freed: a thread may be in the midst of a record when its tracer is stopped, and another may
 * come back to a chunk of it later. A process has few. */
struct recorder {
    _Atomic bool open;
    uint64_t serial; /* of this recorder in the process; never 0, never used again */
    struct recording_header *header;
    struct recording_chunk *ring;
    /* The ring is mapped as long as it may become, and grows within: only the chunks that are
     * `there` have their room on the disk. Once these are all, the ring is used round and round. */
    _Atomic uint64_t chunks, there;
    uint64_t start_ns;
    bool all_samples;
    _Atomic bool *owned; /* one a chunk: some thread has it, or it is among the partial ones */
    /* Chunks that their threads left before they were full: (index + 1) << 8 | used; 0: none. */
    _Atomic uint64_t partial[RECORDER_PARTIAL_CHUNKS];
    _Atomic unsigned partial_count; /* about as many; never too few for long */
    struct recording_record *_Atomic extents[RECORDING_EXTENTS];

    /* The file, and what the sampling thread alone knows. */
    char *path;
    struct kept_descriptor kept; /* of the file; only this one is ever removed */
    char *file;                  /* header, first extent and ring */
    size_t file_bytes;           /* of the mapping */
    uint64_t end;                /* of what has room in the file, which never gets shorter */
    uint64_t behind;             /* where the next extent may begin */
    /* Of the header, first extent and ring, then of each further extent. `broken`: the guards
     * replaced a part. */
    struct mapping_guard *guards[RECORDING_EXTENTS];
    _Atomic bool broken;
    _Atomic bool lost; /* the file is not ours to write to: closed, or changed by another */
    unsigned extent_count;
    uint64_t claimed_before;   /* chunks, when last looked at: how fast are they used up? */
    uint64_t refused_ns;       /* when the disk last had no room; 0: not yet */
    uint64_t prepared_tickets; /* whose chunks were touched ahead */
    uint64_t prepared_notes;   /* whose places were */
    uint64_t checked_ns;       /* when the file's status was last asked for */
    uint64_t refreshed_ns;     /* when pages in use were last made writable again */
};

/* The file's descriptor, which is opened again where the host has closed it. -1 with errno where
 * that file is not to be had any more; then the header says that it is not locked. */
int recorder_descriptor(struct recorder *recorder);

/* As recorder_close, of a file that stays. */
void recorder_let_go(struct recorder *recorder);

/* Reserves a part of a file. Returns 0 or an errno value. */
int recorder_reserve(int fd, uint64_t offset, uint64_t length);

/* The place of a record in the extents, or NULL while there is none. */
struct recording_record *recorder_place(struct recorder *recorder, uint64_t place);

uint64_t recorder_monotonic_ns(void);

#endif
