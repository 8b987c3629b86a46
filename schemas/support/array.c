#include "schemas/support/array.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST = 8 };

bool array_reserve(void *list, size_t size, size_t *capacity, size_t needed)
{
    size_t wanted = *capacity ? *capacity : FIRST, bytes;
    if (needed <= *capacity)
        return true;
    while (wanted < needed)
        if (__builtin_mul_overflow(wanted, (size_t)2, &wanted))
            return false;
    if (__builtin_mul_overflow(wanted, size, &bytes))
        return false;
    void *now;
    memcpy(&now, list, sizeof now); /* a pointer to whatever type */
    void *larger = realloc(now, bytes);
    if (!larger)
        return false;
    memcpy(list, &larger, sizeof larger);
    *capacity = wanted;
    return true;
}

bool array_room_for_one(void *list, size_t size, size_t count)
{
    bool is_full = count == 0 || (count >= FIRST && (count & (count - 1)) == 0);
    return !is_full || array_reserve(list, size, &count, count + 1);
}
