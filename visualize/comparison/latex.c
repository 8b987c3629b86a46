#include "visualize/comparison/latex.h"

#include "schemas/support/output_file.h"
#include "visualize/comparison/peaks.h"
#include "visualize/figure/data_table.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

enum { RANK, REAL, SIMULATED, ERROR, THEORY, COLUMNS };

static void put_headings(char headings[COLUMNS][DATA_HEADING], const struct figure_style *style,
                         const char *unit)
{
    data_latex_heading(headings[RANK], style, WORD_RANK, "Rank", "");
    data_latex_heading(headings[REAL], style, WORD_REAL, "Real", unit);
    data_latex_heading(headings[SIMULATED], style, WORD_SIMULATED, "Simulated", unit);
    data_latex_heading(headings[THEORY], style, WORD_THEORY, "Theory", unit);
    data_latex_heading(headings[ERROR], style, WORD_ERROR, "Error", "\\%");
}

static void fill_row(const struct comparison_row *row, double unit_mb, size_t width,
                     struct data_cell *cells)
{
    const double figures[COLUMNS] = {
        [RANK] = (double)row->rank,
        [REAL] = row->peak_mb[COMPARISON_REAL] / unit_mb,
        [SIMULATED] = row->peak_mb[COMPARISON_SIMULATED] / unit_mb,
        [ERROR] = row->errors.peak_percent,
        [THEORY] = row->theory_mb / unit_mb,
    };
    for (size_t i = 0; i < width; i++)
        cells[i].number = figures[i];
}

bool comparison_latex_write(const struct comparison_row *rows, size_t count,
                            const struct figure_style *style, const char *path, struct fault *fault)
{
    char headings[COLUMNS][DATA_HEADING];
    struct data_column columns[COLUMNS];
    struct memory_unit unit = figure_memory_unit(style, peaks_highest_mb(rows, count));
    size_t width = THEORY;
    for (size_t i = 0; i < count; i++)
        width = isnan(rows[i].theory_mb) ? width : COLUMNS;
    put_headings(headings, style, unit.name);
    for (int i = 0; i < COLUMNS; i++)
        columns[i] = (struct data_column){
            .key = headings[i],
            .heading = headings[i],
            .decimals = i == RANK || i == ERROR ? 2 * (i == ERROR) : figure_decimals(style, 2)};
    struct data_cell *cells = calloc(count * COLUMNS + 1, sizeof *cells);
    if (!cells)
        return fault_set_errno(fault, ENOMEM, "%s", path);
    for (size_t i = 0; i < count; i++)
        fill_row(&rows[i], unit.mb, width, &cells[i * width]);
    struct output_file file;
    bool written = output_file_open(&file, path, fault);
    if (written) {
        const struct data_table table = {width, columns, count, cells};
        data_table_latex(&table, file.stream);
        written = output_file_commit(&file, fault);
    }
    free(cells);
    return written;
}
