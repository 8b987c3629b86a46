#include "visualize/breakdown/output.h"

#include "schemas/support/output_file.h"
#include "schemas/support/text.h"
#include "schemas/support/units.h"
#include "schemas/trace/trace_words.h"
#include "visualize/breakdown/parts.h"
#include "visualize/runs/columns.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const BY[] = {[BREAKDOWN_BY_STAGE] = "stage",
                                 [BREAKDOWN_BY_RANK] = "rank",
                                 [BREAKDOWN_BY_CONFIGURATION] = "configuration"};
static const char *const SOURCES[] = {[BREAKDOWN_ESTIMATED] = "expected",
                                      [BREAKDOWN_SNAPSHOTS] = "snapshots",
                                      [BREAKDOWN_TRACES] = "traces"};

static bool is_there(const struct breakdown *breakdown, int part)
{
    for (size_t i = 0; i < breakdown->count; i++)
        if (breakdown->bars[i].parts_mb[part] > 0)
            return true;
    return false;
}

/* ---- the columns ---- */

enum { OTHER_COLUMNS = 5, MOST_COLUMNS = DIMENSION_ROOM + BREAKDOWN_PARTS + OTHER_COLUMNS };

struct rows {
    struct data_table table;
    struct data_column columns[MOST_COLUMNS];
    char keys[BREAKDOWN_PARTS][40];
    int parts[BREAKDOWN_PARTS]; /* those that have a column */
    size_t part_count, behind;  /* and how many columns follow theirs */
    struct data_cell *cells;
};

static void make_columns(const struct breakdown *breakdown, struct rows *rows)
{
    size_t count = columns_of_dimensions(rows->columns, breakdown->naming);
    rows->columns[count++] = (struct data_column){BY[breakdown->by], BY[breakdown->by], 0, true};
    for (int part = 0; part < BREAKDOWN_PARTS; part++) {
        char *key = rows->keys[part];
        if (!is_there(breakdown, part))
            continue;
        snprintf(key, sizeof rows->keys[part], "%s_gb", breakdown_part_text(part));
        for (; *key; key++)
            if (*key == ' ')
                *key = '_';
        rows->parts[rows->part_count++] = part;
        rows->columns[count++] =
            (struct data_column){rows->keys[part], breakdown_part_text(part), 4, false};
    }
    size_t before = count;
    rows->columns[count++] = (struct data_column){"total_gb", "total", 4, false};
    rows->columns[count++] = (struct data_column){"measured_gb", "measured", 4, false};
    rows->columns[count++] = (struct data_column){"measures", "measures", 0, true};
    if (breakdown->by == BREAKDOWN_BY_CONFIGURATION)
        rows->columns[count++] = (struct data_column){"status", "outcome", 0, true};
    rows->table.column_count = count;
    rows->behind = count - before;
}

static void fill_row(const struct breakdown *breakdown, const struct breakdown_bar *bar,
                     const struct rows *rows, struct data_cell *cells)
{
    size_t at = cells_of_dimensions(cells, &bar->configuration, breakdown->naming);
    bool known = !isnan(bar->total_mb), measured = !isnan(bar->measured_mb);
    cells[at++] = (struct data_cell){bar->name, NAN};
    for (size_t i = 0; i < rows->part_count; i++)
        cells[at++].number = known ? gb_from_mb(bar->parts_mb[rows->parts[i]]) : NAN;
    cells[at++].number = gb_from_mb(bar->total_mb);
    cells[at++].number = gb_from_mb(bar->measured_mb);
    cells[at++].text = measured ? trace_measure_word(bar->measure) : NULL;
    if (breakdown->by == BREAKDOWN_BY_CONFIGURATION)
        cells[at++].text = heatmap_status_text(bar->status);
}

static bool make_rows(const struct breakdown *breakdown, struct rows *rows, struct fault *fault)
{
    *rows = (struct rows){0};
    make_columns(breakdown, rows);
    size_t width = rows->table.column_count;
    rows->cells = calloc(breakdown->count * width + 1, sizeof *rows->cells);
    if (!rows->cells)
        return fault_set_errno(fault, ENOMEM, "%zu bars", breakdown->count);
    for (size_t i = 0; i < breakdown->count; i++)
        fill_row(breakdown, &breakdown->bars[i], rows, rows->cells + i * width);
    rows->table.columns = rows->columns;
    rows->table.row_count = breakdown->count;
    rows->table.cells = rows->cells;
    return true;
}

/* ---- for people ---- */

static void print_gb(FILE *stream, int width, double mb)
{
    if (isnan(mb))
        fprintf(stream, " %*s", width, "-");
    else
        fprintf(stream, " %*.2f", width, gb_from_mb(mb));
}

