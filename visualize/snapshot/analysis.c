#include "visualize/snapshot/analysis.h"

#include "schemas/support/array.h"
#include "visualize/snapshot/blocks.h"
#include "visualize/snapshot/traces.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- sums ---- */

static int compare_sums(const void *a, const void *b)
{
    const struct site_sum *first = a, *second = b;
    if (first->bytes != second->bytes)
        return first->bytes > second->bytes ? -1 : 1;
    int order = strcmp(first->label, second->label);
    return order ? order : (int)first->category - (int)second->category;
}

static void free_list(struct site_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->list[i].label);
    free(list->list);
    *list = (struct site_list){0};
}

static bool add_sum(struct site_list *list, const char *label, enum memory_category category,
                    uint64_t bytes, uint64_t blocks)
{
    char *copy = strdup(label);
    struct site_sum *sum = copy ? ARRAY_ADD(list->list, list->count) : NULL;
    if (!sum) {
        free(copy);
        return false;
    }
    *sum = (struct site_sum){.label = copy, .category = category, .bytes = bytes, .blocks = blocks};
    return true;
}

typedef bool (*chooses_fn)(const struct replay_block *block, uint32_t step);

static bool lives(const struct replay_block *block, uint32_t step)
{
    return replay_lives_at(block, step);
}

static bool lived_through(const struct replay_block *block, uint32_t step)
{
    (void)step;
    return block->alloc_step == 0 && block->free_step == REPLAY_NEVER;
}

static bool was_churned(const struct replay_block *block, uint32_t step)
{
    (void)step;
    return block->alloc_step > 0 && block->free_step != REPLAY_NEVER;
}

/* The chosen blocks, by site. */
static bool sum_sites(struct site_list *list, const struct replay *replay,
                      const struct site_table *sites, chooses_fn chooses, uint32_t step)
{
    uint64_t *bytes = calloc(sites->count + 1, sizeof *bytes);
    uint64_t *blocks = calloc(sites->count + 1, sizeof *blocks);
    bool room = bytes && blocks;
    for (size_t i = 0; room && i < replay->count; i++)
        if (chooses(&replay->blocks[i], step)) {
            bytes[sites->of_blocks[i]] += replay->blocks[i].size;
            blocks[sites->of_blocks[i]]++;
        }
    for (size_t i = 0; room && i < sites->count; i++)
        if (blocks[i])
            room = add_sum(list, sites->labels[i], (enum memory_category)sites->category[i],
                           bytes[i], blocks[i]);
    if (room && list->count > 0)
        qsort(list->list, list->count, sizeof *list->list, compare_sums);
    free(bytes);
    free(blocks);
    return room;
}

/* ---- by stream, by pool ---- */

static const struct snapshot_segment *segment_at(const struct snapshot *snapshot, int64_t device,
                                                 uint64_t address)
{
    size_t low = 0, high = snapshot->segment_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct snapshot_segment *segment = &snapshot->segments[middle];
        if (segment->device < device || (segment->device == device && segment->address <= address))
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0)
        return NULL;
    const struct snapshot_segment *segment = &snapshot->segments[low - 1];
    return segment->device == device && address - segment->address < segment->size ? segment : NULL;
}

static bool add_to(struct site_list *list, const char *label, uint64_t bytes)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->list[i].label, label) == 0) {
            list->list[i].bytes += bytes;
            list->list[i].blocks++;
            return true;
        }
    return add_sum(list, label, MEMORY_OTHER, bytes, 1);
}

static bool sum_places(struct device_analysis *analysis, const struct replay *replay)
{
    for (size_t i = 0; i < replay->count; i++) {
        const struct replay_block *block = &replay->blocks[i];
        if (!replay_lives_at(block, replay->allocated.peak_step))
            continue;
        char stream[32], pool[64] = "a segment that is gone";
        snprintf(stream, sizeof stream, "%" PRIu64, block->stream);
        const struct snapshot_segment *segment =
            segment_at(replay->snapshot, replay->device->number, block->address);
        if (segment)
            snprintf(pool, sizeof pool, "(%" PRId64 ", %" PRId64 ")", segment->pool.id[0],
                     segment->pool.id[1]);
        if (!add_to(&analysis->streams, stream, block->size) ||
            !add_to(&analysis->pools, pool, block->size))
            return false;
    }
    if (analysis->streams.count > 0) {
        qsort(analysis->streams.list, analysis->streams.count, sizeof(struct site_sum),
              compare_sums);
        qsort(analysis->pools.list, analysis->pools.count, sizeof(struct site_sum), compare_sums);
    }
    return true;
}

