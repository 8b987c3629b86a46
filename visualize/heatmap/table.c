#include "visualize/heatmap/table.h"

#include "schemas/support/csv.h"
#include "schemas/support/output_file.h"
#include "schemas/support/output_json.h"
#include "schemas/support/text.h"
#include "schemas/support/units.h"
#include "schemas/trace/trace_words.h"
#include "visualize/heatmap/metric.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

bool heatmap_table_path_valid(const char *path)
{
    return text_ends_with(path, ".csv") || text_ends_with(path, ".json");
}

/* ---- the dimensions that have a column ---- */

struct columns {
    size_t count;
    size_t dimensions[DIMENSION_ROOM];
};

static void add_column(struct columns *columns, size_t dimension)
{
    for (size_t i = 0; i < columns->count; i++)
        if (columns->dimensions[i] == dimension)
            return;
    if (dimension < DIMENSION_COUNT)
        columns->dimensions[columns->count++] = dimension;
}

static struct columns columns_of(const struct heatmap_grid *grid)
{
    struct columns columns = {0};
    add_column(&columns, grid->axes.y);
    add_column(&columns, grid->axes.x);
    add_column(&columns, DIMENSION_DP);
    add_column(&columns, grid->axes.facet);
    for (size_t i = 0; i < grid->axes.over_count; i++)
        add_column(&columns, grid->axes.over[i].dimension);
    for (size_t i = 0; i < DIMENSION_COUNT; i++)
        if (grid->differing & ~CONFIGURATION_FOLLOWING & DIMENSION_BIT(i))
            add_column(&columns, i);
    return columns;
}

/* ---- CSV ---- */

static void put_gb(FILE *stream, double mb)
{
    if (isnan(mb))
        fputc(',', stream);
    else
        fprintf(stream, ",%.4f", gb_from_mb(mb));
}

static void put_dimension(FILE *stream, const struct heatmap_cell *cell, size_t dimension)
{
    struct dimension_value value = configuration_value(&cell->configuration, dimension);
    char text[DIMENSION_WORD_SIZE];
    bool told = cell->mentioned || (cell->configuration.written & DIMENSION_BIT(dimension));
    if (value.known && told)
        csv_put_text(stream, dimension_value_key_text(dimension, &value, text));
    fputc(',', stream);
}

/* A mean has a measure, though it is no iteration's. */
static const char *measure_of(const struct heatmap_cell *cell)
{
    return isnan(cell->actual_mb) ? "" : trace_measure_word(cell->peak_measure);
}

/* What the cell shows, as tables have it: memory in GB. */
static double shown_value(const struct heatmap_metric *metric, const struct heatmap_cell *cell)
{
    return metric->mb_per_unit > 0 ? gb_from_mb(cell->value * metric->mb_per_unit) : cell->value;
}

enum { VALUE_TEXT = 40 };

static const char *value_text(char text[VALUE_TEXT], const struct heatmap_metric *metric,
                              const struct heatmap_cell *cell)
{
    snprintf(text, VALUE_TEXT, ",%.4f", shown_value(metric, cell));
    return text;
}

static void write_csv(FILE *stream, const struct heatmap_grid *grid)
{
    char text[VALUE_TEXT];
    struct columns columns = columns_of(grid);
    for (size_t i = 0; i < columns.count; i++)
        fprintf(stream, "%s,", DIMENSIONS[columns.dimensions[i]].column);
    fputs("status,actual_gb,theory_gb,static_gb,ranks,iterations,file,peak_iteration,peak_of,"
          "peak_measures",
          stream);
    fprintf(stream, "%s%s\n", grid->metric->column ? "," : "",
            grid->metric->column ? grid->metric->column : "");
    for (size_t i = 0; i < grid->cell_count; i++) {
        const struct heatmap_cell *cell = &grid->cells[i];
        for (size_t k = 0; k < columns.count; k++)
            put_dimension(stream, cell, columns.dimensions[k]);
        fputs(heatmap_status_text(cell->status), stream);
        put_gb(stream, cell->actual_mb);
        put_gb(stream, cell->theory_mb);
        put_gb(stream, cell->static_mb);
        fprintf(stream, ",%zu,%zu,", cell->ranks, cell->iterations);
        csv_put_text(stream, cell->file ? cell->file : "");
        if (cell->file)
            fprintf(stream, ",%" PRId64 ",%s,", cell->peak_iteration,
                    trace_peak_word(cell->peak_sampled));
        else
            fputs(",,,", stream);
        fputs(measure_of(cell), stream);
        if (grid->metric->column)
            fputs(isnan(cell->value) ? "," : value_text(text, grid->metric, cell), stream);
        fputc('\n', stream);
    }
}

