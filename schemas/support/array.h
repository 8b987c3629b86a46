/* Arrays that grow: the one home of doubling. */
#ifndef SCHEMAS_SUPPORT_ARRAY_H
#define SCHEMAS_SUPPORT_ARRAY_H

#include <stdbool.h>
#include <stddef.h>

/* Adds an element to the end of an array and gives its address, for the caller to fill; NULL when
 * out of memory, and then all stays as it was. Twice the room is made whenever the count is a power
 * of two, so that no capacity need be kept: an array grows by this alone, from NULL and 0 on. */
#define ARRAY_ADD(list, count)                                                                     \
    (array_room_for_one(&(list), sizeof *(list), (count)) ? &(list)[(count)++] : NULL)

bool array_room_for_one(void *list, size_t size, size_t count);

/* Makes room for at least `needed` elements of `size` bytes, twice as many as before, in an array
 * whose capacity the caller keeps. `list` is the address of a pointer. False as above. */
bool array_reserve(void *list, size_t size, size_t *capacity, size_t needed);

/* realloc, for so many elements of `size` bytes: NULL, and all stays as it was, also where their
 * product is no size. (reallocarray, which glibc has since 2.26 only.) */
void *array_resize(void *list, size_t count, size_t size);

#endif
