#include "visualize/heatmap/draw.h"

#include "visualize/figure/colour_bar.h"
#include "visualize/figure/figure.h"
#include "visualize/figure/figure_style.h"
#include "visualize/heatmap/axis_text.h"
#include "visualize/heatmap/keys.h"
#include "visualize/heatmap/metric.h"

#include <math.h>
#include <stdio.h>

static const double BAR_LEAST = 40; /* points */

const struct colour_map *heatmap_map(cairo_t *cairo, const struct heatmap_figure *figure)
{
    return figure_colour_map(cairo, figure->metric->more_is_better ? colour_map_better()
                                                                   : colour_map_worse());
}

struct colour heatmap_ground(const struct heatmap_figure *figure, const struct colour_map *map,
                             const struct heatmap_cell *cell)
{
    if (cell->status == HEATMAP_OOM || cell->status == HEATMAP_FAILED ||
        cell->status == HEATMAP_TOO_LARGE)
        return COLOUR_OUTCOME;
    return heatmap_is_coloured(cell) ? colour_map_colour(map, heatmap_share(figure, cell))
                                     : COLOUR_WHITE;
}

/* ---- cells ---- */

/* A quiet plate in the cell's own colour, so that hatching does not run through the text. */
static void draw_plate(cairo_t *cairo, struct axes_rectangle place, double width, double height,
                       struct colour ground)
{
    const double pad = 1.5, radius = 2;
    double left = place.left + (place.width - width) / 2 - pad;
    double top = place.top + (place.height - height) / 2;
    double right = left + width + 2 * pad, bottom = top + height;
    cairo_new_sub_path(cairo);
    cairo_arc(cairo, right - radius, top + radius, radius, -M_PI_2, 0);
    cairo_arc(cairo, right - radius, bottom - radius, radius, 0, M_PI_2);
    cairo_arc(cairo, left + radius, bottom - radius, radius, M_PI_2, M_PI);
    cairo_arc(cairo, left + radius, top + radius, radius, M_PI, 1.5 * M_PI);
    cairo_close_path(cairo);
    colour_set(cairo, ground);
    cairo_fill(cairo);
}

static void draw_label(cairo_t *cairo, const struct heatmap_figure *figure,
                       const struct heatmap_layout *layout, const struct heatmap_cell *cell,
                       struct axes_rectangle place, struct colour ground)
{
    char lines[HEATMAP_LABEL_LINES][HEATMAP_LABEL_SIZE];
    struct heatmap_texts texts = heatmap_texts_of(cairo, figure);
    size_t count = heatmap_label_lines(&texts, cell, layout->label, lines);
    struct text_style style = heatmap_label_style(cairo, figure, layout, cell, ground);
    double width = 0, height = 0;
    for (size_t i = 0; i < count; i++) {
        struct text_extent extent = text_measure(cairo, lines[i], &style);
        width = fmax(width, extent.width);
        height += extent.height;
    }
    double mark = heatmap_mark_height(cell, layout->label, place.height);
    if (mark > 0) { /* the label stands below it */
        place.top += (place.height - height + mark) / 2;
        place.height = height;
    }
    if (cell->overflow && count > 0 && !figure_style_of(cairo)->no_hatch)
        draw_plate(cairo, place, width, height, ground);
    double x = place.left + place.width / 2;
    double top = place.top + (place.height - height) / 2;
    for (size_t i = 0; i < count; i++)
        text_draw(cairo, x, top + height / (double)count * (double)i, 0.5, 0, lines[i], &style);
}

static void draw_cell_contents(cairo_t *cairo, const struct heatmap_layout *layout,
                               const struct heatmap_cell *cell, struct axes_rectangle whole,
                               struct colour ground)
{
    struct axes_rectangle place = whole;
    double mark = heatmap_mark_height(cell, layout->label, whole.height);
    if (mark > 0) {
        double note = TEXT_SIZE_LABEL * 1.2;
        place.top += (whole.height - note - mark) / 2;
        place.height = mark;
    }
    switch (cell->status) {
    case HEATMAP_OOM:
        heatmap_mark_oom(cairo, place);
        break;
    case HEATMAP_FAILED:
        heatmap_mark_failed(cairo, place);
        break;
    case HEATMAP_NONE:
        if (!cell->impossible)
            heatmap_mark_empty(cairo, whole);
        break;
    case HEATMAP_TOO_LARGE:
    case HEATMAP_STATUS_COUNT:
        break;
    case HEATMAP_SUCCESS:
        if (isnan(cell->value)) {
            heatmap_mark_empty(cairo, whole);
            heatmap_mark_ran(cairo, place);
        }
        if (cell->overflow && !figure_style_of(cairo)->no_hatch)
            heatmap_mark_overflow(cairo, whole, ground);
        break;
    }
}

