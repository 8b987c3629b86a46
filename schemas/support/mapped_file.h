/* A file that is read where it lies, while others may change it. */
#ifndef SCHEMAS_SUPPORT_MAPPED_FILE_H
#define SCHEMAS_SUPPORT_MAPPED_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

struct mapping_guard;

struct mapped_file {
    const char *bytes;
    size_t length;
    struct timespec changed;
    struct mapping_guard *guard;
    int fd; /* the caller's; open until the file is closed */
    _Atomic bool broken;
};

/* Maps the whole of an open file. `flags`: as mmap has them. False with errno; then there is
 * nothing to close. A file that loses its end meanwhile reads as zeros there. The struct must stay
 * where it is until it is closed. */
bool mapped_file_open(struct mapped_file *file, int fd, int flags);

/* Whether the file has lost a part since it was opened: what was read of it is not to be used. */
bool mapped_file_is_cut(const struct mapped_file *file);

/* Whether anything in it has changed, for files that are written once. */
bool mapped_file_is_changed(const struct mapped_file *file);

void mapped_file_close(struct mapped_file *file);

#endif
