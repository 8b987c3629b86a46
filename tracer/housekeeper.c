#include "tracer/housekeeper.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static const uint64_t SECOND_NS = 1000000000, IDLE_NS = 10000000;
enum { MOST_FAILURES = 10 }; /* in a row, before a source is dropped */

struct housekeeper {
    struct housekeeper_options options;
    pthread_t thread;
    pthread_mutex_t source_lock; /* held while the source is called or changed */
    int failures;
    pthread_mutex_t wake_lock;
    pthread_cond_t wake; /* told to stop; waits on the monotonic clock */
    bool stopping;
};

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * SECOND_NS + (uint64_t)now.tv_nsec;
}

static void close_source(struct housekeeper *keeper)
{
    if (keeper->options.source.close)
        keeper->options.source.close(keeper->options.source.state);
    keeper->options.source = (struct source){0};
}

static void sample(struct housekeeper *keeper)
{
    pthread_mutex_lock(&keeper->source_lock);
    struct source *source = &keeper->options.source;
    uint64_t allocated = RECORDING_NOT_KNOWN, reserved = RECORDING_NOT_KNOWN;
    if (source->read && source->read(source->state, &allocated, &reserved) == 0) {
        keeper->failures = 0;
        recorder_sample(keeper->options.recorder, atomic_load(keeper->options.iteration), allocated,
                        reserved);
    } else if (source->read && ++keeper->failures == MOST_FAILURES) {
        fprintf(stderr, "gmtrace: %s gave no figures %d times in a row: no more samples from it\n",
                source->name, MOST_FAILURES);
        close_source(keeper);
    }
    pthread_mutex_unlock(&keeper->source_lock);
}

/* Waits until the deadline; false when it is time to stop. */
static bool wait_until(struct housekeeper *keeper, uint64_t deadline_ns)
{
    const struct timespec deadline = {.tv_sec = (time_t)(deadline_ns / SECOND_NS),
                                      .tv_nsec = (long)(deadline_ns % SECOND_NS)};
    pthread_mutex_lock(&keeper->wake_lock);
    while (!keeper->stopping &&
           pthread_cond_timedwait(&keeper->wake, &keeper->wake_lock, &deadline) != ETIMEDOUT)
        ;
    bool go_on = !keeper->stopping;
    pthread_mutex_unlock(&keeper->wake_lock);
    return go_on;
}

static void *run(void *argument)
{
    struct housekeeper *keeper = argument;
    const struct housekeeper_options *options = &keeper->options;
    uint64_t step = options->interval_ns ? options->interval_ns : IDLE_NS;
    uint64_t deadline = now_ns();
    do {
        if (options->interval_ns && atomic_load(options->sampling))
            sample(keeper);
        recorder_prepare(options->recorder);
        /* The next deadline that has not passed: a late sample does not make the next ones late. */
        uint64_t now = now_ns();
        deadline += step;
        if (deadline <= now)
            deadline += (now - deadline) / step * step + step;
    } while (wait_until(keeper, deadline));
    return NULL;
}

/* Signals are for the host's threads; the new one inherits this mask. */
static int start_thread(struct housekeeper *keeper)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(&keeper->thread, NULL, run, keeper);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (!error)
        pthread_setname_np(keeper->thread, "gmtrace");
    return error;
}

int housekeeper_start(const struct housekeeper_options *options, struct housekeeper **started)
{
    struct housekeeper *keeper = calloc(1, sizeof *keeper);
    if (!keeper)
        return ENOMEM;
    keeper->options = *options;
    pthread_condattr_t clock;
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_cond_init(&keeper->wake, &clock);
    pthread_condattr_destroy(&clock);
    pthread_mutex_init(&keeper->wake_lock, NULL);
    pthread_mutex_init(&keeper->source_lock, NULL);
    int error = start_thread(keeper);
    if (error) {
        free(keeper);
        return error;
    }
    *started = keeper;
    return 0;
}

void housekeeper_set_source(struct housekeeper *keeper, struct source source)
{
    pthread_mutex_lock(&keeper->source_lock);
    close_source(keeper);
    keeper->options.source = source;
    keeper->failures = 0;
    pthread_mutex_unlock(&keeper->source_lock);
}

void housekeeper_stop(struct housekeeper *keeper)
{
    pthread_mutex_lock(&keeper->wake_lock);
    keeper->stopping = true;
    pthread_cond_signal(&keeper->wake);
    pthread_mutex_unlock(&keeper->wake_lock);
    pthread_join(keeper->thread, NULL);
    close_source(keeper);
    pthread_cond_destroy(&keeper->wake);
    pthread_mutex_destroy(&keeper->wake_lock);
    pthread_mutex_destroy(&keeper->source_lock);
    free(keeper);
}
