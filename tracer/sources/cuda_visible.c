#include "tracer/sources/cuda_visible.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One entry, `length` long; false where it makes no sense. */
static bool read_entry(struct cuda_visible_entry *entry, const char *text, size_t length,
                       unsigned device_count)
{
    *entry = (struct cuda_visible_entry){.index = -1};
    bool uuid = length > 4 && (strncmp(text, "GPU-", 4) == 0 || strncmp(text, "MIG-", 4) == 0);
    if (uuid && length < sizeof entry->uuid) {
        memcpy(entry->uuid, text, length);
        return true;
    }
    if (length == 0 || !isdigit((unsigned char)*text))
        return false;
    char *end;
    long index = strtol(text, &end, 10); /* trailing junk is passed over, as CUDA does */
    if (index >= (long)device_count)
        return false;
    entry->index = index;
    return true;
}

static bool same(const struct cuda_visible_entry *a, const struct cuda_visible_entry *b)
{
    return a->index == b->index && strcmp(a->uuid, b->uuid) == 0;
}

void cuda_visible_read(struct cuda_visible *visible, const char *text, unsigned device_count)
{
    visible->count = 0;
    if (!text) {
        visible->count = device_count < CUDA_VISIBLE_MOST ? device_count : CUDA_VISIBLE_MOST;
        for (unsigned i = 0; i < visible->count; i++)
            visible->entries[i] = (struct cuda_visible_entry){.index = i};
        return;
    }
    while (visible->count < CUDA_VISIBLE_MOST) {
        text += strspn(text, " \t");
        size_t length = strcspn(text, ","), trimmed = length;
        while (trimmed > 0 && isspace((unsigned char)text[trimmed - 1]))
            trimmed--;
        struct cuda_visible_entry *entry = &visible->entries[visible->count];
        if (!read_entry(entry, text, trimmed, device_count))
            return;
        for (unsigned i = 0; i < visible->count; i++)
            if (same(&visible->entries[i], entry)) {
                visible->count = 0;
                return;
            }
        visible->count++;
        if (text[length] == '\0')
            return;
        text += length + 1;
    }
}

int cuda_visible_choose(unsigned count, int64_t device, int64_t local_rank)
{
    if (count == 0 || device >= (int64_t)count)
        return -1;
    if (device >= 0)
        return (int)device;
    return local_rank >= 0 ? (int)(local_rank % count) : 0;
}
