#include "tracer/sources/cuda_driver.h"
#include "tracer/sources/cuda_visible.h"
#include "tracer/sources/nvml.h"
#include "tracer/sources/source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct cuda {
    struct nvml *nvml;
    struct nvml_device *device; /* of NVML; NULL: through the driver */
    struct cuda_driver *driver;
    int ordinal; /* as the process numbers it */
};

static const uint64_t UNKNOWN = UINT64_MAX; /* GMT_UNKNOWN */

static int read_cuda(void *state, uint64_t *allocated_bytes, uint64_t *reserved_bytes)
{
    const struct cuda *cuda = state;
    uint64_t used = UNKNOWN, total;
    if (cuda->device) {
        if (!nvml_memory(cuda->nvml, cuda->device, &used, &total))
            return -1;
    } else if (cuda_driver_memory(cuda->driver, cuda->ordinal, &used, &total) ==
               CUDA_MEMORY_FAILED) {
        return -1;
    }
    /* What a framework has allocated within its share only the framework knows. */
    *allocated_bytes = *reserved_bytes = used;
    return 0;
}

static void close_cuda(void *state)
{
    struct cuda *cuda = state;
    nvml_close(cuda->nvml);
    cuda_driver_close(cuda->driver);
    free(cuda);
}

/* ---- which device ---- */

/* The device whose UUID begins so; NULL where none does, or several. */
static struct nvml_device *by_uuid_start(const struct nvml *nvml, const char *start)
{
    struct nvml_device *found = nvml_by_uuid(nvml, start); /* a whole one; a part of a GPU, too */
    unsigned count = found ? 0 : nvml_count(nvml);
    unsigned matches = 0;
    for (unsigned i = 0; i < count; i++) {
        char uuid[NVML_UUID_TEXT];
        struct nvml_device *device = nvml_by_index(nvml, i);
        if (!device || !nvml_uuid(nvml, device, uuid) || strncmp(uuid, start, strlen(start)) != 0)
            continue;
        found = device;
        matches++;
    }
    return matches > 1 ? NULL : found;
}

/* By what the process itself says, once it has initialized CUDA: right in every order. */
static struct nvml_device *by_driver(struct cuda *cuda, int64_t device, int64_t local_rank)
{
    int count = cuda->driver ? cuda_driver_count(cuda->driver) : 0;
    char uuid[NVML_UUID_TEXT];
    int ordinal = count > 0 ? cuda_visible_choose((unsigned)count, device, local_rank) : -1;
    if (ordinal < 0 || !cuda_driver_uuid(cuda->driver, ordinal, uuid))
        return NULL;
    cuda->ordinal = ordinal;
    struct nvml_device *found = nvml_by_uuid(cuda->nvml, uuid);
    if (found)
        return found;
    char part[NVML_UUID_TEXT]; /* of a GPU: NVML calls it so */
    snprintf(part, sizeof part, "MIG%s", uuid + strlen("GPU"));
    return nvml_by_uuid(cuda->nvml, part);
}

/* By the environment, before that. An index counts in NVML's order, that of the PCI addresses:
 * CUDA's own where CUDA_DEVICE_ORDER=PCI_BUS_ID or all devices are of one kind. */
static struct nvml_device *by_environment(struct cuda *cuda, int64_t device, int64_t local_rank)
{
    struct cuda_visible visible;
    cuda_visible_read(&visible, getenv("CUDA_VISIBLE_DEVICES"), nvml_count(cuda->nvml));
    int ordinal = cuda_visible_choose(visible.count, device, local_rank);
    if (ordinal < 0)
        return NULL;
    cuda->ordinal = ordinal;
    const struct cuda_visible_entry *entry = &visible.entries[ordinal];
    return entry->index >= 0 ? nvml_by_index(cuda->nvml, (unsigned)entry->index)
                             : by_uuid_start(cuda->nvml, entry->uuid);
}

/* Without NVML: through the context that the process has, or will have. */
static bool by_process(struct cuda *cuda, int64_t device, int64_t local_rank)
{
    int count = cuda->driver ? cuda_driver_count(cuda->driver) : 0;
    cuda->ordinal = count > 0 ? cuda_visible_choose((unsigned)count, device, local_rank) : -1;
    return cuda->ordinal >= 0;
}

static bool find_device(struct cuda *cuda, int64_t device, int64_t local_rank)
{
    if (!cuda->nvml)
        return by_process(cuda, device, local_rank);
    cuda->device = by_driver(cuda, device, local_rank);
    if (!cuda->device)
        cuda->device = by_environment(cuda, device, local_rank);
    return cuda->device != NULL;
}

/* The device's UUID, name and capacity. */
static void describe(const struct cuda *cuda, struct source *source)
{
    char uuid[NVML_UUID_TEXT] = "";
    uint64_t used;
    if (!cuda->device) {
        (void)cuda_driver_uuid(cuda->driver, cuda->ordinal, uuid);
        cuda_driver_name(cuda->driver, cuda->ordinal, source->device_name,
                         sizeof source->device_name);
        source->total_bytes = cuda_driver_total(cuda->driver, cuda->ordinal);
    } else {
        (void)nvml_uuid(cuda->nvml, cuda->device, uuid);
        nvml_name(cuda->nvml, cuda->device, source->device_name, sizeof source->device_name);
        if (!nvml_memory(cuda->nvml, cuda->device, &used, &source->total_bytes))
            source->total_bytes = 0;
    }
    /* What does not fit (none is so long) is cut, as in the header. */
    snprintf(source->device, sizeof source->device, "%.*s", (int)sizeof source->device - 1, uuid);
}

bool source_open_cuda(struct source *source, int64_t device, int64_t local_rank)
{
    struct cuda *cuda = calloc(1, sizeof *cuda);
    if (!cuda)
        return false;
    cuda->nvml = nvml_open();
    cuda->driver = cuda_driver_open();
    if (!find_device(cuda, device, local_rank)) {
        close_cuda(cuda);
        return false;
    }
    *source = (struct source){.name = cuda->device ? "NVML" : "the CUDA driver",
                              .allocated_of = TRACE_MEASURE_DEVICE,
                              .reserved_of = TRACE_MEASURE_DEVICE,
                              .read = read_cuda,
                              .close = close_cuda,
                              .state = cuda};
    describe(cuda, source);
    return true;
}
