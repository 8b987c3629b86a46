#include "visualize/snapshot/sites.h"

#include "schemas/support/array.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const BY[SITE_BY_COUNT] = {
    [SITE_BY_LINE] = "line",     [SITE_BY_FUNCTION] = "function", [SITE_BY_FILE] = "file",
    [SITE_BY_STACK] = "stack",   [SITE_BY_CATEGORY] = "category", [SITE_BY_SIZE] = "size",
    [SITE_BY_STREAM] = "stream",
};

const char *site_by_text(enum site_by by)
{
    return BY[by];
}

bool site_by_parse(const char *text, enum site_by *by)
{
    for (int i = 0; i < SITE_BY_COUNT; i++)
        if (strcmp(BY[i], text) == 0) {
            *by = (enum site_by)i;
            return true;
        }
    return false;
}

/* ---- what tells blocks apart ---- */

static bool is_by_stack(enum site_by by)
{
    return by <= SITE_BY_STACK;
}

/* The labels of stacks, each once: their numbers, by stack. */
static uint32_t *label_stacks(const struct snapshot *snapshot, struct text_table *labels,
                              enum site_by by, unsigned depth)
{
    uint32_t *of_stacks = calloc(snapshot->stack_count + 1, sizeof *of_stacks);
    for (size_t i = 0; of_stacks && i < snapshot->stack_count; i++) {
        char *label =
            site_label(snapshot, (uint32_t)i, by, by == SITE_BY_STACK ? SITE_MOST_DEPTH : depth);
        of_stacks[i] = label ? text_table_add(labels, label, strlen(label)) : UINT32_MAX;
        free(label);
        if (of_stacks[i] == UINT32_MAX) {
            free(of_stacks);
            return NULL;
        }
    }
    return of_stacks;
}

/* The label of a block that its stack does not tell. */
static uint32_t label_block(struct text_table *labels, const struct replay_block *block,
                            unsigned char category, enum site_by by)
{
    char text[64];
    if (by == SITE_BY_CATEGORY)
        snprintf(text, sizeof text, "%s", memory_category_text((enum memory_category)category));
    else if (by == SITE_BY_SIZE)
        snprintf(text, sizeof text, "%" PRIu64 " bytes", block->size);
    else
        snprintf(text, sizeof text, "stream %" PRIu64, block->stream);
    return text_table_add(labels, text, strlen(text));
}

/* ---- label and category become a site ---- */

struct maker {
    struct site_table *table;
    struct text_table labels;
    uint32_t *of_stacks;
    size_t capacity;
    uint32_t *site_labels; /* the number of a site's label */
    size_t pair_room;
    uint32_t *pairs; /* sites + 1 by label * MEMORY_CATEGORIES + category */
};

static uint32_t site_of(struct maker *maker, uint32_t label, unsigned char category)
{
    struct site_table *table = maker->table;
    size_t pair = (size_t)label * MEMORY_CATEGORIES + category, before = maker->pair_room;
    if (!array_reserve(&maker->pairs, sizeof *maker->pairs, &maker->pair_room, pair + 1))
        return UINT32_MAX;
    if (maker->pair_room > before)
        memset(maker->pairs + before, 0, (maker->pair_room - before) * sizeof *maker->pairs);
    if (maker->pairs[pair])
        return maker->pairs[pair] - 1;
    size_t room = maker->capacity;
    if (!array_reserve(&maker->site_labels, sizeof *maker->site_labels, &room, table->count + 1))
        return UINT32_MAX;
    if (!array_reserve(&table->category, 1, &maker->capacity, table->count + 1))
        return UINT32_MAX;
    maker->site_labels[table->count] = label;
    table->category[table->count] = category;
    maker->pairs[pair] = (uint32_t)++table->count;
    return maker->pairs[pair] - 1;
}

static bool place_blocks(struct maker *maker, const struct replay *replay,
                         const unsigned char *categories, enum site_by by)
{
    for (size_t i = 0; i < replay->count; i++) {
        const struct replay_block *block = &replay->blocks[i];
        uint32_t label = is_by_stack(by) ? maker->of_stacks[block->stack]
                                         : label_block(&maker->labels, block, categories[i], by);
        uint32_t site = label == UINT32_MAX ? label : site_of(maker, label, categories[i]);
        if (site == UINT32_MAX)
            return false;
        maker->table->of_blocks[i] = site;
    }
    return true;
}

static bool copy_labels(struct maker *maker)
{
    struct site_table *table = maker->table;
    table->labels = calloc(table->count + 1, sizeof *table->labels);
    for (size_t i = 0; table->labels && i < table->count; i++) {
        table->labels[i] = strdup(text_table_get(&maker->labels, maker->site_labels[i]));
        if (!table->labels[i])
            return false;
    }
    return table->labels != NULL;
}

bool site_table_make(struct site_table *table, const struct replay *replay,
                     const unsigned char *categories, enum site_by by, unsigned depth)
{
    *table = (struct site_table){0};
    struct maker maker = {.table = table};
    table->of_blocks = calloc(replay->count + 1, sizeof *table->of_blocks);
    bool made = table->of_blocks && text_table_init(&maker.labels);
    if (made && is_by_stack(by)) {
        maker.of_stacks = label_stacks(replay->snapshot, &maker.labels, by, depth);
        made = maker.of_stacks != NULL;
    }
    made = made && place_blocks(&maker, replay, categories, by) && copy_labels(&maker);
    text_table_free(&maker.labels);
    free(maker.of_stacks);
    free(maker.site_labels);
    free(maker.pairs);
    if (!made)
        site_table_free(table);
    return made;
}

void site_table_free(struct site_table *table)
{
    for (size_t i = 0; table->labels && i < table->count; i++)
        free(table->labels[i]);
    free(table->labels);
    free(table->category);
    free(table->of_blocks);
    *table = (struct site_table){0};
}
