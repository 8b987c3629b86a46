/* What a look at a job shows: one row per rank, from the recordings of a folder. */
#ifndef VISUALIZE_MONITOR_RANKS_H
#define VISUALIZE_MONITOR_RANKS_H

#include "visualize/monitor/alert.h"
#include "visualize/monitor/follow.h"

enum rank_state {
    RANK_NEW, /* its process is about to begin the recording */
    RANK_LIVE,
    RANK_KILLED, /* the process is gone, and did not stop its tracer */
    RANK_ENDED,  /* the tracer was stopped */
};

/* "live", for programs. */
const char *rank_state_word(enum rank_state state);

struct rank_row {
    char name[256];   /* of the file; of a GPU, its UUID */
    int64_t rank;     /* of a GPU, its number */
    int64_t tp, pp;   /* -1: not known */
    int64_t stage;    /* of the pipeline; -1: not known */
    const char *tags; /* of the recording; never NULL */
    enum rank_state state;
    bool behind; /* older samples are still to be read: the peak is at least what it is */
    uint64_t allocated, reserved; /* bytes; RECORDING_NOT_KNOWN where they are not, as all below */
    uint64_t peak, static_bytes;
    uint64_t used;  /* the most since the last look */
    uint64_t total; /* the device's memory; 0: not known */
    double percent; /* used of total; NAN */
    bool has_iteration;
    int64_t iteration;
    double samples_per_s; /* NAN: not known */
    double alive_s;       /* last sign of life, since 1970 */
    enum alert_level level;
    bool told; /* told_state is what was last said of it, see watch.h */
    enum rank_state told_state;
    struct rank_source *source;
};

struct ranks {
    const char *folder;
    uint64_t total; /* the device's memory where recordings do not know it; 0 */
    size_t count;
    struct rank_row *rows; /* by name */
    size_t capacity;
    size_t earlier;    /* recordings of earlier runs, which are not shown */
    size_t unreadable; /* in the last look */
    double looked_s;   /* on the monotonic clock */
};

/* Called for each file that cannot be read, once while the reason stays the same. */
typedef void (*ranks_unreadable_fn)(void *context, const struct fault *fault);

/* Looks at all recordings. Those that became a JSON file stay, as ended; those that were removed
 * are forgotten. False where the folder cannot be read, or out of memory. */
bool ranks_look(struct ranks *ranks, ranks_unreadable_fn unreadable, void *context,
                struct fault *fault);
void ranks_free(struct ranks *ranks);

/* The GPUs of this machine, by NVML, as rows. None where there is no NVML. */
bool gpus_look(struct ranks *ranks, struct fault *fault);

/* Seconds on the clocks. */
double ranks_monotonic_s(void);
double ranks_realtime_s(void);

#endif
