#include "schemas/support/array.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST = 8 };

bool array_reserve(void *list, size_t size, size_t *capacity, size_t needed)
{
    size_t wanted = *capacity ? *capacity : FIRST;
    if (needed <= *capacity)
        return true;
    while (wanted < needed)
        if (__builtin_mul_overflow(wanted, (size_t)2, &wanted))
            return false;
    void *now;
    memcpy(&now, list, sizeof now); /* a pointer to whatever type */
    void *larger = array_resize(now, wanted, size);
    if (!larger)
        return false;
    memcpy(list, &larger, sizeof larger);
    *capacity = wanted;
    return true;
}

void *array_resize(void *list, size_t count, size_t size)
{
    size_t bytes;
    return __builtin_mul_overflow(count, size, &bytes) ? NULL : realloc(list, bytes);
}

bool array_room_for_one(void *list, size_t size, size_t count)
{
    bool is_full = count == 0 || (count >= FIRST && (count & (count - 1)) == 0);
    return !is_full || array_reserve(list, size, &count, count + 1);
}
