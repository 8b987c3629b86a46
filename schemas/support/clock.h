/* What time it is. */
#ifndef SCHEMAS_SUPPORT_CLOCK_H
#define SCHEMAS_SUPPORT_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline int64_t clock_ns(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* For spans: it never jumps. */
static inline int64_t clock_monotonic_ns(void)
{
    return clock_ns(CLOCK_MONOTONIC);
}

static inline double clock_monotonic_s(void)
{
    return (double)clock_monotonic_ns() * 1e-9;
}

/* Since the epoch. */
static inline int64_t clock_realtime_ns(void)
{
    return clock_ns(CLOCK_REALTIME);
}

#endif
