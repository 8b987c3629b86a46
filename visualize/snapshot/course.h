/* Memory over time, stacked: what each layer (a category, or a site) holds, reduced to what a page
 * can show. */
#ifndef VISUALIZE_SNAPSHOT_COURSE_H
#define VISUALIZE_SNAPSHOT_COURSE_H

#include "schemas/snapshot/replay.h"

enum { COURSE_MOST_LAYERS = 10 }; /* the last one is all the rest */

/* For each of the columns the step at which it holds most: the largest total within it, so that no
 * peak is lost, and the step at which the recording's peak is stands exactly in its own. */
struct course {
    size_t columns, layers;
    bool by_time;          /* else by steps: no times were recorded */
    double begin_s, end_s; /* from the first event; steps where not by time */
    double peak_at;        /* where the peak is, the same way; NAN: before the first event */
    char *labels[COURSE_MOST_LAYERS];
    int categories[COURSE_MOST_LAYERS]; /* enum memory_category of a layer; -1: of none */
    uint64_t *bytes;                    /* [column * layers + layer] */
    uint64_t *reserved;                 /* one a column: the largest within it */
};

/* Where a step of the replay, from 1 on, stands: seconds from the first event, or the step. */
double course_place(const struct course *course, const struct replay *replay, uint32_t step);

struct site_table;

/* `sites`: which layers there may be; the largest at the peak are kept. False when out of memory.
 */
bool course_make(struct course *course, const struct replay *replay, const struct site_table *sites,
                 bool by_category, size_t columns);
void course_free(struct course *course);

#endif
