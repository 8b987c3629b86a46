#include "schemas/recording/recording_lock.h"

#include "schemas/support/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* The writer gives a sign of life every 10 ms, unless its machine is very busy. A file system
 * shared by several machines shows it a few seconds late. */
static const int64_t SILENCE_NS = 15000000000;

int recording_lock(int fd)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (fcntl(fd, F_OFD_SETLK, &lock) == 0)
        return 0;
    return errno == EAGAIN || errno == EACCES ? EBUSY : errno;
}

static bool is_locked(int fd)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    return fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

void recording_this_boot(char text[sizeof((struct recording_header){0}.boot)])
{
    size_t size = sizeof((struct recording_header){0}.boot);
    memset(text, 0, size);
    int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    ssize_t length = read(fd, text, size - 1);
    close(fd);
    text[length > 0 ? strcspn(text, "\n") : 0] = '\0';
}

bool recording_is_being_written(int fd, const struct recording_header *header)
{
    if (atomic_load(&header->ended))
        return false;
    if (is_locked(fd))
        return true;
    char boot[sizeof header->boot];
    recording_this_boot(boot);
    if (header->locked && *boot && strncmp(boot, header->boot, sizeof boot) == 0)
        return false;
    int64_t age_ns = clock_realtime_ns();
    /* Neither clock need make sense: the bytes may be anybody's. */
    return !__builtin_sub_overflow(age_ns, atomic_load(&header->alive_realtime_ns), &age_ns) &&
           age_ns < SILENCE_NS && age_ns > -SILENCE_NS;
}
