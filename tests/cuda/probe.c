/* probe STEP...: a process that is traced and uses CUDA, step by step, for the tests beside it.
 *
 *   start[=DEVICE]  gmt_start, into the folder of GMT_DIR
 *   iterate         the next iteration, of 60 ms
 *   wait=MS
 *   init            loads the driver's library and initializes it
 *   context         makes the primary context of device 0
 *   alloc=MB        on the runtime's device 0
 *   free            what was allocated last
 *   source=MB       samples come from an allocator that has so much, and a tenth more reserved;
 *                   "stop" says how often it was asked
 *   asked=N         iterations, until the allocator was asked so often
 *   threshold=SHARE says "reached" when samples reach it
 *   stop
 */
#include "tracer/gmtrace.h"

#include <dlfcn.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct probe {
    gmt_tracer *tracer;
    int64_t iteration;
    void *block;
};

/* Sets a pointer to a function; ISO C has no cast from data to function. */
static void find(const char *library, const char *name, void *function)
{
    void *handle = dlopen(library, RTLD_LAZY);
    void *found = handle ? dlsym(handle, name) : NULL;
    if (!found) {
        fprintf(stderr, "probe: %s of %s: %s\n", name, library, dlerror());
        exit(3);
    }
    memcpy(function, &found, sizeof found);
}

static void check(const char *what, int status)
{
    if (status == 0)
        return;
    fprintf(stderr, "probe: %s: %d\n", what, status);
    exit(3);
}

static void reached(void *context, uint64_t used_bytes, uint64_t total_bytes)
{
    (void)context;
    printf("reached %llu of %llu\n", (unsigned long long)used_bytes,
           (unsigned long long)total_bytes);
}

static atomic_ulong asked; /* how often the allocator was */

static int read_allocator(void *context, uint64_t *allocated_bytes, uint64_t *reserved_bytes)
{
    asked++;
    *allocated_bytes = *(const uint64_t *)context;
    *reserved_bytes = *allocated_bytes + *allocated_bytes / 10;
    return 0;
}

static void set_source(struct probe *probe, const char *mb)
{
    static uint64_t bytes;
    bytes = strtoull(mb, NULL, 10) << 20;
    check("gmt_set_source", gmt_set_source(probe->tracer, read_allocator, &bytes));
}

static void start(struct probe *probe, const char *device)
{
    gmt_options options = gmt_default_options();
    options.interval_s = 0.002;
    options.device = device ? atoi(device) : -1;
    check("gmt_start", gmt_start(&options, &probe->tracer));
}

static void use_cuda(struct probe *probe, const char *step, const char *value)
{
    static const char driver[] = "libcuda.so.1", runtime[] = "libcudart.so.13";
    if (strcmp(step, "init") == 0) {
        int (*init)(unsigned flags);
        find(driver, "cuInit", &init);
        check(step, init(0));
    } else if (strcmp(step, "context") == 0) {
        void *context;
        int (*retain)(void **context, int device);
        find(driver, "cuDevicePrimaryCtxRetain", &retain);
        check(step, retain(&context, 0));
    } else if (strcmp(step, "alloc") == 0) {
        int (*allocate)(void **block, size_t bytes);
        find(runtime, "cudaMalloc", &allocate);
        check(step, allocate(&probe->block, (size_t)atol(value) << 20));
    } else if (strcmp(step, "free") == 0) {
        int (*give)(void *block);
        find(runtime, "cudaFree", &give);
        check(step, give(probe->block));
    } else {
        fprintf(stderr, "probe: no such step: %s\n", step);
        exit(2);
    }
}

static void iterate(struct probe *probe)
{
    gmt_next_iteration(probe->tracer, probe->iteration++);
    usleep(60000);
}

static void take_step(struct probe *probe, const char *step, const char *value)
{
    if (strcmp(step, "start") == 0) {
        start(probe, value);
    } else if (strcmp(step, "iterate") == 0) {
        iterate(probe);
    } else if (strcmp(step, "asked") == 0) {
        while (asked < strtoul(value, NULL, 10))
            iterate(probe);
    } else if (strcmp(step, "wait") == 0) {
        usleep((useconds_t)atoi(value) * 1000);
    } else if (strcmp(step, "source") == 0) {
        set_source(probe, value);
    } else if (strcmp(step, "threshold") == 0) {
        check("gmt_on_threshold", gmt_on_threshold(probe->tracer, atof(value), reached, NULL));
    } else if (strcmp(step, "stop") == 0) {
        check("gmt_stop", gmt_stop(probe->tracer));
        if (asked)
            printf("asked %lu times\n", atomic_load(&asked));
    } else {
        use_cuda(probe, step, value);
    }
}

int main(int argc, char **argv)
{
    struct probe probe = {0};
    for (int i = 1; i < argc; i++) {
        char *value = strchr(argv[i], '=');
        if (value)
            *value++ = '\0';
        take_step(&probe, argv[i], value);
    }
    return 0;
}
