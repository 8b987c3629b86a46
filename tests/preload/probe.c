/* probe STEP...: a program that allocates device memory in every way, for the tests beside it.
 *
 *   malloc=BYTES managed= async= pool= pitch=WIDTH (4 rows)           of the runtime
 *   cu-malloc=BYTES cu-managed= cu-async= cu-pool= cu-pitch=WIDTH     of the driver
 *   create=BYTES                 physical memory, by the driver's cuMemCreate
 *   entry-create= entry2-create= proc-create=   the same by an entry point of the runtime (by
 * version; as older ones), of the driver map=N unmap=N release=N retain=N            the Nth
 * allocation's free=N threads=COUNT                each allocates and frees 20000 times, and keeps
 * COUNT x 1000 bytes fork                         a child allocates, frees and ends child=COMMAND
 * a child runs it reset lookups start=TP next=N static=BYTES peak= sample= source=BYTES stop gmt_*
 * calls of its own mark=NAME wait=MS exit=STATUS kill=SIGNAL calls=COUNT                  so many
 * allocations and frees; says nanoseconds a pair */
#include "tracer/gmtrace.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int cudaMalloc(void **block, size_t bytes);
int cudaMallocManaged(void **block, size_t bytes, unsigned flags);
int cudaMallocAsync(void **block, size_t bytes, void *stream);
int cudaMallocFromPoolAsync(void **block, size_t bytes, void *pool, void *stream);
int cudaMallocPitch(void **block, size_t *pitch, size_t width, size_t height);
int cudaFree(void *block);
int cudaFreeAsync(void *block, void *stream);
int cudaDeviceReset(void);
int cudaGetDriverEntryPoint(const char *name, void **function, unsigned long long flags,
                            int *result);
int cudaGetDriverEntryPointByVersion(const char *name, void **function, unsigned version,
                                     unsigned long long flags, int *result);
int cuMemAlloc_v2(uint64_t *block, size_t bytes);
int cuMemAllocManaged(uint64_t *block, size_t bytes, unsigned flags);
int cuMemAllocAsync(uint64_t *block, size_t bytes, void *stream);
int cuMemAllocFromPoolAsync(uint64_t *block, size_t bytes, void *pool, void *stream);
int cuMemAllocPitch_v2(uint64_t *block, size_t *pitch, size_t width, size_t height,
                       unsigned element);
int cuMemFree_v2(uint64_t block);
int cuMemFreeAsync(uint64_t block, void *stream);
int cuMemCreate(uint64_t *handle, size_t bytes, const int *properties, uint64_t flags);
int cuMemRelease(uint64_t handle);
int cuMemRetainAllocationHandle(uint64_t *handle, uint64_t address);
int cuMemMap(uint64_t address, size_t bytes, size_t offset, uint64_t handle, uint64_t flags);
int cuMemUnmap(uint64_t address, size_t bytes);
int cuGetProcAddress_v2(const char *name, void **function, int version, uint64_t flags,
                        int *result);

enum { MOST = 64, ROWS = 4 };
static const uint64_t FAR = (uint64_t)1 << 40; /* where physical memory is mapped */

static struct allocation {
    enum { RUNTIME, STREAM, DRIVER, DRIVER_STREAM, PHYSICAL } kind;
    void *block;
    uint64_t address;
    size_t bytes;
    int (*release)(uint64_t handle);
} allocations[MOST];
static int count;

static gmt_tracer *tracer;

static void check(const char *step, int status)
{
    if (status == 0)
        return;
    printf("%s: %d\n", step, status);
    fflush(stdout);
}

/* ---- allocating ---- */

static int allocate_runtime(const char *how, struct allocation *a)
{
    size_t pitch;
    a->kind = strcmp(how, "async") == 0 || strcmp(how, "pool") == 0 ? STREAM : RUNTIME;
    if (strcmp(how, "malloc") == 0)
        return cudaMalloc(&a->block, a->bytes);
    if (strcmp(how, "managed") == 0)
        return cudaMallocManaged(&a->block, a->bytes, 1);
    if (strcmp(how, "async") == 0)
        return cudaMallocAsync(&a->block, a->bytes, NULL);
    if (strcmp(how, "pool") == 0)
        return cudaMallocFromPoolAsync(&a->block, a->bytes, NULL, NULL);
    return strcmp(how, "pitch") == 0 ? cudaMallocPitch(&a->block, &pitch, a->bytes, ROWS) : -1;
}

