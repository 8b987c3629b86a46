/* Configurations as tasks of Slurm's job arrays. */
#include "schemas/support/array.h"
#include "schemas/support/clock.h"
#include "schemas/support/shell_words.h"
#include "schemas/support/text.h"
#include "sweep/run/launch.h"
#include "sweep/slurm/batch.h"
#include "sweep/slurm/client.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

/* A task that a batch has, and the session's configuration that it runs. */
struct task {
    bool open;       /* its outcome is not settled yet */
    size_t index;    /* in the session */
    unsigned silent; /* polls in a row in which it had ended without a result */
};

struct batch {
    struct slurm_batch slurm;
    struct task *tasks;
    size_t open;
};

struct cluster {
    struct session *session;
    struct sweep_progress *show;
    const char *self;
    size_t batch_count;
    struct batch *batches;
    int signal_fd;
    unsigned signals;
    double poll_s;
    bool changed; /* something has happened in this poll */
    struct fault *fault;
};

static const double FIRST_POLL_S = 2, SLOWEST_POLL_S = 15, SLOWER_BY = 1.5, TICK_S = 0.2;
/* A result may reach this machine later than Slurm's word that its task has ended. */
enum { SILENT_POLLS = 3 };

/* ---- batches ---- */

static struct batch *add_batch(struct cluster *cluster, struct slurm_batch *slurm)
{
    struct task *tasks = calloc(slurm->count + 1, sizeof *tasks);
    struct batch *batch = tasks ? ARRAY_ADD(cluster->batches, cluster->batch_count) : NULL;
    if (!batch) {
        fault_set_errno(cluster->fault, ENOMEM, "a batch of %zu tasks", slurm->count);
        slurm_batch_free(slurm);
        free(tasks);
        return NULL;
    }
    *batch = (struct batch){.slurm = *slurm, .tasks = tasks};
    return batch;
}

static void open_task(struct batch *batch, size_t task, size_t index)
{
    batch->tasks[task] = (struct task){.open = true, .index = index};
    batch->open++;
}

static void close_task(struct cluster *cluster, struct batch *batch, size_t task)
{
    batch->tasks[task].open = false;
    batch->open--;
    cluster->changed = true;
}

static size_t open_tasks(const struct cluster *cluster)
{
    size_t open = 0;
    for (size_t i = 0; i < cluster->batch_count; i++)
        open += cluster->batches[i].open;
    return open;
}

static void cancel(const struct slurm_batch *slurm)
{
    const char *const arguments[] = {"scancel", slurm->job, NULL};
    char *text = NULL;
    struct fault ignored = {0};
    if (slurm->job[0])
        (void)slurm_run(arguments, NULL, &text, &ignored);
    free(text);
}

/* ---- submitting ---- */

/* The batch's script: this program again, as one of its tasks. */
static char *script_of(const struct cluster *cluster, const struct slurm_batch *slurm)
{
    const struct run_options *options = cluster->session->options;
    struct growing_text text;
    if (!growing_text_begin(&text))
        return NULL;
    fputs("#!/bin/sh\nexec ", text.stream);
    shell_words_write(text.stream, cluster->self);
    fputs(" --slurm-task ", text.stream);
    shell_words_write(text.stream, slurm->folder);
    for (int i = 1; i < options->argument_count; i++) {
        fputc(' ', text.stream);
        shell_words_write(text.stream, options->arguments[i]);
    }
    fputc('\n', text.stream);
    return growing_text_end(&text);
}

