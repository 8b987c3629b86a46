/* A file that grows past the process's limit (ulimit -f) brings a signal that ends the process; the
 * tracer wants the error code alone. */
#ifndef TRACER_LIBRARY_FILE_SIGNALS_H
#define TRACER_LIBRARY_FILE_SIGNALS_H

#include <signal.h>
#include <stdbool.h>

struct file_signals {
    sigset_t before;
    bool was_pending;
};

/* Around work on files, in the calling thread: the signal is held back, and forgotten if that work
 * raised it. */
void file_signals_hold(struct file_signals *held);
void file_signals_release(const struct file_signals *held);

#endif
