/* Byte strings, each kept once and known by a number. */
#ifndef SCHEMAS_SNAPSHOT_TEXT_TABLE_H
#define SCHEMAS_SNAPSHOT_TEXT_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text_entry {
    uint64_t offset; /* into the bytes */
    uint32_t length;
    uint32_t hash;
};

struct text_table {
    size_t count, capacity;
    struct text_entry *entries;
    size_t used, room;
    char *bytes;     /* each string is followed by a zero */
    size_t slots;    /* a power of two */
    uint32_t *index; /* numbers + 1; 0: free */
    uint64_t seed;
};

/* Text 0 is "". False when out of memory. */
bool text_table_init(struct text_table *table);
void text_table_free(struct text_table *table);

/* The number of a string, which is added where it is new; UINT32_MAX when out of memory. */
uint32_t text_table_add(struct text_table *table, const char *bytes, size_t length);

/* The string, ended by a zero, until the next one is added. It may hold zeros itself. */
static inline const char *text_table_get(const struct text_table *table, uint32_t number)
{
    return table->bytes + table->entries[number].offset;
}

static inline size_t text_table_length(const struct text_table *table, uint32_t number)
{
    return table->entries[number].length;
}

/* Mixes 64 bits into a hash; begin with a table's seed, which no input knows. */
static inline uint64_t text_table_mix(uint64_t hash, uint64_t word)
{
    __extension__ typedef unsigned __int128 wide;
    wide product = (wide)(hash ^ word) * 0x9E3779B97F4A7C15U;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* A number that differs from run to run: hashes that begin with it cannot be attacked. Results must
 * not depend on it. */
uint64_t text_table_seed(void);

#endif
