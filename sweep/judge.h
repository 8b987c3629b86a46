/* From how a run ended and what it printed to its outcome. */
#ifndef SWEEP_JUDGE_H
#define SWEEP_JUDGE_H

#include "sweep/result.h"
#include "sweep/verdict.h"

#include <stdbool.h>

struct ending {
    int wait_status;   /* as waitpid tells it */
    bool timed_out;    /* it was ended since its time was over */
    bool kernel_acted; /* the kernel's OOM killer ended some process while this ran */
};

/* Fills the result's outcome, status, signal, cause, detail and figures. */
void judge(const struct ending *ending, const struct verdict *verdict, struct result *result);

#endif
