/* A descriptor that is kept in a process that others program: a host may close all descriptors (a
 * daemon's habit), and open a file of its own, which gets the number. So each use asks first. */
#ifndef SCHEMAS_SUPPORT_KEPT_DESCRIPTOR_H
#define SCHEMAS_SUPPORT_KEPT_DESCRIPTOR_H

#include <stdbool.h>
#include <sys/stat.h>

struct kept_descriptor {
    int fd; /* -1: none */
    dev_t device;
    ino_t inode;
};

/* Keeps an open descriptor. False with errno; the descriptor is still the caller's then. */
bool kept_descriptor_keep(struct kept_descriptor *kept, int fd);

/* Whether the number still stands for the file that was kept; `status` is that file's, or NULL. */
bool kept_descriptor_is_ours(const struct kept_descriptor *kept, struct stat *status);

/* Whether a file's status is of the file that was kept. */
bool kept_descriptor_is_of(const struct kept_descriptor *kept, const struct stat *status);

/* Closes it, if it is still ours. */
void kept_descriptor_close(struct kept_descriptor *kept);

#endif
