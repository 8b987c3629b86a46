/* Loads a library with the tracer in it and unloads it again under threads that have used it.
 * Arguments: the library, a folder for traces, and what is in the way: a `thread` that ends after
 * the library is gone, one under a tracer that was still `running`, or a source that `hangs`. */
#include "tracer/gmtrace.h"

#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CHECK(condition)                                                                           \
    do                                                                                             \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "line %d: %s\n", __LINE__, #condition);                                \
            exit(1);                                                                               \
        }                                                                                          \
    while (0)

static void *library;
static gmt_tracer *tracer;
static atomic_int step;

static void wait_for(int reached)
{
    while (atomic_load(&step) < reached)
        usleep(1000);
}

static void *function(const char *name)
{
    void *found = dlsym(library, name);
    CHECK(found);
    return found;
}

static void *log_and_wait(void *unused)
{
    (void)unused;
    void (*log_sample)(gmt_tracer *, uint64_t, uint64_t) = function("gmt_log_sample");
    log_sample(tracer, 1, 2);
    atomic_store(&step, 1);
    wait_for(2);
    return NULL;
}

static int hang(void *context, uint64_t *allocated, uint64_t *reserved)
{
    (void)context;
    *allocated = *reserved = 1;
    atomic_store(&step, 1);
    wait_for(2);
    return 0;
}

static void start(const char *folder, double interval_s)
{
    gmt_status (*init)(gmt_options *, size_t) = function("gmt_options_init");
    gmt_status (*begin)(const gmt_options *, size_t, gmt_tracer **) = function("gmt_start_sized");
    void (*next_iteration)(gmt_tracer *, int64_t) = function("gmt_next_iteration");
    gmt_options options;
    CHECK(init(&options, sizeof options) == GMT_OK);
    options.directory = folder;
    options.interval_s = interval_s;
    CHECK(begin(&options, sizeof options, &tracer) == GMT_OK);
    next_iteration(tracer, 0);
}

static void stop(void)
{
    gmt_status (*end)(gmt_tracer *) = function("gmt_stop");
    CHECK(end(tracer) == GMT_OK);
}

/* Gone from memory, or this would show nothing; unless a thread of its own still needs it. */
static void unload(const char *path, int stays)
{
    CHECK(dlclose(library) == 0);
    CHECK(stays == (dlopen(path, RTLD_NOW | RTLD_NOLOAD) != NULL));
    struct sigaction left;
    CHECK(sigaction(SIGBUS, NULL, &left) == 0 && left.sa_handler == SIG_DFL);
}

static void under_a_thread(const char *path, int stopped)
{
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, log_and_wait, NULL) == 0);
    wait_for(1);
    if (stopped)
        stop();
    unload(path, 0);
    atomic_store(&step, 2);
    CHECK(pthread_join(thread, NULL) == 0);
}

static void under_a_source(const char *path)
{
    gmt_status (*set_source)(gmt_tracer *, gmt_source_fn, void *) = function("gmt_set_source");
    CHECK(set_source(tracer, hang, NULL) == GMT_OK);
    wait_for(1);
    stop();
    unload(path, 1);
    atomic_store(&step, 2);
    usleep(100000); /* in which its thread ends */
}

int main(int count, char **arguments)
{
    CHECK(count == 4);
    const char *path = arguments[1], *folder = arguments[2], *way = arguments[3];
    int hangs = strcmp(way, "hangs") == 0;
    library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    CHECK(library);
    start(folder, hangs ? 0.001 : 0);
    if (hangs)
        under_a_source(path);
    else
        under_a_thread(path, strcmp(way, "thread") == 0);
    char file[4096];
    snprintf(file, sizeof file, "%s/memory_trace_rank0.json", folder);
    CHECK(access(file, F_OK) == 0);
    return 0;
}