void breakdown_print(FILE *stream, const struct breakdown *breakdown)
{
    int widest = (int)strlen(BY[breakdown->by]);
    for (size_t i = 0; i < breakdown->count; i++)
        widest = (int)fmax(widest, (double)strlen(breakdown->bars[i].name));
    fprintf(stream, "GB, %s\n%-*s", SOURCES[breakdown->source], widest, BY[breakdown->by]);
    for (int part = 0; part < BREAKDOWN_PARTS; part++)
        if (is_there(breakdown, part))
            fprintf(stream, " %*s", (int)fmax(8, (double)strlen(breakdown_part_text(part))),
                    breakdown_part_text(part));
    fputs("    total measured\n", stream);
    for (size_t i = 0; i < breakdown->count; i++) {
        const struct breakdown_bar *bar = &breakdown->bars[i];
        fprintf(stream, "%-*s", widest, bar->name);
        for (int part = 0; part < BREAKDOWN_PARTS; part++)
            if (is_there(breakdown, part))
                print_gb(stream, (int)fmax(8, (double)strlen(breakdown_part_text(part))),
                         isnan(bar->total_mb) ? NAN : bar->parts_mb[part]);
        print_gb(stream, 8, bar->total_mb);
        if (bar->status == HEATMAP_OOM)
            fputs("      OOM", stream);
        else
            print_gb(stream, 8, bar->measured_mb);
        putc('\n', stream);
    }
}

/* ---- writing ---- */

static void put_json(const struct breakdown *breakdown, const struct rows *rows, FILE *stream)
{
    struct json_writer json = json_writer_begin(stream);
    json_object_begin(&json, NULL);
    json_put_text(&json, "by", BY[breakdown->by]);
    json_put_text(&json, "source", SOURCES[breakdown->source]);
    if (breakdown->gpu_mb > 0)
        json_put_number(&json, "gpu_memory_gb", gb_from_mb(breakdown->gpu_mb));
    data_table_json(&rows->table, &json, "bars");
    json_end(&json);
}

/* Before it stand the sizes of a configuration, a stage, a rank. */
static size_t first_part(const struct rows *rows)
{
    return rows->table.column_count - rows->behind - rows->part_count;
}

static enum word word_of(const struct breakdown *breakdown, const struct rows *rows, size_t column)
{
    size_t first = first_part(rows), total = first + rows->part_count;
    return column < first   ? WORDS
           : column < total ? parts_word(rows->parts[column - first])
           : column == total
               ? (breakdown->source == BREAKDOWN_ESTIMATED ? WORD_EXPECTED : WORD_PEAK)
           : column == total + 1 ? WORD_MEASURED
                                 : WORDS;
}

/* In the author's words, unit and decimals; else with no more decimals than the figure. */
static void put_latex(const struct breakdown *breakdown, const struct figure_style *style,
                      struct rows *rows, FILE *stream)
{
    char headings[MOST_COLUMNS][DATA_HEADING];
    double most = breakdown->gpu_mb;
    for (size_t i = 0; i < breakdown->count; i++)
        most = fmax(most, fmax(breakdown->bars[i].total_mb, breakdown->bars[i].measured_mb));
    struct memory_unit unit = figure_memory_unit(style, most);
    size_t width = rows->table.column_count;
    for (size_t i = 0; i < width; i++) {
        struct data_column *column = &rows->columns[i];
        bool is_memory = !column->is_text && i >= first_part(rows);
        column->heading = data_latex_heading(headings[i], style, word_of(breakdown, rows, i),
                                             column->heading, is_memory ? unit.name : "");
        column->decimals = is_memory ? figure_decimals(style, 1) : 0;
        for (size_t row = 0; row < rows->table.row_count && is_memory; row++)
            rows->cells[row * width + i].number *= UNITS_MB_PER_GB / unit.mb;
    }
    data_table_latex(&rows->table, stream);
}

bool breakdown_write(const struct breakdown *breakdown, const struct figure_style *style,
                     const char *path, struct fault *fault)
{
    struct rows rows;
    struct output_file file;
    if (!make_rows(breakdown, &rows, fault))
        return false;
    bool opened = output_file_open(&file, path, fault);
    if (opened && text_ends_with(path, ".tex"))
        put_latex(breakdown, style, &rows, file.stream);
    else if (opened && data_table_path_is_json(path))
        put_json(breakdown, &rows, file.stream);
    else if (opened)
        data_table_csv(&rows.table, file.stream);
    free(rows.cells);
    return opened && output_file_commit(&file, fault);
}
