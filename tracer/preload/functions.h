/* The functions that are watched, as NVIDIA's headers declare them: memory on the device is a void
 * pointer to the runtime, a number to the driver; both return 0 where they have done it. Names that
 * end in _ptsz are of programs built for per-thread default streams.
 *
 * X(name, parameters, arguments, ...) */
#ifndef TRACER_PRELOAD_FUNCTIONS_H
#define TRACER_PRELOAD_FUNCTIONS_H

#include <stddef.h>
#include <stdint.h>

/* X(name, parameters, arguments, where the address is put, bytes) */
#define PRELOAD_ALLOCATIONS(X)                                                                     \
    X(cudaMalloc, (void **block, size_t bytes), (block, bytes), block, bytes)                      \
    X(cudaMallocManaged, (void **block, size_t bytes, unsigned flags), (block, bytes, flags),      \
      block, bytes)                                                                                \
    X(cudaMallocAsync, (void **block, size_t bytes, void *stream), (block, bytes, stream), block,  \
      bytes)                                                                                       \
    X(cudaMallocAsync_ptsz, (void **block, size_t bytes, void *stream), (block, bytes, stream),    \
      block, bytes)                                                                                \
    X(cudaMallocFromPoolAsync, (void **block, size_t bytes, void *pool, void *stream),             \
      (block, bytes, pool, stream), block, bytes)                                                  \
    X(cudaMallocFromPoolAsync_ptsz, (void **block, size_t bytes, void *pool, void *stream),        \
      (block, bytes, pool, stream), block, bytes)                                                  \
    X(cudaMallocPitch, (void **block, size_t *pitch, size_t width, size_t height),                 \
      (block, pitch, width, height), block, (status ? width : *pitch) * height)                    \
    X(cuMemAlloc_v2, (uint64_t * block, size_t bytes), (block, bytes), block, bytes)               \
    X(cuMemAllocManaged, (uint64_t * block, size_t bytes, unsigned flags), (block, bytes, flags),  \
      block, bytes)                                                                                \
    X(cuMemAllocAsync, (uint64_t * block, size_t bytes, void *stream), (block, bytes, stream),     \
      block, bytes)                                                                                \
    X(cuMemAllocAsync_ptsz, (uint64_t * block, size_t bytes, void *stream),                        \
      (block, bytes, stream), block, bytes)                                                        \
    X(cuMemAllocFromPoolAsync, (uint64_t * block, size_t bytes, void *pool, void *stream),         \
      (block, bytes, pool, stream), block, bytes)                                                  \
    X(cuMemAllocFromPoolAsync_ptsz, (uint64_t * block, size_t bytes, void *pool, void *stream),    \
      (block, bytes, pool, stream), block, bytes)                                                  \
    X(cuMemAllocPitch_v2,                                                                          \
      (uint64_t * block, size_t * pitch, size_t width, size_t height, unsigned element),           \
      (block, pitch, width, height, element), block, (status ? width : *pitch) * height)

/* X(name, parameters, arguments, the block) */
#define PRELOAD_FREES(X)                                                                           \
    X(cudaFree, (void *block), (block), (uintptr_t)block)                                          \
    X(cudaFreeAsync, (void *block, void *stream), (block, stream), (uintptr_t)block)               \
    X(cudaFreeAsync_ptsz, (void *block, void *stream), (block, stream), (uintptr_t)block)          \
    X(cuMemFree_v2, (uint64_t block), (block), block)                                              \
    X(cuMemFreeAsync, (uint64_t block, void *stream), (block, stream), block)                      \
    X(cuMemFreeAsync_ptsz, (uint64_t block, void *stream), (block, stream), block)

/* Each with a body of its own: X(name, parameters, arguments) */
#define PRELOAD_OTHERS(X)                                                                          \
    X(cuMemCreate, (uint64_t * handle, size_t bytes, const int *properties, uint64_t flags),       \
      (handle, bytes, properties, flags))                                                          \
    X(cuMemRelease, (uint64_t handle), (handle))                                                   \
    X(cuMemRetainAllocationHandle, (uint64_t * handle, uint64_t address), (handle, address))       \
    X(cuMemMap, (uint64_t address, size_t bytes, size_t offset, uint64_t handle, uint64_t flags),  \
      (address, bytes, offset, handle, flags))                                                     \
    X(cuMemUnmap, (uint64_t address, size_t bytes), (address, bytes))

/* Where the runtime hands out the driver's functions. */
#define PRELOAD_RUNTIME_LOOKUPS(X)                                                                 \
    X(cudaGetDriverEntryPoint, (const char *name, void **function, uint64_t flags, int *result),   \
      (name, function, flags, result))                                                             \
    X(cudaGetDriverEntryPoint_ptsz,                                                                \
      (const char *name, void **function, uint64_t flags, int *result),                            \
      (name, function, flags, result))                                                             \
    X(cudaGetDriverEntryPointByVersion,                                                            \
      (const char *name, void **function, unsigned version, uint64_t flags, int *result),          \
      (name, function, version, flags, result))                                                    \
    X(cudaGetDriverEntryPointByVersion_ptsz,                                                       \
      (const char *name, void **function, unsigned version, uint64_t flags, int *result),          \
      (name, function, version, flags, result))

/* The driver's own look-up. The older one takes no `result`; what is passed for it is not read. */
#define PRELOAD_LOOKUPS(X)                                                                         \
    X(cuGetProcAddress,                                                                            \
      (const char *name, void **function, int version, uint64_t flags, int *result),               \
      (name, function, version, flags, result))                                                    \
    X(cuGetProcAddress_v2,                                                                         \
      (const char *name, void **function, int version, uint64_t flags, int *result),               \
      (name, function, version, flags, result))

enum preload_function {
#define PRELOAD_NUMBER(name, ...) PRELOAD_##name,
    PRELOAD_ALLOCATIONS(PRELOAD_NUMBER) PRELOAD_FREES(PRELOAD_NUMBER) PRELOAD_OTHERS(PRELOAD_NUMBER)
        PRELOAD_RUNTIME_LOOKUPS(PRELOAD_NUMBER) PRELOAD_LOOKUPS(PRELOAD_NUMBER)
#undef PRELOAD_NUMBER
            PRELOAD_cudaDeviceReset,
    PRELOAD_COUNT
};

#endif
