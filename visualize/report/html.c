#include "schemas/support/output_file.h"
#include "schemas/support/units.h"
#include "visualize/figure/figure.h"
#include "visualize/findings/findings_output.h"
#include "visualize/heatmap/draw.h"
#include "visualize/report/assets.h"
#include "visualize/report/html_data.h"
#include "visualize/report/html_policy.h"
#include "visualize/report/html_text.h"
#include "visualize/report/report.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- the heatmap ---- */

/* The same map for a screen and for a phone; the style sheet shows one of them. */
struct map_form {
    const char *name; /* the class, and what sets its names apart from the other's */
    double width_inch;
};
static const struct map_form MAP_FORMS[] = {{"wide", 9}, {"narrow", FIGURE_SINGLE_COLUMN_INCH}};

static struct figure map_figure(const struct report *report, double width_inch)
{
    return (struct figure){
        .width_inch = width_inch,
        .height_inch = heatmap_natural_height(&report->heatmap, NULL, width_inch),
        .dpi = 100,
        .draw = heatmap_draw,
        .context = (void *)&report->heatmap,
    };
}

/* cairo calls the parts of each SVG alike (glyph0-1, clip1): in one page they need names of their
 * own. Text is drawn by glyphs, so that nothing else looks like a name. */
static void put_with_own_names(FILE *stream, const char *svg, const char *prefix)
{
    static const char *const before_names[] = {" id=\"", "href=\"#", "url(#"};
    while (*svg) {
        size_t length = 0;
        for (size_t i = 0; i < sizeof before_names / sizeof *before_names && length == 0; i++)
            if (strncmp(svg, before_names[i], strlen(before_names[i])) == 0)
                length = strlen(before_names[i]);
        if (length > 0)
            fprintf(stream, "%.*s%s-", (int)length, svg, prefix);
        else
            fputc(*svg, stream);
        svg += length > 0 ? length : 1;
    }
}

/* The map as an SVG, in new memory; NULL with a fault where it cannot be drawn. */
static char *draw_map(const struct figure *figure, struct fault *fault)
{
    char *text = NULL;
    size_t length;
    FILE *svg = open_memstream(&text, &length);
    bool drawn = svg && figure_render(figure, FIGURE_SVG, svg, fault);
    if (!svg || fclose(svg) != 0)
        drawn = fault_set(fault, "out of memory for the heatmap");
    if (!drawn) {
        free(text);
        return NULL;
    }
    return text;
}

/* Without what stands before its element. */
static void put_svg(FILE *stream, const char *svg, const char *prefix)
{
    const char *element = strstr(svg, "<svg");
    put_with_own_names(stream, element ? element : "", prefix);
}

/* A link over each cell that has a configuration, in parts of the figure's size. */
static void put_cells(FILE *stream, const struct report *report, const struct figure *figure)
{
    const struct heatmap_grid *grid = &report->grid;
    double width = figure->width_inch * FIGURE_POINTS_PER_INCH;
    double height = figure->height_inch * FIGURE_POINTS_PER_INCH;
    cairo_surface_t *surface = cairo_recording_surface_create(CAIRO_CONTENT_COLOR_ALPHA, NULL);
    cairo_t *cairo = cairo_create(surface);
    struct heatmap_layout layout = heatmap_layout_make(cairo, &report->heatmap, width, height);
    cairo_destroy(cairo);
    cairo_surface_destroy(surface);
    fputs("<div class=\"cells\">\n", stream);
    for (size_t i = 0; i < grid->cell_count; i++) {
        const struct heatmap_cell *cell = &grid->cells[i];
        size_t index = report_configuration_of_cell(report, cell);
        size_t within = i % (grid->x.count * grid->y.count);
        if (index == SIZE_MAX)
            continue;
        struct axes_rectangle place =
            heatmap_cell_place(&layout, grid, i / (grid->x.count * grid->y.count),
                               within / grid->x.count, within % grid->x.count);
        fprintf(stream,
                "<a href=\"#configuration-%zu\" data-configuration=\"%zu\" style=\"left:%.3f%%;"
                "top:%.3f%%;width:%.3f%%;height:%.3f%%\" aria-label=\"",
                index, index, place.left / width * 100, place.top / height * 100,
                place.width / width * 100, place.height / height * 100);
        char text[CONFIGURATION_TEXT];
        html_text(stream, configuration_text(text, sizeof text, &cell->configuration,
                                             heatmap_telling(grid)));
        fprintf(stream, ": %s\"></a>\n", heatmap_status_text(cell->status));
    }
    fputs("</div>\n", stream);
}

static bool put_map_form(FILE *stream, const struct report *report, const struct map_form *form,
                         struct fault *fault)
{
    struct figure figure = map_figure(report, form->width_inch);
    char *svg = draw_map(&figure, fault);
    if (!svg)
        return false;
    fprintf(stream,
            "<div class=\"scroll\"><div class=\"heatmap %s\" role=\"group\" aria-label=\"Peak "
            "memory by %s and %s\">\n",
            form->name, DIMENSIONS[report->grid.axes.y].long_name,
            DIMENSIONS[report->grid.axes.x].long_name);
    put_svg(stream, svg, form->name);
    free(svg);
    put_cells(stream, report, &figure);
    fputs("</div></div>\n", stream);
    return true;
}

