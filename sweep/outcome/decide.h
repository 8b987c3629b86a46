/* From how a run ended and what it printed to its outcome. */
#ifndef SWEEP_OUTCOME_DECIDE_H
#define SWEEP_OUTCOME_DECIDE_H

#include "sweep/outcome/output_scan.h"
#include "sweep/outcome/result.h"

#include <stdbool.h>

struct run_ending {
    int wait_status;   /* as waitpid tells it */
    bool timed_out;    /* it was ended since its time was over */
    bool kernel_acted; /* the kernel's OOM killer ended some process while this ran */
};

/* Fills the result's outcome, status, signal, cause, detail and figures. */
void outcome_decide(const struct run_ending *ending, const struct output_scan *scan,
                    struct result *result);

#endif
