/* The largest single blocks of a recording, each with its life and its stack: what one can point
 * at and follow. */
#ifndef VISUALIZE_SNAPSHOT_BLOCKS_H
#define VISUALIZE_SNAPSHOT_BLOCKS_H

#include "schemas/snapshot/categories.h"
#include "visualize/snapshot/course.h"

/* A block of a replay by its size. For qsort: the largest first, of equal ones the earlier. */
struct sized_block {
    uint64_t size;
    size_t block;
};
int sized_block_compare(const void *a, const void *b);

struct block_fact {
    uint64_t bytes, stream;
    enum memory_category category;
    size_t stack;      /* its place among the stacks */
    double begin, end; /* as the course places them; NAN: before the first event, after the last */
};

struct block_list {
    size_t count, stack_count;
    struct block_fact *list; /* the largest first; of equal ones the earlier */
    char **stacks;           /* in words, each once */
};

/* At most `most` of those that were ever allocated. `categories`: of the replay's blocks. False
 * when out of memory. */
bool block_list_make(struct block_list *blocks, const struct replay *replay,
                     const unsigned char *categories, const struct course *course, size_t most);
void block_list_free(struct block_list *blocks);

#endif
