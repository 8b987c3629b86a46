/* Units: the one home of their conversions.
 *
 * The tracer and its recordings count bytes. Trace files say "MB" and mean MiB (2^20 bytes), as the
 * tools that write and read them do. Figures say "GB" and mean GiB (1024 of those MB).
 */
#ifndef SCHEMAS_UNITS_H
#define SCHEMAS_UNITS_H

#include <stdint.h>

#define UNITS_BYTES_PER_MB 1048576.0
#define UNITS_MB_PER_GB    1024.0
#define UNITS_NS_PER_S     1e9

static inline double mb_from_bytes(uint64_t bytes)
{
    return (double)bytes / UNITS_BYTES_PER_MB;
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
