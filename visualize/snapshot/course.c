#include "visualize/snapshot/course.h"

#include "visualize/snapshot/sites.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const uint32_t NO_BLOCK = UINT32_MAX;

struct walker {
    struct course *course;
    const struct replay *replay;
    const struct site_table *sites;
    unsigned char *layer_of_site;
    uint32_t *allocated, *freed; /* the block of a step, or NO_BLOCK */
    uint64_t now[COURSE_MOST_LAYERS], total, reserved;
};

/* ---- layers ---- */

struct ranked {
    uint64_t bytes;
    uint32_t site;
};

static int compare_ranked(const void *a, const void *b)
{
    const struct ranked *first = a, *second = b;
    if (first->bytes != second->bytes)
        return first->bytes > second->bytes ? -1 : 1;
    return (first->site > second->site) - (first->site < second->site);
}

static bool add_layer(struct course *course, const char *label, int category)
{
    course->categories[course->layers] = category;
    course->labels[course->layers] = strdup(label);
    return course->labels[course->layers++] != NULL;
}

/* In the order of the table of categories, so that figures can be laid side by side. */
static bool layer_categories(struct walker *walker)
{
    for (int category = 0; category < MEMORY_CATEGORIES; category++)
        for (size_t site = 0; site < walker->sites->count; site++)
            if (walker->sites->category[site] == category) {
                walker->layer_of_site[site] = (unsigned char)walker->course->layers;
                if (!add_layer(walker->course, walker->sites->labels[site], category))
                    return false;
            }
    return true;
}

/* The sites that hold most at the peak, the largest at the bottom, and the rest. */
static bool layer_sites(struct walker *walker)
{
    size_t count = walker->sites->count;
    const struct replay *replay = walker->replay;
    struct ranked *ranked = calloc(count + 1, sizeof *ranked);
    if (!ranked)
        return false;
    for (size_t i = 0; i < count; i++)
        ranked[i].site = (uint32_t)i;
    for (size_t i = 0; i < replay->count; i++)
        if (replay_lives_at(&replay->blocks[i], replay->allocated.peak_step))
            ranked[walker->sites->of_blocks[i]].bytes += replay->blocks[i].size;
    qsort(ranked, count, sizeof *ranked, compare_ranked);
    bool room = true;
    size_t own = count <= COURSE_MOST_LAYERS ? count : COURSE_MOST_LAYERS - 1;
    for (size_t i = 0; room && i < count; i++) {
        walker->layer_of_site[ranked[i].site] = (unsigned char)(i < own ? i : own);
        if (i < own)
            room = add_layer(walker->course, walker->sites->labels[ranked[i].site], -1);
        else if (i == own)
            room = add_layer(walker->course, "all others", -1);
    }
    free(ranked);
    return room;
}

/* ---- time ---- */

double course_place(const struct course *course, const struct replay *replay, uint32_t step)
{
    uint32_t first = 1;
    return course->by_time
               ? (double)(replay_time_us(replay, step) - replay_time_us(replay, first)) * 1e-6
               : (double)step;
}

static double place_of(const struct walker *walker, uint32_t step)
{
    return course_place(walker->course, walker->replay, step);
}

static void measure_time(struct walker *walker)
{
    struct course *course = walker->course;
    const struct replay *replay = walker->replay;
    uint32_t events = (uint32_t)replay->device->event_count;
    course->by_time = events > 1;
    for (uint32_t step = 1; step <= events && course->by_time; step++)
        course->by_time =
            replay_time_us(replay, step) != SNAPSHOT_NO_TIME &&
            (step == 1 || replay_time_us(replay, step) >= replay_time_us(replay, step - 1));
    course->begin_s = course->by_time ? 0 : fmin(1, events);
    course->end_s = events ? place_of(walker, events) : 1;
    uint32_t peak = replay->allocated.peak_step;
    course->peak_at = peak ? place_of(walker, peak) : NAN;
}

static size_t column_of(const struct walker *walker, uint32_t step)
{
    const struct course *course = walker->course;
    double range = course->end_s - course->begin_s;
    double share = range > 0 ? (place_of(walker, step) - course->begin_s) / range : 0;
    size_t column = (size_t)(share * (double)course->columns);
    return column < course->columns ? column : course->columns - 1;
}

