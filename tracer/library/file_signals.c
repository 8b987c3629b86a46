#include "tracer/library/file_signals.h"

#include <time.h>

static sigset_t the_signal(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGXFSZ);
    return set;
}

static bool is_pending(void)
{
    sigset_t pending;
    return sigpending(&pending) == 0 && sigismember(&pending, SIGXFSZ) == 1;
}

void file_signals_hold(struct file_signals *held)
{
    sigset_t set = the_signal();
    held->was_pending = is_pending();
    pthread_sigmask(SIG_BLOCK, &set, &held->before);
}

void file_signals_release(const struct file_signals *held)
{
    sigset_t set = the_signal();
    const struct timespec at_once = {0};
    if (!held->was_pending && is_pending())
        (void)sigtimedwait(&set, NULL, &at_once);
    pthread_sigmask(SIG_SETMASK, &held->before, NULL);
}
