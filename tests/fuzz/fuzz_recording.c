/* Recordings: whatever the bytes, reading ends, and what is read is in order. The input is the
 * header's fields and records in short; a file of the right shape is made around it. */
#include "schemas/recording/recording.h"
#include "schemas/recording/recording_layout.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void check(const struct trace *trace)
{
    for (size_t i = 0; i < trace->count; i++) {
        const struct trace_iteration *iteration = &trace->iterations[i];
        if (i > 0 && iteration->number <= trace->iterations[i - 1].number)
            abort();
        for (size_t k = 1; k < iteration->samples.count; k++)
            if (iteration->samples.time_s[k] < iteration->samples.time_s[k - 1])
                abort();
    }
}

static void read_both(const void *bytes, size_t size)
{
    struct trace trace = {0};
    struct fault fault = {0};
    for (int depth = TRACE_SUMMARY; depth <= TRACE_FULL; depth++) {
        bool read = recording_parse(bytes, size, "f", (enum trace_depth)depth, &trace, &fault);
        if (!read && !fault.text[0])
            abort();
        check(&trace);
    }
    trace_free(&trace);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    /* Aligned, as a mapping is. */
    size_t room = RECORDING_HEADER_BYTES + size;
    char *file = aligned_alloc(4096, (room + 4095) / 4096 * 4096);
    if (!file)
        return 0;
    memcpy(file, bytes, size);
    read_both(file, size);
    memset(file, 0, RECORDING_HEADER_BYTES);
    struct recording_header *header = (void *)file;
    *header = (struct recording_header){.version = RECORDING_VERSION,
                                        .byte_order = RECORDING_BYTE_ORDER,
                                        .header_bytes = RECORDING_HEADER_BYTES,
                                        .chunk_bytes = RECORDING_CHUNK_BYTES,
                                        .ring_offset = RECORDING_HEADER_BYTES,
                                        .ring_chunks = 1,
                                        .claimed_chunks = UINT64_MAX,
                                        .claimed_notes = UINT64_MAX};
    memcpy(header->magic, RECORDING_MAGIC, sizeof header->magic);
    if (size > 16)
        memcpy(&header->ring_offset, bytes, 16);
    if (size > 24)
        memcpy(&header->extents[0], bytes + 16, 8);
    memcpy(file + RECORDING_HEADER_BYTES, bytes, size);
    read_both(file, room);
    free(file);
    return 0;
}
