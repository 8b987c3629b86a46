#include "sweep/run/journal.h"

#include "schemas/support/input_file.h"
#include "schemas/support/output_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const char LOCK_NAME[] = ".run_sweep.lock";

enum {
    LINE_TEXT = CONFIGURATION_TEXT + 256,
    LEFTOVERS_TRIES = 2000,
    LEFTOVERS_WAIT_NS = 10 * 1000 * 1000,
    DYING_TRIES = 30, /* a killed runner may still have its number for a moment */
};

char *journal_path(const struct journal *journal, const char *name)
{
    char *path;
    return asprintf(&path, "%s/%s", journal->folder, name) < 0 ? NULL : path;
}

/* ---- the lock ---- */

/* Who wrote into the lock last. */
struct owner {
    pid_t pid; /* 0: not known */
    char host[HOST_NAME_MAX + 1];
};

static struct owner lock_owner(int fd)
{
    struct owner owner = {0};
    char text[sizeof owner.host + 32] = "", *behind;
    if (pread(fd, text, sizeof text - 1, 0) <= 0)
        return owner;
    owner.pid = (pid_t)strtol(text, &behind, 10);
    behind += strspn(behind, " ");
    snprintf(owner.host, sizeof owner.host, "%.*s", (int)strcspn(behind, "\n"), behind);
    return owner;
}

static void host_name(char name[HOST_NAME_MAX + 1])
{
    if (gethostname(name, HOST_NAME_MAX + 1) != 0)
        name[0] = '\0';
    name[HOST_NAME_MAX] = '\0';
}

static bool is_alive(const struct owner *owner)
{
    char here[HOST_NAME_MAX + 1];
    host_name(here);
    if (strcmp(owner->host, here) != 0)
        return true; /* who knows */
    return owner->pid > 0 && (kill(owner->pid, 0) == 0 || errno == EPERM);
}

static bool sign_lock(int fd, const char *path, struct fault *fault)
{
    char host[HOST_NAME_MAX + 1], text[sizeof host + 32];
    host_name(host);
    int length = snprintf(text, sizeof text, "%d %s\n", (int)getpid(), host);
    if (ftruncate(fd, 0) != 0 || pwrite(fd, text, (size_t)length, 0) != length)
        return fault_set_errno(fault, errno, "%s: cannot be written", path);
    return true;
}

static bool take_lock(struct journal *journal, const char *path, struct fault *fault)
{
    journal->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (journal->lock_fd < 0)
        return fault_set_errno(fault, errno, "%s: cannot be written", path);
    for (int tries = 0; flock(journal->lock_fd, LOCK_EX | LOCK_NB) != 0; tries++) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            return fault_set_errno(fault, errno, "%s: cannot be locked", path);
        struct owner owner = lock_owner(journal->lock_fd);
        if (tries >= DYING_TRIES && is_alive(&owner))
            return fault_set(fault, "%s: another run_sweep is at work there: process %d on %s",
                             journal->folder, (int)owner.pid, owner.host);
        if (tries == LEFTOVERS_TRIES)
            return fault_set(fault, "%s: still in use by what process %d on %s left behind",
                             journal->folder, (int)owner.pid, owner.host);
        nanosleep(&(struct timespec){.tv_nsec = LEFTOVERS_WAIT_NS}, NULL);
    }
    return sign_lock(journal->lock_fd, path, fault);
}

/* ---- the logs ---- */

/* Cuts off what stands behind the last newline: the line was never finished. */
static bool mend(int fd, const char *path, struct fault *fault)
{
    off_t size = lseek(fd, 0, SEEK_END), end = size;
    char byte = '\n';
    while (end > 0 && pread(fd, &byte, 1, end - 1) == 1 && byte != '\n')
        end--;
    if (end < size && ftruncate(fd, end) != 0)
        return fault_set_errno(fault, errno, "%s: cannot be mended", path);
    return true;
}

static int open_log(const struct journal *journal, const char *name, struct fault *fault)
{
    char *path = journal_path(journal, name);
    int fd = path ? open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666) : -1;
    if (fd < 0) {
        fault_set_errno(fault, path ? errno : ENOMEM, "%s/%s: cannot be written", journal->folder,
                        name);
    } else if (!mend(fd, path, fault)) {
        close(fd);
        fd = -1;
    }
    free(path);
    return fd;
}

