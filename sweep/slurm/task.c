#include "sweep/slurm/task.h"

#include "sweep/run/job.h"
#include "sweep/slurm/batch.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* For the handler, which has no other way to know it. */
static volatile sig_atomic_t stop_fd = -1;

static void on_terminate(int signal)
{
    (void)signal;
    int error = errno;
    static const char stop = STOP_GENTLY;
    ssize_t ignored = write(stop_fd, &stop, 1);
    (void)ignored;
    errno = error;
}

/* Slurm ends a task by SIGTERM, and soon after by SIGKILL: the command hears of it at once. */
static int watch_for_the_end(void)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return -1;
    stop_fd = ends[1];
    struct sigaction action = {.sa_handler = on_terminate, .sa_flags = SA_RESTART};
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    return ends[0];
}

static long number_of(const char *variable)
{
    const char *text = getenv(variable);
    return text ? strtol(text, NULL, 10) : -1;
}

/* The sweep's folder: the batch lies two below it. */
static char *sweep_folder(const char *batch_folder)
{
    char *folder = realpath(batch_folder, NULL);
    for (int i = 0; folder && i < 2; i++) {
        char *slash = strrchr(folder, '/');
        if (slash)
            *slash = '\0';
    }
    return folder;
}

/* False: the run was stopped from outside and has no outcome. */
static bool run_job(const struct job *job, int stop, struct result *result)
{
    struct fault why = {0};
    switch (supervise(&job->run, stop, result, &why)) {
    case RUN_ENDED:
        return true;
    case RUN_STOPPED:
        return false;
    case RUN_NOT_STARTED:
        break;
    }
    result->outcome = SWEEP_FAILED;
    snprintf(result->cause, sizeof result->cause, "error");
    snprintf(result->detail, sizeof result->detail, "%.*s", (int)sizeof result->detail - 1,
             why.text);
    return true;
}

static bool run_task(const struct run_options *options, const struct slurm_batch *batch, int stop,
                     struct fault *fault)
{
    long index = number_of("SLURM_ARRAY_TASK_ID"), restart = number_of("SLURM_RESTART_COUNT");
    if (index < 0 || (size_t)index >= batch->count)
        return fault_set(fault, "SLURM_ARRAY_TASK_ID: expected a task of %s", batch->folder);
    restart = restart > 0 ? restart : 0;
    size_t task = (size_t)index;
    struct job job;
    struct result result;
    char *folder = sweep_folder(batch->folder);
    bool done = folder != NULL && slurm_task_begin(batch, task, restart, fault) &&
                job_make(options, folder, &batch->entries[task], NULL, &job, fault);
    free(folder);
    if (!done)
        return false;
    if (run_job(&job, stop, &result))
        done = slurm_task_end(batch, task, restart, &result, fault);
    job_free(&job);
    return done;
}

int slurm_task_run(const struct run_options *options)
{
    struct fault fault = {0};
    struct slurm_batch batch;
    int stop = watch_for_the_end();
    bool done = stop >= 0 && slurm_batch_read(options->task_dir, &batch, &fault);
    if (done) {
        done = run_task(options, &batch, stop, &fault);
        slurm_batch_free(&batch);
    }
    if (!done)
        warnx("%s", fault.text);
    return done ? 0 : 1;
}