static bool run_sbatch(struct cluster *cluster, struct slurm_batch *slurm, const char *script)
{
    const struct run_options *options = cluster->session->options;
    size_t more = 0;
    while (options->sbatch_args && options->sbatch_args[more])
        more++;
    char array[64], name[96], output[4200];
    struct text range = text_begin(array, sizeof array);
    text_add(&range, "--array=0-%zu", slurm->count - 1);
    if (options->jobs > 0)
        text_add(&range, "%%%u", options->jobs);
    snprintf(name, sizeof name, "--job-name=%s", slurm->name);
    snprintf(output, sizeof output, "--output=%s/task_%%a.out", slurm->folder);
    const char *const own[] = {"sbatch", "--parsable", "--no-requeue", array, name, output};
    enum { OWN = sizeof own / sizeof *own };
    const char **arguments = calloc(OWN + more + 1, sizeof *arguments);
    if (!arguments)
        return fault_set_errno(cluster->fault, ENOMEM, "sbatch");
    memcpy(arguments, own, sizeof own);
    for (size_t i = 0; i < more; i++)
        arguments[OWN + i] = options->sbatch_args[i];
    char *text;
    bool submitted = slurm_run(arguments, script, &text, cluster->fault);
    free(arguments);
    if (!submitted)
        return false;
    text[strcspn(text, ";\n")] = '\0'; /* "12345;cluster" */
    submitted = slurm_batch_submitted(slurm, text, cluster->fault);
    free(text);
    return submitted;
}

/* Everything that is to do, or as much as one array holds. */
static bool submit(struct cluster *cluster)
{
    struct session *session = cluster->session;
    size_t most = (size_t)slurm_most_tasks(), count = 0, index;
    struct sweep_entry *entries = calloc(session->count + 1, sizeof *entries);
    size_t *indices = calloc(session->count + 1, sizeof *indices);
    bool submitted = false;
    struct slurm_batch slurm = {0};
    while (entries && indices && count < most && session_next(session, &index)) {
        entries[count] = session->items[index].entry;
        indices[count++] = index;
    }
    if (!entries || !indices)
        fault_set_errno(cluster->fault, ENOMEM, "%zu configurations", session->count);
    else if (slurm_batch_make(session->journal.folder, entries, count, &slurm, cluster->fault)) {
        char *script = script_of(cluster, &slurm);
        submitted = script && run_sbatch(cluster, &slurm, script);
        free(script);
        if (!submitted)
            slurm_batch_remove(&slurm);
    }
    struct batch *batch = submitted ? add_batch(cluster, &slurm) : NULL;
    for (size_t i = 0; i < count; i++) {
        if (batch)
            open_task(batch, i, indices[i]);
        else
            session_give_up(session, indices[i]);
    }
    if (!submitted)
        slurm_batch_free(&slurm);
    free(entries);
    free(indices);
    return batch != NULL;
}

/* ---- what earlier runners left ---- */

/* Between sbatch and the note of its number a runner may have been killed: the name tells it. */
static void find_job(struct slurm_batch *slurm)
{
    char name[96], *text;
    struct fault ignored = {0};
    snprintf(name, sizeof name, "--name=%s", slurm->name);
    const char *const arguments[] = {"squeue", "--noheader",  "--states=all",
                                     name,     "--format=%F", NULL};
    if (slurm->job[0] || !slurm_run(arguments, NULL, &text, &ignored))
        return;
    text[strcspn(text, "\n")] = '\0';
    if (*text)
        (void)slurm_batch_submitted(slurm, text, &ignored);
    free(text);
}

static bool find_configuration(struct session *session, const struct sweep_entry *entry,
                               size_t *index)
{
    for (size_t i = 0; i < session->count; i++)
        if (session->items[i].state == SESSION_TO_DO &&
            configuration_compare(&session->items[i].entry.configuration, &entry->configuration) ==
                0) {
            *index = i;
            return true;
        }
    return false;
}

/* Its tasks are waited for, not submitted again. */
static void adopt(struct cluster *cluster, const char *folder)
{
    struct session *session = cluster->session;
    struct slurm_batch slurm;
    struct fault ignored = {0};
    if (!slurm_batch_read(folder, &slurm, &ignored))
        return;
    find_job(&slurm);
    if (session->options->force || !slurm.job[0]) {
        cancel(&slurm);
        slurm_batch_remove(&slurm);
        slurm_batch_free(&slurm);
        return;
    }
    struct batch *batch = add_batch(cluster, &slurm);
    size_t index;
    for (size_t i = 0; batch && i < batch->slurm.count; i++) {
        if (!find_configuration(session, &batch->slurm.entries[i], &index))
            continue;
        session->items[index].state = SESSION_RUNNING;
        session->items[index].attempts++;
        session->items[index].running_since_s = clock_monotonic_s();
        open_task(batch, i, index);
    }
}

