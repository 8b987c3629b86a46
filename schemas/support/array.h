/* Arrays that grow. */
#ifndef SCHEMAS_SUPPORT_ARRAY_H
#define SCHEMAS_SUPPORT_ARRAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

/* Makes an array of `size`-byte elements at least `needed` long, half as long again as before or
 * more, so that appending one by one costs little. False when out of memory: the array is as it
 * was.
 * `*array` may be NULL with a capacity of 0. */
static inline bool array_grow(void **array, size_t *capacity, size_t size, size_t needed)
{
    if (needed <= *capacity)
        return true;
    size_t wanted = *capacity + *capacity / 2, bytes;
    if (wanted < needed)
        wanted = needed;
    if (wanted < 16)
        wanted = 16;
    if (__builtin_mul_overflow(wanted, size, &bytes))
        return false;
    void *larger = realloc(*array, bytes);
    if (!larger)
        return false;
    *array = larger;
    *capacity = wanted;
    return true;
}

#endif
