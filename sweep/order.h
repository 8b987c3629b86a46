/* From a configuration to what its run needs: folders, command line, environment. */
#ifndef SWEEP_ORDER_H
#define SWEEP_ORDER_H

#include "schemas/base/fault.h"
#include "sweep/run_options.h"
#include "sweep/supervisor.h"

#define ORDER_TRACES "memory_traces"
#define ORDER_LOG    "rank_0.log"
#define ORDER_RESULT "result.json"

struct order {
    struct run_order run;
    char *folder, *trace_dir, *log_path;
};

/* The configuration's own folder within the sweep's, FOLDER/TP2_PP64_...; NULL: out of memory. */
char *order_folder(const char *folder, const struct sweep_entry *entry);

/* Does the command make sense for this configuration? Every name in it must have a value, and the
 * program must be there. */
bool order_check(const struct run_options *options, const struct sweep_entry *entry,
                 struct fault *fault);

/* Makes the folders. What an earlier run of the configuration left, its log and its traces, is put
 * aside. `devices`: CUDA_VISIBLE_DEVICES, or NULL. `folder` is absolute. */
bool order_make(const struct run_options *options, const char *folder,
                const struct sweep_entry *entry, const char *devices, struct order *order,
                struct fault *fault);
void order_free(struct order *order);

#endif
