/* What a snapshot says, in figures: the facts of each of its devices. Bytes are as tensors asked
 * for them, unless said otherwise. Everything here is copied: the snapshot may go. */
#ifndef VISUALIZE_SNAPSHOT_ANALYSIS_H
#define VISUALIZE_SNAPSHOT_ANALYSIS_H

#include "schemas/snapshot/category_rules.h"
#include "visualize/snapshot/blocks.h"
#include "visualize/snapshot/course.h"
#include "visualize/snapshot/sites.h"

struct site_sum {
    char *label;
    enum memory_category category;
    uint64_t bytes, blocks;
};

/* The largest first; of equal ones by label. */
struct site_list {
    size_t count;
    struct site_sum *list;
};

struct segment_fact {
    uint64_t address, size, stream;
    struct snapshot_pool pool;
    bool is_small, is_expandable;
    uint64_t active;         /* in blocks, rounded up */
    uint64_t largest_free;   /* the largest block that can be used again */
    uint64_t inactive_split; /* free, and kept from CUDA by blocks beside it in the segment */
};

struct oom_fact {
    uint32_t step;
    int64_t time_us;
    uint64_t asked, device_free, allocated, reserved;
    char *label; /* who asked */
    /* Whether the segments are those of that moment: nothing was allocated after it. */
    bool has_gaps;
    uint64_t largest_gap, in_gaps; /* free within segments: the largest block, and all together */
};

struct device_analysis {
    int64_t device;
    size_t events;
    int64_t first_us, last_us; /* of the events; SNAPSHOT_NO_TIME where not known */
    struct replay_level allocated, active, reserved;
    int64_t allocated_peak_us, reserved_peak_us;
    uint64_t actions[SNAPSHOT_ACTIONS], inconsistencies[REPLAY_INCONSISTENCIES];
    uint64_t lost, older, end_rounded;
    uint64_t categories[MEMORY_CATEGORIES]; /* at the peak of allocated */
    struct site_list at_peak, streams, pools;
    struct site_list lived_through; /* from before the first event until after the last */
    struct site_list churned;       /* allocated and freed within the recording */
    struct site_list largest;       /* single blocks at the peak, not more than asked for */
    size_t segment_count, oom_count;
    struct segment_fact *segments;
    struct oom_fact *ooms;
    struct course course;     /* where it was asked for */
    struct block_list blocks; /* where they were asked for, beside a course */
};

struct file_analysis {
    char *path;
    int64_t rank; /* by the file's name; -1: not known */
    bool is_bare_list;
    size_t device_count;
    struct device_analysis *devices;
};

struct analysis_options {
    const char *rules; /* a file of rules of categories; or NULL */
    enum site_by by;
    unsigned depth;
    size_t largest;         /* how many single blocks */
    size_t course_columns;  /* 0: no course */
    enum site_by course_by; /* what it is stacked by: SITE_BY_CATEGORY, or as `by` */
    size_t blocks;          /* how many of all blocks to list; needs a course */
    const char *traces;     /* a folder that a trace of each device is written to; or NULL */
    bool only_file;         /* which need not tell its rank: it is the device's number */
};

/* Reads a file and analyses it, and writes its traces where they are asked for. False with the
 * fault set where that cannot be done; nothing is left to free then. Threads may do so at once. */
bool file_analysis_make(struct file_analysis *analysis, const char *path,
                        const struct analysis_options *options, struct fault *fault);
void file_analysis_free(struct file_analysis *analysis);

/* How many devices the files tell of, all together. */
size_t file_analysis_devices(const struct file_analysis *files, size_t count);

/* The rank that a snapshot's name tells: snapshot_12.pickle, oom_rank3.pickle; -1 where it does
 * not. */
int64_t snapshot_name_rank(const char *path);

#endif
