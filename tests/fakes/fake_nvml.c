/* A stand-in for libnvidia-ml.so.1; see README.md. */
#include "tests/fakes/fake_gpu.h"

#include <dlfcn.h>
#include <stdatomic.h>

enum { SUCCESS = 0, UNINITIALIZED = 1, INVALID = 2, NOT_FOUND = 6, UNKNOWN = 999 };

/* A handle is a pointer to its device's number. */
static const int devices[FAKE_MOST_GPUS] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
static _Atomic int users;
static _Atomic long questions;

FAKE_EXPORT int nvmlInit_v2(void);
FAKE_EXPORT int nvmlShutdown(void);
FAKE_EXPORT int nvmlDeviceGetCount_v2(unsigned *count);
FAKE_EXPORT int nvmlDeviceGetHandleByIndex_v2(unsigned index, const int **device);
FAKE_EXPORT int nvmlDeviceGetHandleByUUID(const char *uuid, const int **device);
FAKE_EXPORT int nvmlDeviceGetUUID(const int *device, char *uuid, unsigned size);
FAKE_EXPORT int nvmlDeviceGetName(const int *device, char *name, unsigned size);
FAKE_EXPORT int nvmlDeviceGetMemoryInfo(const int *device, unsigned long long memory[3]);

int nvmlInit_v2(void)
{
    if (getenv("FAKE_NVML_BROKEN"))
        return UNKNOWN;
    users++;
    return SUCCESS;
}

int nvmlShutdown(void)
{
    if (users == 0)
        return UNINITIALIZED;
    users--;
    return SUCCESS;
}

int nvmlDeviceGetCount_v2(unsigned *count)
{
    *count = (unsigned)fake_count();
    return users > 0 ? SUCCESS : UNINITIALIZED;
}

int nvmlDeviceGetHandleByIndex_v2(unsigned index, const int **device)
{
    if (users == 0 || index >= (unsigned)fake_count())
        return users == 0 ? UNINITIALIZED : INVALID;
    *device = &devices[index];
    return SUCCESS;
}

int nvmlDeviceGetHandleByUUID(const char *uuid, const int **device)
{
    for (int i = 0; users > 0 && i < fake_count(); i++) {
        char text[96];
        fake_uuid_text(i, text, sizeof text);
        if (strcmp(text, uuid) != 0)
            continue;
        *device = &devices[i];
        return SUCCESS;
    }
    return NOT_FOUND;
}

int nvmlDeviceGetUUID(const int *device, char *uuid, unsigned size)
{
    fake_uuid_text(*device, uuid, size);
    return users > 0 ? SUCCESS : UNINITIALIZED;
}

int nvmlDeviceGetName(const int *device, char *name, unsigned size)
{
    snprintf(name, size, "Stand-in %d", *device);
    return users > 0 ? SUCCESS : UNINITIALIZED;
}

/* What this process has allocated by the stand-in of the driver, if it uses it. */
static size_t allocated_here(int device)
{
    void *driver = dlopen("libcuda.so.1", RTLD_LAZY | RTLD_NOLOAD);
    size_t (*allocated)(int device) = NULL;
    void *found = driver ? dlsym(driver, "fake_gpu_allocated") : NULL;
    memcpy(&allocated, &found, sizeof found);
    return allocated ? allocated(device) : 0;
}

static int answer(int device, unsigned long long *used)
{
    long number = ++questions, from = 0, to = -1;
    const char *failing = getenv("FAKE_NVML_FAIL");
    if (failing)
        sscanf(failing, "%ld-%ld", &from, &to);
    if (users == 0 || (number >= from && number <= to))
        return users == 0 ? UNINITIALIZED : UNKNOWN;
    long grown = fake_number("FAKE_NVML_GROW_MB", 0) * (number - 1);
    *used = (size_t)(fake_number_at("FAKE_GPU_USED_MB", device, 0) + grown) * FAKE_MB +
            allocated_here(device);
    return SUCCESS;
}

int nvmlDeviceGetMemoryInfo(const int *device, unsigned long long memory[3])
{
    unsigned long long used;
    int status = answer(*device, &used);
    if (status != SUCCESS)
        return status;
#ifndef FAKE_OLD
    used += 600 * FAKE_MB; /* counts what the driver keeps for itself, too */
#endif
    memory[0] = fake_capacity();
    memory[1] = fake_capacity() - used;
    memory[2] = used;
    return SUCCESS;
}

#ifndef FAKE_OLD
struct memory_v2 {
    unsigned version;
    unsigned long long total, reserved, free, used;
};

FAKE_EXPORT int nvmlDeviceGetMemoryInfo_v2(const int *device, struct memory_v2 *memory);

int nvmlDeviceGetMemoryInfo_v2(const int *device, struct memory_v2 *memory)
{
    if (memory->version != (sizeof *memory | 2U << 24))
        return INVALID;
    unsigned long long used;
    int status = answer(*device, &used);
    if (status == SUCCESS)
        *memory = (struct memory_v2){.version = memory->version,
                                     .total = fake_capacity(),
                                     .reserved = 600 * FAKE_MB,
                                     .free = fake_capacity() - used,
                                     .used = used};
    return status;
}
#endif
