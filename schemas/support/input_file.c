#include "schemas/support/input_file.h"

#include <errno.h>
#include <fcntl.h>
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
