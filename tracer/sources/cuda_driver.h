/* The CUDA driver's library, where the process has loaded it already. Nothing here initializes it,
 * nor creates a context. */
#ifndef TRACER_SOURCES_CUDA_DRIVER_H
#define TRACER_SOURCES_CUDA_DRIVER_H

#include "tracer/sources/nvml.h"

struct cuda_driver;

/* NULL where the process does not use CUDA (yet). */
struct cuda_driver *cuda_driver_open(void);
void cuda_driver_close(struct cuda_driver *driver);

/* How many devices the process sees; -1 while it has not initialized CUDA. */
int cuda_driver_count(const struct cuda_driver *driver);

/* The identity of a device as the process numbers it. False while CUDA is not initialized. */
bool cuda_driver_uuid(const struct cuda_driver *driver, int ordinal, char uuid[NVML_UUID_TEXT]);

/* The product's name; "" where it cannot be told. */
void cuda_driver_name(const struct cuda_driver *driver, int ordinal, char *name, size_t size);

/* The device's capacity; 0: not known. */
uint64_t cuda_driver_total(const struct cuda_driver *driver, int ordinal);

enum cuda_memory {
    CUDA_MEMORY_READ,
    CUDA_MEMORY_NO_CONTEXT, /* the process does not use the device yet, or not any more */
    CUDA_MEMORY_FAILED,
};

/* What all processes use of the device, through the primary context that the process already has.
 */
enum cuda_memory cuda_driver_memory(const struct cuda_driver *driver, int ordinal,
                                    uint64_t *used_bytes, uint64_t *total_bytes);

#endif
