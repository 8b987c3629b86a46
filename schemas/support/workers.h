/* Work that falls into independent pieces, over several threads. */
#ifndef SCHEMAS_SUPPORT_WORKERS_H
#define SCHEMAS_SUPPORT_WORKERS_H

#include <stddef.h>

/* One piece of work. Called once for every index, from any of the threads; `worker` (0 .. jobs-1)
 * tells whose scratch memory to use. */
typedef void (*worker_fn)(void *context, size_t index, unsigned worker);

/* Calls `work` for 0 .. count-1, over at most `jobs` threads (0: one per processor), and returns
 * when all are done. Where a thread cannot be started, the others do its share. */
void workers_run(size_t count, unsigned jobs, worker_fn work, void *context);

/* The number of threads that `jobs` stands for with so many pieces: at least 1. */
unsigned workers_count(size_t count, unsigned jobs);

#endif
