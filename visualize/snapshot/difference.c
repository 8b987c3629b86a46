#include "visualize/snapshot/difference.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- sites ---- */

static int compare_names(const void *a, const void *b)
{
    const struct site_sum *first = *(const struct site_sum *const *)a;
    const struct site_sum *second = *(const struct site_sum *const *)b;
    int order = strcmp(first->label, second->label);
    return order ? order : (int)first->category - (int)second->category;
}

static const struct site_sum **by_name(const struct site_list *list)
{
    const struct site_sum **sorted = calloc(list->count + 1, sizeof(void *));
    for (size_t i = 0; sorted && i < list->count; i++)
        sorted[i] = &list->list[i];
    if (sorted)
        qsort(sorted, list->count, sizeof(void *), compare_names);
    return sorted;
}

static uint64_t size_of_change(const struct site_change *change)
{
    return change->after > change->before ? change->after - change->before
                                          : change->before - change->after;
}

static int compare_changes(const void *a, const void *b)
{
    const struct site_change *first = a, *second = b;
    uint64_t left = size_of_change(first), right = size_of_change(second);
    if (left != right)
        return left > right ? -1 : 1;
    int order = strcmp(first->label, second->label);
    return order ? order : (int)first->category - (int)second->category;
}

static bool add_change(struct device_change *change, const struct site_sum *before,
                       const struct site_sum *after)
{
    const struct site_sum *any = after ? after : before;
    char *label = any ? strdup(any->label) : NULL;
    if (!label)
        return false;
    change->sites[change->count++] = (struct site_change){
        .label = label,
        .category = any->category,
        .before = before ? before->bytes : 0,
        .after = after ? after->bytes : 0,
        .blocks_before = before ? before->blocks : 0,
        .blocks_after = after ? after->blocks : 0,
    };
    return true;
}

/* Both lists, by name, side by side. */
static bool pair_sites(struct device_change *change)
{
    const struct site_list *before = &change->before->at_peak, *after = &change->after->at_peak;
    const struct site_sum **left = by_name(before), **right = by_name(after);
    change->sites = calloc(before->count + after->count + 1, sizeof *change->sites);
    bool room = left && right && change->sites;
    for (size_t i = 0, k = 0; room && (i < before->count || k < after->count);) {
        int order = i == before->count  ? 1
                    : k == after->count ? -1
                                        : compare_names(&left[i], &right[k]);
        room = add_change(change, order <= 0 ? left[i] : NULL, order >= 0 ? right[k] : NULL);
        i += order <= 0;
        k += order >= 0;
    }
    if (room)
        qsort(change->sites, change->count, sizeof *change->sites, compare_changes);
    free(left);
    free(right);
    return room;
}

/* ---- devices ---- */

static const struct device_analysis *find_device(const struct file_analysis *files, size_t count,
                                                 int64_t rank, bool any_rank, int64_t number)
{
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < files[i].device_count; k++)
            if ((any_rank || files[i].rank == rank) && files[i].devices[k].device == number)
                return &files[i].devices[k];
    return NULL;
}

/* One device a side is a pair, whatever their numbers: a run may be on another GPU the next day. */
static const struct device_analysis *partner_of(const struct file_analysis *before, size_t count,
                                                const struct file_analysis *file,
                                                const struct device_analysis *device, bool alone)
{
    if (!alone)
        return find_device(before, count, file->rank, false, device->device);
    return before[0].device_count == 1 && file->device_count == 1
               ? &before[0].devices[0]
               : find_device(before, 1, 0, true, device->device);
}

static bool all_have_ranks(const struct file_analysis *files, size_t count, struct fault *fault)
{
    for (size_t i = 0; i < count; i++) {
        if (files[i].rank < 0)
            return fault_set(fault,
                             "%s: its name does not tell its rank (as snapshot_3.pickle does), "
                             "which several files need to be paired",
                             files[i].path);
        for (size_t k = 0; k < i; k++)
            if (files[k].rank == files[i].rank)
                return fault_set(fault, "%s and %s are both of rank %lld: give one of them",
                                 files[k].path, files[i].path, (long long)files[i].rank);
    }
    return true;
}

static bool add_pair(struct difference *difference, const struct file_analysis *file,
                     const struct device_analysis *before, const struct device_analysis *after)
{
    struct device_change *change = &difference->devices[difference->count++];
    *change = (struct device_change){.file = file, .before = before, .after = after};
    for (int i = 0; i < MEMORY_CATEGORIES; i++)
        change->categories[i] = (int64_t)after->categories[i] - (int64_t)before->categories[i];
    return pair_sites(change);
}

bool difference_make(struct difference *difference, const struct file_analysis *before,
                     size_t before_count, const struct file_analysis *after, size_t after_count,
                     struct fault *fault)
{
    *difference = (struct difference){0};
    bool alone = before_count == 1 && after_count == 1;
    if (!alone && (!all_have_ranks(before, before_count, fault) ||
                   !all_have_ranks(after, after_count, fault)))
        return false;
    size_t devices = file_analysis_devices(after, after_count);
    difference->devices = calloc(devices + 1, sizeof *difference->devices);
    bool room = difference->devices != NULL;
    for (size_t i = 0; room && i < after_count; i++)
        for (size_t k = 0; room && k < after[i].device_count; k++) {
            const struct device_analysis *device = &after[i].devices[k];
            const struct device_analysis *other =
                partner_of(before, before_count, &after[i], device, alone);
            if (other)
                room = add_pair(difference, &after[i], other, device);
            else
                difference->only_after++;
        }
    difference->only_before = file_analysis_devices(before, before_count) - difference->count;
    if (!room)
        fault_set(fault, "out of memory");
    else if (difference->count == 0)
        fault_set(fault, "no rank and device of %s is in %s, too", after[0].path, before[0].path);
    if (room && difference->count > 0)
        return true;
    difference_free(difference);
    return false;
}

void difference_free(struct difference *difference)
{
    for (size_t i = 0; difference->devices && i < difference->count; i++) {
        for (size_t k = 0; k < difference->devices[i].count; k++)
            free(difference->devices[i].sites[k].label);
        free(difference->devices[i].sites);
    }
    free(difference->devices);
    *difference = (struct difference){0};
}

double difference_most_percent(const struct difference *difference)
{
    double most = -100;
    for (size_t i = 0; i < difference->count; i++) {
        double before = (double)difference->devices[i].before->allocated.peak;
        double after = (double)difference->devices[i].after->allocated.peak;
        double percent = before > 0 ? 100 * (after / before - 1) : after > 0 ? INFINITY : 0;
        most = fmax(most, percent);
    }
    return most;
}
