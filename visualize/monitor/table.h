/* Rows as text: what --once prints, and what stands on the screen. */
#ifndef VISUALIZE_MONITOR_TABLE_H
#define VISUALIZE_MONITOR_TABLE_H

#include "visualize/monitor/ranks.h"

enum { TABLE_LINE = 512 }; /* bytes of a line's text */

/* How rows are sorted: the first is what needs a look most. */
struct table_order {
    const char *name;                             /* "need" */
    int (*compare)(const void *a, const void *b); /* of table entries */
};
extern const struct table_order TABLE_ORDERS[];
extern const unsigned TABLE_ORDERS_COUNT;

struct table {
    bool gpus;   /* rows are GPUs, no ranks */
    bool blocks; /* the terminal has block letters */
    int width;   /* columns */
    size_t count;
    struct table_entry {
        const struct rank_row *row;
    } * entries; /* sorted */
};

/* Sorts the rows; false when out of memory. Free `entries`. */
bool table_sort(struct table *table, const struct ranks *ranks, const struct table_order *order);

void table_heading(const struct table *table, char line[TABLE_LINE]);
void table_row(const struct table *table, const struct rank_row *row, char line[TABLE_LINE]);

/* "64 ranks: 61 live, 2 killed, 1 ended; most used: rank 3, 91%". */
void table_summary(const struct table *table, char line[TABLE_LINE]);

/* The stages, the fullest first; false where there are no more. */
struct table_stage {
    int64_t stage, worst_rank;
    size_t ranks, known;
    double worst_percent, sum_percent; /* of those that are known */
    uint64_t worst_used;
    enum alert_level level;
};
size_t table_stages(const struct table *table, struct table_stage **stages); /* free them */
void table_stage(const struct table_stage *stage, char line[TABLE_LINE]);

/* How many ranks use how much of their memory: three lines. */
enum { TABLE_HISTOGRAM_LINES = 3 };
void table_histogram(const struct table *table, char lines[TABLE_HISTOGRAM_LINES][TABLE_LINE]);

#endif
