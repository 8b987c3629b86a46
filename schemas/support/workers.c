#include "schemas/support/workers.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

struct shared_work {
    size_t count;
    atomic_size_t next;
    worker_fn work;
    void *context;
};

struct worker {
    pthread_t thread;
    struct shared_work *shared;
    unsigned number;
};

static unsigned processors(void)
{
    /* Those that this process may use: a batch system often grants fewer than the machine has. */
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0)
        return (unsigned)CPU_COUNT(&set);
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    return online > 0 ? (unsigned)online : 1;
}

unsigned workers_count(size_t count, unsigned jobs)
{
    if (jobs == 0)
        jobs = processors();
    if (jobs > count)
        jobs = (unsigned)count;
    return jobs > 0 ? jobs : 1;
}

static void take_pieces(struct shared_work *shared, unsigned number)
{
    for (;;) {
        size_t index = atomic_fetch_add_explicit(&shared->next, 1, memory_order_relaxed);
        if (index >= shared->count)
            return;
        shared->work(shared->context, index, number);
    }
}

static void *worker_main(void *argument)
{
    struct worker *worker = argument;
    take_pieces(worker->shared, worker->number);
    return NULL;
}

/* Starts workers 1 .. wanted-1 and returns how many there are then, with the caller as number 0. */
static unsigned start_workers(struct worker *workers, unsigned wanted, struct shared_work *shared)
{
    /* Signals stay with the thread that was there before. */
    sigset_t all, before;
    sigfillset(&all);
    bool masked = pthread_sigmask(SIG_SETMASK, &all, &before) == 0;
    unsigned started = 1;
    while (started < wanted) {
        struct worker *worker = &workers[started];
        *worker = (struct worker){.shared = shared, .number = started};
        if (pthread_create(&worker->thread, NULL, worker_main, worker) != 0)
            break;
        started++;
    }
    if (masked)
        pthread_sigmask(SIG_SETMASK, &before, NULL);
    return started;
}

void workers_run(size_t count, unsigned jobs, worker_fn work, void *context)
{
    struct shared_work shared = {.count = count, .work = work, .context = context};
    unsigned wanted = workers_count(count, jobs), started = 1;
    struct worker *workers = NULL;
    if (wanted > 1)
        workers = calloc(wanted, sizeof *workers);
    if (workers)
        started = start_workers(workers, wanted, &shared);
    take_pieces(&shared, 0);
    for (unsigned i = 1; i < started; i++)
        pthread_join(workers[i].thread, NULL);
    free(workers);
}
