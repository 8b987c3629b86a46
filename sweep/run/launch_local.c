#include "sweep/run/launch.h"

#include "schemas/support/process.h"
#include "schemas/support/shell_words.h"
#include "schemas/support/text.h"
#include "sweep/run/job.h"
#include "sweep/run/supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

/* What a run's supervisor, a process of its own, tells at its end. It fits into one write of a
 * pipe, so that it comes whole or, where the supervisor was killed, not at all. */
struct report {
    enum run_end end;
    struct result result;
    struct fault fault;
};
_Static_assert(sizeof(struct report) <= PIPE_BUF, "a report is written whole");

struct slot {
    pid_t supervisor; /* 0: free */
    int report_fd, stop_fd;
    size_t index;  /* of the configuration */
    char *devices; /* its share of the GPUs, or NULL */
};

struct local {
    struct session *session;
    struct sweep_progress *show;
    size_t slot_count;
    struct slot *slots;
    int signal_fd;
    unsigned signals; /* that came so far */
    bool failed;
    struct fault *fault;
};

static const int TICK_MS = 200;

int launch_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    sigprocmask(SIG_BLOCK, &set, NULL);
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* ---- slots and their GPUs ---- */

/* Slot k of n gets the k-th share; where GPUs are left over, the first slots get one more. */
static char *share_of(const struct run_options *options, size_t slot, size_t slots)
{
    size_t first = options->gpu_count * slot / slots, end = options->gpu_count * (slot + 1) / slots;
    struct growing_text text;
    if (!growing_text_begin(&text))
        return NULL;
    for (size_t i = first; i < end; i++)
        fprintf(text.stream, "%s%s", i > first ? "," : "", options->gpus[i]);
    return growing_text_end(&text);
}

static bool make_slots(struct local *local)
{
    const struct run_options *options = local->session->options;
    local->slots = calloc(options->jobs, sizeof *local->slots);
    if (!local->slots)
        return false;
    local->slot_count = options->jobs;
    for (size_t i = 0; i < local->slot_count; i++) {
        struct slot *slot = &local->slots[i];
        slot->report_fd = slot->stop_fd = -1;
        if (options->gpu_count == 0)
            continue;
        slot->devices = share_of(options, i, local->slot_count);
        if (!slot->devices)
            return false;
    }
    return true;
}

static void free_slots(struct local *local)
{
    for (size_t i = 0; i < local->slot_count; i++)
        free(local->slots[i].devices);
    free(local->slots);
}

static size_t busy_slots(const struct local *local)
{
    size_t busy = 0;
    for (size_t i = 0; i < local->slot_count; i++)
        busy += local->slots[i].supervisor > 0;
    return busy;
}

static void give_up(struct local *local)
{
    local->failed = true;
}

/* ---- the supervisor's process ---- */

/* In a session of its own: a Ctrl-C at the terminal reaches the runner alone, which decides. It
 * keeps the lock's descriptor, so that nobody takes the folder before its run is ended, and no
 * other run's pipes, so that their ends are seen. */
static _Noreturn void be_supervisor(const struct local *local, const struct job *job, int report_fd,
                                    int stop_fd)
{
    setsid();
    for (size_t i = 0; i < local->slot_count; i++)
        if (local->slots[i].supervisor > 0) {
            close(local->slots[i].report_fd);
            close(local->slots[i].stop_fd);
        }
    close(local->signal_fd);
    struct report report;
    memset(&report, 0, sizeof report);
    report.end = supervise(&job->run, stop_fd, &report.result, &report.fault);
    ssize_t written = write(report_fd, &report, sizeof report);
    _exit(written == (ssize_t)sizeof report ? 0 : 1);
}

static bool start_supervisor(struct local *local, struct slot *slot, const struct job *job)
{
    int report[2], stop[2], error = process_pipes(report, stop);
    if (error)
        return fault_set_errno(local->fault, error, "a run cannot be started");
    pid_t child = process_fork();
    if (child == 0) {
        close(report[0]);
        close(stop[1]);
        be_supervisor(local, job, report[1], stop[0]);
    }
    error = errno;
    close(report[1]);
    close(stop[0]);
    if (child < 0) {
        close(report[0]);
        close(stop[1]);
        return fault_set_errno(local->fault, error, "a run cannot be started");
    }
    slot->supervisor = child;
    slot->report_fd = report[0];
    slot->stop_fd = stop[1];
    return true;
}

