#include "tracer/library/sampler.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <time.h>

static const uint64_t SECOND_NS = 1000000000;
static const uint64_t CARE_NS = 10000000;       /* between two looks at the recorder's room */
static const uint64_t PATIENCE_NS = 3000000000; /* with a callback that does not return */

/* A source is dropped when it has failed so often, and for so long, in a row. */
enum { MOST_FAILURES = 10 };
static const uint64_t FAILING_NS = 1000000000;

struct sampler {
    struct sampler_options options;
    pthread_t thread;
    pthread_mutex_t lock;   /* of all that follows; not held while a callback runs */
    pthread_cond_t changed; /* waits on the monotonic clock */
    bool stopping, ended;
    bool abandoned; /* nobody waits for the thread: it frees all this itself */
    bool calling;   /* the thread is in a callback */
    bool hurry;     /* the interval was changed */
    struct threshold threshold;
    bool above; /* the threshold was reached, and is not armed again yet */
    int failures;
    uint64_t failing_since_ns;
};

static _Thread_local bool is_housekeeper __attribute__((tls_model("initial-exec")));

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * SECOND_NS + (uint64_t)now.tv_nsec;
}

/* Waits for a change until then; false when the time has come. The lock is held. */
static bool wait_for_change(struct sampler *keeper, uint64_t until_ns)
{
    const struct timespec until = {.tv_sec = (time_t)(until_ns / SECOND_NS),
                                   .tv_nsec = (long)(until_ns % SECOND_NS)};
    return pthread_cond_timedwait(&keeper->changed, &keeper->lock, &until) != ETIMEDOUT;
}

static void close_source(struct source *source)
{
    if (source->close)
        source->close(source->state);
    *source = (struct source){0};
}

static void forget(struct sampler *keeper)
{
    close_source(&keeper->options.source);
    pthread_cond_destroy(&keeper->changed);
    pthread_mutex_destroy(&keeper->lock);
    free(keeper);
}

/* ---- sampling ---- */

/* The lock is held. */
static void note_failure(struct sampler *keeper)
{
    recorder_count_failed_read(keeper->options.recorder);
    uint64_t now = now_ns();
    if (keeper->failures++ == 0)
        keeper->failing_since_ns = now;
    if (keeper->failures < MOST_FAILURES || now - keeper->failing_since_ns < FAILING_NS)
        return;
    fprintf(stderr, "gmtrace: %s gave no figures %d times in a row: no more samples from it\n",
            keeper->options.source.name, keeper->failures);
    close_source(&keeper->options.source);
}

/* Whether the threshold has just been reached. The lock is held. */
static bool reaches_threshold(struct sampler *keeper, uint64_t used)
{
    uint64_t bytes = keeper->threshold.bytes;
    if (bytes == 0 || used == RECORDING_NOT_KNOWN)
        return false;
    bool was_above = keeper->above;
    /* Armed again a twentieth below, so that a figure at the edge does not call at every sample. */
    keeper->above = used >= (was_above ? bytes - bytes / 20 : bytes);
    return keeper->above && !was_above;
}

static uint64_t used_bytes(uint64_t allocated, uint64_t reserved)
{
    if (allocated == RECORDING_NOT_KNOWN || reserved == RECORDING_NOT_KNOWN)
        return allocated == RECORDING_NOT_KNOWN ? reserved : allocated;
    return allocated > reserved ? allocated : reserved;
}

/* The lock is held, but for the callbacks. */
static void sample(struct sampler *keeper)
{
    const struct source source = keeper->options.source;
    if (!source.read)
        return;
    uint64_t allocated = RECORDING_NOT_KNOWN, reserved = RECORDING_NOT_KNOWN;
    keeper->options.source.remark = NULL;
    keeper->calling = true;
    pthread_mutex_unlock(&keeper->lock);
    if (source.remark)
        fprintf(stderr, "gmtrace: %s\n", source.remark);
    bool given = source.read(source.state, &allocated, &reserved) == 0;
    if (given && !source.records_itself &&
        (allocated != RECORDING_NOT_KNOWN || reserved != RECORDING_NOT_KNOWN))
        recorder_sample(keeper->options.recorder, atomic_load(keeper->options.iteration), allocated,
                        reserved);
    pthread_mutex_lock(&keeper->lock);
    uint64_t used = used_bytes(allocated, reserved);
    const struct threshold threshold = keeper->threshold;
    if (given && !keeper->stopping && reaches_threshold(keeper, used)) {
        pthread_mutex_unlock(&keeper->lock);
        threshold.reached(threshold.context, used, threshold.total_bytes);
        pthread_mutex_lock(&keeper->lock);
    }
    keeper->calling = false;
    pthread_cond_broadcast(&keeper->changed);
    if (given)
        keeper->failures = 0;
    else if (!keeper->stopping)
        note_failure(keeper);
}

