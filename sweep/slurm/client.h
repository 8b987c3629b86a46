/* Slurm's commands, run without a shell. */
#ifndef SWEEP_SLURM_CLIENT_H
#define SWEEP_SLURM_CLIENT_H

#include "schemas/support/fault.h"

#include <stddef.h>

/* Runs a command of Slurm's with `input` (or NULL) as its input; *output is what it printed, the
 * caller's to free. False where it cannot be run or fails; the fault holds its own words. */
bool slurm_run(const char *const *arguments, const char *input, char **output, struct fault *fault);

/* What has become of a task, in Slurm's words grouped by what they mean here. */
enum slurm_state {
    SLURM_ABSENT, /* Slurm does not know it, or not any more */
    SLURM_WAITING,
    SLURM_RUNNING,
    SLURM_ENDED,     /* it ended by itself: COMPLETED, FAILED */
    SLURM_CANCELLED, /* by somebody */
    SLURM_TIMEOUT,   /* Slurm's own limit */
    SLURM_OUT_OF_MEMORY,
    SLURM_LOST, /* NODE_FAIL, PREEMPTED, BOOT_FAIL, DEADLINE, REVOKED */
};

struct slurm_task_state {
    long index; /* in its array */
    enum slurm_state state;
    char word[24]; /* Slurm's own */
};

/* "TIMEOUT", "CANCELLED by 0", ... */
enum slurm_state slurm_state_of(const char *word);

/* What the queue says of a job array's tasks, by one question; a job that it has forgotten has
 * none. False where Slurm does not answer: nothing follows from that. */
bool slurm_queue(const char *job, struct slurm_task_state **states, size_t *count,
                 struct fault *fault);

/* What the accounting says of one task, SLURM_ABSENT where there is none. */
struct slurm_task_state slurm_accounted(const char *job, long index);

/* The most tasks of an array. */
long slurm_most_tasks(void);

#endif
