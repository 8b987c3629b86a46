#include "visualize/heatmap/layout.h"

#include "visualize/figure/colour_bar.h"
#include "visualize/figure/figure.h"
#include "visualize/heatmap/axis_text.h"
#include "visualize/heatmap/keys.h"
#include "visualize/heatmap/metric.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Points. */
static const double PAGE_PAD = 2, GAP = 3, CELL_GAP = 1, TEXT_PAD = 1.5;
static const double BAR_THICK = 7;
static const double ROW_WANTED = 27, ROW_MOST = 50, COLUMN_MOST = 132, NOTE_WANTED = 9,
                    PLOT_LEAST = 8;
static const double PANEL_GAP = 7; /* between panels side by side */
static const double LINE = 1.25;   /* a line of text, in parts of its size */
static const double LAY_BAR_BELOW_PT = 4.5 * FIGURE_POINTS_PER_INCH;

/* ---- labels ---- */

static bool has_second(const struct heatmap_grid *grid)
{
    for (size_t i = 0; i < grid->cell_count; i++)
        if (heatmap_is_coloured(&grid->cells[i]) && !isnan(grid->cells[i].second))
            return true;
    return false;
}

struct heatmap_texts heatmap_texts_of(cairo_t *cairo, const struct heatmap_figure *figure)
{
    const struct heatmap_metric *metric = figure->metric;
    return (struct heatmap_texts){
        .first = figure_word(cairo, metric->first, metric->word),
        .second = metric->second_word ? figure_word(cairo, WORD_THEORY, metric->second_word) : NULL,
        .unit = metric->unit,
        .decimals = figure_decimals(figure_style_of(cairo), figure->max_value < 1000),
        .named = has_second(figure->grid),
    };
}

static void put_value(const struct heatmap_texts *texts, const char *word, double value,
                      bool with_unit, char line[HEATMAP_LABEL_SIZE])
{
    snprintf(line, HEATMAP_LABEL_SIZE, "%s%s%.*f%s%s", word, *word ? ": " : "", texts->decimals,
             value, with_unit ? " " : "", with_unit ? texts->unit : "");
}

static size_t value_lines(const struct heatmap_texts *texts, const struct heatmap_cell *cell,
                          enum heatmap_label form,
                          char lines[HEATMAP_LABEL_LINES][HEATMAP_LABEL_SIZE])
{
    bool named = form == HEATMAP_LABEL_NAMED, stacked = named;
    stacked |= form == HEATMAP_LABEL_STACKED || form == HEATMAP_LABEL_UNITS_STACKED;
    bool with_unit = named || form == HEATMAP_LABEL_UNITS || form == HEATMAP_LABEL_UNITS_STACKED;
    char second[HEATMAP_LABEL_SIZE];
    put_value(texts, named && texts->named ? texts->first : "", cell->value, with_unit, lines[0]);
    if (isnan(cell->second) || form == HEATMAP_LABEL_ACTUAL || form == HEATMAP_LABEL_ALONE)
        return 1;
    put_value(texts, named ? texts->second : "", cell->second, with_unit, second);
    if (stacked) {
        snprintf(lines[1], HEATMAP_LABEL_SIZE, "%s", second);
        return 2;
    }
    size_t used = strlen(lines[0]);
    snprintf(lines[0] + used, HEATMAP_LABEL_SIZE - used, " / %s", second);
    return 1;
}

/* Has the cell a figure that can be told? */
static bool has_value(const struct heatmap_cell *cell)
{
    return (cell->status == HEATMAP_SUCCESS || cell->status == HEATMAP_TOO_LARGE) &&
           !isnan(cell->value);
}

size_t heatmap_label_lines(const struct heatmap_texts *texts, const struct heatmap_cell *cell,
                           enum heatmap_label form,
                           char lines[HEATMAP_LABEL_LINES][HEATMAP_LABEL_SIZE])
{
    if (form == HEATMAP_LABEL_NONE)
        return 0;
    size_t count = has_value(cell) ? value_lines(texts, cell, form, lines) : 0;
    if (cell->note[0] != '\0' && form != HEATMAP_LABEL_ALONE)
        snprintf(lines[count++], HEATMAP_LABEL_SIZE, "%.*s", HEATMAP_LABEL_SIZE - 1, cell->note);
    return count;
}

double heatmap_mark_height(const struct heatmap_cell *cell, enum heatmap_label form, double height)
{
    const double most = 10;
    if (cell->note[0] == '\0' || form >= HEATMAP_LABEL_ALONE || has_value(cell))
        return 0;
    return fmin(most, height / 2);
}

/* Does a cell's label fit into so much room? */
static bool cell_fits(cairo_t *cairo, const struct heatmap_texts *texts,
                      const struct heatmap_cell *cell, enum heatmap_label form,
                      const struct text_style *style, double width, double height)
{
    char lines[HEATMAP_LABEL_LINES][HEATMAP_LABEL_SIZE];
    size_t count = heatmap_label_lines(texts, cell, form, lines);
    double used = heatmap_mark_height(cell, form, height);
    for (size_t line = 0; line < count; line++) {
        struct text_extent extent = text_measure(cairo, lines[line], style);
        if (extent.width > width)
            return false;
        used += extent.height;
    }
    return used <= height;
}

