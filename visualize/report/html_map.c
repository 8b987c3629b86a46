/* The heatmap of the page. A table and not a picture: it follows the theme and the window's width,
 * its cells are links with words of their own, and its figures can be searched. */
#include "schemas/support/units.h"
#include "visualize/figure/colour_map.h"
#include "visualize/heatmap/axis_text.h"
#include "visualize/report/html_parts.h"
#include "visualize/report/html_text.h"
#include "visualize/report/words.h"

#include <math.h>

/* ---- one cell ---- */

static void put_colour(FILE *stream, const char *name, struct colour colour)
{
    fprintf(stream, "%s:rgb(%.0f,%.0f,%.0f);", name, colour.red * 255, colour.green * 255,
            colour.blue * 255);
}

static bool has_value(const struct heatmap_cell *cell)
{
    return cell->status == HEATMAP_SUCCESS && !isnan(cell->value);
}

/* On a dark page: from little more than its ground to a bright red, in even steps of CIELAB. */
static struct colour on_dark(double share)
{
    const struct lab none =
        lab_from_colour((struct colour){0x2B / 255.0, 0x2D / 255.0, 0x31 / 255.0});
    const struct lab full =
        lab_from_colour((struct colour){0xFF / 255.0, 0x6B / 255.0, 0x5E / 255.0});
    double part = share > 0 ? fmin(share, 1) : 0;
    return colour_from_lab((struct lab){none.lightness + part * (full.lightness - none.lightness),
                                        none.a + part * (full.a - none.a),
                                        none.b + part * (full.b - none.b)});
}

/* Ground and ink on a light page and on a dark one; the style sheet chooses. */
static void put_colours(FILE *stream, const struct report *report, const struct heatmap_cell *cell)
{
    if (!has_value(cell))
        return;
    double share = cell->value / report->options->gpu_gb;
    struct colour light = colour_map_colour(colour_map_worse(), share), dark = on_dark(share);
    fputs(" style=\"", stream);
    put_colour(stream, "--on-light", light);
    put_colour(stream, "--ink-on-light", colour_ink(light));
    put_colour(stream, "--on-dark", dark);
    put_colour(stream, "--ink-on-dark", colour_ink(dark));
    fputc('"', stream);
}

static const char *class_of(const struct heatmap_cell *cell)
{
    switch (cell->status) {
    case HEATMAP_SUCCESS:
        return cell->overflow ? "ran overflow" : "ran";
    case HEATMAP_OOM:
        return "oom";
    case HEATMAP_FAILED:
        return "failed";
    case HEATMAP_TOO_LARGE:
    case HEATMAP_NONE:
    case HEATMAP_STATUS_COUNT:
        break;
    }
    return cell->impossible ? "impossible" : "none";
}

/* What a cell shows: its figure, a dash (out of memory), a cross (failed). */
static void put_mark(FILE *stream, const struct heatmap_cell *cell)
{
    if (has_value(cell)) {
        fprintf(stream, "<b>%.1f</b>", cell->value);
        if (!isnan(cell->second))
            fprintf(stream, "<small>%.1f</small>", cell->second);
    } else if (cell->status == HEATMAP_SUCCESS) {
        fputs("<b>ran</b>", stream);
    } else if (cell->status == HEATMAP_OOM) {
        fputs("<b>&mdash;</b>", stream);
    } else if (cell->status == HEATMAP_FAILED) {
        fputs("<b>&times;</b>", stream);
    }
    if (*cell->note) {
        fputs("<small>", stream);
        html_text(stream, cell->note);
        fputs("</small>", stream);
    }
}

/* "fits: 57.3 GB of 80 GB, 72%; theory 136.9 GB; 4 ranks". */
static void put_story(FILE *stream, const struct report *report,
                      const struct report_configuration *row, const char *between)
{
    double gpu_gb = report->options->gpu_gb;
    char text[WORDS_FIGURE];
    fputs(report_outcome_text(row->outcome), stream);
    if (!isnan(row->peak_mb)) {
        double gb = gb_from_mb(row->peak_mb);
        fprintf(stream, "%s%s%.1f GB", between,
                row->outcome == REPORT_OUT_OF_MEMORY || row->outcome == REPORT_FAILED ? "last peak "
                                                                                      : "peak ",
                gb);
        if (trace_measure_is_of_gpu(row->peak_measure))
            fprintf(stream, " of %g GB, %.0f%%", gpu_gb, gb / gpu_gb * 100);
    }
    if (!isnan(row->theory_mb))
        fprintf(stream, "%stheory %s GB", between,
                words_figure(text, "%.1f", gb_from_mb(row->theory_mb)));
    if (!isnan(row->expected_mb))
        fprintf(stream, "%sexpected peak %s GB", between,
                words_figure(text, "%.1f", gb_from_mb(row->expected_mb)));
    if (row->ranks > 0) {
        fputs(between, stream);
        words_counted(stream, row->ranks, "rank");
        fputs(" traced", stream);
    }
}