static int allocate_driver(const char *how, struct allocation *a)
{
    size_t pitch;
    a->kind = strcmp(how, "async") == 0 || strcmp(how, "pool") == 0 ? DRIVER_STREAM : DRIVER;
    if (strcmp(how, "malloc") == 0)
        return cuMemAlloc_v2(&a->address, a->bytes);
    if (strcmp(how, "managed") == 0)
        return cuMemAllocManaged(&a->address, a->bytes, 1);
    if (strcmp(how, "async") == 0)
        return cuMemAllocAsync(&a->address, a->bytes, NULL);
    if (strcmp(how, "pool") == 0)
        return cuMemAllocFromPoolAsync(&a->address, a->bytes, NULL, NULL);
    return strcmp(how, "pitch") == 0 ? cuMemAllocPitch_v2(&a->address, &pitch, a->bytes, ROWS, 4)
                                     : -1;
}

typedef int (*create_fn)(uint64_t *handle, size_t bytes, const int *properties, uint64_t flags);

/* A driver's function by name, in the way that the step says. */
static void *look_up(const char *how, const char *name)
{
    void *found = NULL;
    int result;
    if (strcmp(how, "entry-create") == 0)
        check(how, cudaGetDriverEntryPointByVersion(name, &found, 12030, 0, &result));
    else if (strcmp(how, "entry2-create") == 0)
        check(how, cudaGetDriverEntryPoint(name, &found, 0, &result));
    else
        check(how, cuGetProcAddress_v2(name, &found, 12030, 0, &result));
    return found;
}

static int create(const char *how, struct allocation *a)
{
    const int properties[] = {1, 0, 1, 0, 0, 0, 0, 0};
    create_fn make = cuMemCreate;
    a->kind = PHYSICAL;
    a->release = cuMemRelease;
    if (strcmp(how, "create") != 0) {
        void *found = look_up(how, "cuMemCreate");
        memcpy(&make, &found, sizeof found);
        found = look_up(how, "cuMemRelease");
        memcpy(&a->release, &found, sizeof found);
    }
    return make(&a->address, a->bytes, properties, 0);
}

static bool allocate(const char *how, const char *value)
{
    struct allocation *a = &allocations[count];
    *a = (struct allocation){.bytes = value ? strtoull(value, NULL, 10) : 0};
    int status = strstr(how, "create")         ? create(how, a)
                 : strncmp(how, "cu-", 3) == 0 ? allocate_driver(how + 3, a)
                                               : allocate_runtime(how, a);
    if (status == -1)
        return false;
    check(how, status);
    count++;
    return true;
}

static int give_back(struct allocation *a)
{
    switch (a->kind) {
    case RUNTIME:
        return cudaFree(a->block);
    case STREAM:
        return cudaFreeAsync(a->block, NULL);
    case DRIVER:
        return cuMemFree_v2(a->address);
    case DRIVER_STREAM:
        return cuMemFreeAsync(a->address, NULL);
    case PHYSICAL:
        return a->release(a->address);
    }
    return -1;
}

static bool use(const char *step, struct allocation *a, uint64_t place)
{
    uint64_t handle;
    if (strcmp(step, "free") == 0 || strcmp(step, "release") == 0)
        check(step, give_back(a));
    else if (strcmp(step, "map") == 0)
        check(step, cuMemMap(FAR * (place + 1), a->bytes, 0, a->address, 0));
    else if (strcmp(step, "unmap") == 0)
        check(step, cuMemUnmap(FAR * (place + 1), a->bytes));
    else if (strcmp(step, "retain") == 0)
        check(step, cuMemRetainAllocationHandle(&handle, FAR * (place + 1)));
    else
        return false;
    return true;
}

/* The driver's own look-up has another interface from CUDA 12.0 on: which of them a version gets.
 */
static void compare_lookups(void)
{
    void *found[4];
    const unsigned versions[] = {11030, 11080, 12000, 12030};
    int result;
    for (int i = 0; i < 4; i++)
        check("lookups", cudaGetDriverEntryPointByVersion("cuGetProcAddress", &found[i],
                                                          versions[i], 0, &result));
    check("lookups of CUDA 11", found[0] != found[1]);
    check("lookups of CUDA 12", found[2] != found[3]);
    check("lookups differ", found[1] == found[2]);
}

/* ---- threads and processes ---- */

static void *work(void *argument)
{
    enum { PAIRS = 20000 };
    size_t bytes = *(const size_t *)argument;
    void *block;
    for (int i = 0; i < PAIRS; i++) {
        check("thread", cudaMalloc(&block, bytes + (size_t)i));
        check("thread", cudaFree(block));
    }
    check("thread", cudaMalloc(&block, 1000));
    return NULL;
}

