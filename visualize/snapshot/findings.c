#include "visualize/snapshot/findings.h"

#include "visualize/snapshot/bytes_text.h"

#include <stdio.h>

/* A tenth of what is reserved, and enough to matter. */
static const double FRAGMENTED_SHARE = 0.1;
static const uint64_t FRAGMENTED_BYTES = (uint64_t)256 << 20;

static const char EXPANDABLE[] =
    "Set PYTORCH_CUDA_ALLOC_CONF=expandable_segments:True, and allocate long-lived tensors first.";

uint64_t snapshot_inactive_split(const struct device_analysis *device)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < device->segment_count; i++)
        bytes += device->segments[i].inactive_split;
    return bytes;
}

static bool is_expandable(const struct device_analysis *device)
{
    for (size_t i = 0; i < device->segment_count; i++)
        if (device->segments[i].is_expandable)
            return true;
    return false;
}

/* What would have made room for it. */
static const char *describe_oom(const struct device_analysis *device, const struct oom_fact *oom,
                                char *text, size_t size)
{
    int used = snprintf(text, size,
                        "%s asked for %s; %s were allocated, %s reserved, and CUDA had "
                        "%s left",
                        oom->label, bytes_text(oom->asked).text, bytes_text(oom->allocated).text,
                        bytes_text(oom->reserved).text, bytes_text(oom->device_free).text);
    size_t at = used > 0 && (size_t)used < size ? (size_t)used : size - 1;
    uint64_t missing = oom->asked > oom->device_free ? oom->asked - oom->device_free : 0;
    if (!oom->has_gaps) {
        snprintf(text + at, size - at,
                 ". The segments of that moment are not known: the recording "
                 "goes on after it.");
        return NULL;
    }
    at +=
        (size_t)snprintf(text + at, size - at, ". Free within segments: %s, the largest block %s.",
                         bytes_text(oom->in_gaps).text, bytes_text(oom->largest_gap).text);
    at = at < size ? at : size - 1;
    if (oom->in_gaps >= missing && missing > 0 && !is_expandable(device)) {
        snprintf(text + at, size - at,
                 " Together with CUDA's, that would have been enough: it is in "
                 "pieces.");
        return EXPANDABLE;
    }
    snprintf(text + at, size - at, " %s more were needed.", bytes_text(missing).text);
    return "Make the largest sites and categories of this list smaller: recomputation, a smaller "
           "micro-batch, more shards.";
}

static struct snapshot_finding *add(struct snapshot_finding *findings, size_t *count,
                                    const char *kind)
{
    struct snapshot_finding *finding = &findings[(*count)++];
    *finding = (struct snapshot_finding){.kind = kind};
    return finding;
}

static void add_fragmentation(const struct device_analysis *device,
                              struct snapshot_finding *findings, size_t *count)
{
    uint64_t split = snapshot_inactive_split(device), largest = 0;
    if (split < FRAGMENTED_BYTES || (double)split < FRAGMENTED_SHARE * (double)device->reserved.end)
        return;
    for (size_t i = 0; i < device->segment_count; i++)
        if (device->segments[i].inactive_split && device->segments[i].largest_free > largest)
            largest = device->segments[i].largest_free;
    struct snapshot_finding *finding = add(findings, count, "fragmentation");
    snprintf(finding->text, sizeof finding->text,
             "%s of %s reserved at the end are free and cannot be given back, between blocks that "
             "are in use; the largest such block is %s",
             bytes_text(split).text, bytes_text(device->reserved.end).text,
             bytes_text(largest).text);
    finding->advice = EXPANDABLE;
}

static void add_history(const struct device_analysis *device, struct snapshot_finding *findings,
                        size_t *count)
{
    if (device->lost > 0) {
        struct snapshot_finding *finding = add(findings, count, "history");
        snprintf(finding->text, sizeof finding->text,
                 "the ring of events had wrapped (or was cleared): %" PRIu64
                 " blocks that live at the end have a stack, but no event any more; what was "
                 "freed before the first event is not seen",
                 device->lost);
        finding->advice = "Record more: torch.cuda.memory._record_memory_history(max_entries=...).";
    }
    if (device->older > 0 && device->events > 0) {
        struct snapshot_finding *finding = add(findings, count, "history");
        snprintf(finding->text, sizeof finding->text,
                 "%" PRIu64 " blocks that live at the end are older than the recording, and have "
                 "no stack: their category is other",
                 device->older);
        finding->advice = "Call torch.cuda.memory._record_memory_history() before the model is "
                          "made.";
    }
}

size_t snapshot_findings(const struct device_analysis *device,
                         struct snapshot_finding findings[SNAPSHOT_MOST_FINDINGS])
{
    size_t count = 0;
    if (device->oom_count > 0) {
        struct snapshot_finding *finding = add(findings, &count, "out of memory");
        finding->advice = describe_oom(device, &device->ooms[device->oom_count - 1], finding->text,
                                       sizeof finding->text);
    }
    add_fragmentation(device, findings, &count);
    add_history(device, findings, &count);
    for (int i = 0; i < REPLAY_INCONSISTENCIES; i++)
        if (device->inconsistencies[i] > 0) {
            struct snapshot_finding *finding = add(findings, &count, "inconsistency");
            snprintf(finding->text, sizeof finding->text, "%s: %" PRIu64,
                     replay_inconsistency_text((enum replay_inconsistency)i),
                     device->inconsistencies[i]);
        }
    return count;
}
