/* A recording, followed while its process writes it: each look reads what is new since the last.
 *
 * It is read, not mapped: a file that is cut short or that disappears is then a short read and not
 * a SIGBUS, and since it is opened anew for each look, a network file system shows its newest
 * state. Any bytes are safe to read. */
#ifndef VISUALIZE_MONITOR_FOLLOW_H
#define VISUALIZE_MONITOR_FOLLOW_H

#include "schemas/recording/recording_layout.h"
#include "schemas/support/fault.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a recording has said so far. Bytes: RECORDING_NOT_KNOWN where it has not. */
struct follow_figures {
    uint64_t allocated, reserved; /* of the latest sample */
    uint64_t peak_allocated, peak_reserved;
    uint64_t recent; /* the most in use (the larger of both) since the last look */
    uint64_t static_bytes;
    int64_t iteration;
    bool has_iteration;
    /* Since the first look, and those of the newest chunk then. Where very many come between two
     * looks, what was passed over counts as full chunks. */
    uint64_t samples;
    double samples_per_s; /* at the first look; NAN: too few to tell */
};

enum follow_state {
    FOLLOW_LIVE,
    FOLLOW_ENDED, /* the tracer was stopped */
    FOLLOW_KILLED,
};

/* A chunk with room for more samples. */
struct follow_chunk {
    uint64_t number;     /* that it was claimed under */
    uint64_t generation; /* when last seen */
    unsigned used;       /* records taken */
    uint64_t repeats;    /* samples of the last of them, where it is one that is counted up */
    unsigned looks;      /* without anything new */
    bool counted;        /* as a full one, when it was passed over */
};

struct follow {
    uint64_t device, inode; /* which file; 0: none yet */
    struct recording_header header;
    uint64_t file_bytes;
    enum follow_state state;
    struct follow_figures figures;
    /* how far it was read */
    uint64_t seen_chunks, seen_notes;     /* of those claimed */
    uint64_t first_chunk, passed_chunks;  /* [first, passed) were counted, if passed over as full */
    uint64_t backlog_first, backlog_last; /* chunks [first, last) that are still to be read */
    unsigned hole_looks;                  /* how often a claimed record was not there */
    size_t open_count, open_capacity;
    struct follow_chunk *open;
    /* times on the recording's clock, ns */
    uint64_t sample_ns, iteration_ns, static_ns;
    uint64_t settled_ns, unsettled_ns; /* latest sample when the last look began, and this one */
};

enum follow_result {
    FOLLOW_READ,
    FOLLOW_ABSENT,    /* no such file (any more) */
    FOLLOW_NOT_BEGUN, /* its process is about to begin it */
    FOLLOW_FAILED,    /* not a recording, or not readable now; the fault says why */
};

/* Looks at the file. What was known of another file of this name, or of an earlier run, is
 * forgotten. `backlog_chunks` is how many chunks that were written before the first look may be
 * read; it is lowered by those that were. Start with all zero bytes. */
enum follow_result follow_look(struct follow *follow, const char *path, uint64_t *backlog_chunks,
                               struct fault *fault);

/* Older samples and records are still to be read: the peaks are at least what they are. */
bool follow_is_behind(const struct follow *follow);

void follow_free(struct follow *follow);

#endif
