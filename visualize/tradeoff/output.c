#include "visualize/tradeoff/output.h"

#include "schemas/support/output_file.h"
#include "schemas/support/text.h"
#include "schemas/support/units.h"
#include "visualize/runs/columns.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

/* ---- for people ---- */

static void print_point(FILE *stream, const struct tradeoff *tradeoff,
                        const struct tradeoff_point *point)
{
    const struct tradeoff_words *words = &TRADEOFF_WORDS[tradeoff->metric];
    fprintf(stream, "  %-32s %8.1f GB %10.*f %s", point->name, gb_from_mb(point->memory_mb),
            words->decimals, point->speeds[tradeoff->metric], words->unit);
    if (tradeoff->metric != TRADEOFF_MFU && !isnan(point->speeds[TRADEOFF_MFU]))
        fprintf(stream, ", %.1f%% MFU", point->speeds[TRADEOFF_MFU]);
    putc('\n', stream);
}

bool tradeoff_print(FILE *stream, const struct tradeoff *tradeoff, struct fault *fault)
{
    size_t *order = calloc(tradeoff->on_front + 1, sizeof *order);
    if (!order)
        return fault_set(fault, "out of memory");
    fprintf(stream, "configurations: %zu (%zu compared", tradeoff->count, tradeoff->compared);
    if (tradeoff->gpu_mb > 0)
        fprintf(stream, ", of which %zu fit into %g GB", tradeoff->fitting,
                gb_from_mb(tradeoff->gpu_mb));
    fprintf(stream,
            "; %zu ran out of memory, %zu ran without a known peak, %zu without a known "
            "%s)\n",
            tradeoff->oom, tradeoff->without_memory, tradeoff->without_speed,
            tradeoff->metric == TRADEOFF_MS ? "time" : "speed");
    tradeoff_front(tradeoff, order);
    fputs("none that fits needs less memory and is faster:\n", stream);
    for (size_t i = 0; i < tradeoff->on_front; i++)
        print_point(stream, tradeoff, &tradeoff->points[order[i]]);
    free(order);
    return true;
}

/* ---- the table ---- */

static const struct data_column FIGURES[] = {
    {"name", "Configuration", 0, true},
    {"status", "Outcome", 0, true},
    {"memory_gb", "Memory (GB)", 4, false},
    {"expected_gb", "Expected (GB)", 4, false},
    {"step_ms", "Step (ms)", 4, false},
    {"tflops", "TFLOP/s", 4, false},
    {"tokens_per_s_gpu", "Tokens/s/GPU", 4, false},
    {"mfu_percent", "MFU (\\%)", 4, false},
    {"fits", "Fits", 0, true},
    {"front", "Front", 0, true},
};
enum {
    MEMORY = 2,
    EXPECTED,
    FIGURE_COUNT = sizeof FIGURES / sizeof *FIGURES,
    MOST_COLUMNS = DIMENSION_ROOM + FIGURE_COUNT
};

static const char *yes_or_no(bool known, bool yes)
{
    return !known ? NULL : yes ? "yes" : "no";
}

static void fill_row(const struct tradeoff *tradeoff, const struct tradeoff_point *point,
                     struct data_cell *cells)
{
    struct data_cell *at =
        cells + cells_of_dimensions(cells, &point->configuration, tradeoff->naming);
    bool limited = tradeoff->gpu_mb > 0;
    const struct data_cell figures[FIGURE_COUNT] = {
        {point->name, NAN},
        {heatmap_status_text(point->status), NAN},
        {NULL, gb_from_mb(point->memory_mb)},
        {NULL, gb_from_mb(point->expected_mb)},
        {NULL, point->speeds[TRADEOFF_MS]},
        {NULL, point->speeds[TRADEOFF_TFLOPS]},
        {NULL, point->speeds[TRADEOFF_TOKENS]},
        {NULL, point->speeds[TRADEOFF_MFU]},
        {yes_or_no(limited && !isnan(point->memory_mb), point->memory_mb <= tradeoff->gpu_mb), NAN},
        {yes_or_no(point->compared, point->on_front), NAN},
    };
    for (size_t i = 0; i < FIGURE_COUNT; i++)
        at[i] = figures[i];
}

struct rows {
    struct data_table table;
    struct data_column columns[MOST_COLUMNS];
    struct data_cell *cells;
};