static bool label_fits(cairo_t *cairo, const struct heatmap_figure *figure, enum heatmap_label form,
                       double size_pt, double width, double height)
{
    struct heatmap_texts texts = heatmap_texts_of(cairo, figure);
    struct text_style style = {.size_pt = size_pt};
    for (size_t i = 0; i < figure->grid->cell_count; i++)
        if (!cell_fits(cairo, &texts, &figure->grid->cells[i], form, &style, width, height))
            return false;
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

static bool has_hatching(cairo_t *cairo, const struct heatmap_grid *grid)
{
    if (figure_style_of(cairo)->no_hatch)
        return false;
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
    double least = text_size_least(cairo);
    layout->label = HEATMAP_LABEL_NONE;
    layout->label_pt = least;
    if (figure_style_of(cairo)->no_values)
        return;
    if ((has_hatching(cairo, figure->grid) &&
         choose_at_least(cairo, figure, layout, comfortable, hatching_seen)) ||
        choose_at_least(cairo, figure, layout, comfortable, 0))
        return;
    choose_at_least(cairo, figure, layout, least, 0);
}

struct text_style heatmap_label_style(cairo_t *cairo, const struct heatmap_figure *figure,
                                      const struct heatmap_layout *layout,
                                      const struct heatmap_cell *cell, struct colour ground)
{
    const double darkest_fifth = 0.8;
    struct text_style style = {.size_pt = layout->label_pt, .ink = colour_ink(ground)};
    struct heatmap_texts texts = heatmap_texts_of(cairo, figure);
    if (!heatmap_is_coloured(cell) || heatmap_share(figure, cell) < darkest_fifth)
        return style;
    style.bold = true;
    style.bold =
        cell_fits(cairo, &texts, cell, layout->label, &style,
                  layout->cell_width - CELL_GAP - 2 * TEXT_PAD, layout->cell_height - CELL_GAP);
    return style;
}

/* ---- the colour scale ---- */

bool heatmap_is_coloured(const struct heatmap_cell *cell)
{
    return cell->status == HEATMAP_SUCCESS && !isnan(cell->value);
}

double heatmap_share(const struct heatmap_figure *figure, const struct heatmap_cell *cell)
{
    double span = figure->max_value - figure->min_value;
    return fmax(0, fmin(1, (cell->value - figure->min_value) / span));
}

static bool any_coloured(const struct heatmap_grid *grid)
{
    for (size_t i = 0; i < grid->cell_count; i++)
        if (heatmap_is_coloured(&grid->cells[i]))
            return true;
    return false;
}

/* ---- margins ---- */

struct margins {
    double left, right, top, bottom;
};

static struct colour_bar bar_of(const struct heatmap_figure *figure,
                                const struct heatmap_layout *layout)
{
    return (struct colour_bar){.range = {figure->min_value, figure->max_value},
                               .tick = layout->bar_tick,
                               .size_pt = layout->tick_pt,
                               .lies = layout->bar_below_grid};
}

static double bar_tick(const struct heatmap_figure *figure, const struct heatmap_layout *layout,
                       double length)
{
    struct colour_bar bar = bar_of(figure, layout);
    return colour_bar_tick(&bar, length);
}

static double legend_height(cairo_t *cairo, const struct heatmap_figure *figure,
                            enum heatmap_label label, double width_pt)
{
    struct heatmap_keys keys;
    heatmap_keys_make(cairo, &keys, figure, label);
    struct text_style style = {.size_pt = TEXT_SIZE_LABEL - 1};
    double height = legend_layout(cairo, 0, 0, width_pt - 2 * PAGE_PAD, keys.entries, keys.count,
                                  &style, false);
    return height > 0 ? height + GAP : 0;
}

static double lying_bar_height(double tick_pt)
{
    return GAP + BAR_THICK + 3 + tick_pt * LINE;
}

static double title_height(cairo_t *cairo, const struct heatmap_figure *figure, double width_pt)
{
    struct text_style style = {.size_pt = TEXT_SIZE_LABEL, .bold = true};
    return text_draw_title(cairo, PAGE_PAD, 0, width_pt - 2 * PAGE_PAD, figure->title, &style,
                           false);
}

static struct margins margins_for(cairo_t *cairo, const struct heatmap_figure *figure,
                                  const struct heatmap_layout *layout, double width_pt)
{
    bool bar_beside = layout->has_bar && !layout->bar_below_grid;
    double title_line = TEXT_SIZE_LABEL * LINE;
    struct margins margins = {
        .left = PAGE_PAD + title_line + GAP +
                heatmap_widest_value(cairo, &figure->grid->y, layout->tick_pt) + GAP,
        .right = PAGE_PAD,
        /* The highest number of the colour bar stands half above it. */
        .top = PAGE_PAD + (figure->title ? title_height(cairo, figure, width_pt) + GAP
                           : bar_beside  ? layout->tick_pt * 0.4
                                         : 0),
        .bottom = PAGE_PAD + layout->x_tick_height + title_line +
                  legend_height(cairo, figure, layout->label, width_pt),
    };
    if (layout->has_bar && layout->bar_below_grid)
        margins.bottom += lying_bar_height(layout->tick_pt);
    return margins;
}

/* What a standing bar takes at the grid's right: itself, its numbers, its name. */
static double standing_bar_width(cairo_t *cairo, const struct heatmap_figure *figure,
                                 const struct heatmap_layout *layout)
{
    if (!layout->has_bar || layout->bar_below_grid)
        return 0;
    struct colour_bar bar = bar_of(figure, layout);
    return 2 * GAP + BAR_THICK + colour_bar_room(cairo, &bar) + 2 * GAP + TEXT_SIZE_LABEL * LINE;
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
    const char *title = figure_word(cairo, WORD_BAR, figure->metric->bar_titles[0]);
    double left = PAGE_PAD + text_measure(cairo, title, &style).width + 3 * GAP;
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
    double taken = standing_bar_width(cairo, figure, layout);
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
        .has_bar = any_coloured(figure->grid) && !figure_style_of(cairo)->no_colorbar,
        .bar_below_grid = width_pt < LAY_BAR_BELOW_PT,
        .title_top = PAGE_PAD,
    };
    layout.bar_tick = bar_tick(figure, &layout, 100);
    arrange_panels(&layout, figure->grid->panel_count, width_pt);
    place_x_ticks(cairo, figure, &layout, width_pt);
    return layout;
}

