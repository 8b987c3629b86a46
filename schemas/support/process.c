#include "schemas/support/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int process_spawn(const char *const *arguments, int in, int out, pid_t *pid)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    sigset_t none;
    sigemptyset(&none);
    posix_spawn_file_actions_init(&files);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigmask(&attributes, &none);
    short flags = POSIX_SPAWN_SETSIGMASK;
    if (in >= 0 && out >= 0) {
        posix_spawn_file_actions_adddup2(&files, in, STDIN_FILENO);
        posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO);
        posix_spawn_file_actions_adddup2(&files, out, STDERR_FILENO);
        flags |= POSIX_SPAWN_SETPGROUP;
    }
    posix_spawnattr_setflags(&attributes, flags);
    int error =
        posix_spawnp(pid, arguments[0], &files, &attributes, (char *const *)arguments, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&files);
    return error;
}

pid_t process_fork(void)
{
    fflush(NULL);
    return fork();
}

bool process_wait(pid_t pid, int *status)
{
    pid_t ended;
    do
        ended = waitpid(pid, status, 0);
    while (ended < 0 && errno == EINTR);
    return ended == pid;
}

int process_pipes(int first[2], int second[2])
{
    if (pipe2(first, O_CLOEXEC) != 0)
        return errno;
    if (pipe2(second, O_CLOEXEC) == 0)
        return 0;
    int error = errno;
    close(first[0]);
    close(first[1]);
    return error;
}
