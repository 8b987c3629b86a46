#include "visualize/comparison/overview.h"

#include "visualize/comparison/peaks.h"
#include "visualize/figure/figure.h"
#include "visualize/figure/text.h"

#include <math.h>

static const double PAD = 2, GAP = 6, TITLE_LINE = TEXT_SIZE_LABEL * 1.25;
static const double PEAKS_WANTED = 105, TIMELINE_WANTED = 118, STACKED_WANTED = 98;
static const double SIDE_BY_SIDE_FROM_PT = 4.5 * FIGURE_POINTS_PER_INCH;

/* ---- which ranks get a timeline ---- */

static size_t worst_row(const struct comparison_row *rows, size_t count)
{
    size_t worst = 0;
    for (size_t i = 1; i < count; i++) {
        double error = fabs(rows[i].errors.peak_percent),
               most = fabs(rows[worst].errors.peak_percent);
        if (!isnan(error) && !(error <= most))
            worst = i;
    }
    return worst;
}

/* The first rank there that is of the last pipeline stage; else the last rank. */
static size_t last_stage_row(const struct comparison_row *rows, size_t count,
                             const struct configuration *configuration)
{
    int64_t pp = configuration_number(configuration, DIMENSION_PP);
    for (size_t i = 0; i < count && pp > 1; i++)
        if (rank_stage(&rows[i].coordinates, configuration, rows[i].rank) == pp - 1)
            return i;
    return count - 1;
}

size_t overview_choose(const struct comparison_row *rows, size_t count,
                       const struct configuration *configuration, size_t chosen[OVERVIEW_TIMELINES])
{
    if (count == 0)
        return 0;
    const size_t wanted[OVERVIEW_TIMELINES] = {0, worst_row(rows, count),
                                               last_stage_row(rows, count, configuration)};
    size_t used = 0;
    for (size_t row = 0; row < count && used < OVERVIEW_TIMELINES; row++)
        for (int i = 0; i < OVERVIEW_TIMELINES; i++)
            if (wanted[i] == row) {
                chosen[used++] = row;
                break;
            }
    return used;
}

/* ---- the page ---- */

static bool has_bars(const struct overview *overview)
{
    return overview->count <= OVERVIEW_MOST_BARS;
}

static double legends(cairo_t *cairo, const struct overview *overview, double width_pt)
{
    double inner = width_pt - 2 * PAD;
    double bars = has_bars(overview) ? peaks_draw_legend(cairo, 0, 0, inner, overview->rows,
                                                         overview->count, false)
                                     : 0;
    return bars + timeline_draw_legend(cairo, 0, 0, inner, overview->timelines,
                                       overview->timeline_count, false);
}

double overview_natural_height(const struct overview *overview, double width_inch)
{
    cairo_surface_t *surface = cairo_recording_surface_create(CAIRO_CONTENT_COLOR_ALPHA, NULL);
    cairo_t *cairo = cairo_create(surface);
    double width_pt = width_inch * FIGURE_POINTS_PER_INCH;
    double timelines = width_pt >= SIDE_BY_SIDE_FROM_PT
                           ? TIMELINE_WANTED
                           : STACKED_WANTED * (double)overview->timeline_count;
    double height = 2 * PAD + legends(cairo, overview, width_pt) + PEAKS_WANTED + GAP +
                    (overview->timeline_count ? timelines : 0) + (overview->title ? TITLE_LINE : 0);
    cairo_destroy(cairo);
    cairo_surface_destroy(surface);
    return height / FIGURE_POINTS_PER_INCH;
}

static void draw_timelines(cairo_t *cairo, const struct overview *overview,
                           struct axes_rectangle place, double width_pt, double height_pt)
{
    bool beside = width_pt >= SIDE_BY_SIDE_FROM_PT;
    double count = (double)overview->timeline_count;
    double width = beside ? (place.width - GAP * (count - 1)) / count : place.width;
    double height = beside ? place.height : (place.height - GAP * (count - 1)) / count;
    struct axes_range figures = timeline_figures(overview->timelines, overview->timeline_count);
    for (size_t i = 0; i < overview->timeline_count; i++) {
        struct timeline timeline = overview->timelines[i];
        timeline.figures = &figures;
        struct axes_rectangle panel = {place.left + (beside ? (width + GAP) * (double)i : 0),
                                       place.top + (beside ? 0 : (height + GAP) * (double)i), width,
                                       height};
        timeline_draw_panel(cairo, panel, width_pt, height_pt, &timeline, !beside || i == 0);
    }
}

void overview_draw(cairo_t *cairo, double width_pt, double height_pt, void *context)
{
    const struct overview *overview = context;
    double inner = width_pt - 2 * PAD, y = PAD;
    if (overview->title) {
        struct text_style style = {.size_pt = TEXT_SIZE_LABEL, .bold = true};
        text_draw(cairo, width_pt / 2, y, 0.5, 0, overview->title, &style);
        y += TITLE_LINE;
    }
    double rest = height_pt - y - PAD - legends(cairo, overview, width_pt) - GAP;
    double natural = width_pt >= SIDE_BY_SIDE_FROM_PT
                         ? TIMELINE_WANTED
                         : STACKED_WANTED * (double)overview->timeline_count;
    double peaks = overview->timeline_count ? rest * PEAKS_WANTED / (PEAKS_WANTED + natural) : rest;
    struct axes_rectangle upper = {PAD, y, inner, peaks};
    if (has_bars(overview)) {
        upper.top += peaks_draw_legend(cairo, PAD, y, inner, overview->rows, overview->count, true);
        peaks_draw_bars(cairo, upper, width_pt, height_pt, overview->rows, overview->count);
    } else {
        peaks_draw_errors(cairo, upper, width_pt, height_pt, overview->rows, overview->count);
    }
    y = upper.top + peaks + GAP;
    y += timeline_draw_legend(cairo, PAD, y, inner, overview->timelines, overview->timeline_count,
                              true);
    draw_timelines(cairo, overview, (struct axes_rectangle){PAD, y, inner, height_pt - PAD - y},
                   width_pt, height_pt);
}
