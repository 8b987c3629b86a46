#include "visualize/snapshot/traces.h"

#include "schemas/support/units.h"
#include "schemas/trace/json/trace_json.h"
#include "schemas/trace/trace_name.h"
#include "schemas/trace/trace_store.h"
#include "visualize/snapshot/bytes_text.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char PROFILER_STEP[] = "ProfilerStep#", OPTIMIZER_STEP[] = "Optimizer.step#";

/* ---- iterations ---- */

struct ends {
    const struct replay *replay;
    const char *prefix; /* NULL: one iteration */
    size_t next;        /* the annotation to look at */
    int64_t number;     /* of the iteration that goes on */
    int64_t until_us;   /* its end; INT64_MAX: none follows */
};

static bool begins_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* The annotation that ends an iteration of this device. */
static bool is_end(const struct ends *ends, const struct snapshot_annotation *annotation)
{
    return !annotation->is_start && annotation->time_us != SNAPSHOT_NO_TIME &&
           annotation->device == ends->replay->device->number &&
           begins_with(snapshot_text(ends->replay->snapshot, annotation->name), ends->prefix);
}

static bool has_end(struct ends *ends, const char *prefix)
{
    ends->prefix = prefix;
    for (size_t i = 0; i < ends->replay->snapshot->annotation_count; i++)
        if (is_end(ends, &ends->replay->snapshot->annotations[i]))
            return true;
    ends->prefix = NULL;
    return false;
}

/* Moves on to the iteration behind the one that has ended: the next end decides. */
static void next_iteration(struct ends *ends, bool is_first)
{
    const struct snapshot *snapshot = ends->replay->snapshot;
    int64_t number = is_first ? 0 : ends->number + 1;
    ends->until_us = INT64_MAX;
    while (ends->prefix && ends->next < snapshot->annotation_count) {
        const struct snapshot_annotation *annotation = &snapshot->annotations[ends->next++];
        if (!is_end(ends, annotation))
            continue;
        if (ends->prefix == PROFILER_STEP)
            number = strtoll(snapshot_text(snapshot, annotation->name) + strlen(PROFILER_STEP),
                             NULL, 10);
        ends->until_us = annotation->time_us;
        break;
    }
    ends->number = number;
}

static struct ends find_ends(const struct replay *replay)
{
    struct ends ends = {.replay = replay};
    bool timed = replay_time_us(replay, 1) != SNAPSHOT_NO_TIME;
    if (timed && !has_end(&ends, PROFILER_STEP))
        has_end(&ends, OPTIMIZER_STEP);
    next_iteration(&ends, true);
    return ends;
}

/* ---- samples ---- */

struct recorder {
    const struct replay *replay;
    struct trace trace;
    struct trace_iteration *iteration;
    uint64_t allocated, reserved;
    double peak_mb;
};

static double time_of(const struct replay *replay, uint32_t step)
{
    int64_t time = replay_time_us(replay, step);
    return time == SNAPSHOT_NO_TIME ? (double)step
                                    : (double)(time - replay_time_us(replay, 1)) * 1e-6;
}

static bool add_sample(struct recorder *recorder, double time_s)
{
    double mb = mb_from_bytes(recorder->allocated);
    recorder->peak_mb = fmax(recorder->peak_mb, mb);
    return trace_store_sample(&recorder->trace, time_s, mb_from_bytes(recorder->reserved), mb);
}

static bool begin_iteration(struct recorder *recorder, int64_t number, double time_s)
{
    if (recorder->iteration)
        recorder->iteration->peak_mb = recorder->peak_mb;
    recorder->iteration = trace_store_iteration(&recorder->trace, number);
    recorder->peak_mb = 0;
    return recorder->iteration && add_sample(recorder, time_s);
}

static bool add_marker(struct recorder *recorder, const struct snapshot_event *event, double time_s)
{
    char name[128];
    int length = snprintf(name, sizeof name, "%s %s",
                          snapshot_action_text((enum snapshot_action)event->action),
                          bytes_text(event->size).text);
    return trace_store_marker(&recorder->trace, time_s, name, (size_t)length);
}

/* Changes of what is allocated, by step: what a step's event adds and takes away. */
static int64_t *changes_of(const struct replay *replay)
{
    int64_t *changes = calloc(replay->device->event_count + 1, sizeof *changes);
    for (size_t i = 0; changes && i < replay->count; i++) {
        const struct replay_block *block = &replay->blocks[i];
        if (block->alloc_step)
            changes[block->alloc_step] += (int64_t)block->size;
        if (block->free_step && block->free_step != REPLAY_NEVER)
            changes[block->free_step] -= (int64_t)block->size;
    }
    return changes;
}

static bool record_event(struct recorder *recorder, uint32_t step, int64_t change)
{
    const struct snapshot_event *event = replay_event(recorder->replay, step);
    double time_s = time_of(recorder->replay, step);
    uint64_t reserved = recorder->reserved;
    recorder->allocated += (uint64_t)change;
    if (event->action == SNAPSHOT_SEGMENT_ALLOC || event->action == SNAPSHOT_SEGMENT_MAP)
        recorder->reserved += event->size;
    if (event->action == SNAPSHOT_SEGMENT_FREE || event->action == SNAPSHOT_SEGMENT_UNMAP)
        recorder->reserved -= event->size;
    bool is_marked = recorder->reserved != reserved || event->action == SNAPSHOT_OOM;
    if (is_marked && !add_marker(recorder, event, time_s))
        return false;
    return (change == 0 && recorder->reserved == reserved) || add_sample(recorder, time_s);
}

static bool record(struct recorder *recorder)
{
    const struct replay *replay = recorder->replay;
    uint32_t events = (uint32_t)replay->device->event_count;
    int64_t *changes = changes_of(replay);
    struct ends ends = events ? find_ends(replay) : (struct ends){.until_us = INT64_MAX};
    recorder->allocated = replay->allocated.start;
    recorder->reserved = replay->reserved.start;
    bool room =
        changes && trace_store_begin(&recorder->trace) && begin_iteration(recorder, ends.number, 0);
    for (uint32_t step = 1; room && step <= events; step++) {
        while (room && ends.until_us != INT64_MAX && replay_time_us(replay, step) > ends.until_us) {
            next_iteration(&ends, false);
            room = begin_iteration(recorder, ends.number, time_of(replay, step));
        }
        room = room && record_event(recorder, step, changes[step]);
    }
    free(changes);
    if (room)
        recorder->iteration->peak_mb = recorder->peak_mb;
    return room && trace_store_end(&recorder->trace);
}

bool snapshot_trace_write(const char *folder, int64_t rank, bool with_device,
                          const struct replay *replay, struct fault *fault)
{
    char tags[32] = "", name[256], *path = NULL;
    if (with_device)
        snprintf(tags, sizeof tags, "dev%" PRId64, replay->device->number);
    if (!trace_name_format(name, sizeof name, rank, tags, TRACE_FORMAT_JSON) ||
        asprintf(&path, "%s/%s", folder, name) < 0)
        return fault_set(fault, "%s: no name for the trace of rank %" PRId64, folder, rank);
    struct recorder recorder = {.replay = replay};
    bool written = record(&recorder) ? trace_json_write(path, &recorder.trace, fault)
                                     : fault_set(fault, "%s: out of memory", path);
    trace_free(&recorder.trace);
    free(path);
    return written;
}
