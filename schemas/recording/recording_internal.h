/* The parts of a recording, for recording.c: the notes in its extents and the samples in its ring,
 * copied out while their writer may go on. */
#ifndef SCHEMAS_RECORDING_RECORDING_INTERNAL_H
#define SCHEMAS_RECORDING_RECORDING_INTERNAL_H

#include "schemas/recording/recording_layout.h"
#include "schemas/trace/trace_store.h"

#include <stdbool.h>
#include <stddef.h>

/* The file's bytes; nothing in them need make sense but the magic, and the sizes that the header's
 * check has found to be ours. */
struct recording_bytes {
    const char *bytes;
    size_t length;
};

static inline const struct recording_header *
recording_header_of(const struct recording_bytes *recording)
{
    return (const void *)recording->bytes;
}

/* Whether so many bytes at this offset are within the file, in a place where records may lie. */
static inline bool recording_has(const struct recording_bytes *recording, uint64_t offset,
                                 uint64_t size)
{
    return offset % sizeof(struct recording_record) == 0 && offset <= recording->length &&
           size <= recording->length - offset;
}

/* A record of the extents. */
struct recording_note {
    int64_t iteration;
    uint64_t time_ns;
    enum recording_kind kind;
    uint64_t values[2];
    uint64_t place; /* its order in the extents: a name's pieces stand behind each other */
};

/* By iteration, then by time. Free the list. False when out of memory, as below. */
struct recording_notes {
    size_t count;
    struct recording_note *list;
};
bool recording_take_notes(const struct recording_bytes *recording, struct recording_notes *notes);

/* An iteration's samples among the columns. */
struct recording_part {
    int64_t iteration;
    size_t start, count;
};

/* A sample that stands for so many more. */
struct recording_left_out {
    int64_t iteration;
    struct trace_left_out of;
};

/* By iteration, without gaps between their samples. Free the lists. */
struct recording_parts {
    size_t count;
    struct recording_part *list;
    size_t left_out_count;
    struct recording_left_out *left_out; /* by part, then by place */
    uint64_t last_ns;                    /* the latest sample's time; 0 without samples */
};

/* Puts the samples into the columns, part by part, by time within each. */
bool recording_take_samples(const struct recording_bytes *recording, struct trace_columns *columns,
                            struct recording_parts *parts);

#endif
