#include "tracer/library/sampler.h"

#include "schemas/support/clock.h"
#include "tracer/library/stay_loaded.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <time.h>

static const uint64_t SECOND_NS = 1000000000;
static const uint64_t PREPARE_NS = 10000000;    /* between two looks at the recorder's room */
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
    bool interval_changed;
    struct source device; /* tells the device's use beside a source that tells something else */
    bool measures_noted;  /* what the samples measure, in this iteration: */
    int64_t measured_iteration;
    struct threshold threshold;
    bool above; /* the threshold was reached, and is not armed again yet */
    int failures;
    uint64_t failing_since_ns;
};

static _Thread_local bool is_sampling_thread __attribute__((tls_model("initial-exec")));

static uint64_t now_ns(void)
{
    return (uint64_t)clock_monotonic_ns();
}

/* Waits for a change until then; false when the time has come. The lock is held. */
static bool wait_for_change(struct sampler *sampler, uint64_t until_ns)
{
    const struct timespec until = {.tv_sec = (time_t)(until_ns / SECOND_NS),
                                   .tv_nsec = (long)(until_ns % SECOND_NS)};
    return pthread_cond_timedwait(&sampler->changed, &sampler->lock, &until) != ETIMEDOUT;
}

static void close_source(struct source *source)
{
    if (source->close)
        source->close(source->state);
    *source = (struct source){0};
}

static void forget(struct sampler *sampler)
{
    close_source(&sampler->options.source);
    close_source(&sampler->device);
    pthread_cond_destroy(&sampler->changed);
    pthread_mutex_destroy(&sampler->lock);
    free(sampler);
}

/* ---- sampling ---- */

/* The lock is held. */
static void note_failure(struct sampler *sampler)
{
    recorder_count_failed_read(sampler->options.recorder);
    uint64_t now = now_ns();
    if (sampler->failures++ == 0)
        sampler->failing_since_ns = now;
    if (sampler->failures < MOST_FAILURES || now - sampler->failing_since_ns < FAILING_NS)
        return;
    fprintf(stderr, "gmtrace: %s gave no figures %d times in a row: no more samples from it\n",
            sampler->options.source.name, sampler->failures);
    close_source(&sampler->options.source);
}

/* Whether the threshold has just been reached. The lock is held. */
static bool reaches_threshold(struct sampler *sampler, uint64_t used)
{
    uint64_t bytes = sampler->threshold.bytes;
    if (bytes == 0 || used == RECORDING_NOT_KNOWN)
        return false;
    bool was_above = sampler->above;
    /* Armed again a twentieth below, so that a figure at the edge does not call at every sample. */
    sampler->above = used >= (was_above ? bytes - bytes / 20 : bytes);
    return sampler->above && !was_above;
}

static uint64_t used_bytes(uint64_t allocated, uint64_t reserved)
{
    if (allocated == RECORDING_NOT_KNOWN || reserved == RECORDING_NOT_KNOWN)
        return allocated == RECORDING_NOT_KNOWN ? reserved : allocated;
    return allocated > reserved ? allocated : reserved;
}

/* Says what the samples of an iteration measure before the first of them, and again where the
 * source has changed since. Called by the sampling thread alone. */
static void note_measures(struct sampler *sampler, const struct source *source, int64_t iteration)
{
    if (sampler->measures_noted && sampler->measured_iteration == iteration)
        return;
    const struct recorder_note note = {
        .kind = RECORDING_MEASURES,
        .values = {(uint64_t)source->allocated_of, (uint64_t)source->reserved_of}};
    recorder_note(sampler->options.recorder, iteration, &note, 1);
    sampler->measures_noted = true;
    sampler->measured_iteration = iteration;
}

static void record(struct sampler *sampler, const struct source *source,
                   const struct source *beside, uint64_t allocated, uint64_t reserved)
{
    struct recorder *recorder = sampler->options.recorder;
    int64_t iteration = atomic_load(sampler->options.iteration);
    uint64_t device = RECORDING_NOT_KNOWN, same;
    note_measures(sampler, source, iteration);
    if (!beside->read || beside->read(beside->state, &device, &same) != 0)
        device = RECORDING_NOT_KNOWN;
    recorder_sample_with_device(recorder, iteration, allocated, reserved, device);
}

