/* CUDA_VISIBLE_DEVICES: which devices a process sees, and in which order. */
#ifndef TRACER_SOURCES_CUDA_VISIBLE_H
#define TRACER_SOURCES_CUDA_VISIBLE_H

#include "tracer/sources/nvml.h"

enum { CUDA_VISIBLE_MOST = 64 };

struct cuda_visible {
    unsigned count;
    struct cuda_visible_entry {
        int64_t index;             /* or -1, */
        char uuid[NVML_UUID_TEXT]; /* then this: the beginning of one, "GPU-8932f937" */
    } entries[CUDA_VISIBLE_MOST];
};

/* Reads the variable's text as CUDA does: entries are indices below `device_count` or UUIDs; the
 * first that makes no sense (-1, say) ends the list, and one that is named twice empties it. NULL:
 * every device. */
void cuda_visible_read(struct cuda_visible *visible, const char *text, unsigned device_count);

/* Which entry is this process's: the one that the caller asks for (-1: none), else the one of its
 * local rank (-1: not known), counted around where a launcher has narrowed the list. -1: none. */
int cuda_visible_choose(unsigned count, int64_t device, int64_t local_rank);

#endif
