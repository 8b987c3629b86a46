#include "sweep/run/supervisor.h"

#include "schemas/support/clock.h"
#include "schemas/support/process.h"
#include "sweep/outcome/decide.h"
#include "sweep/outcome/output_scan.h"
#include "sweep/run/capture.h"
#include "sweep/run/descendants.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum run_phase {
    PHASE_RUNNING,
    PHASE_ENDING, /* SIGTERM is out, or the command has ended and left others behind */
    PHASE_OVER,
};

struct run {
    const struct run_request *request;
    pid_t leader; /* the command; its group has the same number */
    int output_fd, child_fd, stop_fd;
    enum run_phase phase;
    bool leader_ended, stopped, killed, left_behind;
    double started_s, kill_at_s, give_up_at_s;
    uint64_t oom_kills;
    struct run_ending ending;
    struct capture capture;
    struct output_scan scan;
};

static const double POLL_WHILE_ENDING_S = 0.01; /* orphans of orphans tell nobody of their end */
static const double LEFTOVERS_GRACE_S = 1;
static const double GIVE_UP_AFTER_S = 15; /* a process that the kernel cannot kill */

/* How many processes the kernel's OOM killer has ended since the machine started. */
static uint64_t oom_kills(void)
{
    static const char word[] = "oom_kill ";
    char line[128];
    uint64_t count = 0;
    FILE *stream = fopen("/proc/vmstat", "re");
    while (stream && fgets(line, sizeof line, stream))
        if (strncmp(line, word, strlen(word)) == 0)
            count = strtoull(line + strlen(word), NULL, 10);
    if (stream)
        fclose(stream);
    return count;
}

/* ---- the command's own process, up to exec ---- */

static _Noreturn void become_command(const struct run_request *request, int output, int failure,
                                     pid_t supervisor)
{
    sigset_t none;
    sigemptyset(&none);
    signal(SIGPIPE, SIG_DFL);
    signal(SIGINT, SIG_DFL);
    signal(SIGQUIT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    signal(SIGHUP, SIG_DFL);
    sigprocmask(SIG_SETMASK, &none, NULL);
    setpgid(0, 0);
    /* Should the supervisor die (killed by hand, say), the command must not go on unwatched. */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != supervisor)
        _exit(1);
    int null = open("/dev/null", O_RDONLY);
    if (null >= 0 && dup2(null, STDIN_FILENO) >= 0 && dup2(output, STDOUT_FILENO) >= 0 &&
        dup2(output, STDERR_FILENO) >= 0)
        execvpe(request->arguments[0], request->arguments, request->environment);
    int error = errno;
    ssize_t written = write(failure, &error, sizeof error);
    _exit(written == (ssize_t)sizeof error ? 127 : 126);
}

/* Forks and waits until the command is on its way; an errno value where it is not. */
static int start(struct run *run)
{
    int output[2], failure[2], error = process_pipes(output, failure);
    if (error)
        return error;
    pid_t supervisor = getpid();
    run->leader = fork();
    if (run->leader == 0)
        become_command(run->request, output[1], failure[1], supervisor);
    if (run->leader < 0)
        error = errno;
    close(output[1]);
    close(failure[1]);
    if (run->leader > 0) {
        setpgid(run->leader, run->leader); /* whoever of the two is first; later it is refused */
        ssize_t got;
        do
            got = read(failure[0], &error, sizeof error);
        while (got < 0 && errno == EINTR);
        if (got == 0)
            error = 0;
        if (error)
            waitpid(run->leader, NULL, 0);
    }
    close(failure[0]);
    run->output_fd = output[0];
    fcntl(run->output_fd, F_SETFL, O_NONBLOCK);
    return error;
}

/* ---- while it runs ---- */

/* Takes what output there is; false when there is none now. */
static bool take_output(struct run *run)
{
    char bytes[1 << 16];
    ssize_t got = read(run->output_fd, bytes, sizeof bytes);
    if (got > 0) {
        capture_take(&run->capture, bytes, (size_t)got);
        output_scan_take(&run->scan, bytes, (size_t)got);
        return true;
    }
    if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
        close(run->output_fd);
        run->output_fd = -1;
    }
    return false;
}

/* Ends the whole family by SIGKILL. The command's group first: for it, no fork is too fast. */
static void kill_all(struct run *run)
{
    kill(-run->leader, SIGKILL);
    descendants_signal(SIGKILL);
    if (!run->killed)
        run->give_up_at_s = clock_monotonic_s() + GIVE_UP_AFTER_S;
    run->killed = true;
}

static void begin_to_end(struct run *run, double grace_s)
{
    run->phase = PHASE_ENDING;
    run->kill_at_s = clock_monotonic_s() + grace_s;
    if (grace_s <= 0) {
        kill_all(run);
        return;
    }
    kill(-run->leader, SIGTERM);
    descendants_signal(SIGTERM);
}

static void take_stop(struct run *run)
{
    char stop = STOP_NOW; /* also the end of the pipe */
    ssize_t got = read(run->stop_fd, &stop, 1);
    if (got < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    if (got <= 0)
        run->stop_fd = -1;
    if (!run->leader_ended)
        run->stopped = true;
    if (stop == STOP_NOW || got <= 0)
        begin_to_end(run, 0);
    else if (run->phase == PHASE_RUNNING)
        begin_to_end(run, run->request->grace_s);
}

/* Reaps whoever has ended, but for the command itself: while it is a zombie, its number stays its
 * own, and its group can be ended as a whole. */
static void reap(struct run *run)
{
    struct signalfd_siginfo drained[8];
    while (read(run->child_fd, drained, sizeof drained) > 0)
        ;
    for (;;) {
        siginfo_t info = {0};
        if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == 0)
            return;
        if (info.si_pid != run->leader) {
            waitpid(info.si_pid, NULL, 0);
            continue;
        }
        if (!run->leader_ended) {
            run->leader_ended = true;
            run->ending.wait_status =
                info.si_code == CLD_EXITED ? (info.si_status & 0xFF) << 8 : info.si_status & 0x7F;
        }
        return;
    }
}