/* ---- single blocks ---- */

static bool find_largest(struct device_analysis *analysis, const struct replay *replay,
                         const struct site_table *sites, size_t wanted)
{
    struct sized_block *sized = calloc(replay->count + 1, sizeof *sized);
    struct site_list *list = &analysis->largest;
    size_t count = 0;
    bool room = sized != NULL;
    for (size_t i = 0; room && i < replay->count; i++)
        if (replay_lives_at(&replay->blocks[i], replay->allocated.peak_step))
            sized[count++] = (struct sized_block){replay->blocks[i].size, i};
    if (room)
        qsort(sized, count, sizeof *sized, sized_block_compare);
    for (size_t i = 0; room && i < count && i < wanted; i++) {
        uint32_t site = sites->of_blocks[sized[i].block];
        room = add_sum(list, sites->labels[site], (enum memory_category)sites->category[site],
                       sized[i].size, 1);
    }
    free(sized);
    return room;
}

/* ---- segments ---- */

static struct segment_fact fact_of(const struct snapshot *snapshot,
                                   const struct snapshot_segment *segment)
{
    struct segment_fact fact = {.address = segment->address,
                                .size = segment->size,
                                .stream = segment->stream,
                                .pool = segment->pool,
                                .is_small = segment->is_small,
                                .is_expandable = segment->is_expandable};
    uint64_t inactive = 0;
    for (size_t i = 0; i < segment->block_count; i++) {
        const struct snapshot_block *block = &snapshot->blocks[segment->first_block + i];
        if (block->state != SNAPSHOT_INACTIVE) {
            fact.active += block->size;
            continue;
        }
        inactive += block->size;
        if (block->size > fact.largest_free)
            fact.largest_free = block->size;
    }
    /* A segment that is one free block can go back to CUDA; so can free pages of an expandable one.
     */
    if (fact.active > 0 && !segment->is_expandable)
        fact.inactive_split = inactive;
    return fact;
}

static bool find_segments(struct device_analysis *analysis, const struct snapshot *snapshot)
{
    analysis->segments = calloc(snapshot->segment_count + 1, sizeof *analysis->segments);
    if (!analysis->segments)
        return false;
    for (size_t i = 0; i < snapshot->segment_count; i++)
        if (snapshot->segments[i].device == analysis->device)
            analysis->segments[analysis->segment_count++] =
                fact_of(snapshot, &snapshot->segments[i]);
    return true;
}

/* ---- out of memory ---- */

static void count_gaps(const struct device_analysis *analysis, struct oom_fact *oom)
{
    for (size_t i = 0; i < analysis->segment_count; i++) {
        const struct segment_fact *segment = &analysis->segments[i];
        if (segment->largest_free > oom->largest_gap)
            oom->largest_gap = segment->largest_free;
        oom->in_gaps += segment->size - segment->active;
    }
}

static bool changes_memory(uint32_t action)
{
    return action != SNAPSHOT_SNAPSHOT && action != SNAPSHOT_OOM && action != SNAPSHOT_OTHER;
}

