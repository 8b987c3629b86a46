#include "schemas/support/units.h"
#include "visualize/comparison/timeline.h"
#include "visualize/findings/findings_output.h"
#include "visualize/heatmap/draw.h"
#include "visualize/report/pdf_document.h"
#include "visualize/report/report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_PANELS = 8, PANEL_COLUMNS = 2 };

/* ---- the title page ---- */

static void put_title(struct pdf_document *document, const struct report *report)
{
    char text[256];
    pdf_page(document, report->options->title, NULL);
    pdf_skip(document, 30);
    pdf_text(document, PDF_TITLE, report->options->title);
    pdf_skip(document, 8);
    const struct findings *findings = &report->findings;
    size_t critical = findings_at_least(findings, FINDING_CRITICAL);
    size_t serious = findings_at_least(findings, FINDING_WARNING);
    snprintf(text, sizeof text,
             "%zu traces of %zu configurations; GPU memory %g GB. %zu critical findings, %zu "
             "warnings.",
             report->file_count - report->unreadable, findings->configuration_count,
             report->options->gpu_gb, critical, serious - critical);
    pdf_text(document, PDF_BODY, text);
    for (size_t i = 0; i < report->warning_count; i++) {
        pdf_text(document, PDF_SMALL, report->warnings[i]);
    }
    pdf_skip(document, 20);
    if (!report->has_grid) {
        pdf_text(document, PDF_BODY, report->grid_fault.text);
        return;
    }
    struct figure figure = {.width_inch = pdf_width() / FIGURE_POINTS_PER_INCH,
                            .draw = heatmap_draw,
                            .context = (void *)&report->heatmap};
    figure.height_inch = heatmap_natural_height(&report->heatmap, NULL, figure.width_inch);
    pdf_figure(document, &figure);
    pdf_skip(document, 6);
    snprintf(text, sizeof text,
             "Peak memory by %s and %s: the largest over ranks and iterations, and beside it what "
             "a formula says.",
             DIMENSIONS[report->grid.axes.y].long_name, DIMENSIONS[report->grid.axes.x].long_name);
    pdf_text(document, PDF_SMALL, text);
}

/* ---- findings ---- */

static void put_finding(struct pdf_document *document, const struct findings *findings,
                        const struct finding *finding)
{
    char text[CONFIGURATION_TEXT + 512], values[FINDING_VALUES_TEXT];
    pdf_want(document, 4 * pdf_line_height(PDF_BODY));
    snprintf(text, sizeof text, "%s: %s; %s%s%.100s%s%.100s",
             finding_severity_text(finding->severity), finding_kind_text(finding->kind),
             findings->configurations[finding->configuration].text,
             *finding->ranks ? "; rank " : "", finding->ranks,
             *finding->iterations ? "; iteration " : "", finding->iterations);
    pdf_text(document, PDF_STRONG, text);
    finding_values_text(finding, values);
    pdf_text(document, PDF_BODY, values);
    pdf_text(document, PDF_BODY, finding->meaning);
    if (finding->severity > FINDING_INFO) {
        snprintf(text, sizeof text, "To do: %.480s", finding->advice);
        pdf_text(document, PDF_SMALL, text);
    }
    pdf_skip(document, 7);
}

static void put_findings(struct pdf_document *document, const struct findings *findings)
{
    pdf_page(document, "Findings", NULL);
    pdf_text(document, PDF_HEADING, "Findings");
    if (findings->count == 0)
        pdf_text(document, PDF_BODY, "None: nothing in these traces stands out.");
    for (size_t i = 0; i < findings->count; i++)
        put_finding(document, findings, &findings->list[i]);
}

/* ---- the table ---- */

static const struct {
    const char *head;
    double left, width;
} COLUMNS[] = {{"configuration", 0, 150}, {"outcome", 152, 76},     {"ranks", 230, 36},
               {"peak (GB)", 270, 54},    {"theory (GB)", 328, 60}, {"of the GPU", 392, 52},
               {"score", 448, 36}};
enum { COLUMN_COUNT = sizeof COLUMNS / sizeof *COLUMNS };

static void put_heads(struct pdf_document *document)
{
    for (int i = 0; i < COLUMN_COUNT; i++)
        pdf_cell(document, PDF_STRONG, COLUMNS[i].left, COLUMNS[i].width, i > 1, COLUMNS[i].head);
    pdf_end_line(document, PDF_STRONG);
    pdf_rule(document);
}

/* Where a configuration's row stands, for the link to its page. */
struct row_place {
    HPDF_Page page;
    double top;
};

