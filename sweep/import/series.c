#include "sweep/import/series.h"

#include "schemas/support/array.h"
#include "schemas/support/units.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- names: log_forms.md has their sources ---- */

#define MB_PER_BYTE     (1 / UNITS_BYTES_PER_MB)
#define MB_PER_GIGABYTE (1e9 / UNITS_BYTES_PER_MB)

static const struct {
    const char *name;
    enum series_figure figure;
    enum import_writer writer;
    double scale;
    bool of_pipeline;
} NAMES[] = {
    /* Megatron-LM */
    {"mem-allocated-bytes", SERIES_ALLOCATED, IMPORT_WRITER_LAST_RANK, MB_PER_BYTE, false},
    {"mem-max-allocated-bytes", SERIES_PEAK, IMPORT_WRITER_LAST_RANK, MB_PER_BYTE, false},
    {"mem-reserved-bytes", SERIES_RESERVED, IMPORT_WRITER_LAST_RANK, MB_PER_BYTE, false},
    {"iteration-time", SERIES_STEP_TIME, IMPORT_WRITER_NOT_KNOWN, 1000, false},
    {"throughput", SERIES_TFLOPS, IMPORT_WRITER_NOT_KNOWN, 1, false},
    {"world-size", SERIES_WORLD_SIZE, IMPORT_WRITER_NOT_KNOWN, 1, false},
    /* Megatron-Bridge */
    {"memory/mem-allocated-gigabytes", SERIES_ALLOCATED, IMPORT_WRITER_LAST_RANK, MB_PER_GIGABYTE,
     true},
    {"memory/mem-max-allocated-gigabytes", SERIES_PEAK, IMPORT_WRITER_LAST_RANK, MB_PER_GIGABYTE,
     true},
    {"memory/mem-reserved-gigabytes", SERIES_RESERVED, IMPORT_WRITER_LAST_RANK, MB_PER_GIGABYTE,
     true},
    {"throughput/tflops/device", SERIES_TFLOPS, IMPORT_WRITER_NOT_KNOWN, 1, false},
    /* NeMo: its peak_memory_usage is the most that was reserved */
    {"memory_allocated", SERIES_ALLOCATED, IMPORT_WRITER_FIRST_RANK, MB_PER_BYTE, false},
    {"peak_memory_usage", SERIES_RESERVED, IMPORT_WRITER_FIRST_RANK, MB_PER_BYTE, false},
    {"max_memory_allocated", SERIES_PEAK, IMPORT_WRITER_FIRST_RANK, MB_PER_BYTE, false},
    {"max_memory_reserved", SERIES_RESERVED, IMPORT_WRITER_FIRST_RANK, MB_PER_BYTE, false},
    {"train_step_timing in s", SERIES_STEP_TIME, IMPORT_WRITER_NOT_KNOWN, 1000, false},
    /* torchtitan: its max_active is more than tensors occupy, and nothing that is kept here */
    {"memory/max_reserved(GiB)", SERIES_RESERVED, IMPORT_WRITER_OF_STAGE, UNITS_MB_PER_GB, false},
    {"time_metrics/end_to_end(s)", SERIES_STEP_TIME, IMPORT_WRITER_NOT_KNOWN, 1000, false},
    {"tflops", SERIES_TFLOPS, IMPORT_WRITER_NOT_KNOWN, 1, false},
};

bool series_add(struct series *series, const char *name, size_t length, int64_t step, double value,
                double time_s)
{
    size_t at = 0;
    while (at < sizeof NAMES / sizeof *NAMES &&
           (strlen(NAMES[at].name) != length || memcmp(NAMES[at].name, name, length) != 0))
        at++;
    if (at == sizeof NAMES / sizeof *NAMES || !isfinite(value) || value < 0 || step < 0)
        return true;
    struct series_point *point = ARRAY_ADD(series->points, series->count);
    if (!point)
        return false;
    *point = (struct series_point){.step = step,
                                   .figure = NAMES[at].figure,
                                   .value = value * NAMES[at].scale,
                                   .time_s = time_s,
                                   .place = series->count};
    if (NAMES[at].writer != IMPORT_WRITER_NOT_KNOWN)
        series->writer = NAMES[at].writer;
    series->of_pipeline = series->of_pipeline || NAMES[at].of_pipeline;
    return true;
}

/* ---- steps ---- */

static int compare_points(const void *a, const void *b)
{
    const struct series_point *first = a, *second = b;
    if (first->step != second->step)
        return first->step < second->step ? -1 : 1;
    return (first->place > second->place) - (first->place < second->place);
}

/* What all series say of one step. */
static bool fill_step(const struct series_point *points, size_t count, double began_s,
                      struct import_run *run)
{
    double figures[SERIES_FIGURES], time_s = NAN;
    for (size_t i = 0; i < SERIES_FIGURES; i++)
        figures[i] = NAN;
    for (size_t i = 0; i < count; i++) {
        figures[points[i].figure] = points[i].value;
        time_s = points[i].time_s;
    }
    if (figures[SERIES_WORLD_SIZE] >= 1 && figures[SERIES_WORLD_SIZE] < 0x1p53)
        configuration_set_number(&run->told, DIMENSION_WORLD_SIZE,
                                 (int64_t)figures[SERIES_WORLD_SIZE]);
    if (!import_run_add_iteration(run, points[0].step, figures[SERIES_STEP_TIME],
                                  figures[SERIES_TFLOPS]))
        return false;
    struct import_report report = {.rank = -1,
                                   .iteration = points[0].step,
                                   .time_s = isnan(time_s) ? run->elapsed_s : time_s,
                                   .allocated_mb = figures[SERIES_ALLOCATED],
                                   .peak_mb = figures[SERIES_PEAK],
                                   .reserved_mb = figures[SERIES_RESERVED],
                                   .device_mb = NAN,
                                   .measure = TRACE_MEASURE_ALLOCATOR,
                                   .of_series = true,
                                   .began_s = began_s};
    bool nothing = isnan(report.allocated_mb) && isnan(report.peak_mb) && isnan(report.reserved_mb);
    return nothing || import_run_add_report(run, report);
}

bool series_fill_run(struct series *series, double began_s, struct import_run *run)
{
    run->of_series = true;
    run->writer = series->writer;
    if (series->count > 1)
        qsort(series->points, series->count, sizeof *series->points, compare_points);
    for (size_t i = 0, end; i < series->count; i = end) {
        for (end = i; end < series->count && series->points[end].step == series->points[i].step;
             end++)
            ;
        if (!fill_step(series->points + i, end - i, began_s, run))
            return false;
    }
    return true;
}

void series_free(struct series *series)
{
    free(series->points);
    *series = (struct series){0};
}
