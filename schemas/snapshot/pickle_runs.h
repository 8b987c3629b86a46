/* Lists that were met before. A snapshot writes the same stacks many thousand times over, each as a
 * run of references to the memo; since a place of the memo never changes, the same bytes are the
 * same list, and comparing them is many times faster than reading them.
 *
 * A run is looked for where it is expected: behind the three that it followed the last time. */
#ifndef SCHEMAS_SNAPSHOT_PICKLE_RUNS_H
#define SCHEMAS_SNAPSHOT_PICKLE_RUNS_H

#include "schemas/snapshot/pickle.h"

struct pickle_run {
    uint64_t hash;
    size_t first; /* of its bytes */
    uint32_t length;
    struct pickle_value value;
};

struct pickle_runs {
    size_t count, capacity;
    struct pickle_run *list; /* 0: none */
    size_t used, room;
    unsigned char *bytes;
    uint32_t *index;   /* numbers, by the hash of their bytes; 0: free */
    uint32_t *follows; /* numbers, by the history before them */
    uint64_t history;  /* of the runs that were met last */
    uint64_t seed;
};

/* False when out of memory: then there are none, and reading goes on without. */
bool pickle_runs_init(struct pickle_runs *runs);
void pickle_runs_free(struct pickle_runs *runs);

enum { PICKLE_RUNS_FOLLOWS = 1 << 14 }; /* a power of two */

static inline uint32_t *pickle_runs_place(const struct pickle_runs *runs)
{
    return &runs->follows[text_table_mix(runs->seed, runs->history) & (PICKLE_RUNS_FOLLOWS - 1)];
}

/* The run that is expected next, or NULL. */
static inline const struct pickle_run *pickle_runs_expected(const struct pickle_runs *runs)
{
    uint32_t next = runs->count ? *pickle_runs_place(runs) : 0;
    return next ? &runs->list[next] : NULL;
}

/* It was that one. */
static inline void pickle_runs_met(struct pickle_runs *runs, uint32_t run)
{
    runs->history = runs->history << 20 ^ run;
}

/* Another run than the expected one was read: what its bytes stand for. */
void pickle_runs_learn(struct pickle_runs *runs, const unsigned char *bytes, size_t length,
                       const struct pickle_value *value);

#endif
