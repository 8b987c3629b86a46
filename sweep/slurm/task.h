/* What a task of the array does on its node: run one configuration, and say how it ended. */
#ifndef SWEEP_SLURM_TASK_H
#define SWEEP_SLURM_TASK_H

#include "sweep/run/run_options.h"

/* Runs the task that Slurm's environment names, of the batch in options->task_dir; the process's
 * exit status. */
int slurm_task_run(const struct run_options *options);

#endif