static void draw_cells(cairo_t *cairo, const struct heatmap_figure *figure,
                       const struct heatmap_layout *layout)
{
    const struct heatmap_grid *grid = figure->grid;
    const struct colour_map *map = heatmap_map(cairo, figure);
    size_t columns = grid->x.count, rows = grid->y.count;
    for (size_t i = 0; i < grid->cell_count; i++) {
        const struct heatmap_cell *cell = &grid->cells[i];
        struct axes_rectangle place =
            heatmap_cell_place(layout, grid, i / columns / rows, i / columns % rows, i % columns);
        struct colour ground = heatmap_ground(figure, map, cell);
        if (cell->status != HEATMAP_NONE) {
            cairo_rectangle(cairo, place.left, place.top, place.width, place.height);
            colour_set(cairo, ground);
            cairo_fill(cairo);
        }
        draw_cell_contents(cairo, layout, cell, place, ground);
        draw_label(cairo, figure, layout, cell, place, ground);
    }
}

/* ---- around the cells ---- */

/* The longest of several wordings that fits a length. */
static const char *wording_for(cairo_t *cairo, const char *const *forms, size_t count,
                               double length, const struct text_style *style)
{
    for (size_t i = 0; i + 1 < count; i++)
        if (text_measure(cairo, forms[i], style).width <= length)
            return forms[i];
    return forms[count - 1];
}

/* Where values would touch, only every second, third... is written; the first always. */
static size_t value_step(cairo_t *cairo, const struct axis *axis, double room, bool side_by_side,
                         const struct text_style *style)
{
    double line = text_measure(cairo, "0", style).ink_height + 2;
    double needed = side_by_side
                        ? heatmap_widest_value(cairo, axis, style->size_pt) + style->size_pt / 3
                        : line;
    return (size_t)fmax(1, ceil(needed / room));
}

static void draw_y_values(cairo_t *cairo, const struct heatmap_figure *figure,
                          const struct heatmap_layout *layout, size_t panel)
{
    const struct heatmap_grid *grid = figure->grid;
    struct text_style style = {.size_pt = layout->tick_pt};
    double x = heatmap_panel_place(layout, panel).left - 3;
    size_t step = value_step(cairo, &grid->y, layout->cell_height, false, &style);
    for (size_t i = 0; i < grid->y.count; i += step) {
        struct axes_rectangle cell = heatmap_cell_place(layout, grid, panel, i, 0);
        char text[DIMENSION_WORD_SIZE];
        dimension_value_text(grid->y.dimension, &grid->y.values[i], text);
        text_draw(cairo, x, cell.top + cell.height / 2, 1, 0.5, text, &style);
    }
}

static void draw_x_values(cairo_t *cairo, const struct heatmap_figure *figure,
                          const struct heatmap_layout *layout, size_t panel)
{
    const struct heatmap_grid *grid = figure->grid;
    struct text_style style = {.size_pt = layout->tick_pt};
    struct axes_rectangle place = heatmap_panel_place(layout, panel);
    double top = place.top + place.height;
    size_t step = value_step(cairo, &grid->x, layout->cell_width, !layout->x_ticks_upright, &style);
    for (size_t i = 0; i < grid->x.count; i += step) {
        struct axes_rectangle cell = heatmap_cell_place(layout, grid, panel, 0, i);
        double x = cell.left + cell.width / 2;
        char text[DIMENSION_WORD_SIZE];
        dimension_value_text(grid->x.dimension, &grid->x.values[i], text);
        if (layout->x_ticks_upright)
            text_draw_upwards(cairo, x, top + 2, 1, 0.5, text, &style);
        else
            text_draw(cairo, x, top + 1, 0.5, 0, text, &style);
    }
}

static void draw_panel_title(cairo_t *cairo, const struct heatmap_figure *figure,
                             const struct heatmap_layout *layout, size_t panel)
{
    struct text_style style = {.size_pt = TEXT_SIZE_LABEL};
    struct axes_rectangle place = heatmap_panel_place(layout, panel);
    char text[HEATMAP_TITLE_TEXT];
    heatmap_panel_title(&figure->grid->facet, panel, text);
    text_draw(cairo, place.left + place.width / 2, place.top - 1, 0.5, 1, text, &style);
}

