/* run_sweep's command line. */
#ifndef SWEEP_RUN_RUN_OPTIONS_H
#define SWEEP_RUN_RUN_OPTIONS_H

#include "sweep/plan/plan.h"

#include <stdbool.h>
#include <stdint.h>

enum launcher { LAUNCHER_LOCAL, LAUNCHER_SLURM };

struct run_options {
    struct plan_rules rules;
    struct model_settings model;
    const char *output, *json;
    char **command; /* ends with NULL; NULL where there is none (--plan) */
    bool plan_only, retry_failed, force, quiet;
    unsigned jobs; /* at once */
    size_t gpu_count;
    char **gpus;      /* shared out among the jobs */
    double timeout_s; /* 0: none */
    double grace_s;
    unsigned retries;
    uint64_t log_limit;
    enum launcher launcher;
    char **sbatch_args;   /* ends with NULL */
    double poll_s;        /* 0: as it seems right */
    const char *task_dir; /* this is a task of a job array, and its batch is described there */

    /* The whole command line, as it was, for tasks. */
    int argument_count;
    char **arguments;
};

/* Ends the command where the line makes no sense. */
void run_options_parse(int argc, char **argv, struct run_options *options);
void run_options_free(struct run_options *options);

#endif