/* The first of the OOMs that is not before the step. */
static size_t first_oom_from(const struct device_analysis *analysis, uint32_t step)
{
    size_t low = 0, high = analysis->oom_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (analysis->ooms[middle].step < step)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* What lives at each of them: a block counts from the first that it lives at, and no longer from
 * the first that it does not. */
static void sum_at_ooms(struct device_analysis *analysis, const struct replay *replay)
{
    for (size_t i = 0; i < replay->count; i++) {
        const struct replay_block *block = &replay->blocks[i];
        size_t from = first_oom_from(analysis, block->alloc_step);
        size_t to = first_oom_from(analysis, block->free_step);
        if (from < to)
            analysis->ooms[from].allocated += block->size;
        if (from < to && to < analysis->oom_count)
            analysis->ooms[to].allocated -= block->size;
    }
    for (size_t i = 1; i < analysis->oom_count; i++)
        analysis->ooms[i].allocated += analysis->ooms[i - 1].allocated;
}

/* Fills in those that there are; returns the last step that changed memory. */
static uint32_t list_ooms(struct device_analysis *analysis, const struct replay *replay)
{
    uint64_t reserved = replay->reserved.start;
    uint32_t last_change = 0, events = (uint32_t)replay->device->event_count;
    for (uint32_t step = 1; step <= events; step++) {
        const struct snapshot_event *event = replay_event(replay, step);
        if (event->action == SNAPSHOT_SEGMENT_ALLOC || event->action == SNAPSHOT_SEGMENT_MAP)
            reserved += event->size;
        if (event->action == SNAPSHOT_SEGMENT_FREE || event->action == SNAPSHOT_SEGMENT_UNMAP)
            reserved -= event->size;
        if (changes_memory(event->action))
            last_change = step;
        if (event->action == SNAPSHOT_OOM)
            analysis->ooms[analysis->oom_count++] = (struct oom_fact){.step = step,
                                                                      .time_us = event->time_us,
                                                                      .asked = event->size,
                                                                      .device_free = event->address,
                                                                      .reserved = reserved};
    }
    return last_change;
}

static bool find_ooms(struct device_analysis *analysis, const struct replay *replay,
                      const struct analysis_options *options)
{
    analysis->ooms = calloc(replay->actions[SNAPSHOT_OOM] + 1, sizeof *analysis->ooms);
    if (!analysis->ooms)
        return false;
    uint32_t last_change = list_ooms(analysis, replay);
    sum_at_ooms(analysis, replay);
    for (size_t i = 0; i < analysis->oom_count; i++) {
        struct oom_fact *oom = &analysis->ooms[i];
        uint32_t stack = replay_event(replay, oom->step)->stack;
        oom->label = site_label(replay->snapshot, stack, SITE_BY_LINE, options->depth);
        if (!oom->label)
            return false;
        oom->has_gaps = oom->step > last_change;
        if (oom->has_gaps)
            count_gaps(analysis, oom);
    }
    return true;
}

/* ---- a device ---- */

static void take_replay(struct device_analysis *analysis, const struct replay *replay)
{
    size_t events = replay->device->event_count;
    analysis->device = replay->device->number;
    analysis->events = events;
    analysis->first_us = events ? replay_time_us(replay, 1) : SNAPSHOT_NO_TIME;
    analysis->last_us = replay_time_us(replay, (uint32_t)events);
    analysis->allocated = replay->allocated;
    analysis->active = replay->active;
    analysis->reserved = replay->reserved;
    analysis->allocated_peak_us = replay_time_us(replay, replay->allocated.peak_step);
    analysis->reserved_peak_us = replay_time_us(replay, replay->reserved.peak_step);
    memcpy(analysis->actions, replay->actions, sizeof analysis->actions);
    memcpy(analysis->inconsistencies, replay->inconsistencies, sizeof analysis->inconsistencies);
    analysis->lost = replay->lost;
    analysis->older = replay->older;
    analysis->end_rounded = replay->end_rounded;
}

static bool analyse_sites(struct device_analysis *analysis, const struct replay *replay,
                          const struct site_table *sites, const struct analysis_options *options)
{
    uint32_t peak = replay->allocated.peak_step;
    if (!sum_sites(&analysis->at_peak, replay, sites, lives, peak) ||
        !sum_sites(&analysis->lived_through, replay, sites, lived_through, 0) ||
        !sum_sites(&analysis->churned, replay, sites, was_churned, 0) ||
        !find_largest(analysis, replay, sites, options->largest))
        return false;
    for (size_t i = 0; i < analysis->at_peak.count; i++)
        analysis->categories[analysis->at_peak.list[i].category] += analysis->at_peak.list[i].bytes;
    return true;
}

static bool analyse_course(struct device_analysis *analysis, const struct replay *replay,
                           const unsigned char *categories, const struct site_table *sites,
                           const struct analysis_options *options)
{
    if (options->course_columns == 0)
        return true;
    if (options->course_by != SITE_BY_CATEGORY)
        return course_make(&analysis->course, replay, sites, false, options->course_columns);
    struct site_table layers;
    if (!site_table_make(&layers, replay, categories, SITE_BY_CATEGORY, 1))
        return false;
    bool made = course_make(&analysis->course, replay, &layers, true, options->course_columns);
    site_table_free(&layers);
    return made;
}

static bool write_trace(const struct file_analysis *file, const struct replay *replay,
                        const struct analysis_options *options, struct fault *fault)
{
    bool told = file->rank >= 0;
    if (!options->traces)
        return true;
    if (!told && !options->only_file)
        return fault_set(fault,
                         "%s: its name does not tell its rank, as snapshot_3.pickle does, "
                         "which --traces of several files needs",
                         file->path);
    return snapshot_trace_write(options->traces, told ? file->rank : replay->device->number,
                                told && replay->snapshot->device_count > 1, replay, fault);
}

/* False with the fault's text empty: out of memory. */
static bool analyse_device(struct file_analysis *file, const struct snapshot *snapshot,
                           const struct snapshot_device *device,
                           const struct analysis_options *options, struct fault *fault)
{
    struct device_analysis *analysis = &file->devices[file->device_count++];
    struct replay replay;
    if (!replay_make(&replay, snapshot, device))
        return false;
    take_replay(analysis, &replay);
    struct site_table sites = {0};
    /* Compiled for each: the C library lets one thread at a time use an expression. */
    struct category_rules *rules = category_rules_make(options->rules, fault);
    unsigned char *categories = rules ? category_rules_apply(rules, &replay) : NULL;
    bool made =
        categories && site_table_make(&sites, &replay, categories, options->by, options->depth) &&
        analyse_sites(analysis, &replay, &sites, options) && sum_places(analysis, &replay) &&
        find_segments(analysis, snapshot) && find_ooms(analysis, &replay, options) &&
        analyse_course(analysis, &replay, categories, &sites, options) &&
        (options->blocks == 0 || block_list_make(&analysis->blocks, &replay, categories,
                                                 &analysis->course, options->blocks)) &&
        write_trace(file, &replay, options, fault);
    site_table_free(&sites);
    free(categories);
    category_rules_free(rules);
    replay_free(&replay);
    return made;
}

/* ---- a file ---- */

int64_t snapshot_name_rank(const char *path)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    const char *at = strstr(name, "rank");
    at = at ? at + strlen("rank") : strstr(name, "snapshot_") == name ? name + 9 : NULL;
    if (!at)
        return -1;
    at += *at == '_' || *at == '-';
    size_t digits = strspn(at, "0123456789");
    return digits > 0 && digits < 10 ? strtoll(at, NULL, 10) : -1;
}