static bool put_map(FILE *stream, const struct report *report, struct fault *fault)
{
    fputs("<h2 id=\"map\">Which configurations fit</h2>\n", stream);
    if (!report->has_grid) {
        fputs("<p class=\"quiet\">", stream);
        html_text(stream, report->grid_fault.text);
        fputs("</p>\n", stream);
        return true;
    }
    for (size_t i = 0; i < sizeof MAP_FORMS / sizeof *MAP_FORMS; i++)
        if (!put_map_form(stream, report, &MAP_FORMS[i], fault))
            return false;
    for (size_t i = 0; i < report->grid.warning_count; i++) {
        fputs("<p class=\"quiet\">", stream);
        html_text(stream, report->grid.warnings[i]);
        fputs("</p>\n", stream);
    }
    return true;
}

/* ---- findings ---- */

static void put_finding(FILE *stream, const struct findings *findings,
                        const struct finding *finding)
{
    char values[FINDING_VALUES_TEXT];
    const char *severity = finding_severity_text(finding->severity);
    finding_values_text(finding, values);
    fprintf(stream, "<div class=\"finding %s\"><p><b>%s: %s</b>, <a href=\"#configuration-%zu\">",
            severity, severity, finding_kind_text(finding->kind), finding->configuration);
    html_text(stream, findings->configurations[finding->configuration].text);
    fputs("</a>", stream);
    if (*finding->ranks) {
        fputs(", rank ", stream);
        html_text(stream, finding->ranks);
    }
    if (*finding->iterations) {
        fputs(", iteration ", stream);
        html_text(stream, finding->iterations);
    }
    fputs("</p>\n<p>", stream);
    html_text(stream, values);
    fputs(".</p>\n<p>", stream);
    html_text(stream, finding->meaning);
    fputs("</p>\n", stream);
    if (finding->severity > FINDING_INFO) {
        fputs("<p class=\"quiet\">To do: ", stream);
        html_text(stream, finding->advice);
        fputs("</p>\n", stream);
    }
    fputs("</div>\n", stream);
}

static void put_findings(FILE *stream, const struct findings *findings)
{
    size_t critical = findings_at_least(findings, FINDING_CRITICAL);
    size_t serious = findings_at_least(findings, FINDING_WARNING);
    fprintf(stream,
            "<h2 id=\"findings\">Findings</h2>\n<p>%zu critical, %zu warnings, %zu for "
            "information</p>\n",
            critical, serious - critical, findings->count - serious);
    for (size_t i = 0; i < serious; i++)
        put_finding(stream, findings, &findings->list[i]);
    if (serious == findings->count)
        return;
    fputs("<details><summary>For information</summary>\n", stream);
    for (size_t i = serious; i < findings->count; i++)
        put_finding(stream, findings, &findings->list[i]);
    fputs("</details>\n", stream);
}

/* ---- the table ---- */

static void put_cell(FILE *stream, const char *format, double value)
{
    if (isnan(value)) {
        fputs("<td data-value=\"NaN\">&ndash;</td>", stream);
        return;
    }
    fprintf(stream, "<td data-value=\"%.10g\">", value);
    fprintf(stream, format, value);
    fputs("</td>", stream);
}

static void put_row(FILE *stream, const struct report *report, size_t index)
{
    const struct finding_configuration *of = &report->findings.configurations[index];
    fprintf(stream,
            "<tr id=\"configuration-%zu\"><td><a href=\"#timeline\" data-configuration=\"%zu\">",
            index, index);
    html_text(stream, of->text);
    fprintf(stream, "</a></td><td>%s</td>", report_outcome_text(of));
    put_cell(stream, "%.0f", (double)of->ranks);
    put_cell(stream, "%.1f", gb_from_mb(of->peak_mb));
    put_cell(stream, "%.1f", gb_from_mb(of->theory_mb));
    put_cell(stream, "%.0f%%", of->peak_mb / mb_from_gb(report->options->gpu_gb) * 100);
    put_cell(stream, "%.0f", of->tokens_per_gb);
    put_cell(stream, "%.0f", of->score);
    fputs("</tr>\n", stream);
}

static void put_table(FILE *stream, const struct report *report)
{
    static const char *const heads[] = {"configuration", "outcome",    "ranks",         "peak (GB)",
                                        "theory (GB)",   "of the GPU", "tokens per GB", "score"};
    fputs(
        "<h2 id=\"table\">Configurations</h2>\n<div class=\"scroll\"><table id=\"configurations\">"
        "<thead><tr>",
        stream);
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
        fprintf(stream, "<th scope=\"col\"><button type=\"button\">%s</button></th>", heads[i]);
    fputs("</tr></thead>\n<tbody>\n", stream);
    for (size_t i = 0; i < report->findings.configuration_count; i++)
        put_row(stream, report, i);
    fputs("</tbody></table></div>\n", stream);
}