static void close_log(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* The logs' names are on disk before their lines count. */
static void sync_folder(const struct journal *journal)
{
    int fd = open(journal->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return;
    fsync(fd); /* not every file system can */
    close(fd);
}

static bool open_logs(struct journal *journal, struct fault *fault)
{
    journal->success_fd = open_log(journal, SWEEP_LOG_SUCCESSFUL, fault);
    if (journal->success_fd < 0)
        return false;
    journal->failure_fd = open_log(journal, SWEEP_LOG_FAILED, fault);
    if (journal->failure_fd < 0)
        return false;
    sync_folder(journal);
    return true;
}

bool journal_open(struct journal *journal, const char *folder, struct fault *fault)
{
    *journal = (struct journal){.lock_fd = -1, .success_fd = -1, .failure_fd = -1};
    if (!make_folders(folder, fault))
        return false;
    journal->folder = realpath(folder, NULL);
    if (!journal->folder)
        return fault_set_errno(fault, errno, "%s", folder);
    char *lock = journal_path(journal, LOCK_NAME);
    bool opened = lock ? take_lock(journal, lock, fault) && open_logs(journal, fault)
                       : fault_set_errno(fault, ENOMEM, "%s", folder);
    free(lock);
    if (!opened)
        journal_close(journal);
    return opened;
}

void journal_close(struct journal *journal)
{
    close_log(&journal->success_fd);
    close_log(&journal->failure_fd);
    close_log(&journal->lock_fd);
    free(journal->folder);
    journal->folder = NULL;
}

bool journal_read(const struct journal *journal, struct sweep_log *log, struct fault *fault)
{
    return sweep_log_read(journal->folder, log, fault);
}

static bool write_lines(const struct journal *journal, const char *name,
                        const struct sweep_entry *entries, size_t count, struct fault *fault)
{
    char *path = journal_path(journal, name);
    if (!path)
        return fault_set_errno(fault, ENOMEM, "%s", name);
    struct output_file file;
    bool written = output_file_open(&file, path, fault);
    for (size_t i = 0; written && i < count; i++) {
        char line[LINE_TEXT];
        sweep_log_format_line(line, sizeof line, &entries[i]);
        fprintf(file.stream, "%s\n", line);
    }
    written = written && output_file_commit(&file, fault);
    free(path);
    return written;
}

bool journal_write_combinations(const struct journal *journal, const struct sweep_entry *entries,
                                size_t count, struct fault *fault)
{
    return write_lines(journal, SWEEP_LOG_COMBINATIONS, entries, count, fault);
}

/* ---- taking lines out ---- */

/* Copies the lines that stay; `dropped` tells whether any does not. */
static void copy_kept(struct input_lines *in, FILE *out, journal_keep_fn keep, void *context,
                      bool *dropped)
{
    while (input_lines_next(in)) {
        struct sweep_entry entry;
        struct fault ignored;
        if (sweep_log_parse_line(in->line, &entry, &ignored) && !keep(context, &entry)) {
            *dropped = true;
            continue;
        }
        fwrite(in->line, 1, in->length, out);
        fputc('\n', out);
    }
}

static bool drop_from(const char *path, journal_keep_fn keep, void *context, struct fault *fault)
{
    struct input_lines in;
    struct output_file file;
    bool dropped = false;
    if (!input_lines_open(&in, path, "a sweep's log", fault))
        return false;
    bool opened = output_file_open(&file, path, fault);
    if (opened)
        copy_kept(&in, file.stream, keep, context, &dropped);
    /* A log that could not be read to its end must not be replaced by what was read of it. */
    bool done = input_lines_close(&in, fault) && opened;
    if (done && dropped)
        return output_file_commit(&file, fault);
    if (opened)
        output_file_abandon(&file);
    return done;
}

bool journal_drop(struct journal *journal, journal_keep_fn keep, void *context, struct fault *fault)
{
    static const char *const names[] = {SWEEP_LOG_SUCCESSFUL, SWEEP_LOG_FAILED};
    bool done = true;
    for (int i = 0; done && i < 2; i++) {
        char *path = journal_path(journal, names[i]);
        done = path ? drop_from(path, keep, context, fault)
                    : fault_set_errno(fault, ENOMEM, "%s", names[i]);
        free(path);
    }
    close_log(&journal->success_fd);
    close_log(&journal->failure_fd);
    return done && open_logs(journal, fault);
}

/* ---- a line ---- */

bool journal_append(const struct journal *journal, const struct sweep_entry *entry,
                    struct fault *fault)
{
    bool success = entry->outcome == SWEEP_SUCCESS;
    int fd = success ? journal->success_fd : journal->failure_fd;
    const char *name = success ? SWEEP_LOG_SUCCESSFUL : SWEEP_LOG_FAILED;
    char line[LINE_TEXT];
    size_t length = (size_t)sweep_log_format_line(line, sizeof line - 1, entry);
    line[length++] = '\n';
    off_t before = lseek(fd, 0, SEEK_END);
    ssize_t written = write(fd, line, length);
    int error = written < 0 ? errno : ENOSPC;
    if (written == (ssize_t)length) {
        if (fdatasync(fd) == 0 || errno == EINVAL || errno == ENOTSUP)
            return true;
        error = errno;
    }
    /* A part of a line, or one that may not be on disk, must not stay. */
    if (before >= 0 && ftruncate(fd, before) != 0)
        error = errno;
    return fault_set_errno(fault, error, "%s/%s: cannot be written", journal->folder, name);
}
