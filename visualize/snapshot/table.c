#include "visualize/snapshot/table.h"

#include "schemas/snapshot/categories.h"
#include "schemas/support/output_file.h"
#include "schemas/support/text.h"
#include "schemas/support/units.h"
#include "visualize/figure/data_table.h"
#include "visualize/snapshot/style.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What a row is of stands first, then its memory. */
enum { RANK, FILE_NAME, DEVICE, PEAK, RESERVED, CATEGORIES };
enum { MOST_COLUMNS = CATEGORIES + MEMORY_CATEGORIES, KEY = 40 };

struct rows {
    struct data_table table;
    struct data_column columns[MOST_COLUMNS];
    enum word words[MOST_COLUMNS];
    char keys[MEMORY_CATEGORIES][KEY];
    int categories[MEMORY_CATEGORIES]; /* those that have a column */
    size_t category_count;
    struct data_cell *cells;
    double most_mb;
};

static bool is_there(const struct file_analysis *files, size_t count, int category)
{
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < files[i].device_count; k++)
            if (files[i].devices[k].categories[category] > 0)
                return true;
    return false;
}

static void make_columns(const struct file_analysis *files, size_t count, struct rows *rows)
{
    const struct data_column first[CATEGORIES] = {
        [RANK] = {"rank", "Rank", 0, false},
        [FILE_NAME] = {"file", "File", 0, true},
        [DEVICE] = {"device", "Device", 0, false},
        [PEAK] = {"peak_mb", "Peak", 4, false},
        [RESERVED] = {"reserved_mb", "Reserved", 4, false},
    };
    const enum word words[CATEGORIES] = {[RANK] = WORD_RANK,
                                         [FILE_NAME] = WORDS,
                                         [DEVICE] = WORDS,
                                         [PEAK] = WORD_PEAK,
                                         [RESERVED] = WORD_RESERVED};
    memcpy(rows->columns, first, sizeof first);
    memcpy(rows->words, words, sizeof words);
    size_t width = CATEGORIES;
    for (int category = 0; category < MEMORY_CATEGORIES; category++) {
        const char *text = memory_category_text((enum memory_category)category);
        char *key = rows->keys[rows->category_count];
        if (!is_there(files, count, category))
            continue;
        snprintf(key, KEY, "%s_mb", text);
        for (char *at = key; *at; at++)
            if (*at == ' ')
                *at = '_';
        rows->words[width] = style_category_word(category);
        rows->columns[width++] = (struct data_column){key, text, 4, false};
        rows->categories[rows->category_count++] = category;
    }
    rows->table.column_count = width;
}

static void fill_row(const struct file_analysis *file, const struct device_analysis *device,
                     struct rows *rows, size_t row)
{
    struct data_cell *cells = rows->cells + row * rows->table.column_count;
    const char *slash = strrchr(file->path, '/');
    cells[RANK].number = file->rank >= 0 ? (double)file->rank : NAN;
    cells[FILE_NAME].text = slash ? slash + 1 : file->path;
    cells[DEVICE].number = (double)device->device;
    cells[PEAK].number = mb_from_bytes(device->allocated.peak);
    cells[RESERVED].number = mb_from_bytes(device->reserved.peak);
    for (size_t i = 0; i < rows->category_count; i++)
        cells[CATEGORIES + i].number = mb_from_bytes(device->categories[rows->categories[i]]);
    rows->most_mb = fmax(rows->most_mb, fmax(cells[PEAK].number, cells[RESERVED].number));
}

static bool make_rows(const struct file_analysis *files, size_t count, struct rows *rows,
                      struct fault *fault)
{
    size_t devices = file_analysis_devices(files, count), row = 0;
    *rows = (struct rows){0};
    make_columns(files, count, rows);
    rows->cells = calloc(devices * rows->table.column_count + 1, sizeof *rows->cells);
    if (!rows->cells)
        return fault_set_errno(fault, ENOMEM, "%zu devices", devices);
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < files[i].device_count; k++)
            fill_row(&files[i], &files[i].devices[k], rows, row++);
    rows->table.columns = rows->columns;
    rows->table.row_count = devices;
    rows->table.cells = rows->cells;
    return true;
}

/* ---- for a paper ---- */

/* What a paper would print of what a row is of: the rank where all are known, else the file's name;
 * and the device where a file has several. */
static bool is_printed(const struct rows *rows, size_t column)
{
    size_t width = rows->table.column_count;
    bool ranked = true, several = false;
    for (size_t row = 0; row < rows->table.row_count; row++) {
        const struct data_cell *cells = rows->cells + row * width;
        ranked = ranked && !isnan(cells[RANK].number);
        several =
            several || (row > 0 && cells[FILE_NAME].text == cells[-(long)width + FILE_NAME].text);
    }
    return column == RANK        ? ranked
           : column == FILE_NAME ? !ranked
           : column == DEVICE    ? several
                                 : true;
}

static bool put_latex(const struct rows *rows, const struct figure_style *style, FILE *stream,
                      struct fault *fault)
{
    struct data_column columns[MOST_COLUMNS];
    char headings[MOST_COLUMNS][DATA_HEADING];
    size_t from[MOST_COLUMNS], count = 0, width = rows->table.column_count;
    struct memory_unit unit = figure_memory_unit(style, rows->most_mb);
    for (size_t i = 0; i < width; i++) {
        const struct data_column *column = &rows->columns[i];
        bool is_memory = i >= PEAK;
        if (!is_printed(rows, i))
            continue;
        columns[count] = (struct data_column){
            column->key,
            data_latex_heading(headings[count], style, rows->words[i], column->heading,
                               is_memory ? unit.name : ""),
            is_memory ? figure_decimals(style, unit.mb > 1 ? 2 : 1) : 0, column->is_text};
        from[count++] = i;
    }
    struct data_cell *cells = calloc(rows->table.row_count * count + 1, sizeof *cells);
    if (!cells)
        return fault_set_errno(fault, ENOMEM, "%zu devices", rows->table.row_count);
    for (size_t i = 0; i < rows->table.row_count * count; i++) {
        cells[i] = rows->cells[i / count * width + from[i % count]];
        cells[i].number /= from[i % count] >= PEAK ? unit.mb : 1;
    }
    data_table_latex(&(struct data_table){count, columns, rows->table.row_count, cells}, stream);
    free(cells);
    return true;
}

static bool put(const struct rows *rows, const struct figure_style *style, const char *path,
                FILE *stream, struct fault *fault)
{
    if (text_ends_with(path, ".tex"))
        return put_latex(rows, style, stream, fault);
    if (!data_table_path_is_json(path)) {
        data_table_csv(&rows->table, stream);
        return true;
    }
    struct json_writer json = json_writer_begin(stream);
    json_object_begin(&json, NULL);
    data_table_json(&rows->table, &json, "peaks");
    json_end(&json);
    return true;
}

bool snapshot_table_write(const struct file_analysis *files, size_t count,
                          const struct figure_style *style, const char *path, struct fault *fault)
{
    struct rows rows;
    struct output_file file;
    bool written = make_rows(files, count, &rows, fault) && make_folder_of(path, fault) &&
                   output_file_open(&file, path, fault);
    written = written && output_file_end(&file, put(&rows, style, path, file.stream, fault), fault);
    free(rows.cells);
    return written;
}
