/* Processes that a command starts, and their ends. */
#ifndef SCHEMAS_SUPPORT_PROCESS_H
#define SCHEMAS_SUPPORT_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

/* Starts a program, looked for along PATH, without any signal blocked. With `in` and `out` (-1:
 * this process's own) as its standard streams (`out` for errors too) it gets a group of its own:
 * a Ctrl-C is for the caller, which decides. Returns 0 or an errno value. */
int process_spawn(const char *const *arguments, int in, int out, pid_t *pid);

/* A child that goes on in this program; what is in the buffers of stdio is written before, else
 * both would write it. As fork. */
pid_t process_fork(void);

/* Waits for a child's end. False where it is no child of this process, or was waited for before. */
bool process_wait(pid_t pid, int *status);

/* Two pipes, closed by exec. Returns 0 or an errno value, and then there is neither. */
int process_pipes(int first[2], int second[2]);

#endif
