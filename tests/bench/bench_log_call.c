/* A log call against clock_gettime in the same loop; alone, and with two threads at once; warm, and
 * on pages that were never touched before. And reading ten million records back. */
#include "schemas/recording/recording.h"
#include "tracer/gmtrace.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Many short rounds, of which the fastest tenth counts: other work on the machine does not reach
 * into all of them, and into no comparison of one round with another. */
enum { CALLS = 20000, ROUNDS = 400, COLD_CALLS = 250000, COLD_ROUNDS = 7, MOST_THREADS = 2 };

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

struct work {
    gmt_tracer *tracer; /* NULL: the clock alone */
    pthread_barrier_t *begin;
    unsigned calls;
    double ns_a_call;
};

static void *loop(void *argument)
{
    struct work *work = argument;
    pthread_barrier_wait(work->begin);
    double start = now_s();
    struct timespec now;
    for (unsigned i = 0; i < work->calls; i++) {
        if (work->tracer)
            gmt_log_sample(work->tracer, i, i);
        else
            clock_gettime(CLOCK_MONOTONIC, &now);
    }
    work->ns_a_call = (now_s() - start) / work->calls * 1e9;
    return NULL;
}

/* The mean over the threads of one round. */
static double measure(gmt_tracer *tracer, int threads, unsigned calls)
{
    pthread_barrier_t begin;
    pthread_barrier_init(&begin, NULL, (unsigned)threads);
    pthread_t running[MOST_THREADS];
    struct work work[MOST_THREADS];
    for (int i = 0; i < threads; i++) {
        work[i] = (struct work){tracer, &begin, calls, 0};
        pthread_create(&running[i], NULL, loop, &work[i]);
    }
    double sum = 0;
    for (int i = 0; i < threads; i++) {
        pthread_join(running[i], NULL);
        sum += work[i].ns_a_call;
    }
    pthread_barrier_destroy(&begin);
    return sum / threads;
}

static int compare(const void *a, const void *b)
{
    double first = *(const double *)a, second = *(const double *)b;
    return (first > second) - (first < second);
}

static void compare_with_clock(gmt_tracer *tracer, int threads, double goal)
{
    double clock[ROUNDS], call[ROUNDS];
    for (int i = 0; i < ROUNDS; i++) {
        clock[i] = measure(NULL, threads, CALLS);
        call[i] = measure(tracer, threads, CALLS);
    }
    qsort(clock, ROUNDS, sizeof *clock, compare);
    qsort(call, ROUNDS, sizeof *call, compare);
    double clock_ns = clock[ROUNDS / 10], call_ns = call[ROUNDS / 10];
    printf("  %d thread%s  clock_gettime %5.1f ns  gmt_log_sample %5.1f ns  %.2fx (goal at most "
           "%.1fx)\n",
           threads, threads > 1 ? "s" : " ", clock_ns, call_ns, call_ns / clock_ns, goal);
}

static gmt_tracer *start(const char *folder, uint64_t max_bytes)
{
    gmt_options options = gmt_default_options();
    options.directory = folder;
    options.interval_s = 0;
    options.max_bytes = max_bytes;
    gmt_tracer *tracer = NULL;
    if (gmt_start(&options, &tracer) != GMT_OK)
        exit(1);
    gmt_next_iteration(tracer, 0);
    return tracer;
}

/* Every call on a page that was never written before: what the tracer's thread has touched ahead of
 * the callers, and the rest. The ring has room for one round. */
static void measure_cold(const char *folder, int threads)
{
    enum { BYTES = COLD_CALLS / 127 * 4096 };
    double clock[COLD_ROUNDS], call[COLD_ROUNDS];
    for (int i = 0; i < COLD_ROUNDS; i++) {
        gmt_tracer *tracer = start(folder, (uint64_t)threads * BYTES + (1U << 20));
        clock[i] = measure(NULL, threads, COLD_CALLS);
        call[i] = measure(tracer, threads, COLD_CALLS);
        gmt_stop(tracer);
    }
    qsort(clock, COLD_ROUNDS, sizeof *clock, compare);
    qsort(call, COLD_ROUNDS, sizeof *call, compare);
    printf("  %d thread%s  clock_gettime %5.1f ns  gmt_log_sample %5.1f ns  cold: at full speed on "
           "pages never written\n",
           threads, threads > 1 ? "s" : " ", clock[COLD_ROUNDS / 2], call[COLD_ROUNDS / 2]);
}

static bool read_bytes(const char *path)
{
    static char buffer[1 << 20];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = fd < 0 ? -1 : 1;
    while (length > 0)
        length = read(fd, buffer, sizeof buffer);
    if (fd >= 0)
        close(fd);
    return length == 0;
}

/* Ten million records fit into 320 MB and a little. */
static void read_back(const char *folder)
{
    enum { RECORDS = 10000000 };
    gmt_tracer *tracer = start(folder, 330U << 20);
    for (unsigned i = 0; i < RECORDS; i++)
        gmt_log_sample(tracer, i, i);
    char path[4200];
    snprintf(path, sizeof path, "%s/memory_trace_rank0.gmtrace", folder);
    fflush(stdout);
    /* Read by another process, as recordings are: closing the file here would give up its lock. */
    pid_t child = fork();
    if (child == 0) {
        struct trace trace = {0};
        struct fault fault;
        double begin = now_s();
        bool read = recording_read(path, TRACE_FULL, &trace, &fault);
        double taken = now_s() - begin;
        begin = now_s();
        bool cached = read_bytes(path);
        printf("%zu records read back in %.2f s; %s the file's bytes alone in %.2f s\n",
               read && trace.count ? trace.iterations[0].samples.count : 0, taken,
               cached ? "reading" : "cannot read", now_s() - begin);
        fflush(stdout);
        _exit(0);
    }
    while (wait(NULL) > 0)
        ;
    unlink(path); /* a JSON file of them is not what is measured */
    _exit(0);
}

int main(void)
{
    char folder[] = "/tmp/gmtrace-bench-XXXXXX";
    if (!mkdtemp(folder) || setenv("GMT_RESERVE_ALL", "1", 1) != 0)
        return 1;
    puts("a log call (the ring is used over and over):");
    gmt_tracer *tracer = start(folder, 4U << 20);
    compare_with_clock(tracer, 1, 1.3);
    compare_with_clock(tracer, 2, 1.5);
    gmt_stop(tracer);
    measure_cold(folder, 1);
    measure_cold(folder, 2);
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    fflush(stdout);
    pid_t child = fork();
    if (child == 0)
        read_back(folder);
    while (wait(NULL) > 0)
        ;
    return system(command) != 0; /* NOLINT(cert-env33-c): a path of our own making */
}