static void adopt_all(struct cluster *cluster)
{
    char **folders = slurm_batch_list(cluster->session->journal.folder);
    for (char **folder = folders; folder && *folder; folder++) {
        adopt(cluster, *folder);
        free(*folder);
    }
    free(folders);
}

/* ---- judging ---- */

static void fail(struct result *result, const char *cause)
{
    result->outcome = SWEEP_FAILED;
    result->status = -1;
    snprintf(result->cause, sizeof result->cause, "%s", cause);
}

/* Slurm's own word on a task's end; true where it rules, whatever the task said itself. */
static bool overrule(const struct slurm_task_state *state, struct result *result)
{
    if (state->state == SLURM_OUT_OF_MEMORY) {
        result->outcome = SWEEP_OOM;
        snprintf(result->cause, sizeof result->cause, "oom");
        snprintf(result->memory, sizeof result->memory, "host");
        snprintf(result->detail, sizeof result->detail, "Slurm: OUT_OF_MEMORY");
    } else if (state->state == SLURM_TIMEOUT) {
        fail(result, "timeout");
    } else if (state->state == SLURM_LOST) {
        char cause[sizeof result->cause];
        snprintf(cause, sizeof cause, "slurm: %s", state->word);
        fail(result, cause);
    } else {
        return false;
    }
    return true;
}

static bool settle(struct cluster *cluster, struct batch *batch, size_t task, struct result *result)
{
    size_t index = batch->tasks[task].index;
    close_task(cluster, batch, task);
    return session_settle(cluster->session, index, result, cluster->fault);
}

/* Nobody knows the task any more, and it said nothing. */
static bool settle_vanished(struct cluster *cluster, struct batch *batch, size_t task, bool begun)
{
    struct result result;
    struct slurm_task_state state = slurm_accounted(batch->slurm.job, (long)task);
    result_begin(&result);
    if (state.state == SLURM_WAITING || state.state == SLURM_RUNNING)
        return true; /* the accounting is late */
    if (overrule(&state, &result))
        return settle(cluster, batch, task, &result);
    if (state.state == SLURM_CANCELLED || !begun) {
        session_give_up(cluster->session, batch->tasks[task].index);
        close_task(cluster, batch, task);
        return true;
    }
    fail(&result, "lost");
    return settle(cluster, batch, task, &result);
}

static bool look_at_task(struct cluster *cluster, struct batch *batch, size_t task,
                         const struct slurm_task_state *state)
{
    struct result result;
    bool begun, told = slurm_task_result(&batch->slurm, task, &result, &begun);
    bool queued = state->state == SLURM_WAITING || state->state == SLURM_RUNNING;
    if (!told)
        result_begin(&result);
    if (overrule(state, &result) || (told && !queued))
        return settle(cluster, batch, task, &result);
    if (queued && !told) {
        batch->tasks[task].silent = 0;
        return true;
    }
    /* Told, and still in the queue for a moment; or ended, and its word not here yet. */
    if (++batch->tasks[task].silent < SILENT_POLLS)
        return true;
    if (told)
        return settle(cluster, batch, task, &result);
    if (state->state == SLURM_CANCELLED) {
        session_give_up(cluster->session, batch->tasks[task].index);
        close_task(cluster, batch, task);
        return true;
    }
    return settle_vanished(cluster, batch, task, begun);
}

static const struct slurm_task_state *state_of(const struct slurm_task_state *states, size_t count,
                                               size_t task)
{
    static const struct slurm_task_state absent = {.state = SLURM_ABSENT};
    for (size_t i = 0; i < count; i++)
        if (states[i].index == (long)task)
            return &states[i];
    return &absent;
}

