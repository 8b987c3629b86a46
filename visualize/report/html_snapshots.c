/* PyTorch's snapshots on the page: what was in memory at each peak, and a chart whose areas tell
 * what they are made of. */
#include "schemas/support/json_string.h"
#include "schemas/support/text.h"
#include "visualize/figure/colour.h"
#include "visualize/report/html_sections.h"
#include "visualize/report/html_text.h"
#include "visualize/report/words.h"
#include "visualize/snapshot/bytes_text.h"
#include "visualize/snapshot/style.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_CHARTS = 16 }; /* a device's figures are about 150 KB */

static double gb_of(uint64_t bytes)
{
    return gb_from_mb(mb_from_bytes(bytes));
}

/* "rank 3", or the file's name where it does not tell one; and the device, where it has several.
 * Returns the text. */
enum { NAME = 300 };
static const char *name_of(const struct file_analysis *file, const struct device_analysis *device,
                           char text[NAME])
{
    const char *slash = strrchr(file->path, '/');
    int used = file->rank >= 0 ? snprintf(text, NAME, "rank %" PRId64, file->rank)
                               : snprintf(text, NAME, "%.255s", slash ? slash + 1 : file->path);
    if (file->device_count > 1)
        snprintf(text + used, NAME - (size_t)used, ", device %" PRId64, device->device);
    return text;
}

/* ---- the table: a row for each device, a column for each category that any of them has ---- */

static void find_categories(const struct report *report, bool has[MEMORY_CATEGORIES])
{
    for (size_t i = 0; i < report->snapshot_count; i++)
        for (size_t k = 0; k < report->snapshots[i].device_count; k++)
            for (int category = 0; category < MEMORY_CATEGORIES; category++)
                has[category] |= report->snapshots[i].devices[k].categories[category] > 0;
}

static void put_row(FILE *stream, const struct file_analysis *file,
                    const struct device_analysis *device, const bool has[MEMORY_CATEGORIES])
{
    char name[NAME];
    fputs("<tr><td class=\"words\">", stream);
    html_text(stream, name_of(file, device, name));
    fputs("</td>", stream);
    html_number_cell(stream, "%.2f", gb_of(device->allocated.peak));
    html_number_cell(stream, "%.2f", gb_of(device->reserved.peak));
    for (int category = 0; category < MEMORY_CATEGORIES; category++)
        if (has[category])
            html_number_cell(stream, "%.2f", gb_of(device->categories[category]));
    fputs("</tr>\n", stream);
}

static void put_table(FILE *stream, const struct report *report)
{
    static const char head[] = "<th scope=\"col\"><button type=\"button\">%s</button></th>";
    bool has[MEMORY_CATEGORIES] = {false};
    find_categories(report, has);
    fputs("<div class=\"scroll\"><table id=\"snapshot-peaks\" class=\"sortable\"><thead><tr>",
          stream);
    fprintf(stream, head, "snapshot");
    fprintf(stream, head, "peak (GB)");
    fprintf(stream, head, "reserved");
    for (int category = 0; category < MEMORY_CATEGORIES; category++)
        if (has[category])
            fprintf(stream, head, memory_category_text((enum memory_category)category));
    fputs("</tr></thead>\n<tbody>\n", stream);
    for (size_t i = 0; i < report->snapshot_count; i++)
        for (size_t k = 0; k < report->snapshots[i].device_count; k++)
            put_row(stream, &report->snapshots[i], &report->snapshots[i].devices[k], has);
    fputs("</tbody></table></div>\n<p class=\"quiet\">At each peak of allocated memory, in GB, as "
          "tensors asked for it.</p>\n",
          stream);
}