bool file_analysis_make(struct file_analysis *analysis, const char *path,
                        const struct analysis_options *options, struct fault *fault)
{
    struct snapshot snapshot;
    *analysis = (struct file_analysis){.rank = snapshot_name_rank(path)};
    if (!snapshot_read(path, &snapshot, fault))
        return false;
    analysis->path = strdup(path);
    analysis->is_bare_list = snapshot.is_bare_list;
    analysis->devices = calloc(snapshot.device_count + 1, sizeof *analysis->devices);
    bool made = analysis->path && analysis->devices;
    fault->text[0] = '\0';
    for (size_t i = 0; made && i < snapshot.device_count; i++)
        made = analyse_device(analysis, &snapshot, &snapshot.devices[i], options, fault);
    snapshot_free(&snapshot);
    if (made)
        return true;
    file_analysis_free(analysis);
    return *fault->text ? false : fault_set(fault, "%s: out of memory", path);
}

size_t file_analysis_devices(const struct file_analysis *files, size_t count)
{
    size_t devices = 0;
    for (size_t i = 0; i < count; i++)
        devices += files[i].device_count;
    return devices;
}

void file_analysis_free(struct file_analysis *analysis)
{
    for (size_t i = 0; analysis->devices && i < analysis->device_count; i++) {
        struct device_analysis *device = &analysis->devices[i];
        free_list(&device->at_peak);
        free_list(&device->streams);
        free_list(&device->pools);
        free_list(&device->lived_through);
        free_list(&device->churned);
        free_list(&device->largest);
        for (size_t k = 0; k < device->oom_count; k++)
            free(device->ooms[k].label);
        free(device->segments);
        free(device->ooms);
        course_free(&device->course);
        block_list_free(&device->blocks);
    }
    free(analysis->devices);
    free(analysis->path);
    *analysis = (struct file_analysis){0};
}
