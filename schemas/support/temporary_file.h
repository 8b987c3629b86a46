/* A file that is not yet what it will be: without a name where the file system has such files (so
 * that whatever ends the process leaves nothing behind), else with a hidden one. */
#ifndef SCHEMAS_SUPPORT_TEMPORARY_FILE_H
#define SCHEMAS_SUPPORT_TEMPORARY_FILE_H

#include <stdbool.h>

struct temporary_file {
    int fd;
    bool named;
    char *path; /* the hidden name, in the folder of the file to be; only where `named` */
};

/* Opens one for writing, beside `path`. False with errno set, and nothing to free. */
bool temporary_file_open(struct temporary_file *file, const char *path);

/* Gives it its hidden name, if it has none: then it can be renamed. False with errno set. */
bool temporary_file_name(struct temporary_file *file);

/* Closes it and puts it at `path`, in the place of what is there: then it is no temporary file any
 * more. No signal can end the process between its hidden name and its own. False with errno set,
 * and then it is as it was, but closed. */
bool temporary_file_become(struct temporary_file *file, const char *path);

/* Closes it (again: fine). False with errno set where what was written may be lost. */
bool temporary_file_close(struct temporary_file *file);

/* Closes it, removes the hidden name where there is one, and frees. */
void temporary_file_discard(struct temporary_file *file);

#endif