static void put_cell(FILE *stream, const struct report *report, const struct heatmap_cell *cell)
{
    size_t index = report_configuration_of_cell(report, cell);
    fprintf(stream, "<td class=\"%s\"", class_of(cell));
    put_colours(stream, report, cell);
    fputc('>', stream);
    if (index != SIZE_MAX) {
        const struct report_configuration *row = &report->configurations[index];
        char text[CONFIGURATION_TEXT];
        fputs("<a href=\"", stream);
        html_address(stream, index);
        fputs("\" aria-label=\"", stream);
        html_text(stream, configuration_text(text, sizeof text, &cell->configuration,
                                             heatmap_axis_dimensions(&report->grid)));
        fputs(": ", stream);
        put_story(stream, report, row, ", ");
        fputs("\" data-tip=\"", stream);
        html_text(stream, row->text);
        fputs("&#10;", stream);
        put_story(stream, report, row, "&#10;");
        fputs("\">", stream);
    }
    put_mark(stream, cell);
    fputs(index != SIZE_MAX ? "</a></td>" : "</td>", stream);
}

/* ---- a panel ---- */

static void put_value(FILE *stream, const struct axis *axis, size_t index, const char *scope)
{
    char text[DIMENSION_WORD_SIZE];
    fprintf(stream, "<th scope=\"%s\">", scope);
    html_text(stream, dimension_value_text(axis->dimension, &axis->values[index], text));
    fputs("</th>", stream);
}

static void put_panel(FILE *stream, const struct report *report, size_t panel)
{
    const struct heatmap_grid *grid = &report->grid;
    const char *x = DIMENSIONS[grid->axes.x].name, *y = DIMENSIONS[grid->axes.y].name;
    fprintf(stream, "<div class=\"scroll\"><table class=\"map\"><caption>");
    if (grid->facet.count > 0) {
        char text[HEATMAP_TITLE_TEXT];
        html_text(stream, heatmap_panel_title(&grid->facet, panel, text));
    } else {
        fprintf(stream, "Peak memory (GB) by %s and %s", DIMENSIONS[grid->axes.y].long_name,
                DIMENSIONS[grid->axes.x].long_name);
    }
    fprintf(stream, "</caption>\n<thead><tr><th>%s&nbsp;&darr; %s&nbsp;&rarr;</th>", y, x);
    for (size_t i = 0; i < grid->x.count; i++)
        put_value(stream, &grid->x, i, "col");
    fputs("</tr></thead>\n<tbody>\n", stream);
    for (size_t i = grid->y.count; i-- > 0;) {
        fputs("<tr>", stream);
        put_value(stream, &grid->y, i, "row");
        for (size_t k = 0; k < grid->x.count; k++)
            put_cell(stream, report, heatmap_cell_at(grid, panel, i, k));
        fputs("</tr>\n", stream);
    }
    fputs("</tbody></table></div>\n", stream);
}

/* ---- the keys ---- */

enum { KEY_FIGURE, KEY_THEORY, KEY_OOM, KEY_FAILED, KEY_OVERFLOW, KEYS };

static void put_keys(FILE *stream, const struct report *report)
{
    bool has[KEYS] = {false};
    const struct heatmap_grid *grid = &report->grid;
    for (size_t i = 0; i < grid->cell_count; i++) {
        const struct heatmap_cell *cell = &grid->cells[i];
        has[KEY_FIGURE] |= has_value(cell);
        has[KEY_THEORY] |= has_value(cell) && !isnan(cell->second);
        has[KEY_OOM] |= cell->status == HEATMAP_OOM;
        has[KEY_FAILED] |= cell->status == HEATMAP_FAILED;
        has[KEY_OVERFLOW] |= cell->overflow;
    }
    fputs("<ul class=\"keys\">", stream);
    if (has[KEY_FIGURE])
        fprintf(stream, "<li>0 <span class=\"ramp\"></span> %g GB</li>", report->options->gpu_gb);
    if (has[KEY_FIGURE])
        fprintf(stream, "<li><b>peak</b>%s, GB</li>",
                has[KEY_THEORY] ? ", and below it theory" : "");
    if (has[KEY_OOM])
        fputs("<li><span class=\"key oom\">&mdash;</span> out of memory</li>", stream);
    if (has[KEY_FAILED])
        fputs("<li><span class=\"key failed\">&times;</span> failed otherwise</li>", stream);
    if (has[KEY_OVERFLOW])
        fprintf(stream,
                "<li><span class=\"key overflow\"></span> ran, though theory is %g GB or more</li>",
                report->options->gpu_gb);
    fputs("</ul>\n", stream);
}

void html_map(FILE *stream, const struct report *report)
{
    if (!report->has_grid && !*report->grid_fault.text)
        return; /* one configuration: there is nothing to map */
    fputs("<h2 id=\"map\">Which configurations fit</h2>\n", stream);
    if (!report->has_grid) {
        fputs("<p class=\"quiet\">", stream);
        html_text(stream, report->grid_fault.text);
        fputs("</p>\n", stream);
        return;
    }
    for (size_t panel = 0; panel < report->grid.panel_count; panel++)
        put_panel(stream, report, panel);
    put_keys(stream, report);
    for (size_t i = 0; i < report->grid.warning_count; i++) {
        fputs("<p class=\"quiet\">", stream);
        html_text(stream, report->grid.warnings[i]);
        fputs("</p>\n", stream);
    }
}
