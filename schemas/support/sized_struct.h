/* Structs of the public API that come with their size: the program may have been built with an
 * older header than the library, whose struct is shorter, or with a newer one, whose is longer. */
#ifndef SCHEMAS_SUPPORT_SIZED_STRUCT_H
#define SCHEMAS_SUPPORT_SIZED_STRUCT_H

#include <stdbool.h>
#include <stddef.h>

/* Copies the caller's struct over `own`, which holds the defaults: fields that a shorter one lacks
 * keep them. False, and `own` as it was, where the caller's is longer and says something (a byte
 * that is not 0) which this library does not know, or where the size can be none. */
bool sized_struct_take(void *own, size_t own_size, const void *given, size_t given_size);

/* Copies `own` into the caller's struct: as much as it has room for; what is longer gets zeros.
 * False where the size can be none; then nothing is written. */
bool sized_struct_give(void *given, size_t given_size, const void *own, size_t own_size);

/* The caller's struct and ours agree on every field that both have only where no padding stands
 * behind the last one: a later field would lie in it, and an older program's padding would be read
 * as that field. */
#define SIZED_STRUCT_ENDS_WITH(type, field)                                                        \
    _Static_assert(offsetof(type, field) + sizeof(((type *)NULL)->field) == sizeof(type),          \
                   #field " is the last field of " #type ", without padding behind it")

#endif