static void put_number(struct pdf_document *document, int column, const char *format, double value)
{
    char text[32] = "-";
    if (!isnan(value))
        snprintf(text, sizeof text, format, value);
    pdf_cell(document, PDF_BODY, COLUMNS[column].left, COLUMNS[column].width, true, text);
}

static void put_row(struct pdf_document *document, const struct report *report, size_t index)
{
    const struct finding_configuration *of = &report->findings.configurations[index];
    size_t lines =
        pdf_cell_lines(document, PDF_BODY, COLUMNS[0].left, COLUMNS[0].width, of->text, true);
    pdf_cell(document, PDF_BODY, COLUMNS[1].left, COLUMNS[1].width, false, report_outcome_text(of));
    put_number(document, 2, "%.0f", (double)of->ranks);
    put_number(document, 3, "%.1f", gb_from_mb(of->peak_mb));
    put_number(document, 4, "%.1f", gb_from_mb(of->theory_mb));
    put_number(document, 5, "%.0f%%", of->peak_mb / mb_from_gb(report->options->gpu_gb) * 100);
    put_number(document, 6, "%.0f", of->score);
    while (lines-- > 0)
        pdf_end_line(document, PDF_BODY);
}

static void put_table(struct pdf_document *document, const struct report *report,
                      struct row_place *rows)
{
    pdf_page(document, "Configurations", NULL);
    pdf_text(document, PDF_HEADING, "Configurations");
    put_heads(document);
    for (size_t i = 0; i < report->findings.configuration_count; i++) {
        size_t lines = pdf_cell_lines(document, PDF_BODY, COLUMNS[0].left, COLUMNS[0].width,
                                      report->findings.configurations[i].text, false);
        if (pdf_want(document, (double)lines * pdf_line_height(PDF_BODY)))
            put_heads(document);
        rows[i] = (struct row_place){document->page, document->top};
        put_row(document, report, i);
    }
}

/* ---- one page per configuration ---- */

struct panels {
    size_t count;
    bool alone; /* without a simulation to compare */
    struct comparison_pair pairs[MOST_PANELS];
    char titles[MOST_PANELS][48];
};

/* One trace as one side of a panel: all of it, or its last iteration. */
static void take_side(struct comparison_side *side, const struct report_series *series, bool last)
{
    size_t first = 0, from = last && series->iteration_count > 0 ? series->iteration_count - 1 : 0;
    double begins =
        last && series->iteration_count > 0 ? series->iterations[from].start_s : series->time_s[0];
    while (first + 1 < series->count && series->time_s[first] < begins)
        first++;
    *side = (struct comparison_side){.present = true,
                                     .peak_mb = NAN,
                                     .static_mb = NAN,
                                     .theory_mb = NAN,
                                     .peak_measure = series->measure,
                                     .count = series->count - first,
                                     .time_s = series->time_s + first,
                                     .allocated_mb = series->allocated_mb + first};
    for (size_t i = from; i < series->iteration_count; i++) {
        const struct report_iteration *iteration = &series->iterations[i];
        side->peak_mb = fmax(side->peak_mb, iteration->peak_mb); /* passes over NAN */
        side->static_mb = fmax(side->static_mb, iteration->static_mb);
        side->theory_mb = fmax(side->theory_mb, iteration->theory_mb);
    }
    begins = side->time_s[0]; /* curves begin at 0; the report's series is drawn once */
    for (size_t i = 0; i < side->count; i++)
        side->time_s[i] -= begins;
}

static bool can_be_drawn(const struct report_series *series)
{
    for (size_t i = 0; i < series->count; i++)
        if (isnan(series->allocated_mb[i]))
            return false;
    return series->count > 0;
}

static bool has_both_roles(const struct report *report)
{
    bool has[2] = {false, false};
    for (size_t i = 0; i < report->rank_count; i++)
        has[report->ranks[i].role] = true;
    return has[REPORT_REAL] && has[REPORT_SIMULATED];
}

