/* Where samples come from. */
#ifndef TRACER_SOURCES_SOURCE_H
#define TRACER_SOURCES_SOURCE_H

#include "schemas/trace/trace.h"

#include <stdbool.h>
#include <stdint.h>

struct source {
    const char *name;     /* for messages */
    char device[64];      /* for the recording's header: RECORDING_HOST, or a GPU's UUID */
    char device_name[96]; /* "NVIDIA H100 80GB HBM3"; "": not known, or no GPU */
    enum trace_measure allocated_of, reserved_of; /* what its figures measure */
    const char *remark; /* said once, when the first sample is taken; or NULL */
    /* As gmt_source_fn; both unknown: nothing to tell yet, and no sample. Called by the
     * sampling thread alone. */
    int (*read)(void *state, uint64_t *allocated_bytes, uint64_t *reserved_bytes);
    uint64_t total_bytes;       /* the device's capacity; 0: not known */
    void (*close)(void *state); /* or NULL */
    bool records_itself;        /* its figures are for the threshold alone */
    void *state;
};

/* What is in use on this process's GPU, by whomever: of NVML, or of the CUDA driver where the
 * process has loaded it. No CUDA context is ever created. `device` as the process numbers its GPUs,
 * -1: find out. False where there is no such GPU. See source_cuda.md. */
bool source_open_cuda(struct source *source, int64_t device, int64_t local_rank);

/* The resident memory of this process: for training on CPUs, and where no GPU is found. */
bool source_open_host(struct source *source);

/* The same figure by itself, bytes; any thread. False where it cannot be read. */
bool source_read_resident(uint64_t *bytes);

#endif
