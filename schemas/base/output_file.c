#include "schemas/base/output_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* The file behind a stream. stdio forgets why a write failed; this remembers. */
struct output_sink {
    int fd;
    int error; /* errno of the first write that failed, or 0 */
};

static ssize_t sink_write(void *cookie, const char *bytes, size_t length)
{
    struct output_sink *sink = cookie;
    size_t done = 0;
    while (done < length) {
        ssize_t written = write(sink->fd, bytes + done, length - done);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0) {
            sink->error = sink->error ? sink->error : written < 0 ? errno : EIO;
            return 0;
        }
        done += (size_t)written;
    }
    return (ssize_t)length;
}

enum { RANDOM_LETTERS = 6, ATTEMPTS = 100 };

static uint64_t random_number(void)
{
    uint64_t number;
    if (getrandom(&number, sizeof number, GRND_NONBLOCK) == (ssize_t)sizeof number)
        return number;
    /* Early in a boot there may be none yet; O_EXCL keeps a poor one harmless. */
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_nsec * 2654435761u + (uint64_t)getpid();
}

static void put_random_letters(char *letters)
{
    static const char ALPHABET[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    uint64_t number = random_number();
    for (int i = 0; i < RANDOM_LETTERS; i++) {
        letters[i] = ALPHABET[number % (sizeof ALPHABET - 1)];
        number /= sizeof ALPHABET - 1;
    }
}

/* "DIR/.NAME.XXXXXX" for "DIR/NAME"; hidden, so that nothing that lists a folder takes it for an
 * output. A name near the limit of a name's length is shortened. */
static char *temporary_pattern(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    int room = NAME_MAX - RANDOM_LETTERS - 2;
    char *pattern;
    if (asprintf(&pattern, "%.*s.%.*s.XXXXXX", (int)(name - path), path, room, name) < 0)
        return NULL;
    return pattern;
}

/* Not mkstemp: the mode of its files is 0600, and the umask cannot be read without changing it for
 * the other threads of a training process. */
static int open_new(char *pattern)
{
    char *letters = pattern + strlen(pattern) - RANDOM_LETTERS;
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        put_random_letters(letters);
        int fd = open(pattern, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd >= 0 || errno != EEXIST)
            return fd;
    }
    return -1;
}

/* A rename would put a plain file in the place of a device or a pipe ("-o /dev/null" as root). */
static bool may_be_replaced(const char *path, struct fault *fault)
{
    struct stat status;
    if (stat(path, &status) != 0 || S_ISREG(status.st_mode))
        return true;
    if (S_ISDIR(status.st_mode))
        return fault_set(fault, "%s: cannot be written: it is a folder", path);
    return fault_set(fault, "%s: cannot be written: it is not a regular file", path);
}

static void forget(struct output_file *file)
{
    free(file->path);
    free(file->temporary_path);
    if (file->sink && file->sink->fd >= 0)
        close(file->sink->fd);
    free(file->sink);
    *file = (struct output_file){0};
}

bool output_file_open(struct output_file *file, const char *path, struct fault *fault)
{
    *file = (struct output_file){0};
    size_t length = strlen(path);
    if (length == 0 || path[length - 1] == '/')
        return fault_set(fault, "'%s': expected the name of a file to write", path);
    if (!may_be_replaced(path, fault))
        return false;

    file->path = strdup(path);
    file->temporary_path = temporary_pattern(path);
    file->sink = malloc(sizeof *file->sink);
    if (!file->path || !file->temporary_path || !file->sink) {
        free(file->sink);
        file->sink = NULL;
        fault_set_errno(fault, ENOMEM, "%s", path);
        goto failed;
    }
    *file->sink = (struct output_sink){.fd = open_new(file->temporary_path)};
    if (file->sink->fd >= 0)
        file->stream = fopencookie(file->sink, "w", (cookie_io_functions_t){.write = sink_write});
    if (!file->stream) {
        fault_set_errno(fault, errno, "%s: cannot be written", path);
        goto failed;
    }
    setvbuf(file->stream, NULL, _IOFBF, 1 << 16);
    return true;

failed:
    if (file->sink && file->sink->fd >= 0)
        unlink(file->temporary_path);
    forget(file);
    return false;
}

static bool sync_sink(const struct output_sink *sink, const char *path, struct fault *fault)
{
    if (sink->error)
        return fault_set_errno(fault, sink->error, "%s: could not be written", path);
    /* Some file systems cannot sync, which is no fault of the file. */
    if (fsync(sink->fd) != 0 && errno != EINVAL && errno != ENOTSUP)
        return fault_set_errno(fault, errno, "%s: could not be written", path);
    return true;
}

bool output_file_commit(struct output_file *file, struct fault *fault)
{
    bool failed = ferror(file->stream) || fflush(file->stream) != 0;
    bool done = sync_sink(file->sink, file->path, fault);
    if (done && failed)
        done = fault_set(fault, "%s: could not be written", file->path);
    fclose(file->stream);
    if (close(file->sink->fd) != 0 && done)
        done = fault_set_errno(fault, errno, "%s: could not be written", file->path);
    file->sink->fd = -1;
    if (done && rename(file->temporary_path, file->path) != 0)
        done = fault_set_errno(fault, errno, "%s: could not be put in place", file->path);
    if (!done)
        unlink(file->temporary_path);
    forget(file);
    return done;
}

void output_file_abandon(struct output_file *file)
{
    if (file->stream) {
        fclose(file->stream);
        unlink(file->temporary_path);
    }
    forget(file);
}

/* One folder, those above it being there. */
static bool make_one_folder(const char *folder, const char *asked_for, struct fault *fault)
{
    if (mkdir(folder, 0777) == 0)
        return true;
    /* Not only for EEXIST: a read-only or automounted file system may refuse before it looks. */
    int error = errno;
    struct stat status;
    if (stat(folder, &status) != 0)
        return fault_set_errno(fault, error, "%s: cannot make the folder %s", asked_for, folder);
    if (!S_ISDIR(status.st_mode))
        return fault_set(fault, "%s: cannot make the folder: %s is a file", asked_for, folder);
    return true;
}

bool make_folders(const char *path, struct fault *fault)
{
    if (!*path)
        return fault_set(fault, "'': expected the name of a folder");
    char *part = strdup(path);
    if (!part)
        return fault_set_errno(fault, ENOMEM, "%s", path);
    bool made = true;
    for (char *end = part; made && *end;) {
        end += strspn(end, "/");
        end += strcspn(end, "/");
        char kept = *end;
        *end = '\0';
        made = make_one_folder(part, path, fault);
        *end = kept;
    }
    free(part);
    return made;
}
