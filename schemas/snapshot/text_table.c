#include "schemas/snapshot/text_table.h"

#include "schemas/support/array.h"
#include "schemas/support/random_number.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_SLOTS = 1024 };

uint64_t text_table_seed(void)
{
    uint64_t seed;
    /* Without random numbers the tables work all the same. */
    return random_number(&seed) ? seed : 0x8EBC6AF09C88C6E3U ^ (uint64_t)(uintptr_t)&seed;
}

static uint32_t hash_bytes(uint64_t seed, const char *bytes, size_t length)
{
    uint64_t hash = text_table_mix(seed, length), word;
    for (; length >= sizeof word; bytes += sizeof word, length -= sizeof word) {
        memcpy(&word, bytes, sizeof word);
        hash = text_table_mix(hash, word);
    }
    word = 0;
    memcpy(&word, bytes, length);
    hash = text_table_mix(hash, word);
    return (uint32_t)(hash ^ hash >> 32);
}

bool text_table_init(struct text_table *table)
{
    *table = (struct text_table){.slots = FIRST_SLOTS, .seed = text_table_seed()};
    table->index = calloc(table->slots, sizeof *table->index);
    if (table->index && text_table_add(table, "", 0) == 0)
        return true;
    text_table_free(table);
    return false;
}

void text_table_free(struct text_table *table)
{
    free(table->entries);
    free(table->bytes);
    free(table->index);
    *table = (struct text_table){0};
}

static bool enlarge_index(struct text_table *table)
{
    size_t slots = table->slots * 2;
    uint32_t *index = calloc(slots, sizeof *index);
    if (!index)
        return false;
    for (size_t i = 0; i < table->count; i++) {
        size_t at = table->entries[i].hash & (slots - 1);
        while (index[at])
            at = (at + 1) & (slots - 1);
        index[at] = (uint32_t)i + 1;
    }
    free(table->index);
    table->index = index;
    table->slots = slots;
    return true;
}

static bool append(struct text_table *table, const char *bytes, size_t length, uint32_t hash)
{
    if (length >= UINT32_MAX || table->count >= UINT32_MAX - 1 ||
        !array_reserve(&table->entries, sizeof *table->entries, &table->capacity,
                       table->count + 1) ||
        !array_reserve(&table->bytes, 1, &table->room, table->used + length + 1))
        return false;
    memcpy(table->bytes + table->used, bytes, length);
    table->bytes[table->used + length] = '\0';
    table->entries[table->count++] = (struct text_entry){table->used, (uint32_t)length, hash};
    table->used += length + 1;
    return true;
}

uint32_t text_table_add(struct text_table *table, const char *bytes, size_t length)
{
    uint32_t hash = hash_bytes(table->seed, bytes, length);
    size_t at = hash & (table->slots - 1);
    for (; table->index[at]; at = (at + 1) & (table->slots - 1)) {
        const struct text_entry *entry = &table->entries[table->index[at] - 1];
        if (entry->hash == hash && entry->length == length &&
            memcmp(table->bytes + entry->offset, bytes, length) == 0)
            return table->index[at] - 1;
    }
    if (!append(table, bytes, length, hash))
        return UINT32_MAX;
    uint32_t number = (uint32_t)table->count - 1;
    table->index[at] = number + 1;
    if (table->count * 2 > table->slots && !enlarge_index(table))
        return UINT32_MAX;
    return number;
}
