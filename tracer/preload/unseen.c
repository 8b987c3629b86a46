/* What is said at the end of a process in which nothing was traced. */

#include "schemas/trace/trace_name.h"
#include "tracer/preload/session.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

static time_t started;
static _Atomic bool used_cuda;
static int (*close_library)(void *library);
static pthread_once_t found_once = PTHREAD_ONCE_INIT;

__attribute__((constructor)) static void note_start(void)
{
    started = time(NULL);
}

static void find_close(void)
{
    void *found = dlsym(RTLD_NEXT, "dlclose");
    memcpy(&close_library, &found, sizeof found);
}

static void look_for_cuda(void)
{
    void *driver = atomic_load(&used_cuda) ? NULL : dlopen("libcuda.so.1", RTLD_LAZY | RTLD_NOLOAD);
    if (!driver)
        return;
    atomic_store(&used_cuda, true);
    close_library(driver);
}

/* Stands before the loader's, which it calls: the one moment to see that the process has used CUDA,
 * where the runtime gives the driver's library back before the process ends.
 * NOLINTNEXTLINE(readability-*): libc has its own name for it */
__attribute__((visibility("default"))) int dlclose(void *library)
{
    int saved = errno;
    pthread_once(&found_once, find_close);
    if (!close_library)
        return -1;
    if (!session_was_tried())
        look_for_cuda();
    errno = saved;
    return close_library(library);
}

/* Whether some process of the command has left a trace since this one began; a file's time is a few
 * milliseconds behind. */
static bool has_new_trace(const char *folder)
{
    DIR *directory = opendir(folder);
    bool found = false;
    for (const struct dirent *entry; directory && !found && (entry = readdir(directory));) {
        struct stat status;
        found = strncmp(entry->d_name, TRACE_NAME_PREFIX, strlen(TRACE_NAME_PREFIX)) == 0 &&
                fstatat(dirfd(directory), entry->d_name, &status, 0) == 0 &&
                status.st_mtime + 1 >= started;
    }
    if (directory)
        closedir(directory);
    return found;
}

__attribute__((destructor)) static void warn_of_unseen(void)
{
    if (session_was_tried() || !session_is_to_be_traced())
        return;
    pthread_once(&found_once, find_close);
    if (close_library)
        look_for_cuda();
    const char *folder = getenv("GMT_DIR");
    if (atomic_load(&used_cuda))
        session_print("it uses CUDA, and no allocation was seen: is the CUDA runtime linked "
                      "statically?");
    else if (session_is_the_command() && folder && !has_new_trace(folder))
        session_print(
            "no GPU memory was allocated: nothing was traced (a program that calls gmt_* is "
            "traced without a GPU, too)");
}
