#include "tracer/sources/cuda_driver.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* From the driver API's reference; its header is not needed to build. 0 is success in all of them.
 *
 * The driver's calls and not the runtime's: cudaMemGetInfo creates a context where there is none,
 * and the runtime cannot be asked whether there is one. Whatever the runtime, static or dynamic, it
 * loads this library. */
typedef struct context *context;

struct uuid {
    unsigned char bytes[16];
};

struct cuda_driver {
    void *library;
    int (*get_count)(int *count);
    int (*get_device)(int *device, int ordinal);
    int (*get_uuid)(struct uuid *uuid, int device);
    int (*get_name)(char *name, int size, int device); /* or NULL */
    int (*get_total)(size_t *bytes, int device);
    int (*get_state)(int device, unsigned *flags, int *active);
    int (*retain)(context *primary, int device);
    int (*release)(int device);
    int (*push)(context current);
    int (*pop)(context *current);
    int (*get_memory)(size_t *free_bytes, size_t *total_bytes);
};

static bool find(void *library, const char *name, void *function)
{
    void *found = dlsym(library, name);
    memcpy(function, &found, sizeof found); /* ISO C has no cast from data to function */
    return found != NULL;
}

static bool find_all(struct cuda_driver *driver)
{
    void *library = driver->library;
    find(library, "cuDeviceGetName", &driver->get_name);
    return find(library, "cuDeviceGetCount", &driver->get_count) &&
           find(library, "cuDeviceGet", &driver->get_device) &&
           (find(library, "cuDeviceGetUuid_v2", &driver->get_uuid) || /* knows parts of a GPU */
            find(library, "cuDeviceGetUuid", &driver->get_uuid)) &&
           find(library, "cuDeviceTotalMem_v2", &driver->get_total) &&
           find(library, "cuDevicePrimaryCtxGetState", &driver->get_state) &&
           find(library, "cuDevicePrimaryCtxRetain", &driver->retain) &&
           (find(library, "cuDevicePrimaryCtxRelease_v2", &driver->release) ||
            find(library, "cuDevicePrimaryCtxRelease", &driver->release)) &&
           find(library, "cuCtxPushCurrent_v2", &driver->push) &&
           find(library, "cuCtxPopCurrent_v2", &driver->pop) &&
           find(library, "cuMemGetInfo_v2", &driver->get_memory);
}

struct cuda_driver *cuda_driver_open(void)
{
    struct cuda_driver *driver = calloc(1, sizeof *driver);
    if (driver)
        driver->library = dlopen("libcuda.so.1", RTLD_LAZY | RTLD_LOCAL | RTLD_NOLOAD);
    if (driver && driver->library && find_all(driver))
        return driver;
    cuda_driver_close(driver);
    return NULL;
}

void cuda_driver_close(struct cuda_driver *driver)
{
    if (driver && driver->library)
        dlclose(driver->library); /* only our reference */
    free(driver);
}

int cuda_driver_count(const struct cuda_driver *driver)
{
    int count = 0;
    return driver->get_count(&count) == 0 ? count : -1;
}

bool cuda_driver_uuid(const struct cuda_driver *driver, int ordinal, char text[NVML_UUID_TEXT])
{
    int device;
    struct uuid uuid;
    if (driver->get_device(&device, ordinal) != 0 || driver->get_uuid(&uuid, device) != 0)
        return false;
    /* A part of a GPU has a UUID that only NVML knows as "MIG-": the caller tries both. */
    size_t used = (size_t)snprintf(text, NVML_UUID_TEXT, "GPU-");
    for (int i = 0; i < 16; i++)
        used += (size_t)snprintf(text + used, NVML_UUID_TEXT - used, "%s%02x",
                                 i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", uuid.bytes[i]);
    return true;
}

void cuda_driver_name(const struct cuda_driver *driver, int ordinal, char *name, size_t size)
{
    int device;
    if (!driver->get_name || driver->get_device(&device, ordinal) != 0 ||
        driver->get_name(name, (int)size, device) != 0)
        name[0] = '\0';
}

uint64_t cuda_driver_total(const struct cuda_driver *driver, int ordinal)
{
    int device;
    size_t total;
    bool known =
        driver->get_device(&device, ordinal) == 0 && driver->get_total(&total, device) == 0;
    return known ? total : 0;
}

enum cuda_memory cuda_driver_memory(const struct cuda_driver *driver, int ordinal,
                                    uint64_t *used_bytes, uint64_t *total_bytes)
{
    int device, active = 0;
    unsigned flags;
    if (driver->get_device(&device, ordinal) != 0 ||
        driver->get_state(device, &flags, &active) != 0 || !active)
        return CUDA_MEMORY_NO_CONTEXT;
    /* Retaining one that is active creates none. It is given back at once, so that the process may
     * end its use of the device when it wants to. */
    context primary;
    if (driver->retain(&primary, device) != 0)
        return CUDA_MEMORY_FAILED;
    size_t free_bytes = 0, total = 0;
    int error = driver->push(primary);
    if (!error) {
        error = driver->get_memory(&free_bytes, &total);
        driver->pop(&primary);
    }
    driver->release(device);
    *used_bytes = total - free_bytes;
    *total_bytes = total;
    return error ? CUDA_MEMORY_FAILED : CUDA_MEMORY_READ;
}
