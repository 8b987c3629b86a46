/* A stand-in for libcuda.so.1; see README.md. Addresses on the device are those of small blocks
 * here, which say how much they stand for. */
#include "tests/fakes/fake_gpu.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

enum {
    SUCCESS = 0,
    INVALID = 1,
    NO_MEMORY = 2,
    NOT_INITIALIZED = 3,
    NO_DEVICE = 100,
    NO_CONTEXT = 201
};

struct block {
    size_t bytes;
    int device; /* its physical number */
    int owners; /* handles and mappings, of physical memory */
};

/* Where physical memory is mapped. */
enum { MOST_MAPPINGS = 4096 };
static struct mapping {
    uint64_t address;
    size_t bytes;
    struct block *block;
} mappings[MOST_MAPPINGS];

struct context {
    int device; /* its physical number */
    int references;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int initialized;
static size_t allocated[FAKE_MOST_GPUS];
static struct context contexts[FAKE_MOST_GPUS];
static _Thread_local struct context *stack[8];
static _Thread_local int depth;

#define ENTRY(name, ...)                                                                           \
    FAKE_EXPORT int name(__VA_ARGS__);                                                             \
    int name(__VA_ARGS__)

FAKE_EXPORT size_t fake_gpu_allocated(int device);
size_t fake_gpu_allocated(int device)
{
    pthread_mutex_lock(&lock);
    size_t bytes = allocated[device];
    pthread_mutex_unlock(&lock);
    return bytes;
}

/* ---- devices ---- */

/* The physical number of what the process calls its nth; -1: none. */
static int physical(int ordinal)
{
    const char *visible = getenv("CUDA_VISIBLE_DEVICES");
    int index = ordinal;
    for (int skipped = 0; visible && skipped < ordinal; skipped++)
        visible = strchr(visible, ',') ? strchr(visible, ',') + 1 : "";
    if (visible && strncmp(visible, "GPU-a", 5) == 0)
        return visible[5] - '0'; /* there are no more than ten in such a test */
    if (visible)
        index = *visible >= '0' && *visible <= '9' ? atoi(visible) : -1;
    if (index < 0 || index >= fake_count())
        return -1;
    const char *order = getenv("CUDA_DEVICE_ORDER");
    bool by_address = order && strcmp(order, "PCI_BUS_ID") == 0;
    return by_address ? index : (int)fake_number_at("FAKE_GPU_ORDER", index, index);
}

ENTRY(cuInit, unsigned flags)
{
    if (fake_count() == 0)
        return NO_DEVICE;
    initialized = 1;
    return flags ? INVALID : SUCCESS;
}

ENTRY(cuDriverGetVersion, int *version)
{
    *version = 13000;
    return SUCCESS;
}

ENTRY(cuDeviceGetCount, int *count)
{
    *count = 0;
    while (*count < FAKE_MOST_GPUS && physical(*count) >= 0)
        ++*count;
    return initialized ? SUCCESS : NOT_INITIALIZED;
}

ENTRY(cuDeviceGet, int *device, int ordinal)
{
    *device = physical(ordinal);
    return !initialized ? NOT_INITIALIZED : *device < 0 ? INVALID : SUCCESS;
}

ENTRY(cuDeviceGetUuid_v2, unsigned char uuid[16], int device)
{
    memset(uuid, fake_uuid_byte(device), 16);
    return initialized ? SUCCESS : NOT_INITIALIZED;
}

ENTRY(cuDeviceGetName, char *name, int size, int device)
{
    snprintf(name, (size_t)size, "Stand-in %d", device);
    return SUCCESS;
}

ENTRY(cuDeviceTotalMem_v2, size_t *bytes, int device)
{
    (void)device;
    *bytes = fake_capacity();
    return initialized ? SUCCESS : NOT_INITIALIZED;
}

/* ---- contexts ---- */

ENTRY(cuDevicePrimaryCtxGetState, int device, unsigned *flags, int *active)
{
    *flags = 0;
    *active = contexts[device].references > 0;
    return initialized ? SUCCESS : NOT_INITIALIZED;
}

ENTRY(cuDevicePrimaryCtxRetain, struct context **context, int device)
{
    if (!initialized)
        return NOT_INITIALIZED;
    pthread_mutex_lock(&lock);
    const char *path = getenv("FAKE_CUDA_LOG");
    FILE *log = contexts[device].references++ == 0 && path ? fopen(path, "a") : NULL;
    if (log) {
        fprintf(log, "context on %d\n", device);
        fclose(log);
    }
    contexts[device].device = device;
    *context = &contexts[device];
    pthread_mutex_unlock(&lock);
    return SUCCESS;
}

ENTRY(cuDevicePrimaryCtxRelease_v2, int device)
{
    pthread_mutex_lock(&lock);
    contexts[device].references--;
    pthread_mutex_unlock(&lock);
    return SUCCESS;
}

ENTRY(cuCtxPushCurrent_v2, struct context *context)
{
    if (depth == 8)
        return INVALID;
    stack[depth++] = context;
    return SUCCESS;
}

ENTRY(cuCtxPopCurrent_v2, struct context **context)
{
    if (depth == 0)
        return NO_CONTEXT;
    *context = stack[--depth];
    return SUCCESS;
}

ENTRY(cuCtxGetCurrent, struct context **context)
{
    *context = depth ? stack[depth - 1] : NULL;
    return SUCCESS;
}

ENTRY(cuCtxSetCurrent, struct context *context)
{
    depth = depth ? depth : 1;
    stack[depth - 1] = context;
    return SUCCESS;
}

/* ---- memory ---- */

static int current(void)
{
    return depth && stack[depth - 1] ? stack[depth - 1]->device : -1;
}

/* Read once: an allocation costs next to nothing, so that what a tracer adds can be measured. */
static size_t capacity, used_elsewhere[FAKE_MOST_GPUS];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void read_sizes(void)
{
    capacity = fake_capacity();
    for (int i = 0; i < FAKE_MOST_GPUS; i++)
        used_elsewhere[i] = (size_t)fake_number_at("FAKE_GPU_USED_MB", i, 0) * FAKE_MB;
}

static size_t in_use(int device)
{
    pthread_once(&once, read_sizes);
    return allocated[device] + used_elsewhere[device];
}

static int take(uintptr_t *address, size_t bytes, int device)
{
    if (device < 0)
        return NO_CONTEXT;
    if (bytes == 0)
        return INVALID;
    struct block *block = malloc(sizeof *block);
    pthread_mutex_lock(&lock);
    size_t used = in_use(device);
    int status = block && used + bytes <= capacity ? SUCCESS : NO_MEMORY;
    if (status == SUCCESS) {
        allocated[device] += bytes;
        *block = (struct block){bytes, device, 1};
        *address = (uintptr_t)block;
    }
    pthread_mutex_unlock(&lock);
    if (status != SUCCESS)
        free(block);
    return status;
}

static struct block *block_at(uintptr_t address)
{
    return ((union {
               uintptr_t address;
               struct block *block;
           }){address})
        .block;
}

/* With the lock. */
static void disown(struct block *block)
{
    if (--block->owners > 0)
        return;
    allocated[block->device] -= block->bytes;
    free(block);
}

static int give(uintptr_t address)
{
    if (!address)
        return INVALID;
    pthread_mutex_lock(&lock);
    disown(block_at(address));
    pthread_mutex_unlock(&lock);
    return SUCCESS;
}

ENTRY(cuMemGetInfo_v2, size_t *free_bytes, size_t *total)
{
    if (current() < 0)
        return NO_CONTEXT;
    pthread_mutex_lock(&lock);
    size_t used = in_use(current());
    *total = capacity;
    *free_bytes = capacity - used;
    pthread_mutex_unlock(&lock);
    return SUCCESS;
}

ENTRY(cuMemAlloc_v2, uintptr_t *address, size_t bytes)
{
    return take(address, bytes, current());
}

ENTRY(cuMemAllocManaged, uintptr_t *address, size_t bytes, unsigned flags)
{
    (void)flags;
    return take(address, bytes, current());
}

ENTRY(cuMemAllocPitch_v2, uintptr_t *address, size_t *pitch, size_t width, size_t height,
      unsigned element)
{
    (void)element;
    *pitch = (width + 511) / 512 * 512;
    return take(address, *pitch * height, current());
}

ENTRY(cuMemAllocAsync, uintptr_t *address, size_t bytes, void *stream)
{
    (void)stream;
    return take(address, bytes, current());
}

ENTRY(cuMemAllocFromPoolAsync, uintptr_t *address, size_t bytes, void *pool, void *stream)
{
    (void)pool, (void)stream;
    return take(address, bytes, current());
}

ENTRY(cuMemFree_v2, uintptr_t address)
{
    return give(address);
}

ENTRY(cuMemFreeAsync, uintptr_t address, void *stream)
{
    (void)stream;
    return give(address);
}

/* The location's device is the second word of what is asked for. */
ENTRY(cuMemCreate, uint64_t *handle, size_t bytes, const int *properties, uint64_t flags)
{
    (void)flags;
    uintptr_t address = 0;
    int status = take(&address, bytes, physical(properties[3]));
    *handle = address;
    return status;
}

ENTRY(cuMemRelease, uint64_t handle)
{
    return give((uintptr_t)handle);
}

ENTRY(cuMemMap, uint64_t address, size_t bytes, size_t offset, uint64_t handle, uint64_t flags)
{
    (void)offset, (void)flags;
    int status = NO_MEMORY;
    pthread_mutex_lock(&lock);
    for (int i = 0; i < MOST_MAPPINGS && status != SUCCESS; i++)
        if (mappings[i].bytes == 0) {
            mappings[i] = (struct mapping){address, bytes, block_at((uintptr_t)handle)};
            mappings[i].block->owners++;
            status = SUCCESS;
        }
    pthread_mutex_unlock(&lock);
    return status;
}

ENTRY(cuMemUnmap, uint64_t address, size_t bytes)
{
    int status = INVALID;
    pthread_mutex_lock(&lock);
    for (int i = 0; i < MOST_MAPPINGS; i++)
        if (mappings[i].bytes > 0 && mappings[i].address >= address &&
            mappings[i].address < address + bytes) {
            mappings[i].bytes = 0;
            disown(mappings[i].block);
            status = SUCCESS;
        }
    pthread_mutex_unlock(&lock);
    return status;
}

ENTRY(cuMemRetainAllocationHandle, uint64_t *handle, uint64_t address)
{
    int status = INVALID;
    pthread_mutex_lock(&lock);
    for (int i = 0; i < MOST_MAPPINGS && status != SUCCESS; i++)
        if (mappings[i].bytes > 0 && mappings[i].address == address) {
            mappings[i].block->owners++;
            *handle = (uintptr_t)mappings[i].block;
            status = SUCCESS;
        }
    pthread_mutex_unlock(&lock);
    return status;
}

ENTRY(cuGetProcAddress_v2, const char *name, void **function, int version, uint64_t flags,
      int *found)
{
    (void)version, (void)flags;
    char versioned[128];
    void *self = dlopen("libcuda.so.1", RTLD_LAZY | RTLD_NOLOAD);
    snprintf(versioned, sizeof versioned, "%s_v2", name);
    *function = dlsym(self, versioned);
    if (!*function)
        *function = dlsym(self, name);
    if (found)
        *found = *function ? 0 : 1;
    return *function ? SUCCESS : 500;
}
