/* Bytes for people: 12.34 GB, 3.0 MB, 512 bytes. A GB is 2^30 bytes, as in all of gmtrace. */
#ifndef VISUALIZE_SNAPSHOT_BYTES_TEXT_H
#define VISUALIZE_SNAPSHOT_BYTES_TEXT_H

#include "schemas/support/units.h"

#include <inttypes.h>
#include <stdio.h>

enum { BYTES_TEXT = 40 };

struct bytes_text {
    char text[BYTES_TEXT];
};

static inline struct bytes_text bytes_text(uint64_t bytes)
{
    struct bytes_text made;
    double mb = mb_from_bytes(bytes);
    if (mb >= UNITS_MB_PER_GB)
        snprintf(made.text, sizeof made.text, "%.2f GB", gb_from_mb(mb));
    else if (mb >= 0.1)
        snprintf(made.text, sizeof made.text, "%.1f MB", mb);
    else
        snprintf(made.text, sizeof made.text, "%" PRIu64 " bytes", bytes);
    return made;
}

#endif
