/* What a heatmap's cells show: which figure, in which unit, under which words. */
#ifndef VISUALIZE_HEATMAP_METRIC_H
#define VISUALIZE_HEATMAP_METRIC_H

#include "visualize/figure/words.h"
#include "visualize/heatmap/grid.h"

enum { METRIC_TITLES = 3 };

struct heatmap_metric {
    const char *name;                       /* on the command line */
    const char *figure_title;               /* in the file's properties, before "by TP and PP" */
    const char *bar_titles[METRIC_TITLES];  /* longest first */
    const char *word, *second_word;         /* "Actual", "Theory": in a cell */
    const char *key_word, *second_key_word; /* the same in the legend */
    const char *unit;                       /* "GB" */
    const char *wants;   /* what to give where no cell has a figure; NULL: outcomes are enough */
    const char *column;  /* of tables, where it has none of its own; memory in GB */
    double mb_per_unit;  /* 0: it is no memory, and the scale ends at the largest figure */
    enum word first;     /* which word an author would replace */
    bool decides_fit;    /* it has its own idea of what fits */
    bool more_is_better; /* of several the largest is the best */
    bool reads_samples;  /* it is known of samples alone */
    /* Nothing is over a limit of NAN, which is not known. Sets the cell's figures (value, second)
     * and, where the metric has its own idea of it, its status. */
    void (*show)(const struct heatmap_metric *metric, struct heatmap_cell *cell, double limit_mb);
};

/* In a unit of MEMORY_UNIT_NAMES. NULL: there is none of that name. */
const struct heatmap_metric *heatmap_metric_find(const char *name, const char *unit);

/* "memory, theory, ... or mfu", for help and messages. */
const char *heatmap_metric_names(void);

#endif