/* ---- the whole ---- */

static void put_head(FILE *stream, const struct report *report, const struct html_inline *parts)
{
    fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n", stream);
    html_policy(stream, parts);
    fputs("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
          "<meta name=\"generator\" content=\"gmtrace " GMTRACE_VERSION "\">\n<title>",
          stream);
    html_text(stream, report->options->title);
    fputs("</title>\n<style>", stream);
    fputs(parts->style, stream);
    fputs("</style>\n</head>\n<body>\n<h1>", stream);
    html_text(stream, report->options->title);
    fputs("</h1>\n<ul class=\"facts quiet\">\n", stream);
    fprintf(stream, "<li>%zu traces</li><li>%zu configurations</li><li>GPU memory %g GB</li>\n",
            report->file_count - report->unreadable, report->findings.configuration_count,
            report->options->gpu_gb);
    if (report->left_out)
        fprintf(stream, "<li>timelines of %zu traces, %zu left out</li>\n", report->rank_count,
                report->left_out);
    if (report->reduced)
        fprintf(stream, "<li>%zu timelines reduced to their extremes</li>\n", report->reduced);
    fputs("</ul>\n", stream);
    for (size_t i = 0; i < report->warning_count; i++) {
        fputs("<p class=\"quiet\">", stream);
        html_text(stream, report->warnings[i]);
        fputs("</p>\n", stream);
    }
}

static void put_timeline(FILE *stream)
{
    static const struct {
        const char *id, *text;
    } switches[] = {{"allocated", "allocated"}, {"reserved", "reserved"},     {"static", "static"},
                    {"theory", "theory"},       {"iterations", "iterations"}, {"events", "events"}},
      buttons[] = {{"zoom-in", "Zoom in"}, {"zoom-out", "Zoom out"}, {"earlier", "Earlier"},
                   {"later", "Later"},     {"reset", "Reset"},       {"csv", "Save CSV"},
                   {"png", "Save PNG"}};
    fputs("<h2 id=\"timeline\">Memory over time</h2>\n<div class=\"controls\">\n"
          "<label>Configuration <select id=\"configuration\"></select></label>\n"
          "<label>Rank <select id=\"rank\"></select></label>\n"
          "<label>Period <select id=\"period\"></select></label>\n</div>\n<div class=\"controls "
          "of-chart\">\n",
          stream);
    for (size_t i = 0; i < sizeof switches / sizeof *switches; i++)
        fprintf(stream, "<label><input type=\"checkbox\" id=\"show-%s\" checked> %s</label>\n",
                switches[i].id, switches[i].text);
    fputs("</div>\n<div id=\"legend\"></div>\n<div id=\"chart\" class=\"of-chart\" tabindex=\"0\" "
          "role=\"img\" "
          "aria-label=\"Memory over time of the chosen rank. Plus and minus zoom, arrows pan, 0 "
          "resets.\"></div>\n<p id=\"about\" class=\"quiet\"></p>\n<div class=\"controls "
          "of-chart\">\n",
          stream);
    for (size_t i = 0; i < sizeof buttons / sizeof *buttons; i++)
        fprintf(stream, "<button type=\"button\" id=\"%s\">%s</button>\n", buttons[i].id,
                buttons[i].text);
    fputs(
        "</div>\n<p class=\"quiet of-chart\">Drag to zoom, shift and drag to move, double click to "
        "reset.</p>\n",
        stream);
}

static bool put_page(FILE *stream, const struct report *report, const struct html_inline *parts,
                     const char *data, struct fault *fault)
{
    put_head(stream, report, parts);
    if (!put_map(stream, report, fault))
        return false;
    put_findings(stream, &report->findings);
    put_table(stream, report);
    put_timeline(stream);
    fputs("<script type=\"application/json\" id=\"data\">", stream);
    html_script_json(stream, data);
    fputs("</script>\n<!--\n", stream);
    fputs(asset_dygraphs_license, stream);
    fputs("-->\n", stream);
    for (int i = 0; i < HTML_SCRIPTS; i++)
        fprintf(stream, "<script>%s</script>\n", parts->scripts[i]);
    fputs("</body>\n</html>\n", stream);
    return true;
}

bool report_write_html(const struct report *report, const char *path, struct fault *fault)
{
    char *data = html_data(report);
    struct html_inline parts;
    struct output_file file;
    struct fault why;
    bool written = html_inline_make(&parts, fault);
    if (!data)
        written = fault_set_errno(fault, ENOMEM, "%s", path);
    written = written && output_file_open(&file, path, fault);
    if (written && !put_page(file.stream, report, &parts, data, &why)) {
        output_file_abandon(&file);
        written = fault_set(fault, "%s: %s", path, why.text);
    } else if (written) {
        written = output_file_commit(&file, fault);
    }
    html_inline_free(&parts);
    free(data);
    return written;
}
