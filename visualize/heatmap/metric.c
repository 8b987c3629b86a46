#include "visualize/heatmap/metric.h"

#include "schemas/units.h"

#include <math.h>
#include <string.h>

/* What was measured, and beside it what a formula said. */
static void show_memory(struct heatmap_cell *cell, double limit_mb)
{
    cell->value = gb_from_mb(cell->actual_mb);
    cell->second = gb_from_mb(cell->theory_mb);
    cell->overflow = cell->status == HEATMAP_SUCCESS && cell->theory_mb >= limit_mb;
}

/* The formula alone: nothing ran, as far as this figure goes. */
static void show_theory(struct heatmap_cell *cell, double limit_mb)
{
    cell->value = gb_from_mb(cell->theory_mb);
    cell->second = NAN;
    cell->status = isnan(cell->theory_mb)       ? HEATMAP_NONE
                   : cell->theory_mb < limit_mb ? HEATMAP_SUCCESS
                                                : HEATMAP_TOO_LARGE;
}

static const struct heatmap_metric METRICS[] = {
    {.name = "memory",
     .figure_title = "Peak memory by TP and PP",
     .bar_titles = {"Peak memory (GB)", "Peak (GB)", "GB"},
     .word = "Actual",
     .second_word = "Theory",
     .key_word = "actual",
     .second_key_word = "theory",
     .unit = "GB",
     .of_memory = true,
     .show = show_memory},
    {.name = "theory",
     .figure_title = "Theoretical memory by TP and PP",
     .bar_titles = {"Theoretical memory (GB)", "Theory (GB)", "GB"},
     .word = "Theory",
     .key_word = "theory",
     .unit = "GB",
     .of_memory = true,
     .show = show_theory},
};

const struct heatmap_metric *heatmap_metric_find(const char *name)
{
    for (size_t i = 0; i < sizeof METRICS / sizeof *METRICS; i++)
        if (strcmp(METRICS[i].name, name) == 0)
            return &METRICS[i];
    return NULL;
}

const char *heatmap_metric_names(void)
{
    return "memory|theory";
}
