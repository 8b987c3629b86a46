/* Which rank is this process? Told by its launcher's environment variables: see identity.md. */
#ifndef TRACER_LIBRARY_IDENTITY_H
#define TRACER_LIBRARY_IDENTITY_H

#include <stdint.h>

struct identity {
    int64_t rank, local_rank, world_size; /* -1: not known */
};

struct identity identity_find(void);

#endif
