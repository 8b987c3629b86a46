#include "visualize/heatmap/layout.h"

#include "visualize/figure/figure.h"
#include "visualize/heatmap/axis_text.h"
#include "visualize/heatmap/keys.h"
#include "visualize/heatmap/metric.h"

#include <math.h>
#include <stdio.h>

/* Points. */
static const double PAGE_PAD = 2, GAP = 3, CELL_GAP = 1, TEXT_PAD = 1.5;
static const double BAR_THICK = 7, BAR_TICK = 3;
static const double ROW_WANTED = 27, NOTE_WANTED = 9, PLOT_LEAST = 8;
static const double PANEL_GAP = 7; /* between panels side by side */
static const double LINE = 1.25;   /* a line of text, in parts of its size */
static const double LAY_BAR_BELOW_PT = 4.5 * FIGURE_POINTS_PER_INCH;

/* ---- labels ---- */

static size_t named_lines(const struct heatmap_metric *metric, const struct heatmap_cell *cell,
                          char lines[HEATMAP_LABEL_LINES][HEATMAP_LABEL_SIZE])
{
    snprintf(lines[0], HEATMAP_LABEL_SIZE, "%s: %.1f%s", metric->word, cell->value, metric->unit);
    if (isnan(cell->second))
        return 1;
    snprintf(lines[1], HEATMAP_LABEL_SIZE, "%s: %.1f%s", metric->second_word, cell->second,
             metric->unit);
    return 2;
}

static size_t value_lines(const struct heatmap_metric *metric, const struct heatmap_cell *cell,
                          enum heatmap_label form,
                          char lines[HEATMAP_LABEL_LINES][HEATMAP_LABEL_SIZE])
{
    if (form == HEATMAP_LABEL_NAMED)
        return named_lines(metric, cell, lines);
    bool stacked = form == HEATMAP_LABEL_STACKED || form == HEATMAP_LABEL_UNITS_STACKED;
    bool with_unit = form == HEATMAP_LABEL_UNITS || form == HEATMAP_LABEL_UNITS_STACKED;
    char unit[16] = "";
    if (with_unit)
        snprintf(unit, sizeof unit, " %s", metric->unit);
    if (isnan(cell->second) || form == HEATMAP_LABEL_ACTUAL || form == HEATMAP_LABEL_ALONE) {
        snprintf(lines[0], HEATMAP_LABEL_SIZE, "%.1f%s", cell->value, unit);
        return 1;
    }
    if (stacked) {
        snprintf(lines[0], HEATMAP_LABEL_SIZE, "%.1f%s", cell->value, unit);
        snprintf(lines[1], HEATMAP_LABEL_SIZE, "%.1f%s", cell->second, unit);
        return 2;
    }
    snprintf(lines[0], HEATMAP_LABEL_SIZE, "%.1f%s / %.1f%s", cell->value, unit, cell->second,
             unit);
    return 1;
}

size_t heatmap_label_lines(const struct heatmap_metric *metric, const struct heatmap_cell *cell,
                           enum heatmap_label form,
                           char lines[HEATMAP_LABEL_LINES][HEATMAP_LABEL_SIZE])
{
    if (form == HEATMAP_LABEL_NONE)
        return 0;
    bool told = cell->status == HEATMAP_SUCCESS || cell->status == HEATMAP_TOO_LARGE;
    size_t count = told && !isnan(cell->value) ? value_lines(metric, cell, form, lines) : 0;
    if (cell->note[0] != '\0' && form != HEATMAP_LABEL_ALONE)
        snprintf(lines[count++], HEATMAP_LABEL_SIZE, "%.*s", HEATMAP_LABEL_SIZE - 1, cell->note);
    return count;
}

double heatmap_mark_height(const struct heatmap_cell *cell, enum heatmap_label form, double height)
{
    const double most = 10;
    bool told = cell->status == HEATMAP_SUCCESS || cell->status == HEATMAP_TOO_LARGE;
    if (cell->note[0] == '\0' || form >= HEATMAP_LABEL_ALONE || (told && !isnan(cell->value)))
        return 0;
    return fmin(most, height / 2);
}

