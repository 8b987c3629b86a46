/* The parts of a look at a recording, for follow.c. */
#ifndef VISUALIZE_MONITOR_FOLLOW_INTERNAL_H
#define VISUALIZE_MONITOR_FOLLOW_INTERNAL_H

#include "visualize/monitor/follow.h"

/* All of these bytes, or false. */
bool follow_read_at(int fd, void *bytes, size_t size, uint64_t offset);

/* The samples that are new, and some of the backlog. */
void follow_samples(struct follow *follow, int fd, uint64_t *backlog_chunks);

/* The records of the extents that are new. */
void follow_notes(struct follow *follow, int fd);

/* The larger of what is known. */
static inline void follow_raise(uint64_t *peak, uint64_t bytes)
{
    if (bytes != RECORDING_NOT_KNOWN && (*peak == RECORDING_NOT_KNOWN || bytes > *peak))
        *peak = bytes;
}

/* The iteration that the latest record is of. */
static inline void follow_iteration(struct follow *follow, int64_t iteration, uint64_t time_ns)
{
    if (follow->figures.has_iteration && time_ns < follow->iteration_ns)
        return;
    follow->figures.iteration = iteration;
    follow->figures.has_iteration = true;
    follow->iteration_ns = time_ns;
}

#endif
