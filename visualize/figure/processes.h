/* Drawing many figures at once. PLplot's state is the process's, so that threads cannot draw side
 * by side; processes can, and each gives its memory back when it ends. */
#ifndef VISUALIZE_FIGURE_PROCESSES_H
#define VISUALIZE_FIGURE_PROCESSES_H

#include "schemas/support/fault.h"

#include <stddef.h>

/* Memory that the processes share, zeroed; NULL where there is none. */
void *processes_shared(size_t size);
void processes_unshare(void *memory, size_t size);

struct processes {
    size_t count;
    unsigned jobs;                             /* 0: one per processor */
    void (*work)(void *context, size_t index); /* once an index; results go to shared memory */
    void (*done)(void *context, size_t count); /* now and then, in the caller's process; or NULL */
    void *context;
};

/* Does the work and returns when it is done. Fails where a process died, which leaves the pieces
 * that it had taken undone; with one job, or where none can be started, the caller's process does
 * it. */
bool processes_run(const struct processes *processes, struct fault *fault);

#endif