static bool label_fits(cairo_t *cairo, const struct heatmap_figure *figure, enum heatmap_label form,
                       double size_pt, double width, double height)
{
    const struct heatmap_grid *grid = figure->grid;
    struct text_style style = {.size_pt = size_pt};
    for (size_t i = 0; i < grid->cell_count; i++) {
        char lines[HEATMAP_LABEL_LINES][HEATMAP_LABEL_SIZE];
        size_t count = heatmap_label_lines(figure->metric, &grid->cells[i], form, lines);
        double used = heatmap_mark_height(&grid->cells[i], form, height);
        for (size_t line = 0; line < count; line++) {
            struct text_extent extent = text_measure(cairo, lines[line], &style);
            if (extent.width > width)
                return false;
            used += extent.height;
        }
        if (used > height)
            return false;
    }
    return true;
}

static bool choose_at_least(cairo_t *cairo, const struct heatmap_figure *figure,
                            struct heatmap_layout *layout, double least_pt, double margin)
{
    double width = layout->cell_width - CELL_GAP - 2 * (TEXT_PAD + margin);
    double height = layout->cell_height - CELL_GAP - 2 * margin;
    for (int form = HEATMAP_LABEL_NAMED; form < HEATMAP_LABEL_NONE; form++)
        for (int half_points = 2 * TEXT_SIZE_LABEL; half_points >= 2 * least_pt; half_points--)
            if (label_fits(cairo, figure, (enum heatmap_label)form, half_points / 2.0, width,
                           height)) {
                layout->label = (enum heatmap_label)form;
                layout->label_pt = half_points / 2.0;
                return true;
            }
    return false;
}

static bool has_hatching(const struct heatmap_grid *grid)
{
    for (size_t i = 0; i < grid->cell_count; i++)
        if (grid->cells[i].overflow)
            return true;
    return false;
}

/* One form and one size for all cells: the fullest form that fits in comfortable type (and leaves
 * hatching to be seen around it), else the fullest that fits at all. */
static void choose_label(cairo_t *cairo, const struct heatmap_figure *figure,
                         struct heatmap_layout *layout)
{
    const double comfortable = TEXT_SIZE_LABEL - 1, hatching_seen = 2.2;
    if ((has_hatching(figure->grid) &&
         choose_at_least(cairo, figure, layout, comfortable, hatching_seen)) ||
        choose_at_least(cairo, figure, layout, comfortable, 0) ||
        choose_at_least(cairo, figure, layout, TEXT_SIZE_LEAST, 0))
        return;
    layout->label = HEATMAP_LABEL_NONE;
    layout->label_pt = TEXT_SIZE_LEAST;
}

/* ---- margins ---- */

struct margins {
    double left, right, top, bottom;
};

/* Lying numbers want more room than stacked ones. */
static double bar_tick(const struct heatmap_figure *figure, double length, bool lies)
{
    int parts = (int)fmax(1, length / (lies ? 28 : 16));
    return axes_round_tick((struct axes_range){0, figure->max_value}, parts < 5 ? parts : 5);
}

static double legend_height(cairo_t *cairo, const struct heatmap_figure *figure,
                            enum heatmap_label label, double width_pt)
{
    struct heatmap_keys keys;
    heatmap_keys_make(&keys, figure, label);
    struct text_style style = {.size_pt = TEXT_SIZE_LABEL - 1};
    double height = legend_layout(cairo, 0, 0, width_pt - 2 * PAGE_PAD, keys.entries, keys.count,
                                  &style, false);
    return height > 0 ? height + GAP : 0;
}

static double lying_bar_height(double tick_pt)
{
    return GAP + BAR_THICK + BAR_TICK + tick_pt * LINE;
}

static struct margins margins_for(cairo_t *cairo, const struct heatmap_figure *figure,
                                  const struct heatmap_layout *layout, double width_pt)
{
    double title_line = TEXT_SIZE_LABEL * LINE;
    struct margins margins = {
        .left = PAGE_PAD + title_line + GAP +
                heatmap_widest_value(cairo, &figure->grid->y, layout->tick_pt) + GAP,
        .right = PAGE_PAD,
        /* The highest number of the colour bar stands half above it. */
        .top = PAGE_PAD + (figure->title            ? title_line + GAP
                           : layout->bar_below_grid ? 0
                                                    : layout->tick_pt * 0.4),
        .bottom = PAGE_PAD + layout->x_tick_height + title_line +
                  legend_height(cairo, figure, layout->label, width_pt),
    };
    if (layout->bar_below_grid)
        margins.bottom += lying_bar_height(layout->tick_pt);
    return margins;
}

