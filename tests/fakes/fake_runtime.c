/* A stand-in for libcudart.so.13, over that of the driver; see README.md. */
#include "tests/fakes/fake_gpu.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdint.h>

enum { SUCCESS = 0, NO_DRIVER = 35 };

#define ENTRY(type, name, ...)                                                                     \
    FAKE_EXPORT type name(__VA_ARGS__);                                                            \
    type name(__VA_ARGS__)

/* The driver's functions, by name, looked up once: the library is loaded at the first call. */
#define DRIVER(name, ...)                                                                          \
    static void *_Atomic found_##name;                                                             \
    int (*name)(__VA_ARGS__) = NULL;                                                               \
    find(#name, &found_##name, &name)

static _Thread_local int device;
static _Thread_local int bound = -1; /* the device whose context is this thread's */
static void *driver;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void load(void)
{
    driver = dlopen("libcuda.so.1", RTLD_LAZY);
    int (*init)(unsigned) = NULL;
    void *found = driver ? dlsym(driver, "cuInit") : NULL;
    memcpy(&init, &found, sizeof found);
    if (init && init(0) != 0)
        driver = NULL;
}

static void find(const char *name, void *_Atomic *known, void *function)
{
    void *found = *known ? *known : dlsym(driver, name);
    if (!found)
        abort();
    *known = found;
    memcpy(function, &found, sizeof found);
}

/* The primary context of the thread's device, made where there is none, as the runtime does. */
static int bind_context(void)
{
    pthread_once(&once, load);
    if (!driver)
        return NO_DRIVER;
    if (bound == device)
        return SUCCESS;
    DRIVER(cuDeviceGet, int *, int);
    DRIVER(cuDevicePrimaryCtxRetain, void **, int);
    DRIVER(cuCtxSetCurrent, void *);
    int handle;
    void *context;
    int status = cuDeviceGet(&handle, device);
    if (status == SUCCESS)
        status = cuDevicePrimaryCtxRetain(&context, handle);
    if (status == SUCCESS)
        status = cuCtxSetCurrent(context);
    if (status == SUCCESS)
        bound = device;
    return status;
}

ENTRY(int, cudaSetDevice, int ordinal)
{
    device = ordinal;
    return SUCCESS;
}

ENTRY(int, cudaGetDevice, int *ordinal)
{
    *ordinal = device;
    return SUCCESS;
}

ENTRY(int, cudaGetDeviceCount, int *count)
{
    pthread_once(&once, load);
    if (!driver)
        return NO_DRIVER;
    DRIVER(cuDeviceGetCount, int *);
    return cuDeviceGetCount(count);
}

ENTRY(int, cudaMalloc, void **address, size_t bytes)
{
    int status = bind_context();
    if (status != SUCCESS)
        return status;
    DRIVER(cuMemAlloc_v2, void **, size_t);
    return cuMemAlloc_v2(address, bytes);
}

ENTRY(int, cudaMallocManaged, void **address, size_t bytes, unsigned flags)
{
    (void)flags;
    return cudaMalloc(address, bytes);
}

ENTRY(int, cudaMallocPitch, void **address, size_t *pitch, size_t width, size_t height)
{
    *pitch = (width + 511) / 512 * 512;
    return cudaMalloc(address, *pitch * height);
}

ENTRY(int, cudaMallocAsync, void **address, size_t bytes, void *stream)
{
    (void)stream;
    return cudaMalloc(address, bytes);
}

ENTRY(int, cudaMallocFromPoolAsync, void **address, size_t bytes, void *pool, void *stream)
{
    (void)pool, (void)stream;
    return cudaMalloc(address, bytes);
}

ENTRY(int, cudaFree, void *address)
{
    int status = bind_context();
    if (status != SUCCESS || !address)
        return status;
    DRIVER(cuMemFree_v2, void *);
    return cuMemFree_v2(address);
}

ENTRY(int, cudaFreeAsync, void *address, void *stream)
{
    (void)stream;
    return cudaFree(address);
}

ENTRY(int, cudaMemGetInfo, size_t *free_bytes, size_t *total)
{
    int status = bind_context();
    if (status != SUCCESS)
        return status;
    DRIVER(cuMemGetInfo_v2, size_t *, size_t *);
    return cuMemGetInfo_v2(free_bytes, total);
}

ENTRY(int, cudaMemset, void *address, int value, size_t bytes)
{
    (void)address, (void)value, (void)bytes; /* a block here is smaller than it says */
    return bind_context();
}

ENTRY(int, cudaDeviceSynchronize, void)
{
    return bind_context();
}

/* The device's blocks are forgotten, not given back: programs that reset end soon. */
ENTRY(int, cudaDeviceReset, void)
{
    bound = -1;
    return SUCCESS;
}

ENTRY(int, cudaGetDriverEntryPointByVersion, const char *name, void **function, unsigned version,
      unsigned long long flags, int *result)
{
    pthread_once(&once, load);
    if (!driver)
        return NO_DRIVER;
    DRIVER(cuGetProcAddress_v2, const char *, void **, int, uint64_t, int *);
    return cuGetProcAddress_v2(name, function, (int)version, flags, result);
}

ENTRY(int, cudaGetDriverEntryPoint, const char *name, void **function, unsigned long long flags,
      int *result)
{
    return cudaGetDriverEntryPointByVersion(name, function, 12000, flags, result);
}

ENTRY(const char *, cudaGetErrorString, int error)
{
    return error == SUCCESS ? "no error" : error == 2 ? "out of memory" : "error";
}

ENTRY(int, cudaGetLastError, void)
{
    return SUCCESS;
}
