#include "schemas/support/input_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

int input_file_open(const char *path, const char *what, size_t *length, struct fault *fault)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat status;
    int error = 0;
    if (fd < 0 || fstat(fd, &status) != 0) {
        error = errno;
        fault_set_errno(fault, error, "%s: cannot be read", path);
    } else if (!S_ISREG(status.st_mode)) {
        error = EINVAL;
        fault_set(fault, "%s: expected %s, found %s", path, what,
                  S_ISDIR(status.st_mode) ? "a folder" : "something that is not a regular file");
    } else {
        *length = (size_t)status.st_size;
        return fd;
    }
    if (fd >= 0)
        close(fd);
    errno = error;
    return -1;
}

static char *read_whole(int fd, size_t length)
{
    char *bytes = malloc(length + 1);
    size_t used = 0;
    while (bytes && used < length) {
        ssize_t got = read(fd, bytes + used, length - used);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0) {
            errno = got < 0 ? errno : 0; /* it has become shorter */
            free(bytes);
            return NULL;
        }
        used += (size_t)got;
    }
    if (bytes)
        bytes[length] = '\0';
    return bytes;
}

char *input_file_read(const char *path, const char *what, size_t most, size_t *length,
                      struct fault *fault)
{
    int fd = input_file_open(path, what, length, fault);
    if (fd < 0)
        return NULL;
    errno = EFBIG;
    char *bytes = *length <= most ? read_whole(fd, *length) : NULL;
    int error = errno;
    close(fd);
    errno = error;
    if (!bytes && error == 0) {
        fault_set(fault, "%s: it was changed while it was read", path);
        errno = EIO;
    } else if (!bytes) {
        fault_set_errno(fault, error, "%s: cannot be read", path);
    }
    return bytes;
}

bool input_lines_open(struct input_lines *lines, const char *path, const char *what,
                      struct fault *fault)
{
    size_t length;
    *lines = (struct input_lines){.path = path};
    int fd = input_file_open(path, what, &length, fault);
    if (fd < 0)
        return false;
    lines->stream = fdopen(fd, "r");
    if (lines->stream)
        return true;
    int error = errno;
    close(fd);
    errno = error;
    return fault_set_errno(fault, error, "%s: cannot be read", path);
}

bool input_lines_next(struct input_lines *lines)
{
    errno = 0;
    ssize_t length = getline(&lines->line, &lines->room, lines->stream);
    if (length < 0) {
        /* getline fails without ferror where it is out of memory. */
        lines->error = feof(lines->stream) ? 0 : errno ? errno : EIO;
        return false;
    }
    while (length > 0 && (lines->line[length - 1] == '\n' || lines->line[length - 1] == '\r'))
        lines->line[--length] = '\0';
    lines->length = (size_t)length;
    lines->number++;
    return true;
}

bool input_lines_close(struct input_lines *lines, struct fault *fault)
{
    fclose(lines->stream);
    free(lines->line);
    lines->line = NULL;
    return !lines->error || fault_set_errno(fault, lines->error, "%s: cannot be read", lines->path);
}
