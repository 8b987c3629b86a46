/* NVIDIA's management library, by dlopen: a device's use without a CUDA context. */
#ifndef TRACER_SOURCES_NVML_H
#define TRACER_SOURCES_NVML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* "GPU-xxxxxxxx-xxxx-...", or "MIG-..." of a part of one. */
enum { NVML_UUID_TEXT = 96 };

struct nvml;
struct nvml_device; /* NVML's own handle */

/* NULL where there is no library, or no driver that it can talk to. It stays loaded when closed. */
struct nvml *nvml_open(void);
void nvml_close(struct nvml *nvml);

/* How many devices; 0 where it cannot be told. */
unsigned nvml_count(const struct nvml *nvml);

/* NULL where there is none. NVML numbers the devices by their PCI addresses. */
struct nvml_device *nvml_by_index(const struct nvml *nvml, unsigned index);
struct nvml_device *nvml_by_uuid(const struct nvml *nvml, const char *uuid);

bool nvml_uuid(const struct nvml *nvml, struct nvml_device *device, char uuid[NVML_UUID_TEXT]);

/* The product's name; "" where it cannot be told. */
void nvml_name(const struct nvml *nvml, struct nvml_device *device, char *name, size_t size);

/* What all processes use of the device, without what the driver keeps for itself where the library
 * is new enough to tell them apart. */
bool nvml_memory(const struct nvml *nvml, struct nvml_device *device, uint64_t *used_bytes,
                 uint64_t *total_bytes);

#endif
