/* Every configuration that traces and logs tell of, once, with all that is known of it: what has
 * yet to find its place in the grid. */
#ifndef VISUALIZE_HEATMAP_CANDIDATES_H
#define VISUALIZE_HEATMAP_CANDIDATES_H

#include "visualize/heatmap/grid.h"

struct candidate {
    struct heatmap_cell cell;
    const char *example; /* the name of a trace; NULL: a line of the logs */
    bool killed;         /* a trace says so */
    size_t traced;       /* its place among the set's configurations; SIZE_MAX: no trace */
    const struct sweep_entry *entry; /* its line of the logs, or NULL */
    size_t unfinished;               /* traces of runs that did not end well, or had not ended */
};

struct candidates {
    size_t count;
    struct candidate *list;
    struct heatmap_grid *grid; /* takes the warnings */
};

/* Fails where a line or a row of the metrics fits several that differ. */
bool candidates_make(const struct heatmap_input *input, struct heatmap_grid *grid,
                     struct candidates *candidates, struct fault *fault);
void candidates_free(struct candidates *candidates);

/* Adds a warning to the grid. */
void heatmap_warn(struct heatmap_grid *grid, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