void html_snapshots(FILE *stream, const struct report *report)
{
    if (report->snapshot_count == 0)
        return;
    fputs("<h2 id=\"snapshots\">What memory was used for</h2>\n", stream);
    put_table(stream, report);
    fputs("<div class=\"controls\"><label>Snapshot <select id=\"snapshot\"></select></label>\n"
          "<label>Only <select id=\"layer\"></select></label>\n"
          "<button type=\"button\" id=\"snapshot-in\">Zoom in</button>\n"
          "<button type=\"button\" id=\"snapshot-out\">Zoom out</button>\n"
          "<button type=\"button\" id=\"snapshot-reset\">Reset</button></div>\n"
          "<ul id=\"snapshot-legend\" class=\"keys\"></ul>\n"
          "<div id=\"snapshot-chart\" tabindex=\"0\" role=\"img\" aria-label=\"Allocated memory "
          "over time by category. Plus and minus zoom, arrows move, 0 resets, Enter tells what is "
          "in the middle.\"><canvas></canvas></div>\n"
          "<p class=\"quiet\">Point at an area to see what it is, click to list its largest "
          "blocks; drag to zoom.</p>\n<div id=\"snapshot-blocks\" aria-live=\"polite\"></div>\n",
          stream);
}

/* ---- the chart's figures ---- */

/* A number of a place: a second, or an event. */
static void put_place(FILE *stream, double place)
{
    if (isnan(place))
        fputs("null", stream);
    else
        fprintf(stream, "%.10g", place);
}

static void put_layers(FILE *stream, const struct course *course)
{
    fputs("\"layers\":[", stream);
    for (size_t layer = 0; layer < course->layers; layer++) {
        const struct colour colour = style_category(NULL, course->categories[layer]);
        fprintf(stream,
                "%s{\"category\":%d,\"colour\":\"rgb(%.0f,%.0f,%.0f)\",\"name\":", layer ? "," : "",
                course->categories[layer], colour.red * 255, colour.green * 255, colour.blue * 255);
        json_string_write(stream, course->labels[layer]);
        fputs(",\"bytes\":[", stream);
        for (size_t column = 0; column < course->columns; column++)
            fprintf(stream, "%s%" PRIu64, column ? "," : "",
                    course->bytes[column * course->layers + layer]);
        fputs("]}", stream);
    }
    fputs("],\"reserved\":[", stream);
    for (size_t column = 0; column < course->columns; column++)
        fprintf(stream, "%s%" PRIu64, column ? "," : "", course->reserved[column]);
    fputc(']', stream);
}

static void put_blocks(FILE *stream, const struct block_list *blocks)
{
    fputs(",\"stacks\":[", stream);
    for (size_t i = 0; i < blocks->stack_count; i++) {
        fputs(i ? "," : "", stream);
        json_string_write(stream, blocks->stacks[i]);
    }
    fputs("],\"blocks\":[", stream);
    for (size_t i = 0; i < blocks->count; i++) {
        const struct block_fact *block = &blocks->list[i];
        fprintf(stream, "%s[%" PRIu64 ",%d,%zu,", i ? "," : "", block->bytes, (int)block->category,
                block->stack);
        put_place(stream, block->begin);
        fputc(',', stream);
        put_place(stream, block->end);
        fputc(']', stream);
    }
    fputc(']', stream);
}

static void put_device(FILE *stream, const struct file_analysis *file,
                       const struct device_analysis *device)
{
    const struct course *course = &device->course;
    char name[NAME];
    fputs("{\"name\":", stream);
    json_string_write(stream, name_of(file, device, name));
    fprintf(stream, ",\"peak\":%" PRIu64 ",\"events\":%zu,\"by_time\":%s,\"begin\":",
            device->allocated.peak, device->events, course->by_time ? "true" : "false");
    put_place(stream, course->begin_s);
    fputs(",\"end\":", stream);
    put_place(stream, course->end_s);
    fputs(",\"peak_at\":", stream);
    put_place(stream, course->peak_at);
    fputc(',', stream);
    put_layers(stream, course);
    put_blocks(stream, &device->blocks);
    fputc('}', stream);
}

bool html_snapshot_data(FILE *stream, const struct report *report)
{
    size_t charts = 0;
    for (size_t i = 0; i < report->snapshot_count; i++)
        for (size_t k = 0; k < report->snapshots[i].device_count && charts < MOST_CHARTS; k++) {
            struct growing_text json;
            if (!growing_text_begin(&json))
                return false;
            put_device(json.stream, &report->snapshots[i], &report->snapshots[i].devices[k]);
            char *text = growing_text_end(&json);
            if (!text)
                return false;
            fputs("<script type=\"application/json\" class=\"snapshot-data\">", stream);
            html_script_json(stream, text);
            fputs("</script>\n", stream);
            free(text);
            charts++;
        }
    return true;
}
