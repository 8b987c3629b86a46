#include "visualize/heatmap/metric.h"

#include "schemas/support/units.h"

#include <math.h>
#include <string.h>

/* What was measured, and beside it what a formula said. */
static void show_memory(const struct heatmap_metric *metric, struct heatmap_cell *cell,
                        double limit_mb)
{
    cell->value = cell->actual_mb / metric->mb_per_unit;
    cell->second = cell->theory_mb / metric->mb_per_unit;
    cell->overflow = cell->status == HEATMAP_SUCCESS && cell->theory_mb >= limit_mb;
}

/* The formula alone: nothing ran, as far as this figure goes. */
static void show_theory(const struct heatmap_metric *metric, struct heatmap_cell *cell,
                        double limit_mb)
{
    cell->value = cell->theory_mb / metric->mb_per_unit;
    cell->second = NAN;
    cell->status = isnan(cell->theory_mb)        ? HEATMAP_NONE
                   : cell->theory_mb >= limit_mb ? HEATMAP_TOO_LARGE
                                                 : HEATMAP_SUCCESS;
}

/* What a rank should be seen to use, and beside it what Megatron-LM reports. */
static void show_expected(const struct heatmap_metric *metric, struct heatmap_cell *cell,
                          double limit_mb)
{
    cell->value = cell->expected_mb / metric->mb_per_unit;
    cell->second = cell->theory_mb / metric->mb_per_unit;
    cell->status = isnan(cell->expected_mb)       ? HEATMAP_NONE
                   : cell->expected_mb > limit_mb ? HEATMAP_TOO_LARGE
                                                  : HEATMAP_SUCCESS;
}

static void show_step_time(const struct heatmap_metric *metric, struct heatmap_cell *cell,
                           double limit_mb)
{
    (void)metric, (void)limit_mb;
    cell->value = cell->step_ms;
    cell->second = NAN;
}

static void show_throughput(const struct heatmap_metric *metric, struct heatmap_cell *cell,
                            double limit_mb)
{
    (void)metric, (void)limit_mb;
    cell->value = cell->tflops;
    cell->second = NAN;
}

#define MEMORY(text, mb)                                                                           \
    {                                                                                              \
        .name = "memory", .figure_title = "Peak memory",                                           \
        .bar_titles = {"Peak memory (" text ")", "Peak (" text ")", text}, .word = "Actual",       \
        .first = WORD_ACTUAL, .second_word = "Theory", .key_word = "actual",                       \
        .second_key_word = "theory", .unit = (text), .mb_per_unit = (mb), .show = show_memory      \
    }
#define THEORY(text, mb)                                                                           \
    {                                                                                              \
        .name = "theory", .figure_title = "Theoretical memory",                                    \
        .bar_titles = {"Theoretical memory (" text ")", "Theory (" text ")", text},                \
        .word = "Theory", .first = WORD_THEORY, .key_word = "theory", .unit = (text),              \
        .mb_per_unit = (mb), .decides_fit = true, .show = show_theory                              \
    }
#define EXPECTED(text, mb)                                                                         \
    {                                                                                              \
        .name = "expected", .figure_title = "Expected peak memory",                                \
        .bar_titles = {"Expected peak memory (" text ")", "Expected (" text ")", text},            \
        .word = "Expected", .first = WORD_EXPECTED, .second_word = "Theory",                       \
        .key_word = "expected", .second_key_word = "theory", .unit = (text), .mb_per_unit = (mb),  \
        .decides_fit = true, .show = show_expected                                                 \
    }

#define IN_EACH_UNIT(METRIC)                                                                       \
    METRIC("MB", 1), METRIC("MiB", 1), METRIC("GB", UNITS_MB_PER_GB),                              \
        METRIC("GiB", UNITS_MB_PER_GB), METRIC("TB", UNITS_MB_PER_GB * 1024),                      \
        METRIC("TiB", UNITS_MB_PER_GB * 1024)

static const struct heatmap_metric METRICS[] = {
    IN_EACH_UNIT(MEMORY),
    IN_EACH_UNIT(THEORY),
    IN_EACH_UNIT(EXPECTED),
    {.name = "ms",
     .figure_title = "Time of an iteration",
     .bar_titles = {"Time of an iteration (ms)", "Iteration (ms)", "ms"},
     .word = "Step",
     .first = WORD_TIME,
     .key_word = "time of an iteration",
     .unit = "ms",
     .show = show_step_time},
    {.name = "tflops",
     .figure_title = "Throughput",
     .bar_titles = {"Throughput of a GPU (TFLOP/s)", "GPU (TFLOP/s)", "TFLOP/s"},
     .word = "GPU",
     .first = WORD_THROUGHPUT,
     .more_is_better = true,
     .key_word = "throughput of a GPU",
     .unit = "TFLOP/s",
     .show = show_throughput},
};

const struct heatmap_metric *heatmap_metric_find(const char *name, const char *unit)
{
    for (size_t i = 0; i < sizeof METRICS / sizeof *METRICS; i++)
        if (strcmp(METRICS[i].name, name) == 0 &&
            (METRICS[i].mb_per_unit <= 0 || strcmp(METRICS[i].unit, unit) == 0))
            return &METRICS[i];
    return NULL;
}

const char *heatmap_metric_names(void)
{
    return "memory|theory|expected|ms|tflops";
}