/* What a standing bar takes at the grid's right: itself, its numbers, its name. */
static double standing_bar_width(cairo_t *cairo, const struct heatmap_figure *figure,
                                 const struct heatmap_layout *layout)
{
    struct axes_range values = {0, figure->max_value};
    double numbers = axes_numbers_width(cairo, values, layout->bar_tick, layout->tick_pt);
    return 2 * GAP + BAR_THICK + BAR_TICK + GAP + numbers + GAP + TEXT_SIZE_LABEL * LINE;
}

static struct axes_rectangle bar_place(cairo_t *cairo, const struct heatmap_figure *figure,
                                       const struct heatmap_layout *layout, double width_pt)
{
    struct axes_rectangle plot = layout->plot;
    if (!layout->bar_below_grid)
        return (struct axes_rectangle){plot.left + plot.width + 2 * GAP, plot.top, BAR_THICK,
                                       plot.height};
    /* Its name stands at its left, on the same line. */
    struct text_style style = {.size_pt = layout->tick_pt};
    double left =
        PAGE_PAD + text_measure(cairo, figure->metric->bar_titles[0], &style).width + 3 * GAP;
    double top = plot.top + plot.height + layout->x_tick_height + TEXT_SIZE_LABEL * LINE + GAP;
    return (struct axes_rectangle){left, top, width_pt - PAGE_PAD - 2 * layout->tick_pt - left,
                                   BAR_THICK};
}

/* ---- panels ---- */

/* Rows of equal length, as far as the number allows. */
static void arrange_panels(struct heatmap_layout *layout, size_t panels, double width_pt)
{
    size_t most = width_pt < LAY_BAR_BELOW_PT ? 2 : 4;
    layout->panel_rows = (panels + most - 1) / most;
    layout->panel_columns = (panels + layout->panel_rows - 1) / layout->panel_rows;
}

static double gaps_between(size_t panels)
{
    return PANEL_GAP * (double)(panels - 1);
}

static void size_panels(struct heatmap_layout *layout, const struct heatmap_grid *grid)
{
    double columns = (double)layout->panel_columns, rows = (double)layout->panel_rows;
    double width = layout->plot.width - gaps_between(layout->panel_columns);
    double height =
        layout->plot.height - rows * layout->panel_top - gaps_between(layout->panel_rows);
    layout->panel_width = fmax(PLOT_LEAST, width / columns);
    layout->panel_height = fmax(PLOT_LEAST, height / rows);
    layout->cell_width = layout->panel_width / (double)grid->x.count;
    layout->cell_height = layout->panel_height / (double)grid->y.count;
}

struct axes_rectangle heatmap_panel_place(const struct heatmap_layout *layout, size_t panel)
{
    size_t column = panel % layout->panel_columns, row = panel / layout->panel_columns;
    double below = layout->panel_top + layout->panel_height + PANEL_GAP;
    return (struct axes_rectangle){layout->plot.left +
                                       (layout->panel_width + PANEL_GAP) * (double)column,
                                   layout->plot.top + layout->panel_top + below * (double)row,
                                   layout->panel_width, layout->panel_height};
}

/* Words below narrow columns are turned, so that each can be read. */
static void place_x_ticks(cairo_t *cairo, const struct heatmap_figure *figure,
                          struct heatmap_layout *layout, double width_pt)
{
    const struct axis *x = &figure->grid->x;
    double widest = heatmap_widest_value(cairo, x, layout->tick_pt);
    struct margins margins = margins_for(cairo, figure, layout, width_pt);
    double taken = layout->bar_below_grid ? 0 : standing_bar_width(cairo, figure, layout);
    double width =
        (width_pt - margins.left - margins.right - taken - gaps_between(layout->panel_columns)) /
        (double)layout->panel_columns / (double)x->count;
    layout->x_ticks_upright =
        DIMENSIONS[x->dimension].kind == DIMENSION_WORD && widest + GAP > width;
    layout->x_tick_height = layout->x_ticks_upright ? widest + GAP : layout->tick_pt * LINE;
}

/* What stays the same whatever the labels' form and the page's height. */
static struct heatmap_layout lay_out_width(cairo_t *cairo, const struct heatmap_figure *figure,
                                           double width_pt, enum heatmap_label label)
{
    struct heatmap_layout layout = {
        .label = label,
        .tick_pt = TEXT_SIZE_LABEL - 1,
        .panel_top = figure->grid->facet.count > 0 ? TEXT_SIZE_LABEL * LINE + 1 : 0,
        .bar_tick = bar_tick(figure, 100, false),
        .bar_below_grid = width_pt < LAY_BAR_BELOW_PT,
        .title_top = PAGE_PAD,
    };
    arrange_panels(&layout, figure->grid->panel_count, width_pt);
    place_x_ticks(cairo, figure, &layout, width_pt);
    return layout;
}

