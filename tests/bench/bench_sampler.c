/* The sampling thread at 10, 100 and 1,000 Hz while every core is busy: its share of a core, how
 * late its samples come, and what the busy threads lose by it. */
#include "tracer/gmtrace.h"

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { MOST_SAMPLES = 20000, MOST_CORES = 256, ROUNDS = 3 };
static const double ROUND_S = 2;

static double read_clock(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* ---- the busy threads ---- */

struct load {
    _Atomic bool stop;
    long cores;
    pthread_t threads[MOST_CORES];
    _Atomic uint64_t done; /* pieces of work */
};

static void *work(void *argument)
{
    struct load *load = argument;
    double sum = 0;
    uint64_t pieces = 0;
    while (!atomic_load_explicit(&load->stop, memory_order_relaxed)) {
        for (int i = 1; i < 2000; i++)
            sum += 1.0 / i;
        pieces++;
    }
    atomic_fetch_add(&load->done, sum > 0 ? pieces : 0);
    return NULL;
}

/* Pieces a second of all busy threads. */
static double run_load(double seconds)
{
    struct load load = {.cores = sysconf(_SC_NPROCESSORS_ONLN)};
    if (load.cores > MOST_CORES)
        load.cores = MOST_CORES;
    double begin = read_clock(CLOCK_MONOTONIC);
    for (long i = 0; i < load.cores; i++)
        pthread_create(&load.threads[i], NULL, work, &load);
    usleep((useconds_t)(seconds * 1e6));
    atomic_store(&load.stop, true);
    for (long i = 0; i < load.cores; i++)
        pthread_join(load.threads[i], NULL);
    return (double)atomic_load(&load.done) / (read_clock(CLOCK_MONOTONIC) - begin);
}

/* ---- the sampler ---- */

struct watched {
    size_t count;
    double at_s[MOST_SAMPLES];
    double first_cpu_s, last_cpu_s; /* of the sampling thread */
};

static int watch(void *context, uint64_t *allocated, uint64_t *reserved)
{
    struct watched *watched = context;
    watched->last_cpu_s = read_clock(CLOCK_THREAD_CPUTIME_ID);
    if (watched->count == 0)
        watched->first_cpu_s = watched->last_cpu_s;
    if (watched->count < MOST_SAMPLES)
        watched->at_s[watched->count++] = read_clock(CLOCK_MONOTONIC);
    *allocated = *reserved = watched->count;
    return 0;
}

static int compare(const void *a, const void *b)
{
    double first = *(const double *)a, second = *(const double *)b;
    return (first > second) - (first < second);
}

/* Deadlines are whole steps apart. No sample comes early, so the earliest within its step was on
 * time, and each is as late as it stands behind that one. */
static void find_lateness(struct watched *watched, double step_s)
{
    double least = INFINITY, first = watched->at_s[0];
    for (size_t i = 0; i < watched->count; i++) {
        watched->at_s[i] = fmod(watched->at_s[i] - first + step_s / 2, step_s);
        least = fmin(least, watched->at_s[i]);
    }
    for (size_t i = 0; i < watched->count; i++)
        watched->at_s[i] -= least;
    qsort(watched->at_s, watched->count, sizeof *watched->at_s, compare);
}

/* What a thread costs that does nothing but wake: the floor for every sampler on this machine. */
struct bare {
    double step_s, share;
    _Atomic bool stop;
};

static void *wake(void *argument)
{
    struct bare *bare = argument;
    double begin = read_clock(CLOCK_MONOTONIC), deadline = begin;
    while (!atomic_load(&bare->stop)) {
        deadline += bare->step_s;
        const struct timespec until = {.tv_sec = (time_t)deadline,
                                       .tv_nsec = (long)(fmod(deadline, 1) * 1e9)};
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
    }
    bare->share = read_clock(CLOCK_THREAD_CPUTIME_ID) / (read_clock(CLOCK_MONOTONIC) - begin);
    return NULL;
}

static double measure_bare(double rate)
{
    struct bare bare = {.step_s = 1 / rate};
    pthread_t thread;
    pthread_create(&thread, NULL, wake, &bare);
    (void)run_load(ROUND_S);
    atomic_store(&bare.stop, true);
    pthread_join(thread, NULL);
    return bare.share;
}

/* ---- all of it ---- */

struct result {
    double taken, share, late[3]; /* share of a core; late by p50, p99, at most */
    double pieces;                /* of the busy threads, against as many without the sampler */
};

static bool measure(const char *folder, double rate, struct result *result)
{
    static struct watched watched;
    watched = (struct watched){0};
    double alone = run_load(ROUND_S / 2);
    gmt_options options = gmt_default_options();
    options.directory = folder;
    options.interval_s = 1 / rate;
    gmt_tracer *tracer = NULL;
    if (gmt_start(&options, &tracer) != GMT_OK)
        return false;
    gmt_set_source(tracer, watch, &watched);
    gmt_next_iteration(tracer, 0);
    double begin = read_clock(CLOCK_MONOTONIC);
    double pieces = run_load(ROUND_S);
    double seconds = read_clock(CLOCK_MONOTONIC) - begin;
    gmt_stop(tracer);
    if (watched.count == 0)
        return false;
    find_lateness(&watched, 1 / rate);
    size_t count = watched.count;
    *result = (struct result){
        .taken = (double)count / (rate * seconds),
        .share = (watched.last_cpu_s - watched.first_cpu_s) / seconds,
        .late = {watched.at_s[count / 2], watched.at_s[count * 99 / 100], watched.at_s[count - 1]},
        .pieces = pieces / alone};
    return true;
}

static int by_late(const void *a, const void *b)
{
    return compare(&((const struct result *)a)->late[1], &((const struct result *)b)->late[1]);
}

/* The median round by its p99: others may be at this machine, too. */
static bool report(const char *folder, double rate)
{
    struct result rounds[ROUNDS];
    for (int i = 0; i < ROUNDS; i++)
        if (!measure(folder, rate, &rounds[i]))
            return false;
    qsort(rounds, ROUNDS, sizeof *rounds, by_late);
    const struct result *median = &rounds[ROUNDS / 2];
    printf("  %5.0f Hz  %3.0f%% of the samples taken  %.2f%% of a core (a thread that only wakes: "
           "%.2f%%)  late by p50 %.3f, p99 %.3f, max %.3f ms  busy threads at %.1f%%\n",
           rate, 100 * median->taken, 100 * median->share, 100 * measure_bare(rate),
           1e3 * median->late[0], 1e3 * median->late[1], 1e3 * median->late[2],
           100 * median->pieces);
    return true;
}

int main(void)
{
    static const double rates[] = {10, 100, 1000};
    char folder[] = "/tmp/gmtrace-bench-XXXXXX";
    if (!mkdtemp(folder))
        return 1;
    puts("the sampler, all cores busy (goal at 1000 Hz: under 1% of a core, p99 under 0.3 ms):");
    bool done = true;
    for (size_t i = 0; i < sizeof rates / sizeof *rates && done; i++)
        done = report(folder, rates[i]);
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command) != 0 || !done; /* NOLINT(cert-env33-c): a path of our own making */
}