/* ---- the thread ---- */

/* The next deadline that has not passed: a late sample does not make the next ones late. */
static uint64_t next_deadline(uint64_t deadline, uint64_t step, uint64_t now)
{
    deadline += step;
    if (deadline <= now)
        deadline += (now - deadline) / step * step + step;
    return deadline;
}

static void *run(void *argument)
{
    struct sampler *keeper = argument;
    is_housekeeper = true;
    prctl(PR_SET_TIMERSLACK, 1); /* of this thread: else the kernel may wake it 50 us late */
    const struct sampler_options *options = &keeper->options;
    uint64_t now = now_ns(), sampling = now, caring = now + CARE_NS;
    pthread_mutex_lock(&keeper->lock);
    while (!keeper->stopping) {
        uint64_t interval = options->interval_ns;
        if (keeper->hurry) { /* the next sample by the new interval */
            keeper->hurry = false;
            sampling = now + interval;
        }
        if (interval > 0 && now >= sampling) {
            if (atomic_load(options->sampling))
                sample(keeper);
            sampling = next_deadline(sampling, interval, now_ns());
        }
        if (now >= caring) {
            pthread_mutex_unlock(&keeper->lock);
            recorder_prepare(options->recorder);
            caring = next_deadline(caring, CARE_NS, now_ns());
            pthread_mutex_lock(&keeper->lock);
        }
        while (!keeper->stopping && !keeper->hurry &&
               wait_for_change(keeper, interval > 0 && sampling < caring ? sampling : caring))
            ;
        now = now_ns();
    }
    keeper->ended = true;
    bool abandoned = keeper->abandoned;
    pthread_cond_broadcast(&keeper->changed);
    pthread_mutex_unlock(&keeper->lock);
    if (abandoned)
        forget(keeper);
    return NULL;
}

/* Signals are for the host's threads; the new one inherits this mask. */
static int start_thread(struct sampler *keeper)
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

int sampler_start(const struct sampler_options *options, struct sampler **started)
{
    struct sampler *keeper = calloc(1, sizeof *keeper);
    if (!keeper)
        return ENOMEM;
    keeper->options = *options;
    pthread_condattr_t clock;
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_cond_init(&keeper->changed, &clock);
    pthread_condattr_destroy(&clock);
    pthread_mutex_init(&keeper->lock, NULL);
    int error = start_thread(keeper);
    if (error) {
        keeper->options.source = (struct source){0}; /* still the caller's */
        forget(keeper);
        return error;
    }
    *started = keeper;
    return 0;
}

/* ---- from other threads ---- */

bool sampler_is_caller(void)
{
    return is_housekeeper;
}

/* Waits until no callback runs. The lock is held. */
static bool wait_for_callback(struct sampler *keeper)
{
    uint64_t until = now_ns() + PATIENCE_NS;
    while (keeper->calling)
        if (!wait_for_change(keeper, until))
            break;
    return !keeper->calling;
}

int sampler_set_source(struct sampler *keeper, struct source source)
{
    struct source old = {0};
    pthread_mutex_lock(&keeper->lock);
    bool free_to_change = wait_for_callback(keeper);
    if (free_to_change) {
        old = keeper->options.source;
        keeper->options.source = source;
        keeper->failures = 0;
    }
    pthread_mutex_unlock(&keeper->lock);
    close_source(&old);
    return free_to_change ? 0 : ETIMEDOUT;
}

void sampler_set_interval(struct sampler *keeper, uint64_t interval_ns)
{
    pthread_mutex_lock(&keeper->lock);
    keeper->options.interval_ns = interval_ns;
    keeper->hurry = true;
    pthread_cond_broadcast(&keeper->changed);
    pthread_mutex_unlock(&keeper->lock);
}

int sampler_set_threshold(struct sampler *keeper, struct threshold threshold)
{
    pthread_mutex_lock(&keeper->lock);
    bool free_to_change = wait_for_callback(keeper);
    if (free_to_change) {
        keeper->threshold = threshold;
        keeper->above = false;
    }
    pthread_mutex_unlock(&keeper->lock);
    return free_to_change ? 0 : ETIMEDOUT;
}

bool sampler_stop(struct sampler *keeper)
{
    uint64_t until = now_ns() + PATIENCE_NS;
    pthread_mutex_lock(&keeper->lock);
    keeper->stopping = true;
    pthread_cond_broadcast(&keeper->changed);
    while (!keeper->ended && wait_for_change(keeper, until))
        ;
    bool ended = keeper->ended;
    keeper->abandoned = !ended;
    if (!ended)
        pthread_detach(keeper->thread);
    pthread_mutex_unlock(&keeper->lock);
    if (ended) {
        pthread_join(keeper->thread, NULL);
        forget(keeper);
    }
    return ended;
}