/* ---- JSON ---- */

static void add_gb(cJSON *row, const char *name, double mb)
{
    if (isnan(mb))
        cJSON_AddNullToObject(row, name);
    else
        cJSON_AddNumberToObject(row, name, round(gb_from_mb(mb) * 1e4) / 1e4);
}

static void add_dimension(cJSON *row, const struct heatmap_cell *cell, size_t dimension)
{
    const char *column = DIMENSIONS[dimension].column;
    struct dimension_value value = configuration_value(&cell->configuration, dimension);
    if (!value.known)
        cJSON_AddNullToObject(row, column);
    else if (DIMENSIONS[dimension].kind == DIMENSION_WORD)
        cJSON_AddStringToObject(row, column, value.word);
    else
        cJSON_AddNumberToObject(row, column, (double)value.number);
}

static cJSON *json_row(const struct heatmap_grid *grid, const struct heatmap_cell *cell,
                       const struct columns *columns)
{
    cJSON *row = cJSON_CreateObject();
    dimension_set added = 0;
    for (size_t i = 0; i < columns->count; i++) {
        add_dimension(row, cell, columns->dimensions[i]);
        added |= DIMENSION_BIT(columns->dimensions[i]);
    }
    cJSON_AddStringToObject(row, "status", heatmap_status_text(cell->status));
    add_gb(row, "actual_gb", cell->actual_mb);
    add_gb(row, "theory_gb", cell->theory_mb);
    add_gb(row, "static_gb", cell->static_mb);
    cJSON_AddNumberToObject(row, "ranks", (double)cell->ranks);
    cJSON_AddNumberToObject(row, "iterations", (double)cell->iterations);
    if (cell->file)
        cJSON_AddStringToObject(row, "file", cell->file);
    else
        cJSON_AddNullToObject(row, "file");
    if (cell->file) {
        cJSON_AddNumberToObject(row, "peak_iteration", (double)cell->peak_iteration);
        cJSON_AddStringToObject(row, "peak_of", trace_peak_word(cell->peak_sampled));
    }
    if (!isnan(cell->actual_mb))
        cJSON_AddStringToObject(row, "peak_measures", measure_of(cell));
    if (grid->metric->column && isnan(cell->value))
        cJSON_AddNullToObject(row, grid->metric->column);
    else if (grid->metric->column)
        cJSON_AddNumberToObject(row, grid->metric->column,
                                round(shown_value(grid->metric, cell) * 1e4) / 1e4);
    for (size_t i = 0; i < DIMENSION_COUNT; i++)
        if (cell->configuration.written & ~added & DIMENSION_BIT(i))
            add_dimension(row, cell, i);
    return row;
}

static cJSON *json_of(const struct heatmap_grid *grid)
{
    struct columns columns = columns_of(grid);
    cJSON *rows = cJSON_CreateArray();
    for (size_t i = 0; i < grid->cell_count; i++)
        cJSON_AddItemToArray(rows, json_row(grid, &grid->cells[i], &columns));
    return rows;
}

bool heatmap_table_write_json(const struct heatmap_grid *grid, const char *path,
                              struct fault *fault)
{
    return output_json(path, json_of(grid), fault);
}

bool heatmap_table_write(const struct heatmap_grid *grid, const char *path, struct fault *fault)
{
    if (!heatmap_table_path_valid(path))
        return fault_set(fault, "%s: a table ends in .csv or .json", path);
    if (!text_ends_with(path, ".csv"))
        return heatmap_table_write_json(grid, path, fault);
    struct output_file file;
    if (!output_file_open(&file, path, fault))
        return false;
    write_csv(file.stream, grid);
    return output_file_commit(&file, fault);
}