/* ---- the walk ---- */

static void change(struct walker *walker, uint32_t block, bool more)
{
    if (block == NO_BLOCK)
        return;
    uint64_t size = walker->replay->blocks[block].size;
    uint64_t *layer = &walker->now[walker->layer_of_site[walker->sites->of_blocks[block]]];
    *layer = more ? *layer + size : *layer - size;
    walker->total = more ? walker->total + size : walker->total - size;
}

/* What holds now is the column's, if no more was held in it before. */
static void keep(struct walker *walker, size_t column, uint64_t *most, bool is_first)
{
    struct course *course = walker->course;
    if (is_first || walker->total > *most) {
        *most = walker->total;
        memcpy(course->bytes + column * course->layers, walker->now,
               course->layers * sizeof *course->bytes);
    }
    if (is_first || walker->reserved > course->reserved[column])
        course->reserved[column] = walker->reserved;
}

static void play(struct walker *walker, uint32_t step)
{
    const struct snapshot_event *event = replay_event(walker->replay, step);
    if (event->action == SNAPSHOT_SEGMENT_ALLOC || event->action == SNAPSHOT_SEGMENT_MAP)
        walker->reserved += event->size;
    if (event->action == SNAPSHOT_SEGMENT_FREE || event->action == SNAPSHOT_SEGMENT_UNMAP)
        walker->reserved -= event->size;
    change(walker, walker->freed[step], false);
    change(walker, walker->allocated[step], true);
}

static void walk(struct walker *walker)
{
    struct course *course = walker->course;
    uint32_t events = (uint32_t)walker->replay->device->event_count, step = 1;
    walker->reserved = walker->replay->reserved.start;
    for (size_t i = 0; i < walker->replay->count; i++)
        if (replay_lives_at(&walker->replay->blocks[i], 0))
            change(walker, (uint32_t)i, true);
    for (size_t column = 0; column < course->columns; column++) {
        uint64_t most = 0;
        keep(walker, column, &most, true);
        for (; step <= events && column_of(walker, step) <= column; step++) {
            play(walker, step);
            keep(walker, column, &most, false);
        }
    }
}

static bool index_steps(struct walker *walker)
{
    const struct replay *replay = walker->replay;
    size_t events = replay->device->event_count;
    walker->allocated = calloc(events + 1, sizeof *walker->allocated);
    walker->freed = calloc(events + 1, sizeof *walker->freed);
    if (!walker->allocated || !walker->freed)
        return false;
    memset(walker->allocated, 0xFF, (events + 1) * sizeof *walker->allocated);
    memset(walker->freed, 0xFF, (events + 1) * sizeof *walker->freed);
    for (size_t i = 0; i < replay->count; i++) {
        if (replay->blocks[i].alloc_step)
            walker->allocated[replay->blocks[i].alloc_step] = (uint32_t)i;
        if (replay->blocks[i].free_step && replay->blocks[i].free_step != REPLAY_NEVER)
            walker->freed[replay->blocks[i].free_step] = (uint32_t)i;
    }
    return true;
}

bool course_make(struct course *course, const struct replay *replay, const struct site_table *sites,
                 bool by_category, size_t columns)
{
    *course = (struct course){.columns = columns};
    struct walker walker = {.course = course, .replay = replay, .sites = sites};
    walker.layer_of_site = calloc(sites->count + 1, 1);
    bool made = walker.layer_of_site &&
                (by_category ? layer_categories(&walker) : layer_sites(&walker)) &&
                index_steps(&walker);
    course->bytes = calloc(columns * course->layers + 1, sizeof *course->bytes);
    course->reserved = calloc(columns + 1, sizeof *course->reserved);
    made = made && course->bytes && course->reserved;
    if (made) {
        measure_time(&walker);
        walk(&walker);
    } else {
        course_free(course);
    }
    free(walker.layer_of_site);
    free(walker.allocated);
    free(walker.freed);
    return made;
}

void course_free(struct course *course)
{
    for (size_t i = 0; i < course->layers; i++)
        free(course->labels[i]);
    free(course->bytes);
    free(course->reserved);
    *course = (struct course){0};
}
