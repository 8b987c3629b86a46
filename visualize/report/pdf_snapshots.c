/* PyTorch's snapshots in the document: the peaks by category, and memory over time. */
#include "schemas/support/units.h"
#include "visualize/report/pdf_sections.h"
#include "visualize/report/pdf_table.h"
#include "visualize/snapshot/draw_course.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_FIGURES = 4 };
enum { NAME, PEAK, RESERVED, FIRST_CATEGORY }; /* columns */

struct peak_row {
    const struct file_analysis *file;
    const struct device_analysis *device;
};

struct peaks {
    struct peak_row *rows;
    size_t count, category_count;
    enum memory_category categories[MEMORY_CATEGORIES]; /* that any of them has */
};

static void name_of(const struct peak_row *row, char text[PDF_CELL])
{
    const char *slash = strrchr(row->file->path, '/');
    int used = row->file->rank >= 0
                   ? snprintf(text, PDF_CELL, "rank %" PRId64, row->file->rank)
                   : snprintf(text, PDF_CELL, "%.1000s", slash ? slash + 1 : row->file->path);
    if (row->file->device_count > 1)
        snprintf(text + used, PDF_CELL - (size_t)used, ", device %" PRId64, row->device->device);
}

static void peak_cell(const void *context, size_t index, size_t column, char text[PDF_CELL])
{
    const struct peaks *peaks = context;
    const struct peak_row *row = &peaks->rows[index];
    uint64_t bytes = column == PEAK       ? row->device->allocated.peak
                     : column == RESERVED ? row->device->reserved.peak
                     : column >= FIRST_CATEGORY
                         ? row->device->categories[peaks->categories[column - FIRST_CATEGORY]]
                         : 0;
    if (column == 0)
        name_of(row, text);
    else
        snprintf(text, PDF_CELL, "%.2f", gb_from_mb(mb_from_bytes(bytes)));
}

static bool take_peaks(const struct report *report, struct peaks *peaks)
{
    size_t most = file_analysis_devices(report->snapshots, report->snapshot_count);
    *peaks = (struct peaks){0};
    peaks->rows = calloc(most + 1, sizeof *peaks->rows);
    for (size_t i = 0; peaks->rows && i < report->snapshot_count; i++)
        for (size_t k = 0; k < report->snapshots[i].device_count; k++)
            peaks->rows[peaks->count++] =
                (struct peak_row){&report->snapshots[i], &report->snapshots[i].devices[k]};
    for (int category = 0; category < MEMORY_CATEGORIES; category++)
        for (size_t i = 0; i < peaks->count; i++)
            if (peaks->rows[i].device->categories[category] > 0) {
                peaks->categories[peaks->category_count++] = (enum memory_category)category;
                break;
            }
    return peaks->rows != NULL;
}

static void put_table(struct pdf_document *document, struct peaks *peaks)
{
    struct pdf_column columns[3 + MEMORY_CATEGORIES] = {
        {"snapshot", 82, false}, {"peak (GB)", 36, true}, {"reserved", 38, true}};
    for (size_t i = 0; i < peaks->category_count; i++)
        columns[3 + i] = (struct pdf_column){memory_category_text(peaks->categories[i]), 40, true};
    const struct pdf_table table = {.columns = columns,
                                    .column_count = 3 + peaks->category_count,
                                    .row_count = peaks->count,
                                    .style = PDF_SMALL,
                                    .text = peak_cell,
                                    .context = peaks};
    pdf_table(document, &table);
}

static void put_course(struct pdf_document *document, const struct peak_row *row)
{
    char name[PDF_CELL];
    name_of(row, name);
    struct course_figure course = {.device = row->device, .title = name};
    struct figure figure = {.width_inch = pdf_width() / FIGURE_POINTS_PER_INCH,
                            .height_inch = 2.3,
                            .draw = course_draw,
                            .context = &course};
    pdf_skip(document, 8);
    pdf_figure(document, &figure);
}

void pdf_snapshots(struct pdf_document *document, const struct report *report)
{
    struct peaks peaks;
    if (report->snapshot_count == 0)
        return;
    if (!take_peaks(report, &peaks)) {
        fault_set(&document->fault, "out of memory");
        return;
    }
    pdf_heading(document, "What memory was used for", NULL, 60);
    put_table(document, &peaks);
    pdf_skip(document, 4);
    pdf_text(document, PDF_SMALL,
             "At each peak of allocated memory, in GB, as tensors asked for it.");
    for (size_t i = 0; i < peaks.count && i < MOST_FIGURES; i++)
        put_course(document, &peaks.rows[i]);
    free(peaks.rows);
}