/* ---- the whole ---- */

static struct heatmap_layout lay_out(cairo_t *cairo, const struct heatmap_figure *figure,
                                     double width_pt, double height_pt, enum heatmap_label label)
{
    struct heatmap_layout layout = lay_out_width(cairo, figure, width_pt, label);
    struct margins margins = margins_for(cairo, figure, &layout, width_pt);
    double height = fmax(PLOT_LEAST, height_pt - margins.top - margins.bottom);
    if (!layout.bar_below_grid) { /* it is as high as the plot, and the plot as wide as it leaves */
        layout.bar_tick = bar_tick(figure, height, false);
        margins.right += standing_bar_width(cairo, figure, &layout);
    }
    double width = fmax(PLOT_LEAST, width_pt - margins.left - margins.right);
    layout.plot = (struct axes_rectangle){margins.left, margins.top, width, height};
    size_panels(&layout, figure->grid);
    layout.bar = bar_place(cairo, figure, &layout, width_pt);
    if (layout.bar_below_grid)
        layout.bar_tick = bar_tick(figure, layout.bar.width, true);
    layout.legend_top = height_pt - PAGE_PAD - legend_height(cairo, figure, label, width_pt) + GAP;
    return layout;
}

struct heatmap_layout heatmap_layout_make(cairo_t *cairo, const struct heatmap_figure *figure,
                                          double width_pt, double height_pt)
{
    /* Short labels need an entry in the legend, which takes room from the cells, which may need
     * shorter labels still. Each round the form can only get shorter, so this ends. */
    enum heatmap_label tried = HEATMAP_LABEL_NAMED;
    for (;;) {
        struct heatmap_layout layout = lay_out(cairo, figure, width_pt, height_pt, tried);
        choose_label(cairo, figure, &layout);
        if (layout.label <= tried) {
            layout.label = tried;
            return layout;
        }
        tried = layout.label;
    }
}

struct axes_rectangle heatmap_cell_place(const struct heatmap_layout *layout,
                                         const struct heatmap_grid *grid, size_t panel,
                                         size_t y_index, size_t x_index)
{
    struct axes_rectangle cells = heatmap_panel_place(layout, panel);
    /* Rows go upwards, as on any axis. */
    double row = (double)(grid->y.count - 1 - y_index);
    return (struct axes_rectangle){
        cells.left + layout->cell_width * (double)x_index + CELL_GAP / 2,
        cells.top + layout->cell_height * row + CELL_GAP / 2,
        layout->cell_width - CELL_GAP,
        layout->cell_height - CELL_GAP,
    };
}

double heatmap_natural_height(const struct heatmap_figure *figure, double width_inch)
{
    cairo_surface_t *surface = cairo_recording_surface_create(CAIRO_CONTENT_COLOR_ALPHA, NULL);
    cairo_t *cairo = cairo_create(surface);
    double width_pt = width_inch * FIGURE_POINTS_PER_INCH;
    struct heatmap_layout layout = lay_out_width(cairo, figure, width_pt, HEATMAP_LABEL_PLAIN);
    struct margins margins = margins_for(cairo, figure, &layout, width_pt);
    cairo_destroy(cairo);
    cairo_surface_destroy(surface);
    double row = ROW_WANTED + (figure->grid->axes.over_count > 0 ? NOTE_WANTED : 0);
    double panel = layout.panel_top + row * (double)figure->grid->y.count;
    double wanted = margins.top + margins.bottom + panel * (double)layout.panel_rows +
                    gaps_between(layout.panel_rows);
    return fmax(width_inch / 3, wanted / FIGURE_POINTS_PER_INCH);
}

double heatmap_round_end(const struct heatmap_grid *grid)
{
    double largest = 0;
    for (size_t i = 0; i < grid->cell_count; i++)
        largest = fmax(largest, grid->cells[i].value); /* passes over NAN */
    largest = largest > 0 ? largest : 1;
    double tick = axes_round_tick((struct axes_range){0, largest}, 5);
    return ceil(largest / tick) * tick;
}
