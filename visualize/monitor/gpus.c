/* Without recordings: the GPUs of this machine. */
#include "schemas/support/array.h"
#include "tracer/sources/nvml.h"
#include "visualize/monitor/ranks.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static void take_gpu(struct rank_row *row, const struct nvml *nvml, unsigned index)
{
    struct nvml_device *device = nvml_by_index(nvml, index);
    char uuid[NVML_UUID_TEXT];
    const struct rank_row before = *row;
    *row = (struct rank_row){.rank = index,
                             .tp = -1,
                             .pp = -1,
                             .stage = -1,
                             .tags = "",
                             .state = RANK_LIVE,
                             .allocated = RECORDING_NOT_KNOWN,
                             .reserved = RECORDING_NOT_KNOWN,
                             .peak = before.peak,
                             .static_bytes = RECORDING_NOT_KNOWN,
                             .used = RECORDING_NOT_KNOWN,
                             .percent = NAN,
                             .samples_per_s = NAN,
                             .alive_s = ranks_realtime_s(),
                             .level = before.level,
                             .told = before.told,
                             .told_state = before.told_state};
    if (device && nvml_uuid(nvml, device, uuid))
        snprintf(row->name, sizeof row->name, "%s", uuid);
    if (!device || !nvml_memory(nvml, device, &row->used, &row->total))
        return;
    row->reserved = row->used;
    if (row->peak == RECORDING_NOT_KNOWN || row->used > row->peak)
        row->peak = row->used;
    row->percent = row->total ? 100 * (double)row->used / (double)row->total : NAN;
}

bool gpus_look(struct ranks *ranks, struct fault *fault)
{
    struct nvml *nvml = nvml_open();
    size_t count = nvml ? nvml_count(nvml) : 0;
    bool well = true;
    if (count > ranks->capacity) {
        struct rank_row *rows = array_resize(ranks->rows, count, sizeof *rows);
        well = rows || fault_set(fault, "out of memory for %zu GPUs", count);
        if (rows) {
            ranks->rows = rows;
            ranks->capacity = count;
        }
    }
    for (size_t i = ranks->count; well && i < count; i++)
        ranks->rows[i] = (struct rank_row){.peak = RECORDING_NOT_KNOWN};
    ranks->count = well ? count : 0;
    for (size_t i = 0; i < ranks->count; i++)
        take_gpu(&ranks->rows[i], nvml, (unsigned)i);
    if (nvml)
        nvml_close(nvml);
    return well;
}
