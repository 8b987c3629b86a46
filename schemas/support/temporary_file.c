#include "schemas/support/temporary_file.h"

#include "schemas/support/clock.h"
#include "schemas/support/random_number.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { RANDOM_LETTERS = 6, ATTEMPTS = 100 };

/* ---- names ---- */

static uint64_t any_number(void)
{
    uint64_t number;
    if (random_number(&number))
        return number;
    /* O_EXCL keeps a poor one harmless. */
    return (uint64_t)clock_monotonic_ns() * 2654435761u + (uint64_t)getpid();
}

static void put_random_letters(char *pattern)
{
    static const char ALPHABET[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    char *letters = pattern + strlen(pattern) - RANDOM_LETTERS;
    uint64_t number = any_number();
    for (int i = 0; i < RANDOM_LETTERS; i++) {
        letters[i] = ALPHABET[number % (sizeof ALPHABET - 1)];
        number /= sizeof ALPHABET - 1;
    }
}

/* "DIR/.NAME.XXXXXX" for "DIR/NAME"; hidden, so that nothing that lists a folder takes it for an
 * output. A name near the limit of a name's length is shortened. */
static char *hidden_pattern(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    int room = NAME_MAX - RANDOM_LETTERS - 2;
    char *pattern;
    if (asprintf(&pattern, "%.*s.%.*s.XXXXXX", (int)(name - path), path, room, name) < 0)
        return NULL;
    return pattern;
}

/* ---- opening ---- */

static int open_unnamed(const char *path)
{
    static const char ways_to_names[] = "/proc/self/fd";
    const char *slash = strrchr(path, '/');
    if (access(ways_to_names, X_OK) != 0)
        return -1; /* it could not be given a name later */
    char *folder = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
    int fd = folder ? open(folder, O_WRONLY | O_TMPFILE | O_CLOEXEC, 0666) : -1;
    free(folder);
    return fd;
}

/* Not mkstemp: the mode of its files is 0600, and the umask cannot be read without changing it for
 * the other threads of a training process. */
static int open_named(char *pattern)
{
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        put_random_letters(pattern);
        int fd = open(pattern, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd >= 0 || errno != EEXIST)
            return fd;
    }
    return -1;
}

bool temporary_file_open(struct temporary_file *file, const char *path)
{
    *file = (struct temporary_file){.fd = -1, .path = hidden_pattern(path)};
    if (!file->path) {
        errno = ENOMEM;
        return false;
    }
    file->fd = open_unnamed(path);
    if (file->fd < 0) {
        file->fd = open_named(file->path);
        file->named = file->fd >= 0;
    }
    if (file->fd >= 0)
        return true;
    int error = errno;
    free(file->path);
    *file = (struct temporary_file){.fd = -1};
    errno = error;
    return false;
}

/* ---- naming and closing ---- */

bool temporary_file_name(struct temporary_file *file)
{
    char itself[64];
    snprintf(itself, sizeof itself, "/proc/self/fd/%d", file->fd);
    for (int attempt = 0; attempt < ATTEMPTS && !file->named; attempt++) {
        put_random_letters(file->path);
        file->named = linkat(AT_FDCWD, itself, AT_FDCWD, file->path, AT_SYMLINK_FOLLOW) == 0;
        if (!file->named && errno != EEXIST)
            return false;
    }
    return file->named;
}

static bool take_place(struct temporary_file *file, const char *path)
{
    if (!temporary_file_name(file) || !temporary_file_close(file) || rename(file->path, path) != 0)
        return false;
    file->named = false; /* it has its own name now */
    return true;
}

bool temporary_file_become(struct temporary_file *file, const char *path)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    bool done = take_place(file, path);
    int error = errno;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = error;
    return done;
}

bool temporary_file_close(struct temporary_file *file)
{
    int fd = file->fd;
    file->fd = -1;
    return fd < 0 || close(fd) == 0;
}

void temporary_file_discard(struct temporary_file *file)
{
    (void)temporary_file_close(file);
    if (file->named)
        unlink(file->path);
    free(file->path);
    *file = (struct temporary_file){.fd = -1};
}
