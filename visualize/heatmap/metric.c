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

/* What would still fit. */
static void show_headroom(const struct heatmap_metric *metric, struct heatmap_cell *cell,
                          double limit_mb)
{
    cell->value = (limit_mb - cell->actual_mb) / metric->mb_per_unit;
    cell->second = NAN;
}

static void show_static(const struct heatmap_metric *metric, struct heatmap_cell *cell,
                        double limit_mb)
{
    (void)limit_mb;
    cell->value = cell->static_mb / metric->mb_per_unit;
    cell->second = NAN;
}

static void show_reserved(const struct heatmap_metric *metric, struct heatmap_cell *cell,
                          double limit_mb)
{
    (void)limit_mb;
    cell->value = cell->reserved_mb / metric->mb_per_unit;
    cell->second = NAN;
}

static void show_tokens(const struct heatmap_metric *metric, struct heatmap_cell *cell,
                        double limit_mb)
{
    (void)metric, (void)limit_mb;
    cell->value = cell->tokens_a_gpu;
    cell->second = NAN;
}

static void show_mfu(const struct heatmap_metric *metric, struct heatmap_cell *cell,
                     double limit_mb)
{
    (void)metric, (void)limit_mb;
    cell->value = 100 * cell->mfu;
    cell->second = NAN;
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

#define HEADROOM(text, mb)                                                                         \
    {                                                                                              \
        .name = "headroom", .figure_title = "Headroom",                                            \
        .bar_titles = {"Memory that stays free (" text ")", "Free (" text ")", text},              \
        .word = "Free", .first = WORD_FREE, .key_word = "what of the GPU's memory stays free",     \
        .unit = (text), .mb_per_unit = (mb), .more_is_better = true, .show = show_headroom,        \
        .column = "headroom_gb",                                                                   \
        .wants = "--memory-dir with measured peaks, and --gpu-memory GB where the traces do not "  \
                 "tell the GPU's"                                                                  \
    }
#define STATIC(text, mb)                                                                           \
    {                                                                                              \
        .name = "static", .figure_title = "Static memory",                                         \
        .bar_titles = {"Static memory (" text ")", "Static (" text ")", text}, .word = "Static",   \
        .first = WORD_STATIC, .key_word = "static memory", .unit = (text), .mb_per_unit = (mb),    \
        .show = show_static, .wants = "traces that have static memory (static_memory_MB)"          \
    }
#define RESERVED(text, mb)                                                                         \
    {                                                                                              \
        .name = "reserved", .figure_title = "Reserved memory",                                     \
        .bar_titles = {"Reserved memory (" text ")", "Reserved (" text ")", text},                 \
        .word = "Reserved", .first = WORD_RESERVED, .key_word = "reserved by the allocator",       \
        .unit = (text), .mb_per_unit = (mb), .reads_samples = true, .show = show_reserved,         \
        .column = "reserved_gb",                                                                   \
        .wants = "traces whose samples have what the allocator reserved (reserved_of: allocator)"  \
    }

#define IN_EACH_UNIT(METRIC)                                                                       \
    METRIC("MB", 1), METRIC("MiB", 1), METRIC("GB", UNITS_MB_PER_GB),                              \
        METRIC("GiB", UNITS_MB_PER_GB), METRIC("TB", UNITS_MB_PER_GB * 1024),                      \
        METRIC("TiB", UNITS_MB_PER_GB * 1024)

static const struct heatmap_metric METRICS[] = {
    IN_EACH_UNIT(MEMORY),
    IN_EACH_UNIT(THEORY),
    IN_EACH_UNIT(EXPECTED),
    IN_EACH_UNIT(HEADROOM),
    IN_EACH_UNIT(STATIC),
    IN_EACH_UNIT(RESERVED),
    {.name = "ms",
     .figure_title = "Time of an iteration",
     .bar_titles = {"Time of an iteration (ms)", "Iteration (ms)", "ms"},
     .word = "Step",
     .first = WORD_TIME,
     .key_word = "time of an iteration",
     .unit = "ms",
     .column = "step_ms",
     .wants = "a table of step times that has step_ms of these configurations",
     .show = show_step_time},
    {.name = "tflops",
     .figure_title = "Throughput",
     .bar_titles = {"Throughput of a GPU (TFLOP/s)", "GPU (TFLOP/s)", "TFLOP/s"},
     .word = "GPU",
     .first = WORD_THROUGHPUT,
     .more_is_better = true,
     .key_word = "throughput of a GPU",
     .unit = "TFLOP/s",
     .column = "tflops",
     .wants = "a table of step times that has tflops of these configurations",
     .show = show_throughput},
    {.name = "tokens",
     .figure_title = "Tokens a second and GPU",
     .bar_titles = {"Tokens a second and GPU", "Tokens/s/GPU", "tokens/s"},
     .word = "Tokens",
     .first = WORD_THROUGHPUT,
     .more_is_better = true,
     .key_word = "tokens a second and GPU",
     .unit = "tokens/s",
     .column = "tokens_per_s_gpu",
     .wants = "step times, and each run's world size, global batch size and sequence length: in "
              "the table, the traces' names, or --model",
     .show = show_tokens},
    {.name = "mfu",
     .figure_title = "Model FLOPs utilization",
     .bar_titles = {"Model FLOPs utilization (%)", "MFU (%)", "%"},
     .word = "MFU",
     .first = WORD_THROUGHPUT,
     .more_is_better = true,
     .key_word = "model FLOPs utilization",
     .unit = "%",
     .column = "mfu_percent",
     .wants = "--peak-tflops N, the GPU's arithmetic, and step times with tflops, or with --model",
     .show = show_mfu},
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
    return "memory, theory, expected, headroom, static, reserved, ms, tflops, tokens or mfu";
}
