#include "visualize/figure/processes.h"

#include "schemas/support/process.h"
#include "schemas/support/workers.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

void *processes_shared(size_t size)
{
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

void processes_unshare(void *memory, size_t size)
{
    if (memory)
        munmap(memory, size);
}

struct counters {
    atomic_size_t next, finished;
};

static void take_pieces(const struct processes *processes, struct counters *counters,
                        bool is_caller)
{
    for (;;) {
        size_t index = atomic_fetch_add(&counters->next, 1);
        if (index >= processes->count)
            return;
        processes->work(processes->context, index);
        size_t finished = atomic_fetch_add(&counters->finished, 1) + 1;
        if (is_caller && processes->done)
            processes->done(processes->context, finished);
    }
}

static pid_t start(const struct processes *processes, struct counters *counters)
{
    pid_t pid = process_fork();
    if (pid != 0)
        return pid;
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    take_pieces(processes, counters, false);
    fflush(NULL);
    _exit(0);
}

/* Waits for a child; false where it did not end well. */
static bool ended_well(pid_t pid)
{
    int status = 0;
    return process_wait(pid, &status) && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool processes_run(const struct processes *processes, struct fault *fault)
{
    unsigned jobs = workers_count(processes->count, processes->jobs), started = 0;
    struct counters *counters = processes_shared(sizeof *counters);
    pid_t *children = calloc(jobs, sizeof *children);
    bool well = counters && children;
    if (!well) {
        fault_set(fault, "out of memory for %u processes", jobs);
    } else {
        /* The caller's process is one of them. */
        for (; started + 1 < jobs; started++) {
            children[started] = start(processes, counters);
            if (children[started] < 0)
                break;
        }
        take_pieces(processes, counters, true);
    }
    for (unsigned i = 0; i < started; i++)
        if (!ended_well(children[i]) && well)
            well = fault_set(fault, "a drawing process died; some figures may be missing");
    free(children);
    processes_unshare(counters, sizeof *counters);
    return well;
}