static void run_threads(int threads)
{
    pthread_t ids[MOST];
    size_t bytes[MOST];
    for (int i = 0; i < threads; i++) {
        bytes[i] = (size_t)(i + 1) * 100000;
        pthread_create(&ids[i], NULL, work, &bytes[i]);
    }
    for (int i = 0; i < threads; i++)
        pthread_join(ids[i], NULL);
}

static void run_child(const char *command)
{
    int status = 0;
    fflush(stdout);
    pid_t child = fork();
    if (child == 0 && command)
        execl("/bin/sh", "sh", "-c", command, (char *)NULL);
    if (child == 0) {
        void *block;
        check("child", cudaMalloc(&block, 77777777));
        check("child", cudaFree(block));
        _exit(0);
    }
    waitpid(child, &status, 0);
    check("child ended", status);
}

static void time_calls(long calls)
{
    struct timespec begun, ended;
    void *block;
    clock_gettime(CLOCK_MONOTONIC, &begun);
    for (long i = 0; i < calls; i++) {
        if (cudaMalloc(&block, 1000) != 0 || cudaFree(block) != 0)
            exit(3);
    }
    clock_gettime(CLOCK_MONOTONIC, &ended);
    printf("%.1f\n",
           ((double)(ended.tv_sec - begun.tv_sec) * 1e9 + (double)(ended.tv_nsec - begun.tv_nsec)) /
               (double)calls);
}

/* ---- training code's own calls ---- */

static int source(void *context, uint64_t *allocated, uint64_t *reserved)
{
    *allocated = *(const uint64_t *)context;
    *reserved = 1; /* wrong on purpose: the device's is known better */
    return 0;
}

static bool trace(const char *step, const char *value)
{
    static uint64_t bytes;
    static int64_t iteration;
    uint64_t number = value ? strtoull(value, NULL, 10) : 0;
    if (strcmp(step, "start") == 0) {
        gmt_options options = gmt_default_options();
        options.interval_s = 0.005;
        options.tp = (int64_t)number;
        options.directory = "elsewhere";
        check(step, (int)gmt_start(&options, &tracer));
    } else if (strcmp(step, "next") == 0) {
        gmt_next_iteration(tracer, iteration = (int64_t)number);
    } else if (strcmp(step, "static") == 0) {
        gmt_log_static(tracer, iteration, number);
    } else if (strcmp(step, "peak") == 0) {
        gmt_log_peak(tracer, iteration, number);
    } else if (strcmp(step, "sample") == 0) {
        gmt_log_sample(tracer, number, 2);
    } else if (strcmp(step, "mark") == 0) {
        gmt_mark(tracer, value);
    } else if (strcmp(step, "source") == 0) {
        bytes = number;
        check(step, (int)gmt_set_source(tracer, source, &bytes));
    } else if (strcmp(step, "stop") == 0) {
        check(step, (int)gmt_stop(tracer));
    } else {
        return false;
    }
    return true;
}

/* ---- steps ---- */

static bool act(const char *step, const char *value)
{
    long number = value ? strtol(value, NULL, 10) : 0;
    if (strcmp(step, "threads") == 0)
        run_threads((int)number);
    else if (strcmp(step, "fork") == 0 || strcmp(step, "child") == 0)
        run_child(value);
    else if (strcmp(step, "lookups") == 0)
        compare_lookups();
    else if (strcmp(step, "reset") == 0)
        check(step, cudaDeviceReset());
    else if (strcmp(step, "calls") == 0)
        time_calls(number);
    else if (strcmp(step, "wait") == 0)
        usleep((useconds_t)number * 1000);
    else if (strcmp(step, "exit") == 0)
        exit((int)number);
    else if (strcmp(step, "kill") == 0)
        raise((int)number);
    else
        return false;
    return true;
}

/* What a program may look at after a call that went well: errno as it left it. */
static bool take_step(const char *step, const char *value)
{
    uint64_t place = value ? strtoull(value, NULL, 10) : 0;
    errno = EDOM;
    bool allocated =
        (place < (uint64_t)count && use(step, &allocations[place], place)) || allocate(step, value);
    if (allocated && errno != EDOM)
        printf("%s: errno is %d\n", step, errno);
    return allocated || act(step, value) || trace(step, value);
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        char step[256], *value;
        snprintf(step, sizeof step, "%s", argv[i]);
        if ((value = strchr(step, '=')))
            *value++ = '\0';
        if (take_step(step, value))
            continue;
        fprintf(stderr, "probe: no such step: %s\n", step);
        return 2;
    }
    return 0;
}