static bool make_rows(const struct tradeoff *tradeoff, bool front_alone, struct rows *rows,
                      struct fault *fault)
{
    size_t width = columns_of_dimensions(rows->columns, tradeoff->naming);
    for (size_t i = 0; i < FIGURE_COUNT; i++)
        rows->columns[width++] = FIGURES[i];
    rows->cells = calloc(tradeoff->count * width + 1, sizeof *rows->cells);
    if (!rows->cells)
        return fault_set_errno(fault, ENOMEM, "%zu configurations", tradeoff->count);
    size_t *order = calloc(tradeoff->on_front + 1, sizeof *order);
    if (!order)
        return fault_set_errno(fault, ENOMEM, "%zu configurations", tradeoff->count);
    tradeoff_front(tradeoff, order);
    size_t count = front_alone ? tradeoff->on_front : tradeoff->count;
    for (size_t i = 0; i < count; i++)
        fill_row(tradeoff, &tradeoff->points[front_alone ? order[i] : i], rows->cells + width * i);
    rows->table = (struct data_table){width, rows->columns, count, rows->cells};
    free(order);
    return true;
}

/* The front as a paper prints it: what it is called, and the figures that are known. */
static bool put_front(const struct rows *rows, const struct figure_style *style, FILE *stream,
                      struct fault *fault)
{
    struct data_column columns[FIGURE_COUNT];
    char headings[FIGURE_COUNT][DATA_HEADING];
    struct memory_unit unit = figure_memory_unit(style, UNITS_MB_PER_GB);
    double scales[FIGURE_COUNT];
    size_t at[FIGURE_COUNT], count = 0, width = rows->table.column_count;
    size_t first = width - FIGURE_COUNT;
    for (size_t i = 0; i < FIGURE_COUNT; i++) {
        bool known = i == 0;
        for (size_t row = 0; row < rows->table.row_count && !FIGURES[i].is_text; row++)
            known = known || !isnan(rows->cells[row * width + first + i].number);
        if (!known)
            continue;
        columns[count] = FIGURES[i];
        columns[count].decimals = figure_decimals(style, 1);
        bool is_memory = i == MEMORY || i == EXPECTED;
        if (is_memory)
            columns[count].heading =
                data_latex_heading(headings[count], style, i == MEMORY ? WORD_PEAK : WORDS,
                                   i == MEMORY ? "Memory" : "Expected", unit.name);
        scales[count] = is_memory ? UNITS_MB_PER_GB / unit.mb : 1;
        at[count++] = first + i;
    }
    struct data_cell *cells = calloc(rows->table.row_count * count + 1, sizeof *cells);
    if (!cells)
        return fault_set_errno(fault, ENOMEM, "%zu configurations", rows->table.row_count);
    for (size_t i = 0; i < rows->table.row_count * count; i++) {
        cells[i] = rows->cells[i / count * width + at[i % count]];
        cells[i].number *= scales[i % count];
    }
    data_table_latex(&(struct data_table){count, columns, rows->table.row_count, cells}, stream);
    free(cells);
    return true;
}

static void put_json(const struct tradeoff *tradeoff, const struct rows *rows, FILE *stream)
{
    struct json_writer json = json_writer_begin(stream);
    json_object_begin(&json, NULL);
    json_put_text(&json, "metric", TRADEOFF_WORDS[tradeoff->metric].name);
    if (tradeoff->gpu_mb > 0)
        json_put_number(&json, "gpu_memory_gb", gb_from_mb(tradeoff->gpu_mb));
    data_table_json(&rows->table, &json, "configurations");
    json_end(&json);
}

static bool put(const struct tradeoff *tradeoff, const struct figure_style *style,
                const struct rows *rows, const char *path, FILE *stream, struct fault *fault)
{
    if (text_ends_with(path, ".tex"))
        return put_front(rows, style, stream, fault);
    if (data_table_path_is_json(path))
        put_json(tradeoff, rows, stream);
    else
        data_table_csv(&rows->table, stream);
    return true;
}

bool tradeoff_write(const struct tradeoff *tradeoff, const struct figure_style *style,
                    const char *path, struct fault *fault)
{
    struct rows rows;
    struct output_file file;
    if (!make_rows(tradeoff, text_ends_with(path, ".tex"), &rows, fault))
        return false;
    bool written = output_file_open(&file, path, fault);
    written = written &&
              output_file_end(&file, put(tradeoff, style, &rows, path, file.stream, fault), fault);
    free(rows.cells);
    return written;
}
