#include "schemas/support/sized_struct.h"

#include <string.h>

static const size_t LARGEST_STRUCT = 1 << 16; /* anything larger is not a size, but a mistake */

static bool is_size(size_t size)
{
    return size > 0 && size <= LARGEST_STRUCT;
}

bool sized_struct_take(void *own, size_t own_size, const void *given, size_t given_size)
{
    if (!is_size(given_size))
        return false;
    const unsigned char *bytes = given;
    for (size_t i = own_size; i < given_size; i++)
        if (bytes[i] != 0)
            return false;
    memcpy(own, given, given_size < own_size ? given_size : own_size);
    return true;
}

bool sized_struct_give(void *given, size_t given_size, const void *own, size_t own_size)
{
    if (!is_size(given_size))
        return false;
    size_t common = given_size < own_size ? given_size : own_size;
    memcpy(given, own, common);
    memset((char *)given + common, 0, given_size - common);
    return true;
}
