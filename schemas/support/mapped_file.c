#include "schemas/support/mapped_file.h"

#include "schemas/support/mapping_guard.h"

#include <errno.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/stat.h>

bool mapped_file_open(struct mapped_file *file, int fd, int flags)
{
    struct stat status;
    if (fstat(fd, &status) != 0)
        return false;
    *file = (struct mapped_file){
        .bytes = "", .length = (size_t)status.st_size, .fd = fd, .changed = status.st_mtim};
    if (file->length == 0) /* which cannot be mapped */
        return true;
    void *bytes = mmap(NULL, file->length, PROT_READ, flags, fd, 0);
    if (bytes == MAP_FAILED)
        return false;
    file->bytes = bytes;
    file->guard = mapping_guard_add(bytes, file->length, &file->broken);
    if (file->guard)
        return true;
    munmap(bytes, file->length);
    errno = ENOMEM;
    return false;
}

bool mapped_file_is_cut(const struct mapped_file *file)
{
    struct stat now;
    return atomic_load(&file->broken) || fstat(file->fd, &now) != 0 ||
           (size_t)now.st_size < file->length;
}

bool mapped_file_is_changed(const struct mapped_file *file)
{
    struct stat now;
    return mapped_file_is_cut(file) || fstat(file->fd, &now) != 0 ||
           (size_t)now.st_size != file->length || now.st_mtim.tv_sec != file->changed.tv_sec ||
           now.st_mtim.tv_nsec != file->changed.tv_nsec;
}

void mapped_file_close(struct mapped_file *file)
{
    mapping_guard_remove(file->guard);
    if (file->length > 0)
        munmap((void *)file->bytes, file->length);
    *file = (struct mapped_file){.bytes = "", .fd = -1};
}
