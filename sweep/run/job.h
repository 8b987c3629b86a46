/* From a configuration to what its run needs: folders, command line, environment. */
#ifndef SWEEP_RUN_JOB_H
#define SWEEP_RUN_JOB_H

#include "schemas/support/fault.h"
#include "sweep/run/run_options.h"
#include "sweep/run/supervisor.h"

#define JOB_TRACES "memory_traces"
#define JOB_LOG    "rank_0.log"
#define JOB_RESULT "result.json"

struct job {
    struct run_request run;
    char *folder, *trace_dir, *log_path;
};

/* The configuration's own folder within the sweep's, FOLDER/TP2_PP64_...; NULL: out of memory. */
char *job_folder(const char *folder, const struct sweep_entry *entry);

/* Does the command make sense for this configuration? Every name in it must have a value, and the
 * program must be there. */
bool job_check(const struct run_options *options, const struct sweep_entry *entry,
               struct fault *fault);

/* Makes the folders. What an earlier run of the configuration left, its log and its traces, is put
 * aside. `devices`: CUDA_VISIBLE_DEVICES, or NULL. `folder` is absolute. */
bool job_make(const struct run_options *options, const char *folder,
              const struct sweep_entry *entry, const char *devices, struct job *job,
              struct fault *fault);
void job_free(struct job *job);

#endif