/* ---- the whole ---- */

/* Few cells do not fill the width: they would be slabs. */
static double widest_plot(const struct heatmap_layout *layout, const struct heatmap_grid *grid)
{
    double columns = (double)(layout->panel_columns * grid->x.count);
    return COLUMN_MOST * columns + gaps_between(layout->panel_columns);
}

static struct heatmap_layout lay_out(cairo_t *cairo, const struct heatmap_figure *figure,
                                     double width_pt, double height_pt, enum heatmap_label label)
{
    struct heatmap_layout layout = lay_out_width(cairo, figure, width_pt, label);
    struct margins margins = margins_for(cairo, figure, &layout, width_pt);
    double height = fmax(PLOT_LEAST, height_pt - margins.top - margins.bottom);
    /* A standing bar is as high as the plot, and the plot as wide as it leaves. */
    if (!layout.bar_below_grid)
        layout.bar_tick = bar_tick(figure, &layout, height);
    double beside = standing_bar_width(cairo, figure, &layout);
    double room = fmax(PLOT_LEAST, width_pt - margins.left - margins.right - beside);
    double width = fmin(room, widest_plot(&layout, figure->grid));
    double left = margins.left + (room - width) / 2;
    layout.plot = (struct axes_rectangle){left, margins.top, width, height};
    layout.y_title_left = left - margins.left + PAGE_PAD;
    layout.bar_title_right = left + width + beside;
    size_panels(&layout, figure->grid);
    layout.bar = bar_place(cairo, figure, &layout, width_pt);
    if (layout.bar_below_grid)
        layout.bar_tick = bar_tick(figure, &layout, layout.bar.width);
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

static double natural_height(cairo_t *cairo, double width_pt, void *context)
{
    const struct heatmap_figure *figure = context;
    struct heatmap_layout layout = lay_out_width(cairo, figure, width_pt, HEATMAP_LABEL_PLAIN);
    struct margins margins = margins_for(cairo, figure, &layout, width_pt);
    double rows = (double)(figure->grid->y.count * layout.panel_rows);
    double note = figure->grid->axes.over_count > 0 ? NOTE_WANTED : 0;
    double around = margins.top + margins.bottom + gaps_between(layout.panel_rows) +
                    layout.panel_top * (double)layout.panel_rows;
    double wanted = around + (ROW_WANTED + note) * rows, most = around + (ROW_MOST + note) * rows;
    return fmin(most, fmax(width_pt / 3, wanted));
}

double heatmap_natural_height(const struct heatmap_figure *figure, const struct figure_style *style,
                              double width_inch)
{
    return figure_natural_height(style, width_inch, natural_height, (void *)figure);
}

struct axes_range heatmap_round_range(const struct heatmap_grid *grid)
{
    struct axes_range range = {INFINITY, -INFINITY};
    for (size_t i = 0; i < grid->cell_count; i++)
        if (!isnan(grid->cells[i].value)) {
            range.least = fmin(range.least, grid->cells[i].value);
            range.most = fmax(range.most, grid->cells[i].value);
        }
    if (!(range.most > range.least))
        return (struct axes_range){0, heatmap_round_end(grid)};
    double tick = axes_round_tick(range, 5);
    return (struct axes_range){floor(range.least / tick) * tick, ceil(range.most / tick) * tick};
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
