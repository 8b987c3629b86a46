/* Two runs: what the one holds more than the other at its peak, by category and by site. */
#ifndef VISUALIZE_SNAPSHOT_DIFFERENCE_H
#define VISUALIZE_SNAPSHOT_DIFFERENCE_H

#include "visualize/snapshot/analysis.h"

struct site_change {
    char *label;
    enum memory_category category;
    uint64_t before, after; /* bytes at the peaks */
    uint64_t blocks_before, blocks_after;
};

struct device_change {
    const struct file_analysis *file;
    const struct device_analysis *before, *after;
    size_t count;
    struct site_change *sites; /* the largest change first */
    int64_t categories[MEMORY_CATEGORIES];
};

/* Devices are paired by rank and number; where each side is one file, by number alone. */
struct difference {
    size_t count;
    struct device_change *devices;
    size_t only_before, only_after; /* devices that the other side lacks */
};

/* The analyses must outlive the difference, and be by function (sites are matched by their labels:
 * by line, they would change with every edit). False with the fault set where nothing can be
 * paired. */
bool difference_make(struct difference *difference, const struct file_analysis *before,
                     size_t before_count, const struct file_analysis *after, size_t after_count,
                     struct fault *fault);
void difference_free(struct difference *difference);

/* The largest growth of a device's peak, in percent; infinite where one grew from nothing. */
double difference_most_percent(const struct difference *difference);

#endif