/* The lock is held, but for the callbacks. */
static void sample(struct sampler *sampler)
{
    const struct source source = sampler->options.source, beside = sampler->device;
    if (!source.read)
        return;
    uint64_t allocated = RECORDING_NOT_KNOWN, reserved = RECORDING_NOT_KNOWN;
    sampler->options.source.remark = NULL;
    sampler->calling = true;
    pthread_mutex_unlock(&sampler->lock);
    if (source.remark)
        fprintf(stderr, "gmtrace: %s\n", source.remark);
    bool given = source.read(source.state, &allocated, &reserved) == 0;
    if (given && !source.records_itself &&
        (allocated != RECORDING_NOT_KNOWN || reserved != RECORDING_NOT_KNOWN))
        record(sampler, &source, &beside, allocated, reserved);
    pthread_mutex_lock(&sampler->lock);
    uint64_t used = used_bytes(allocated, reserved);
    const struct threshold threshold = sampler->threshold;
    if (given && !sampler->stopping && reaches_threshold(sampler, used)) {
        pthread_mutex_unlock(&sampler->lock);
        threshold.reached(threshold.context, used, threshold.total_bytes);
        pthread_mutex_lock(&sampler->lock);
    }
    sampler->calling = false;
    pthread_cond_broadcast(&sampler->changed);
    if (given)
        sampler->failures = 0;
    else if (!sampler->stopping)
        note_failure(sampler);
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
    struct sampler *sampler = argument;
    is_sampling_thread = true;
    prctl(PR_SET_TIMERSLACK, 1); /* of this thread: else the kernel may wake it 50 us late */
    const struct sampler_options *options = &sampler->options;
    uint64_t now = now_ns(), sampling = now, preparing = now + PREPARE_NS;
    pthread_mutex_lock(&sampler->lock);
    while (!sampler->stopping) {
        uint64_t interval = options->interval_ns;
        if (sampler->interval_changed) { /* the next sample by the new interval */
            sampler->interval_changed = false;
            sampling = now + interval;
        }
        if (interval > 0 && now >= sampling) {
            if (atomic_load(options->sampling))
                sample(sampler);
            sampling = next_deadline(sampling, interval, now_ns());
        }
        if (now >= preparing) {
            pthread_mutex_unlock(&sampler->lock);
            recorder_prepare(options->recorder);
            preparing = next_deadline(preparing, PREPARE_NS, now_ns());
            pthread_mutex_lock(&sampler->lock);
        }
        while (
            !sampler->stopping && !sampler->interval_changed &&
            wait_for_change(sampler, interval > 0 && sampling < preparing ? sampling : preparing))
            ;
        now = now_ns();
    }
    sampler->ended = true;
    bool abandoned = sampler->abandoned;
    pthread_cond_broadcast(&sampler->changed);
    pthread_mutex_unlock(&sampler->lock);
    if (abandoned)
        forget(sampler);
    return NULL;
}

/* Signals are for the host's threads; the new one inherits this mask. But for the one that a
 * recording brings which was cut short: blocked, it would end the process. */
static int start_thread(struct sampler *sampler)
{
    sigset_t all, before;
    sigfillset(&all);
    sigdelset(&all, SIGBUS);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(&sampler->thread, NULL, run, sampler);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (!error)
        pthread_setname_np(sampler->thread, "gmtrace");
    return error;
}

int sampler_start(const struct sampler_options *options, struct sampler **started)
{
    struct sampler *sampler = calloc(1, sizeof *sampler);
    if (!sampler)
        return ENOMEM;
    sampler->options = *options;
    pthread_condattr_t clock;
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_cond_init(&sampler->changed, &clock);
    pthread_condattr_destroy(&clock);
    pthread_mutex_init(&sampler->lock, NULL);
    int error = start_thread(sampler);
    if (error) {
        sampler->options.source = (struct source){0}; /* still the caller's */
        forget(sampler);
        return error;
    }
    *started = sampler;
    return 0;
}

/* ---- from other threads ---- */

bool sampler_is_caller(void)
{
    return is_sampling_thread;
}

/* Waits until no callback runs. The lock is held. */
static bool wait_for_callback(struct sampler *sampler)
{
    uint64_t until = now_ns() + PATIENCE_NS;
    while (sampler->calling)
        if (!wait_for_change(sampler, until))
            break;
    return !sampler->calling;
}

int sampler_set_source(struct sampler *sampler, struct source source)
{
    struct source old = {0};
    pthread_mutex_lock(&sampler->lock);
    bool free_to_change = wait_for_callback(sampler);
    if (free_to_change) {
        old = sampler->options.source;
        if (old.allocated_of == TRACE_MEASURE_DEVICE && !source.records_itself &&
            !sampler->device.read) {
            sampler->device = old;
            old = (struct source){0};
        }
        sampler->options.source = source;
        sampler->failures = 0;
        sampler->measures_noted = false;
    }
    pthread_mutex_unlock(&sampler->lock);
    close_source(&old);
    return free_to_change ? 0 : ETIMEDOUT;
}

void sampler_set_interval(struct sampler *sampler, uint64_t interval_ns)
{
    pthread_mutex_lock(&sampler->lock);
    sampler->options.interval_ns = interval_ns;
    sampler->interval_changed = true;
    pthread_cond_broadcast(&sampler->changed);
    pthread_mutex_unlock(&sampler->lock);
}

int sampler_set_threshold(struct sampler *sampler, struct threshold threshold)
{
    pthread_mutex_lock(&sampler->lock);
    bool free_to_change = wait_for_callback(sampler);
    if (free_to_change) {
        sampler->threshold = threshold;
        sampler->above = false;
    }
    pthread_mutex_unlock(&sampler->lock);
    return free_to_change ? 0 : ETIMEDOUT;
}

bool sampler_stop(struct sampler *sampler)
{
    uint64_t until = now_ns() + PATIENCE_NS;
    pthread_mutex_lock(&sampler->lock);
    sampler->stopping = true;
    pthread_cond_broadcast(&sampler->changed);
    while (!sampler->ended && wait_for_change(sampler, until))
        ;
    bool ended = sampler->ended;
    sampler->abandoned = !ended;
    if (!ended)
        pthread_detach(sampler->thread);
    pthread_mutex_unlock(&sampler->lock);
    if (ended) {
        pthread_join(sampler->thread, NULL);
        forget(sampler);
    } else {
        stay_loaded(); /* the thread runs on in it */
    }
    return ended;
}