/* The command has ended: is anybody else left? */
static void after_the_command(struct run *run)
{
    if (descendants_signal(0) == 0) {
        run->phase = PHASE_OVER;
        return;
    }
    if (run->phase == PHASE_RUNNING) {
        run->left_behind = true;
        double grace_s = run->request->grace_s;
        begin_to_end(run, grace_s < LEFTOVERS_GRACE_S ? grace_s : LEFTOVERS_GRACE_S);
    }
}

/* How long to wait for something to happen; negative: as long as it takes. */
static double next_deadline_s(const struct run *run)
{
    double wait_s = -1;
    if (run->phase == PHASE_RUNNING && run->request->timeout_s > 0)
        wait_s = run->started_s + run->request->timeout_s - clock_monotonic_s();
    else if (run->phase == PHASE_ENDING && run->leader_ended)
        wait_s = POLL_WHILE_ENDING_S;
    else if (run->phase == PHASE_ENDING)
        wait_s = (run->killed ? run->give_up_at_s : run->kill_at_s) - clock_monotonic_s();
    else
        return -1;
    return wait_s > 0 ? wait_s : 0;
}

static void mind_the_time(struct run *run)
{
    double now = clock_monotonic_s();
    if (run->phase == PHASE_RUNNING && run->request->timeout_s > 0 &&
        now >= run->started_s + run->request->timeout_s) {
        run->ending.timed_out = true;
        begin_to_end(run, run->request->grace_s);
    } else if (run->phase == PHASE_ENDING && run->killed && now >= run->give_up_at_s) {
        run->phase = PHASE_OVER;
    } else if (run->phase == PHASE_ENDING && now >= run->kill_at_s) {
        kill_all(run);
    }
}

static void watch(struct run *run)
{
    while (run->phase != PHASE_OVER) {
        double wait_s = next_deadline_s(run);
        struct timespec wait = {.tv_sec = (time_t)wait_s,
                                .tv_nsec = (long)((wait_s - (double)(time_t)wait_s) * 1e9)};
        struct pollfd fds[] = {{.fd = run->output_fd, .events = POLLIN},
                               {.fd = run->child_fd, .events = POLLIN},
                               {.fd = run->stop_fd, .events = POLLIN}};
        ppoll(fds, 3, wait_s < 0 ? NULL : &wait, NULL);
        if (fds[0].revents)
            take_output(run);
        if (fds[2].revents)
            take_stop(run);
        reap(run);
        mind_the_time(run);
        if (run->leader_ended && run->phase != PHASE_OVER)
            after_the_command(run);
    }
}

/* ---- around it ---- */

static void fill_result(struct run *run, struct result *result)
{
    /* What was written before the end is still in the pipe; nobody is left to write more. */
    while (run->output_fd >= 0 && take_output(run))
        ;
    if (run->output_fd >= 0)
        close(run->output_fd);
    output_scan_end(&run->scan);
    result->output_bytes = run->capture.taken;
    result->output_left_out = capture_end(&run->capture);
    result->seconds = clock_monotonic_s() - run->started_s;
    run->ending.kernel_acted = oom_kills() > run->oom_kills;
    outcome_decide(&run->ending, &run->scan, result);
    struct fault fault;
    if (run->capture.error) {
        fault_set_errno(&fault, run->capture.error, "its log could not be written");
        snprintf(result->warning, sizeof result->warning, "%.*s", (int)sizeof result->warning - 1,
                 fault.text);
    } else if (run->killed && !run->leader_ended) {
        snprintf(result->warning, sizeof result->warning,
                 "process %d could not be ended, even by SIGKILL", (int)run->leader);
    } else if (run->left_behind) {
        snprintf(result->warning, sizeof result->warning,
                 "it left processes behind, which were ended");
    }
    while (waitpid(-1, NULL, WNOHANG) > 0)
        ;
}

enum run_end supervise(const struct run_request *request, int stop_fd, struct result *result,
                       struct fault *fault)
{
    struct run run = {.request = request, .stop_fd = stop_fd, .output_fd = -1, .child_fd = -1};
    result_begin(result);
    result->started = time(NULL);
    output_scan_begin(&run.scan);
    descendants_adopt();
    sigset_t child;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    sigprocmask(SIG_BLOCK, &child, NULL);
    run.child_fd = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
    if (run.child_fd < 0) {
        fault_set_errno(fault, errno, "%s", request->arguments[0]);
        return RUN_NOT_STARTED;
    }
    enum run_end end = RUN_NOT_STARTED;
    if (capture_open(&run.capture, request->log_path, request->log_limit, fault)) {
        run.oom_kills = oom_kills();
        run.started_s = clock_monotonic_s();
        int error = start(&run);
        if (error) {
            fault_set_errno(fault, error, "%s: cannot be run", request->arguments[0]);
            capture_end(&run.capture);
            if (run.output_fd >= 0)
                close(run.output_fd);
        } else {
            watch(&run);
            fill_result(&run, result);
            end = run.stopped ? RUN_STOPPED : RUN_ENDED;
        }
    }
    close(run.child_fd);
    return end;
}
