/* Numbers by address, of the blocks that live. */
#ifndef SCHEMAS_SNAPSHOT_ADDRESS_MAP_H
#define SCHEMAS_SNAPSHOT_ADDRESS_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct address_slot {
    uint64_t address;
    uint32_t number; /* + 1; 0: free */
};

struct address_map {
    size_t count, slots; /* slots: a power of two */
    struct address_slot *list;
};

#define ADDRESS_MAP_NONE UINT32_MAX

bool address_map_init(struct address_map *map);
void address_map_free(struct address_map *map);

/* The number at an address, ADDRESS_MAP_NONE where there is none. */
uint32_t address_map_get(const struct address_map *map, uint64_t address);

/* Sets it, or sets it anew. False when out of memory. */
bool address_map_set(struct address_map *map, uint64_t address, uint32_t number);
void address_map_remove(struct address_map *map, uint64_t address);

#endif