/* True also where Slurm does not answer: it is asked again. */
static bool look_at_batch(struct cluster *cluster, struct batch *batch)
{
    struct slurm_task_state *states;
    size_t count;
    struct fault no_answer = {0};
    bool well = true;
    if (batch->open == 0 || !slurm_queue(batch->slurm.job, &states, &count, &no_answer))
        return true;
    for (size_t i = 0; i < batch->slurm.count && well; i++)
        if (batch->tasks[i].open)
            well = look_at_task(cluster, batch, i, state_of(states, count, i));
    free(states);
    if (batch->open == 0)
        slurm_batch_remove(&batch->slurm);
    return well;
}

/* ---- waiting ---- */

static void wait_for_poll(struct cluster *cluster)
{
    const struct run_options *options = cluster->session->options;
    double slowest = options->poll_s > 0 ? options->poll_s : SLOWEST_POLL_S;
    double first = options->poll_s > 0 ? options->poll_s : FIRST_POLL_S;
    cluster->poll_s = cluster->changed ? first : fmin(cluster->poll_s * SLOWER_BY, slowest);
    cluster->changed = false;
    double until = clock_monotonic_s() + cluster->poll_s, now;
    while ((now = clock_monotonic_s()) < until) {
        struct pollfd signals = {.fd = cluster->signal_fd, .events = POLLIN};
        struct signalfd_siginfo info;
        sweep_progress_tick(cluster->show);
        double wait = cluster->show->live ? fmin(TICK_S, until - now) : until - now;
        if (poll(&signals, 1, (int)ceil(wait * 1000)) > 0 &&
            read(cluster->signal_fd, &info, sizeof info) == (ssize_t)sizeof info) {
            cluster->signals++;
            return;
        }
    }
}

/* The user wants to stop: the arrays are cancelled, and nothing is logged of what was running. */
static void stop(struct cluster *cluster)
{
    sweep_progress_wipe(cluster->show);
    fprintf(stderr, "cancelling what is submitted\n");
    for (size_t i = 0; i < cluster->batch_count; i++) {
        struct batch *batch = &cluster->batches[i];
        if (batch->open == 0)
            continue;
        cancel(&batch->slurm);
        for (size_t task = 0; task < batch->slurm.count; task++)
            if (batch->tasks[task].open)
                session_give_up(cluster->session, batch->tasks[task].index);
        slurm_batch_remove(&batch->slurm);
    }
}

/* False: something failed, and the fault says what. */
static bool run_all(struct cluster *cluster)
{
    bool well = true;
    adopt_all(cluster);
    while (well && cluster->signals == 0 && session_left(cluster->session) > 0) {
        /* Where the number at once is bounded, it is so over all arrays: one after the other. */
        bool room = cluster->session->options->jobs == 0 || open_tasks(cluster) == 0;
        bool to_do = session_left(cluster->session) > open_tasks(cluster);
        if (to_do && room)
            well = submit(cluster);
        if (well)
            wait_for_poll(cluster);
        for (size_t i = 0; i < cluster->batch_count && well && cluster->signals == 0; i++)
            well = look_at_batch(cluster, &cluster->batches[i]);
    }
    return well;
}

enum launch_end launch_slurm(struct session *session, struct sweep_progress *show, const char *self,
                             struct fault *fault)
{
    struct cluster cluster = {.session = session,
                              .show = show,
                              .self = self,
                              .signal_fd = launch_signals(),
                              .changed = true,
                              .fault = fault};
    bool well = self && cluster.signal_fd >= 0
                    ? run_all(&cluster)
                    : fault_set_errno(fault, errno, "tasks cannot be submitted");
    if (open_tasks(&cluster) > 0)
        stop(&cluster);
    sweep_progress_wipe(show);
    for (size_t i = 0; i < cluster.batch_count; i++) {
        slurm_batch_free(&cluster.batches[i].slurm);
        free(cluster.batches[i].tasks);
    }
    free(cluster.batches);
    if (cluster.signal_fd >= 0)
        close(cluster.signal_fd);
    if (!well)
        return LAUNCH_FAILED;
    return cluster.signals > 0 ? LAUNCH_STOPPED : LAUNCH_DONE;
}
