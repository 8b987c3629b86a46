#include "schemas/snapshot/pickle_runs.h"

#include "schemas/support/array.h"

#include <stdlib.h>
#include <string.h>

enum {
    SLOTS = 1 << 16, /* a power of two, and twice as many as there may be runs */
    MOST_RUNS = SLOTS / 2,
    MOST_BYTES = 1 << 24
};

bool pickle_runs_init(struct pickle_runs *runs)
{
    *runs = (struct pickle_runs){.seed = text_table_seed()};
    runs->index = calloc(SLOTS, sizeof *runs->index);
    runs->follows = calloc(PICKLE_RUNS_FOLLOWS, sizeof *runs->follows);
    if (!runs->index || !runs->follows ||
        !array_reserve(&runs->list, sizeof *runs->list, &runs->capacity, 1)) {
        pickle_runs_free(runs);
        return false;
    }
    runs->list[0] = (struct pickle_run){0};
    runs->count = 1;
    return true;
}

void pickle_runs_free(struct pickle_runs *runs)
{
    free(runs->list);
    free(runs->bytes);
    free(runs->index);
    free(runs->follows);
    *runs = (struct pickle_runs){0};
}

static uint64_t hash_run(uint64_t seed, const unsigned char *bytes, size_t length)
{
    uint64_t hash = text_table_mix(seed, length), word;
    for (; length >= sizeof word; bytes += sizeof word, length -= sizeof word) {
        memcpy(&word, bytes, sizeof word);
        hash = text_table_mix(hash, word);
    }
    word = 0;
    memcpy(&word, bytes, length);
    return text_table_mix(hash, word);
}

/* The number of a new run; 0 where there is no room for it. */
static uint32_t add(struct pickle_runs *runs, const unsigned char *bytes, size_t length,
                    uint64_t hash, const struct pickle_value *value)
{
    if (runs->count > MOST_RUNS || runs->used + length > MOST_BYTES ||
        !array_reserve(&runs->list, sizeof *runs->list, &runs->capacity, runs->count + 1) ||
        !array_reserve(&runs->bytes, 1, &runs->room, runs->used + length))
        return 0;
    memcpy(runs->bytes + runs->used, bytes, length);
    runs->list[runs->count] = (struct pickle_run){
        .hash = hash, .first = runs->used, .length = (uint32_t)length, .value = *value};
    runs->list[runs->count].value.memo = 0;
    runs->used += length;
    return (uint32_t)runs->count++;
}

void pickle_runs_learn(struct pickle_runs *runs, const unsigned char *bytes, size_t length,
                       const struct pickle_value *value)
{
    if (runs->count == 0 || length == 0 || length > MOST_BYTES)
        return;
    uint64_t hash = hash_run(runs->seed, bytes, length);
    size_t at = hash & (SLOTS - 1);
    for (; runs->index[at]; at = (at + 1) & (SLOTS - 1)) {
        const struct pickle_run *run = &runs->list[runs->index[at]];
        if (run->hash == hash && run->length == length &&
            memcmp(runs->bytes + run->first, bytes, length) == 0)
            break;
    }
    if (!runs->index[at])
        runs->index[at] = add(runs, bytes, length, hash, value);
    *pickle_runs_place(runs) = runs->index[at];
    pickle_runs_met(runs, runs->index[at]);
}
