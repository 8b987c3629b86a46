#include "visualize/heatmap/latex.h"

#include "schemas/support/output_file.h"
#include "visualize/figure/data_table.h"
#include "visualize/heatmap/metric.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

enum { MOST_COLUMNS = DIMENSION_ROOM + 3 };

struct latex {
    const struct heatmap_figure *figure;
    size_t dimension_count, dimensions[DIMENSION_ROOM];
    size_t column_count;
    struct data_column columns[MOST_COLUMNS];
    char headings[MOST_COLUMNS][DATA_HEADING];
};

static void add_dimension(struct latex *latex, size_t dimension)
{
    for (size_t i = 0; i < latex->dimension_count; i++)
        if (latex->dimensions[i] == dimension)
            return;
    if (dimension < DIMENSION_COUNT)
        latex->dimensions[latex->dimension_count++] = dimension;
}

static void add_column(struct latex *latex, const struct figure_style *style, enum word word,
                       const char *usual, const char *unit, int decimals)
{
    const char *heading =
        data_latex_heading(latex->headings[latex->column_count], style, word, usual, unit);
    latex->columns[latex->column_count++] = (struct data_column){
        .key = heading, .heading = heading, .decimals = decimals, .is_text = decimals < 0};
}

static void make_columns(struct latex *latex, const struct figure_style *style)
{
    const struct heatmap_grid *grid = latex->figure->grid;
    const struct heatmap_metric *metric = latex->figure->metric;
    int decimals = figure_decimals(style, latex->figure->max_value < 1000);
    add_dimension(latex, grid->axes.y);
    add_dimension(latex, grid->axes.x);
    add_dimension(latex, grid->axes.facet);
    for (size_t i = 0; i < grid->axes.over_count; i++)
        add_dimension(latex, grid->axes.over[i].dimension);
    for (size_t i = 0; i < latex->dimension_count; i++)
        add_column(latex, style, WORDS, DIMENSIONS[latex->dimensions[i]].name, "", -1);
    add_column(latex, style, WORDS, "Outcome", "", -1);
    add_column(latex, style, metric->first, metric->word, metric->unit, decimals);
    if (metric->second_word)
        add_column(latex, style, WORD_THEORY, metric->second_word, metric->unit, decimals);
}

static const char *outcome_of(const struct heatmap_cell *cell)
{
    switch (cell->status) {
    case HEATMAP_OOM:
        return "OOM";
    case HEATMAP_TOO_LARGE:
        return "does not fit";
    case HEATMAP_SUCCESS:
        return "runs";
    case HEATMAP_FAILED:
        return "failed";
    case HEATMAP_NONE:
    case HEATMAP_STATUS_COUNT:
        break;
    }
    return NULL;
}

/* The figures of what ran out of memory are no peaks. */
static void fill_row(const struct latex *latex, const struct heatmap_cell *cell,
                     struct data_cell *row, char (*texts)[DIMENSION_WORD_SIZE])
{
    bool told = cell->status == HEATMAP_SUCCESS || cell->status == HEATMAP_TOO_LARGE;
    size_t at = 0;
    for (; at < latex->dimension_count; at++) {
        size_t dimension = latex->dimensions[at];
        struct dimension_value value = configuration_value(&cell->configuration, dimension);
        if (value.known)
            row[at].text = dimension_value_text(dimension, &value, texts[at]);
    }
    row[at++].text = outcome_of(cell);
    row[at++].number = told ? cell->value : NAN;
    if (at < latex->column_count)
        row[at].number = told ? cell->second : NAN;
}

bool heatmap_latex_write(const struct heatmap_figure *figure, const struct figure_style *style,
                         const char *path, struct fault *fault)
{
    const struct heatmap_grid *grid = figure->grid;
    struct latex latex = {.figure = figure};
    make_columns(&latex, style);
    size_t width = latex.column_count;
    struct data_cell *cells = calloc(grid->cell_count * width + 1, sizeof *cells);
    char(*texts)[DIMENSION_WORD_SIZE] = calloc(grid->cell_count * width + 1, sizeof *texts);
    struct data_table table = {.column_count = width, .columns = latex.columns, .cells = cells};
    struct output_file file;
    bool written = cells && texts;
    if (!written)
        fault_set_errno(fault, ENOMEM, "%s", path);
    for (size_t i = 0; written && i < grid->cell_count; i++)
        if (grid->cells[i].mentioned) {
            size_t at = table.row_count++ * width;
            fill_row(&latex, &grid->cells[i], &cells[at], &texts[at]);
        }
    written = written && output_file_open(&file, path, fault);
    if (written) {
        data_table_latex(&table, file.stream);
        written = output_file_commit(&file, fault);
    }
    free(cells);
    free(texts);
    return written;
}
