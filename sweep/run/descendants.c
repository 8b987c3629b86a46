#include "sweep/run/descendants.h"

#include "schemas/support/array.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

bool descendants_adopt(void)
{
    return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0;
}

struct process {
    pid_t pid, parent;
    bool zombie, ours;
};

struct processes {
    size_t count;
    struct process *list;
};

/* /proc/PID/stat: "PID (NAME) STATE PARENT ..."; the name may hold anything. */
static bool read_process(const char *pid, struct process *process)
{
    char path[64], text[512];
    snprintf(path, sizeof path, "/proc/%.20s/stat", pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t length = read(fd, text, sizeof text - 1);
    close(fd);
    if (length <= 0)
        return false;
    text[length] = '\0';
    const char *behind = strrchr(text, ')');
    if (!behind || behind[1] != ' ' || !behind[2] || behind[3] != ' ')
        return false;
    *process = (struct process){
        .pid = (pid_t)strtol(pid, NULL, 10),
        .parent = (pid_t)strtol(behind + 4, NULL, 10),
        .zombie = behind[2] == 'Z' || behind[2] == 'X',
    };
    return true;
}

static bool list_processes(struct processes *processes)
{
    DIR *folder = opendir("/proc");
    if (!folder)
        return false;
    bool listed = true;
    for (struct dirent *item = readdir(folder); listed && item; item = readdir(folder)) {
        struct process process, *place;
        if (!isdigit((unsigned char)item->d_name[0]) || !read_process(item->d_name, &process))
            continue;
        place = ARRAY_ADD(processes->list, processes->count);
        listed = place != NULL;
        if (place)
            *place = process;
    }
    closedir(folder);
    return listed;
}

static bool is_ours(const struct processes *processes, pid_t self, pid_t parent)
{
    if (parent == self)
        return true;
    for (size_t i = 0; i < processes->count; i++)
        if (processes->list[i].pid == parent)
            return processes->list[i].ours;
    return false;
}

/* Generation after generation, until no more are found. */
static void mark_descendants(struct processes *processes)
{
    pid_t self = getpid();
    bool found = true;
    while (found) {
        found = false;
        for (size_t i = 0; i < processes->count; i++) {
            struct process *process = &processes->list[i];
            if (process->ours || !is_ours(processes, self, process->parent))
                continue;
            process->ours = found = true;
        }
    }
}

unsigned descendants_signal(int signal)
{
    struct processes processes = {0};
    unsigned count = 0;
    if (list_processes(&processes))
        mark_descendants(&processes);
    for (size_t i = 0; i < processes.count; i++) {
        const struct process *process = &processes.list[i];
        if (!process->ours || process->zombie)
            continue;
        count++;
        if (signal)
            kill(process->pid, signal);
    }
    free(processes.list);
    return count;
}
