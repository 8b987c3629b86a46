#include "visualize/comparison/overview.h"

#include "visualize/comparison/keys.h"
#include "visualize/comparison/peaks.h"
#include "visualize/figure/figure.h"
#include "visualize/figure/figure_style.h"
#include "visualize/figure/text.h"

#include "schemas/support/text.h"

#include <inttypes.h>
#include <math.h>

static const double PAD = 2, GAP = 6;
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

void overview_title(const struct comparison_row *rows, size_t count,
                    const struct configuration *configuration, size_t row,
                    const struct figure_style *style, char title[OVERVIEW_TITLE])
{
    int64_t pp = configuration_number(configuration, DIMENSION_PP);
    size_t last = last_stage_row(rows, count, configuration);
    bool is_stage = rank_stage(&rows[last].coordinates, configuration, rows[last].rank) == pp - 1;
    struct text text = text_begin(title, OVERVIEW_TITLE);
    text_add(&text, "%s %" PRId64, figure_style_word(style, WORD_RANK, "Rank"), rows[row].rank);
    if (count <= OVERVIEW_TIMELINES)
        return; /* all are there, and need no reason */
    struct text reasons = text_begin((char[OVERVIEW_TITLE]){""}, OVERVIEW_TITLE);
    if (row == 0)
        text_add_item(&reasons, ", ", "%s", figure_style_word(style, WORD_FIRST, "first"));
    if (row == last)
        text_add_item(
            &reasons, ", ", "%s",
            figure_style_word(style, WORD_LAST, pp > 1 && is_stage ? "last stage" : "last"));
    if (row == worst_row(rows, count) && !isnan(rows[row].errors.peak_percent))
        text_add_item(&reasons, ", ", "%s",
                      figure_style_word(style, WORD_LARGEST_ERROR, "largest error"));
    text_add(&text, " (%s)", reasons.buffer);
}

/* ---- the page ---- */

static bool has_bars(const struct overview *overview)
{
    return overview->count <= OVERVIEW_MOST_BARS;
}

static double draw_legend(cairo_t *cairo, const struct overview *overview, double y,
                          double width_pt, bool draw)
{
    return comparison_keys_draw(cairo, PAD, y, width_pt - 2 * PAD, overview->rows, overview->count,
                                has_bars(overview), overview->timelines, overview->timeline_count,
                                draw);
}

static double draw_title(cairo_t *cairo, const struct overview *overview, double width_pt,
                         bool draw)
{
    struct text_style style = {.size_pt = TEXT_SIZE_LABEL, .bold = true};
    return overview->title
               ? text_draw_title(cairo, PAD, PAD, width_pt - 2 * PAD, overview->title, &style, draw)
               : 0;
}

/* What the timelines want. */
static double timelines_height(const struct overview *overview, double width_pt)
{
    if (overview->timeline_count == 0)
        return 0;
    return width_pt >= SIDE_BY_SIDE_FROM_PT ? TIMELINE_WANTED
                                            : STACKED_WANTED * (double)overview->timeline_count;
}

static double natural_height(cairo_t *cairo, double width_pt, void *context)
{
    const struct overview *overview = context;
    return 2 * PAD + draw_title(cairo, overview, width_pt, false) +
           draw_legend(cairo, overview, 0, width_pt, false) + PEAKS_WANTED + GAP +
           timelines_height(overview, width_pt);
}

double overview_natural_height(const struct overview *overview, const struct figure_style *style,
                               double width_inch)
{
    return figure_natural_height(style, width_inch, natural_height, (void *)overview);
}

static struct memory_unit unit_of(cairo_t *cairo, const struct overview *overview)
{
    double highest = has_bars(overview) ? peaks_highest_mb(overview->rows, overview->count) : 0;
    if (overview->timeline_count > 0)
        highest =
            fmax(highest, timeline_figures(overview->timelines, overview->timeline_count).most);
    return figure_memory_unit(figure_style_of(cairo), highest);
}

/* One unit, one range of memory and one of time: they stand beside each other to be compared. */
static void draw_timelines(cairo_t *cairo, const struct overview *overview,
                           struct axes_rectangle place, double width_pt, double height_pt,
                           const struct memory_unit *unit)
{
    bool beside = width_pt >= SIDE_BY_SIDE_FROM_PT;
    double count = (double)overview->timeline_count;
    double first = beside ? timeline_title_room() : 0; /* so that all plots are of one width */
    double width = beside ? (place.width - first - GAP * (count - 1)) / count : place.width;
    double height = beside ? place.height : (place.height - GAP * (count - 1)) / count;
    struct axes_range figures = timeline_figures(overview->timelines, overview->timeline_count);
    struct axes_range times = timeline_times(overview->timelines, overview->timeline_count);
    double title = 0; /* the highest: panels beside each other begin at one height */
    for (size_t i = 0; i < overview->timeline_count; i++)
        title =
            fmax(title, timeline_title_height(cairo, overview->timelines[i].title, width, false));
    for (size_t i = 0; i < overview->timeline_count; i++) {
        struct timeline timeline = overview->timelines[i];
        timeline.title_pt = title;
        timeline.figures = &figures;
        timeline.times = &times;
        timeline.unit = unit;
        struct axes_rectangle panel = {
            place.left + (beside && i > 0 ? first + (width + GAP) * (double)i : 0),
            place.top + (beside ? 0 : (height + GAP) * (double)i), width + (i == 0 ? first : 0),
            height};
        timeline_draw_panel(cairo, panel, width_pt, height_pt, &timeline, !beside || i == 0);
    }
}

void overview_draw(cairo_t *cairo, double width_pt, double height_pt, void *context)
{
    const struct overview *overview = context;
    double inner = width_pt - 2 * PAD, y = PAD;
    struct memory_unit unit = unit_of(cairo, overview);
    y += draw_title(cairo, overview, width_pt, true);
    y += draw_legend(cairo, overview, y, width_pt, true);
    double rest = height_pt - y - PAD - GAP, natural = timelines_height(overview, width_pt);
    struct axes_rectangle upper = {PAD, y, inner, rest * PEAKS_WANTED / (PEAKS_WANTED + natural)};
    if (has_bars(overview))
        peaks_draw_bars(cairo, upper, width_pt, height_pt, overview->rows, overview->count, &unit);
    else
        peaks_draw_errors(cairo, upper, width_pt, height_pt, overview->rows, overview->count);
    y += upper.height + GAP;
    draw_timelines(cairo, overview, (struct axes_rectangle){PAD, y, inner, height_pt - PAD - y},
                   width_pt, height_pt, &unit);
}
