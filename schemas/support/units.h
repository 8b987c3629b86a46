/* Units: the one home of their conversions.
 *
 * The tracer and its recordings count bytes. Trace files say "MB" and mean MiB (2^20 bytes), as the
 * tools that write and read them do. Figures say "GB" and mean GiB (1024 of those MB).
 */
#ifndef SCHEMAS_SUPPORT_UNITS_H
#define SCHEMAS_SUPPORT_UNITS_H

#include <math.h>
#include <stdint.h>

#define UNITS_BYTES_PER_MB 1048576.0
#define UNITS_MB_PER_GB    1024.0
#define UNITS_NS_PER_S     1e9

static inline double mb_from_bytes(uint64_t bytes)
{
    return (double)bytes / UNITS_BYTES_PER_MB;
}

/* The same for a figure that someone may have given in MB with two decimals, as training code does:
 * 58716.72, where that is these bytes, and not 58716.72000026703. */
static inline double mb_as_given(uint64_t bytes)
{
    double exact = mb_from_bytes(bytes), given = round(exact * 100) / 100;
    return given * UNITS_BYTES_PER_MB < 0x1p53 &&
                   bytes == (uint64_t)llround(given * UNITS_BYTES_PER_MB)
               ? given
               : exact;
}

static inline double gb_from_mb(double mb)
{
    return mb / UNITS_MB_PER_GB;
}

static inline double mb_from_gb(double gb)
{
    return gb * UNITS_MB_PER_GB;
}

static inline double s_from_ns(uint64_t ns)
{
    return (double)ns / UNITS_NS_PER_S;
}

#endif
