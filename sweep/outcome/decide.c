#include "sweep/outcome/decide.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>

/* Shells and launchers tell a child's signal by a status of their own. */
static int64_t signal_behind(const struct run_ending *ending, const struct output_scan *scan)
{
    if (WIFSIGNALED(ending->wait_status))
        return WTERMSIG(ending->wait_status);
    if (scan->child_signal > 0)
        return scan->child_signal;
    int status = WEXITSTATUS(ending->wait_status);
    return status > 128 && status - 128 < NSIG ? status - 128 : -1;
}

static void out_of_memory(struct result *result, const char *memory, const char *detail)
{
    result->outcome = SWEEP_OOM;
    snprintf(result->cause, sizeof result->cause, "oom");
    snprintf(result->memory, sizeof result->memory, "%s", memory);
    snprintf(result->detail, sizeof result->detail, "%s", detail);
}

void outcome_decide(const struct run_ending *ending, const struct output_scan *scan,
                    struct result *result)
{
    bool exited = WIFEXITED(ending->wait_status);
    result->status = exited ? WEXITSTATUS(ending->wait_status) : -1;
    result->signal = -1;
    if (exited && result->status == 0 && !ending->timed_out) {
        result->outcome = SWEEP_SUCCESS;
        return;
    }
    int64_t signal = signal_behind(ending, scan);
    if (scan->oom) {
        out_of_memory(result, scan->memory, scan->message);
        result->tried_mb = scan->tried_mb;
        result->capacity_mb = scan->capacity_mb;
        result->in_use_mb = scan->in_use_mb;
        result->free_mb = scan->free_mb;
    } else if (signal == SIGKILL && ending->kernel_acted && !ending->timed_out) {
        out_of_memory(result, "host", "killed while the kernel's OOM killer was at work");
        result->signal = signal;
    } else if (ending->timed_out) {
        result->outcome = SWEEP_FAILED;
        result->status = -1; /* it is how it took our signal, not how it ended by itself */
        snprintf(result->cause, sizeof result->cause, "timeout");
    } else if (signal > 0) {
        result->outcome = SWEEP_FAILED;
        result->signal = signal;
        snprintf(result->cause, sizeof result->cause, "signal: %" PRId64, signal);
    } else {
        result->outcome = SWEEP_FAILED;
        snprintf(result->cause, sizeof result->cause, "error");
    }
}