static bool start_next(struct local *local, struct slot *slot)
{
    struct session *session = local->session;
    if (!session_next(session, &slot->index))
        return false;
    struct job job;
    bool started = job_make(session->options, session->journal.folder,
                            &session->items[slot->index].entry, slot->devices, &job, local->fault);
    if (started) {
        started = start_supervisor(local, slot, &job);
        job_free(&job);
    }
    if (!started) {
        session_give_up(session, slot->index);
        give_up(local);
    }
    return started;
}

/* ---- events ---- */

static void stop_all(struct local *local, char how)
{
    for (size_t i = 0; i < local->slot_count; i++)
        if (local->slots[i].supervisor > 0 && write(local->slots[i].stop_fd, &how, 1) < 0)
            continue; /* it has just ended */
}

static void take_signal(struct local *local)
{
    struct signalfd_siginfo info;
    if (read(local->signal_fd, &info, sizeof info) != (ssize_t)sizeof info)
        return;
    stop_all(local, local->signals++ == 0 ? STOP_GENTLY : STOP_NOW);
    if (busy_slots(local) > 0 && local->signals == 1) {
        sweep_progress_wipe(local->show);
        fprintf(stderr, "ending what is running (once more: at once)\n");
    }
}

/* A supervisor dies without a word only when somebody kills it; its command dies with it. */
static void take_silence(struct local *local, const struct slot *slot, int wait_status)
{
    session_give_up(local->session, slot->index);
    fault_set(local->fault, "the process that watched a run was ended by signal %d",
              WIFSIGNALED(wait_status) ? WTERMSIG(wait_status) : 0);
    give_up(local);
}

static void take_report(struct local *local, struct slot *slot)
{
    struct report report;
    ssize_t got = read(slot->report_fd, &report, sizeof report);
    if (got < 0 && errno == EINTR)
        return;
    int wait_status = 0;
    close(slot->report_fd);
    close(slot->stop_fd);
    (void)process_wait(slot->supervisor, &wait_status);
    slot->supervisor = 0;
    if (got != (ssize_t)sizeof report) {
        take_silence(local, slot, wait_status);
    } else if (report.end == RUN_ENDED) {
        if (!session_settle(local->session, slot->index, &report.result, local->fault))
            give_up(local);
    } else {
        session_give_up(local->session, slot->index);
        if (report.end == RUN_NOT_STARTED) {
            *local->fault = report.fault;
            give_up(local);
        }
    }
}

static void wait_for_something(struct local *local)
{
    struct pollfd *fds = calloc(local->slot_count + 1, sizeof *fds);
    if (!fds) {
        give_up(local);
        return;
    }
    for (size_t i = 0; i < local->slot_count; i++)
        fds[i] =
            (struct pollfd){.fd = local->slots[i].supervisor > 0 ? local->slots[i].report_fd : -1,
                            .events = POLLIN};
    fds[local->slot_count] = (struct pollfd){.fd = local->signal_fd, .events = POLLIN};
    if (poll(fds, local->slot_count + 1, local->show->live ? TICK_MS : -1) > 0) {
        for (size_t i = 0; i < local->slot_count; i++)
            if (fds[i].revents)
                take_report(local, &local->slots[i]);
        if (fds[local->slot_count].revents)
            take_signal(local);
    }
    free(fds);
}

enum launch_end launch_local(struct session *session, struct sweep_progress *show,
                             struct fault *fault)
{
    struct local local = {.session = session, .show = show, .fault = fault};
    local.signal_fd = launch_signals();
    if (local.signal_fd < 0 || !make_slots(&local)) {
        fault_set_errno(fault, errno, "runs cannot be started");
        give_up(&local);
    }
    signal(SIGPIPE, SIG_IGN);
    bool stopping = false;
    while (!local.failed || busy_slots(&local) > 0) {
        for (size_t i = 0; i < local.slot_count && !local.failed && local.signals == 0; i++)
            if (local.slots[i].supervisor == 0 && !start_next(&local, &local.slots[i]))
                break;
        if (local.failed && !stopping) {
            stopping = true;
            stop_all(&local, STOP_GENTLY);
        }
        if (busy_slots(&local) == 0)
            break;
        sweep_progress_tick(show);
        wait_for_something(&local);
    }
    sweep_progress_wipe(show);
    free_slots(&local);
    if (local.signal_fd >= 0)
        close(local.signal_fd);
    if (local.failed)
        return LAUNCH_FAILED;
    return local.signals > 0 ? LAUNCH_STOPPED : LAUNCH_DONE;
}
