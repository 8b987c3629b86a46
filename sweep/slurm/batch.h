/* A job array on disk, in DIR/.slurm/BATCH/: what the tasks are to run, and what they said. It is
 * there before Slurm knows of the array, so that a runner that was killed finds it again.
 *
 *   batch.json    the array's job, and each task's configuration
 *   K.R.begun     task K has begun, for the Rth time (after requeueing)
 *   K.R.json      its result, whole or absent
 */
#ifndef SWEEP_SLURM_BATCH_H
#define SWEEP_SLURM_BATCH_H

#include "schemas/support/fault.h"
#include "schemas/sweep_log/sweep_log.h"
#include "sweep/outcome/result.h"

struct slurm_batch {
    char *folder;
    char name[64]; /* the job's name, which no other batch has */
    char job[32];  /* its number; "" while it is not known */
    size_t count;
    struct sweep_entry *entries; /* by task */
};

/* Makes the folder and batch.json. */
bool slurm_batch_make(const char *sweep_folder, const struct sweep_entry *entries, size_t count,
                      struct slurm_batch *batch, struct fault *fault);

/* Notes the job's number. */
bool slurm_batch_submitted(struct slurm_batch *batch, const char *job, struct fault *fault);

bool slurm_batch_read(const char *folder, struct slurm_batch *batch, struct fault *fault);
void slurm_batch_remove(const struct slurm_batch *batch);
void slurm_batch_free(struct slurm_batch *batch);

/* Batches that earlier runners left; NULL-ended, free each and the list. NULL where there are none.
 */
char **slurm_batch_list(const char *sweep_folder);

/* ---- of one task ---- */

bool slurm_task_begin(const struct slurm_batch *batch, size_t task, long restart,
                      struct fault *fault);
bool slurm_task_end(const struct slurm_batch *batch, size_t task, long restart,
                    const struct result *result, struct fault *fault);

/* The newest of its results; false: there is none. *begun: it has begun at least. */
bool slurm_task_result(const struct slurm_batch *batch, size_t task, struct result *result,
                       bool *begun);

#endif
