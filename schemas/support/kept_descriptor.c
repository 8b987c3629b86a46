#include "schemas/support/kept_descriptor.h"

#include <unistd.h>

bool kept_descriptor_keep(struct kept_descriptor *kept, int fd)
{
    struct stat status;
    if (fstat(fd, &status) != 0)
        return false;
    *kept = (struct kept_descriptor){.fd = fd, .device = status.st_dev, .inode = status.st_ino};
    return true;
}

bool kept_descriptor_is_of(const struct kept_descriptor *kept, const struct stat *status)
{
    return status->st_dev == kept->device && status->st_ino == kept->inode;
}

bool kept_descriptor_is_ours(const struct kept_descriptor *kept, struct stat *status)
{
    struct stat now;
    bool ours = kept->fd >= 0 && fstat(kept->fd, &now) == 0 && kept_descriptor_is_of(kept, &now);
    if (ours && status)
        *status = now;
    return ours;
}

void kept_descriptor_close(struct kept_descriptor *kept)
{
    if (kept_descriptor_is_ours(kept, NULL))
        close(kept->fd);
    kept->fd = -1;
}
