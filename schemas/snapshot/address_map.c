#include "schemas/snapshot/address_map.h"

#include "schemas/snapshot/text_table.h"

#include <stdlib.h>

bool address_map_init(struct address_map *map)
{
    *map = (struct address_map){.slots = 1024};
    map->list = calloc(map->slots, sizeof *map->list);
    return map->list != NULL;
}

void address_map_free(struct address_map *map)
{
    free(map->list);
    *map = (struct address_map){0};
}

static size_t home(const struct address_map *map, uint64_t address)
{
    return text_table_mix(0x243F6A8885A308D3U, address) & (map->slots - 1);
}

/* Where the address stands, or would. */
static size_t place(const struct address_map *map, uint64_t address)
{
    size_t at = home(map, address);
    while (map->list[at].number && map->list[at].address != address)
        at = (at + 1) & (map->slots - 1);
    return at;
}

uint32_t address_map_get(const struct address_map *map, uint64_t address)
{
    uint32_t number = map->list[place(map, address)].number;
    return number ? number - 1 : ADDRESS_MAP_NONE;
}

static bool enlarge(struct address_map *map)
{
    struct address_slot *before = map->list;
    size_t slots = map->slots;
    struct address_slot *larger = calloc(2 * slots, sizeof *larger);
    if (!larger)
        return false;
    map->list = larger;
    map->slots = 2 * slots;
    for (size_t i = 0; i < slots; i++)
        if (before[i].number)
            larger[place(map, before[i].address)] = before[i];
    free(before);
    return true;
}

bool address_map_set(struct address_map *map, uint64_t address, uint32_t number)
{
    if (2 * (map->count + 1) > map->slots && !enlarge(map))
        return false;
    struct address_slot *slot = &map->list[place(map, address)];
    map->count += slot->number == 0;
    *slot = (struct address_slot){address, number + 1};
    return true;
}

void address_map_remove(struct address_map *map, uint64_t address)
{
    size_t mask = map->slots - 1, hole = place(map, address);
    if (!map->list[hole].number)
        return;
    map->count--;
    /* Those behind it that would no longer be found move up. */
    for (size_t at = (hole + 1) & mask; map->list[at].number; at = (at + 1) & mask) {
        size_t wanted = home(map, map->list[at].address);
        if (((at - wanted) & mask) >= ((at - hole) & mask)) {
            map->list[hole] = map->list[at];
            hole = at;
        }
    }
    map->list[hole].number = 0;
}