/* Panels share their axes: values stand at the left of each row, and below each column. */
static void draw_around_panels(cairo_t *cairo, const struct heatmap_figure *figure,
                               const struct heatmap_layout *layout)
{
    size_t count = figure->grid->panel_count;
    for (size_t panel = 0; panel < count; panel++) {
        if (panel % layout->panel_columns == 0)
            draw_y_values(cairo, figure, layout, panel);
        if (panel + layout->panel_columns >= count)
            draw_x_values(cairo, figure, layout, panel);
        if (layout->panel_top > 0)
            draw_panel_title(cairo, figure, layout, panel);
    }
}

/* The author's title of an axis, else the longest of ours that fits. */
static void axis_wording(cairo_t *cairo, enum word word, size_t dimension, double length,
                         const struct text_style *style, char text[HEATMAP_TITLE_TEXT])
{
    struct heatmap_axis_title title = heatmap_axis_title(dimension);
    const char *const forms[] = {title.forms[0], title.forms[1], title.forms[2]};
    snprintf(
        text, HEATMAP_TITLE_TEXT, "%s",
        figure_word(cairo, word, wording_for(cairo, forms, HEATMAP_TITLE_FORMS, length, style)));
}

static void draw_titles(cairo_t *cairo, const struct heatmap_figure *figure,
                        const struct heatmap_layout *layout, double width_pt)
{
    struct text_style style = {.size_pt = TEXT_SIZE_LABEL};
    struct axes_rectangle plot = layout->plot;
    char text[HEATMAP_TITLE_TEXT];
    double bottom = plot.top + plot.height + layout->x_tick_height;
    axis_wording(cairo, WORD_Y, figure->grid->y.dimension, plot.height, &style, text);
    text_draw_upwards_within(cairo, layout->y_title_left, plot.top + plot.height / 2, 0.5, 0,
                             bottom, text, &style);
    axis_wording(cairo, WORD_X, figure->grid->x.dimension, plot.width, &style, text);
    double middle = plot.left + plot.width / 2;
    text_draw_within(cairo, middle, bottom + 0.5, 0.5, 0,
                     2 * fmin(middle, width_pt - middle) - 2 * layout->title_top, text, &style);
    if (!figure->title)
        return;
    style.bold = true;
    text_draw_title(cairo, layout->title_top, layout->title_top, width_pt - 2 * layout->title_top,
                    figure->title, &style, true);
}

static void draw_bar(cairo_t *cairo, const struct heatmap_figure *figure,
                     const struct heatmap_layout *layout)
{
    struct axes_rectangle place = layout->bar;
    const struct colour_bar bar = {.map = heatmap_map(cairo, figure),
                                   .range = {figure->min_value, figure->max_value},
                                   .tick = layout->bar_tick,
                                   .size_pt = layout->tick_pt,
                                   .lies = layout->bar_below_grid};
    if (place.width < (bar.lies ? BAR_LEAST : 0)) {
        figure_fail(cairo, "its colour bar has no room beside its title: shorten --label bar=, or "
                           "make the figure wider");
        return;
    }
    colour_bar_draw(cairo, place, &bar);
    struct text_style style = {.size_pt = bar.lies ? layout->tick_pt : TEXT_SIZE_LABEL};
    const char *const *titles = figure->metric->bar_titles;
    double middle = place.top + place.height / 2;
    if (bar.lies)
        text_draw(cairo, layout->title_top, middle, 0, 0.5, figure_word(cairo, WORD_BAR, titles[0]),
                  &style);
    else
        text_draw_upwards_within(
            cairo, layout->bar_title_right, middle, 0.5, 1, 2 * middle,
            figure_word(cairo, WORD_BAR,
                        wording_for(cairo, titles, METRIC_TITLES, place.height, &style)),
            &style);
}

void heatmap_draw(cairo_t *cairo, double width_pt, double height_pt, void *context)
{
    const struct heatmap_figure *figure = context;
    struct heatmap_layout layout = heatmap_layout_make(cairo, figure, width_pt, height_pt);
    draw_cells(cairo, figure, &layout);
    draw_around_panels(cairo, figure, &layout);
    draw_titles(cairo, figure, &layout, width_pt);
    if (layout.has_bar)
        draw_bar(cairo, figure, &layout);
    struct heatmap_keys keys;
    heatmap_keys_make(cairo, &keys, figure, layout.label);
    struct text_style style = {.size_pt = layout.tick_pt};
    legend_layout(cairo, 2, layout.legend_top, width_pt - 4, keys.entries, keys.count, &style,
                  true);
}
