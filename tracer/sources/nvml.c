#include "tracer/sources/nvml.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

/* From NVML's reference; its header is not needed to build. 0 is success in all of them. */
struct memory_v1 {
    unsigned long long total, free, used;
};

struct memory_v2 {
    unsigned version;
    unsigned long long total, reserved, free, used;
};

static const unsigned MEMORY_V2 = (unsigned)sizeof(struct memory_v2) | 2U << 24;

struct nvml {
    int (*init)(void);
    int (*shutdown)(void);
    int (*get_count)(unsigned *count);
    int (*get_by_index)(unsigned index, struct nvml_device **device);
    int (*get_by_uuid)(const char *uuid, struct nvml_device **device);
    int (*get_uuid)(struct nvml_device *device, char *uuid, unsigned size);
    int (*get_memory)(struct nvml_device *device, struct memory_v1 *memory);
    int (*get_name)(struct nvml_device *device, char *name, unsigned size);     /* or NULL */
    int (*get_memory_v2)(struct nvml_device *device, struct memory_v2 *memory); /* or NULL */
};

static bool find(void *library, const char *name, void *function)
{
    void *found = dlsym(library, name);
    memcpy(function, &found, sizeof found); /* ISO C has no cast from data to function */
    return found != NULL;
}

static bool find_all(void *library, struct nvml *nvml)
{
    find(library, "nvmlDeviceGetMemoryInfo_v2", &nvml->get_memory_v2);
    find(library, "nvmlDeviceGetName", &nvml->get_name);
    return find(library, "nvmlInit_v2", &nvml->init) &&
           find(library, "nvmlShutdown", &nvml->shutdown) &&
           find(library, "nvmlDeviceGetCount_v2", &nvml->get_count) &&
           find(library, "nvmlDeviceGetHandleByIndex_v2", &nvml->get_by_index) &&
           find(library, "nvmlDeviceGetHandleByUUID", &nvml->get_by_uuid) &&
           find(library, "nvmlDeviceGetUUID", &nvml->get_uuid) &&
           find(library, "nvmlDeviceGetMemoryInfo", &nvml->get_memory);
}

struct nvml *nvml_open(void)
{
    struct nvml *nvml = calloc(1, sizeof *nvml);
    void *library = nvml ? dlopen("libnvidia-ml.so.1", RTLD_LAZY | RTLD_LOCAL) : NULL;
    if (library && find_all(library, nvml) && nvml->init() == 0)
        return nvml;
    free(nvml); /* the library stays: another part of the process may have begun to use it */
    return NULL;
}

void nvml_close(struct nvml *nvml)
{
    if (nvml)
        nvml->shutdown(); /* counted by NVML: other users in the process keep theirs */
    free(nvml);
}

unsigned nvml_count(const struct nvml *nvml)
{
    unsigned count = 0;
    return nvml->get_count(&count) == 0 ? count : 0;
}

struct nvml_device *nvml_by_index(const struct nvml *nvml, unsigned index)
{
    struct nvml_device *device = NULL;
    return nvml->get_by_index(index, &device) == 0 ? device : NULL;
}

struct nvml_device *nvml_by_uuid(const struct nvml *nvml, const char *uuid)
{
    struct nvml_device *device = NULL;
    return nvml->get_by_uuid(uuid, &device) == 0 ? device : NULL;
}

bool nvml_uuid(const struct nvml *nvml, struct nvml_device *device, char uuid[NVML_UUID_TEXT])
{
    return nvml->get_uuid(device, uuid, NVML_UUID_TEXT) == 0;
}

void nvml_name(const struct nvml *nvml, struct nvml_device *device, char *name, size_t size)
{
    if (!nvml->get_name || nvml->get_name(device, name, (unsigned)size) != 0)
        name[0] = '\0';
}

bool nvml_memory(const struct nvml *nvml, struct nvml_device *device, uint64_t *used_bytes,
                 uint64_t *total_bytes)
{
    struct memory_v2 now = {.version = MEMORY_V2};
    if (nvml->get_memory_v2 && nvml->get_memory_v2(device, &now) == 0) {
        *used_bytes = now.used;
        *total_bytes = now.total;
        return true;
    }
    struct memory_v1 old; /* an older driver below a newer library has this one only */
    if (nvml->get_memory(device, &old) != 0)
        return false;
    *used_bytes = old.used;
    *total_bytes = old.total;
    return true;
}
