#include "visualize/snapshot/blocks.h"

#include "visualize/snapshot/sites.h"

#include <math.h>
#include <stdlib.h>

enum { STACK_DEPTH = 12 }; /* frames that matter: more than anybody reads in a corner of a page */

int sized_block_compare(const void *a, const void *b)
{
    const struct sized_block *first = a, *second = b;
    if (first->size != second->size)
        return first->size > second->size ? -1 : 1;
    return (first->block > second->block) - (first->block < second->block);
}

/* Where each stack of the snapshot stands in the list, and one more; 0: nowhere yet. */
static bool add_stack(struct block_list *blocks, const struct snapshot *snapshot, uint32_t number,
                      size_t *places, size_t *place)
{
    if (places[number] == 0) {
        blocks->stacks[blocks->stack_count] =
            site_label(snapshot, number, SITE_BY_STACK, STACK_DEPTH);
        if (!blocks->stacks[blocks->stack_count])
            return false;
        places[number] = ++blocks->stack_count;
    }
    *place = places[number] - 1;
    return true;
}

static double place_or_none(const struct course *course, const struct replay *replay, uint32_t step)
{
    return step == 0 || step == REPLAY_NEVER ? NAN : course_place(course, replay, step);
}

static bool add_blocks(struct block_list *blocks, const struct replay *replay,
                       const unsigned char *categories, const struct course *course,
                       const struct sized_block *sized, size_t count)
{
    size_t *places = calloc(replay->snapshot->stack_count + 1, sizeof *places);
    blocks->list = calloc(count + 1, sizeof *blocks->list);
    blocks->stacks = calloc(count + 1, sizeof *blocks->stacks);
    bool room = places && blocks->list && blocks->stacks;
    for (size_t i = 0; room && i < count; i++) {
        const struct replay_block *block = &replay->blocks[sized[i].block];
        struct block_fact *fact = &blocks->list[blocks->count++];
        *fact = (struct block_fact){
            .bytes = block->size,
            .stream = block->stream,
            .category = (enum memory_category)categories[sized[i].block],
            .begin = place_or_none(course, replay, block->alloc_step),
            .end = place_or_none(course, replay, block->free_step),
        };
        room = add_stack(blocks, replay->snapshot, block->stack, places, &fact->stack);
    }
    free(places);
    return room;
}

bool block_list_make(struct block_list *blocks, const struct replay *replay,
                     const unsigned char *categories, const struct course *course, size_t most)
{
    struct sized_block *sized = calloc(replay->count + 1, sizeof *sized);
    *blocks = (struct block_list){0};
    if (!sized)
        return false;
    for (size_t i = 0; i < replay->count; i++)
        sized[i] = (struct sized_block){replay->blocks[i].size, i};
    if (replay->count > 1)
        qsort(sized, replay->count, sizeof *sized, sized_block_compare);
    bool made = add_blocks(blocks, replay, categories, course, sized,
                           replay->count < most ? replay->count : most);
    free(sized);
    return made;
}

void block_list_free(struct block_list *blocks)
{
    for (size_t i = 0; i < blocks->stack_count; i++)
        free(blocks->stacks[i]);
    free((void *)blocks->stacks);
    free(blocks->list);
    *blocks = (struct block_list){0};
}