static void take_panels(const struct report *report, size_t configuration, struct panels *panels)
{
    const struct comparison_side absent = {.peak_mb = NAN, .static_mb = NAN, .theory_mb = NAN};
    bool both = has_both_roles(report);
    panels->count = 0;
    panels->alone = !both;
    for (size_t i = 0; i < report->rank_count; i++) {
        const struct report_rank *rank = &report->ranks[i];
        if (rank->configuration != configuration || !can_be_drawn(&rank->series))
            continue;
        int64_t number = rank->file->name.rank;
        bool joins = panels->count > 0 && panels->pairs[panels->count - 1].rank == number;
        if (!joins && panels->count == MOST_PANELS)
            return;
        if (!joins) {
            struct comparison_pair *pair = &panels->pairs[panels->count];
            *pair = (struct comparison_pair){.rank = number, .sides = {absent, absent}};
            snprintf(panels->titles[panels->count++], sizeof panels->titles[0], "rank %lld",
                     (long long)number);
        }
        struct comparison_pair *pair = &panels->pairs[panels->count - 1];
        if (pair->sides[rank->role].present)
            continue; /* a second trace of the same rank */
        take_side(&pair->sides[rank->role], &rank->series, both);
        pair->errors.peak_percent =
            comparison_peaks_agree(pair)
                ? (pair->sides[1].peak_mb - pair->sides[0].peak_mb) / pair->sides[0].peak_mb * 100
                : NAN;
    }
}

static void draw_panels(cairo_t *cairo, double width, double height, void *context)
{
    const struct panels *panels = context;
    size_t columns = panels->count > 1 ? PANEL_COLUMNS : 1;
    size_t rows = (panels->count + columns - 1) / columns;
    struct timeline timelines[MOST_PANELS];
    struct axes_range figures = {0};
    for (size_t i = 0; i < panels->count; i++)
        timelines[i] = (struct timeline){.pair = &panels->pairs[i],
                                         .alignment = COMPARISON_ALIGN_START,
                                         .alone = panels->alone,
                                         .title = panels->titles[i],
                                         .dpi = 300,
                                         .figures = &figures};
    figures = timeline_figures(timelines, panels->count);
    double legend = timeline_draw_legend(cairo, 0, 0, width, timelines, panels->count, true) + 4;
    double each_width = width / (double)columns, each_height = (height - legend) / (double)rows;
    for (size_t i = 0; i < panels->count; i++) {
        size_t row = i / columns;
        struct axes_rectangle place = {(double)(i % columns) * each_width,
                                       legend + (double)row * each_height, each_width,
                                       each_height - 7};
        timeline_draw_panel(cairo, place, width, height, &timelines[i], i % columns == 0);
    }
}

static void put_configuration(struct pdf_document *document, const struct report *report,
                              size_t index, HPDF_Outline parent, const struct row_place *row)
{
    const struct finding_configuration *of = &report->findings.configurations[index];
    char text[256];
    pdf_page(document, of->text, parent);
    pdf_link(document, row->page, 0, COLUMNS[0].width, row->top, document->page);
    pdf_text(document, PDF_HEADING, of->text);
    pdf_cell(document, PDF_SMALL, 0, pdf_width(), true, "back to the table");
    pdf_link(document, document->page, pdf_width() - 90, 90, document->top, row->page);
    snprintf(text, sizeof text, "%zu ranks; peak %.1f GB%s", of->ranks, gb_from_mb(of->peak_mb),
             isnan(of->score) ? "" : "; score");
    if (!isnan(of->score))
        snprintf(text + strlen(text), sizeof text - strlen(text), " %.0f of 10", of->score);
    pdf_text(document, PDF_BODY, text);
    pdf_skip(document, 6);
    for (size_t i = 0; i < report->findings.count; i++)
        if (report->findings.list[i].configuration == index &&
            report->findings.list[i].severity > FINDING_INFO)
            put_finding(document, &report->findings, &report->findings.list[i]);
    struct panels *panels = calloc(1, sizeof *panels);
    if (!panels) {
        fault_set(&document->fault, "out of memory");
        return;
    }
    take_panels(report, index, panels);
    if (panels->count > 0) {
        size_t rows = panels->count > 1 ? (panels->count + 1) / PANEL_COLUMNS : 1;
        struct figure figure = {.width_inch = pdf_width() / FIGURE_POINTS_PER_INCH,
                                .height_inch = 0.35 + 1.7 * (double)rows,
                                .draw = draw_panels,
                                .context = panels};
        pdf_figure(document, &figure);
    }
    free(panels);
}

bool report_write_pdf(const struct report *report, const char *path, struct fault *fault)
{
    struct pdf_document document;
    struct row_place *rows = calloc(report->findings.configuration_count + 1, sizeof *rows);
    if (!rows)
        return fault_set(fault, "%s: out of memory", path);
    bool written = pdf_open(&document, report->options->title, fault);
    if (written) {
        put_title(&document, report);
        put_findings(&document, &report->findings);
        put_table(&document, report, rows);
        for (size_t i = 0; i < report->findings.configuration_count; i++)
            put_configuration(&document, report, i, NULL, &rows[i]);
        written = pdf_write(&document, path, fault);
        pdf_close(&document);
    }
    free(rows);
    return written;
}
