/* Memory over time in the document: of each configuration a few ranks. */
#include "schemas/support/units.h"
#include "visualize/comparison/timeline.h"
#include "visualize/report/pdf_sections.h"
#include "visualize/report/words.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Figures beyond so many make a document that nobody turns over, and that takes minutes. */
enum { MOST_PANELS = 8, PANEL_COLUMNS = 2, MOST_FIGURES = 32 };

struct panels {
    size_t count;
    bool alone;    /* without a simulation to compare */
    double gpu_mb; /* 0: what was measured is not of a GPU */
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

static int compare_turns(const void *a, const void *b)
{
    size_t first = *(const size_t *)a, second = *(const size_t *)b;
    return (first > second) - (first < second);
}

/* Of many ranks the first in turn are drawn: the fullest, and one of each stage. */
static size_t turn_of_last_panel(const struct report *report, size_t configuration,
                                 struct fault *fault)
{
    size_t *turns = calloc(report->rank_count + 1, sizeof *turns), count = 0, last = SIZE_MAX;
    for (size_t i = 0; turns && i < report->rank_count; i++) {
        const struct report_rank *rank = &report->ranks[i];
        bool again = i > 0 && rank[-1].configuration == configuration &&
                     rank[-1].file->name.rank == rank->file->name.rank;
        if (rank->configuration == configuration && !again && can_be_drawn(&rank->series))
            turns[count++] = rank->turn;
    }
    if (count > MOST_PANELS) {
        qsort(turns, count, sizeof *turns, compare_turns);
        last = turns[MOST_PANELS - 1];
    }
    if (!turns)
        fault_set(fault, "out of memory");
    free(turns);
    return last;
}

static void take_panels(const struct report *report, size_t configuration, struct panels *panels,
                        struct fault *fault)
{
    const struct comparison_side absent = {.peak_mb = NAN, .static_mb = NAN, .theory_mb = NAN};
    bool both = has_both_roles(report);
    size_t last_turn = turn_of_last_panel(report, configuration, fault);
    panels->count = 0;
    panels->alone = !both;
    panels->gpu_mb = trace_measure_is_of_gpu(report->configurations[configuration].peak_measure)
                         ? mb_from_gb(report->options->gpu_gb)
                         : 0;
    for (size_t i = 0; i < report->rank_count; i++) {
        const struct report_rank *rank = &report->ranks[i];
        if (rank->configuration != configuration || !can_be_drawn(&rank->series))
            continue;
        int64_t number = rank->file->name.rank;
        if (rank->turn > last_turn)
            continue;
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
                                         .gpu_mb = panels->gpu_mb,
                                         .alone = panels->alone,
                                         .title = panels->titles[i],
                                         .dpi = 600,
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

/* "8 ranks, of which 8 are traced": what the page says above the chart. */
static void put_story(struct pdf_document *document, const struct report *report,
                      const struct report_configuration *row)
{
    char text[256];
    double gpu_gb = report->options->gpu_gb, gb = gb_from_mb(row->peak_mb);
    int used =
        snprintf(text, sizeof text, "%zu rank%s traced", row->ranks, row->ranks == 1 ? "" : "s");
    if (!isnan(gb))
        used += snprintf(text + used, sizeof text - (size_t)used, "; peak %.1f GB", gb);
    if (!isnan(gb) && trace_measure_is_of_gpu(row->peak_measure))
        used += snprintf(text + used, sizeof text - (size_t)used, ", %.0f%% of %g GB",
                         gb / gpu_gb * 100, gpu_gb);
    if (!isnan(row->theory_mb))
        snprintf(text + used, sizeof text - (size_t)used, "; theory %.1f GB",
                 gb_from_mb(row->theory_mb));
    pdf_text(document, PDF_BODY, text);
    pdf_skip(document, 4);
}

static double figure_height_inch(const struct panels *panels)
{
    size_t rows = panels->count > 1 ? (panels->count + 1) / PANEL_COLUMNS : 1;
    return 0.35 + 1.7 * (double)rows;
}

/* Of a configuration's name, story and figure, in points. */
static double height_of(struct pdf_document *document, const struct report_configuration *row,
                        const struct panels *panels)
{
    return pdf_text_height(document, PDF_STRONG, row->text) + 2 * pdf_line_height(PDF_BODY) +
           figure_height_inch(panels) * FIGURE_POINTS_PER_INCH;
}

static void put_configuration(struct pdf_document *document, const struct report *report,
                              size_t index, struct panels *panels, HPDF_Outline parent,
                              struct pdf_row_places *places)
{
    const struct report_configuration *row = &report->configurations[index];
    struct figure figure = {.width_inch = pdf_width() / FIGURE_POINTS_PER_INCH,
                            .height_inch = figure_height_inch(panels),
                            .draw = draw_panels,
                            .context = panels};
    pdf_want(document, height_of(document, row, panels));
    pdf_bookmark(document, row->text, parent);
    places->timelines = pdf_here(document, 0, 0);
    places->back = pdf_here(document, pdf_width() - 90, 90);
    pdf_cell(document, PDF_SMALL, pdf_width() - 90, 90, true, "back to the table", true);
    pdf_text(document, PDF_STRONG, row->text);
    put_story(document, report, row);
    pdf_figure(document, &figure);
    pdf_skip(document, 10);
}

void pdf_timelines(struct pdf_document *document, const struct report *report,
                   struct pdf_row_places *places)
{
    struct panels *panels = calloc(1, sizeof *panels);
    size_t figures = 0, left_out = 0;
    HPDF_Outline parent = NULL;
    if (!panels) {
        fault_set(&document->fault, "out of memory");
        return;
    }
    for (size_t i = 0; i < report->configuration_count; i++) {
        take_panels(report, i, panels, &document->fault);
        left_out += panels->count > 0 && figures == MOST_FIGURES;
        if (panels->count == 0 || figures == MOST_FIGURES)
            continue;
        if (figures++ == 0)
            parent = pdf_heading(document, "Memory over time", NULL,
                                 height_of(document, &report->configurations[i], panels));
        put_configuration(document, report, i, panels, parent, &places[i]);
    }
    free(panels);
    if (left_out > 0) {
        char text[128];
        snprintf(text, sizeof text, "The timelines of %zu more configurations are on the page.",
                 left_out);
        pdf_text(document, PDF_SMALL, text);
    }
}
