/* A device's replay as a trace, for all that reads traces. */
#ifndef VISUALIZE_SNAPSHOT_TRACES_H
#define VISUALIZE_SNAPSHOT_TRACES_H

#include "schemas/snapshot/replay.h"

/* Writes DIR/memory_trace_rank{R}[_dev{N}].json: a sample for every event that changes memory, in
 * seconds since the first event; OOM and segment events as markers. Where annotations named
 * ProfilerStep#N are there, each ends iteration N; else each Optimizer.step ends one, from 0 on;
 * else all is one iteration. `with_device`: the name says which device. */
bool snapshot_trace_write(const char *folder, int64_t rank, bool with_device,
                          const struct replay *replay, struct fault *fault);

#endif
