#include "visualize/estimate/draw.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Beside this program, else what the PATH has. */
static void find_command(char *path, size_t size)
{
    static const char name[] = "visualize_heatmap";
    ssize_t length = readlink("/proc/self/exe", path, size - sizeof name);
    path[length > 0 ? length : 0] = '\0';
    char *slash = strrchr(path, '/');
    if (slash) {
        snprintf(slash + 1, size - (size_t)(slash + 1 - path), "%s", name);
        if (access(path, X_OK) == 0)
            return;
    }
    snprintf(path, size, "%s", name);
}

/* The command's output comes through the pipe; 0 or an errno. */
static int spawn(pid_t *pid, const char *command, const char *const *arguments,
                 const sigset_t *signals, const int pipe_ends[2])
{
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_t actions;
    int error = posix_spawnattr_init(&attributes);
    if (error)
        return error;
    if ((error = posix_spawn_file_actions_init(&actions))) {
        posix_spawnattr_destroy(&attributes);
        return error;
    }
    posix_spawnattr_setsigmask(&attributes, signals);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    error = posix_spawn_file_actions_adddup2(&actions, pipe_ends[1], STDOUT_FILENO);
    if (!error)
        error =
            posix_spawnp(pid, command, &actions, &attributes, (char *const *)arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return error;
}

/* What the figures are called is worth telling; that traces were read on the way is not. */
static void tell_written(int from)
{
    static const char wrote[] = "wrote ";
    FILE *lines = fdopen(from, "r");
    char *line = NULL;
    size_t size = 0;
    while (lines && getline(&line, &size, lines) > 0)
        if (strncmp(line, wrote, sizeof wrote - 1) == 0)
            fputs(line, stdout);
    free(line);
    if (lines)
        fclose(lines);
    else
        close(from);
}

static bool run_heatmap(const char *traces, double gpu_gb, const char *output,
                        const sigset_t *signals, struct fault *fault)
{
    char command[4096], gb[32];
    find_command(command, sizeof command);
    snprintf(gb, sizeof gb, "%.17g", gpu_gb);
    const char *arguments[] = {
        command, "--memory-dir", traces, "--metric", "theory", "--max-memory",
        gb,      "--output",     output, NULL};
    pid_t pid;
    int status, pipe_ends[2];
    if (pipe2(pipe_ends, O_CLOEXEC) != 0)
        return fault_set_errno(fault, errno, "%s: cannot be run", command);
    int error = spawn(&pid, command, arguments, signals, pipe_ends);
    close(pipe_ends[1]);
    if (error) {
        close(pipe_ends[0]);
        return fault_set_errno(fault, error, "%s: cannot be run", command);
    }
    tell_written(pipe_ends[0]);
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return fault_set_errno(fault, errno, "%s", command);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return true;
    return fault_set(fault, "%s failed; nothing was drawn", command);
}

/* What ends this process waits until it has cleaned up; the child has its signals as ever. */
static void hold_signals(sigset_t *before)
{
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGINT);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGHUP);
    sigprocmask(SIG_BLOCK, &ends, before);
}

static void remove_folder(const char *folder)
{
    DIR *entries = opendir(folder);
    for (const struct dirent *entry; entries && (entry = readdir(entries));)
        (void)unlinkat(dirfd(entries), entry->d_name, 0); /* not "." and ".." */
    if (entries)
        closedir(entries);
    (void)rmdir(folder);
}

bool estimate_draw(const struct configurations *configurations,
                   const struct model_settings *settings, double gpu_gb, const char *output,
                   struct fault *fault)
{
    const char *temporary = getenv("TMPDIR");
    char folder[4096];
    sigset_t signals;
    hold_signals(&signals);
    if ((size_t)snprintf(folder, sizeof folder, "%s/estimate_memory.XXXXXX",
                         temporary && *temporary ? temporary : "/tmp") >= sizeof folder ||
        !mkdtemp(folder)) {
        fault_set_errno(fault, errno, "%s: cannot be made", folder);
        sigprocmask(SIG_SETMASK, &signals, NULL);
        return false;
    }
    bool drawn = configurations_write_traces(configurations, settings, folder, fault) &&
                 run_heatmap(folder, gpu_gb, output, &signals, fault);
    remove_folder(folder);
    sigprocmask(SIG_SETMASK, &signals, NULL);
    return drawn;
}
