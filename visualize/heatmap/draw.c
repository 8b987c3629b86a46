#include "visualize/heatmap/draw.h"

#include "visualize/heatmap/keys.h"
#include "visualize/heatmap/metric.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *const Y_TITLES[] = {"Tensor parallel size (TP)", "TP size", "TP"};
static const char *const X_TITLES[] = {"Pipeline parallel size (PP)", "PP size", "PP"};
enum { TITLE_FORMS = METRIC_TITLES, RAMP_STOPS = 64 };
static const double RULE = 0.5; /* width of thin lines, points */

struct colour heatmap_ground(const struct heatmap_figure *figure, const struct heatmap_cell *cell)
{
    if (cell->status == HEATMAP_OOM || cell->status == HEATMAP_FAILED ||
        cell->status == HEATMAP_TOO_LARGE)
        return COLOUR_OOM;
    if (cell->status == HEATMAP_SUCCESS && !isnan(cell->value))
        return colour_ramp(cell->value / figure->max_value);
    return COLOUR_WHITE;
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
    size_t count = heatmap_label_lines(figure->metric, cell, layout->label, lines);
    struct text_style style = {.size_pt = layout->label_pt, .ink = colour_ink(ground)};
    double width = 0, height = 0;
    for (size_t i = 0; i < count; i++) {
        struct text_extent extent = text_measure(cairo, lines[i], &style);
        width = fmax(width, extent.width);
        height += extent.height;
    }
    if (cell->overflow && count > 0)
        draw_plate(cairo, place, width, height, ground);
    double x = place.left + place.width / 2;
    double top = place.top + (place.height - height) / 2;
    for (size_t i = 0; i < count; i++)
        text_draw(cairo, x, top + height / (double)count * (double)i, 0.5, 0, lines[i], &style);
}

static void draw_marks(cairo_t *cairo, const struct heatmap_cell *cell, struct axes_rectangle place,
                       struct colour ground)
{
    switch (cell->status) {
    case HEATMAP_OOM:
        heatmap_mark_oom(cairo, place);
        break;
    case HEATMAP_FAILED:
        heatmap_mark_failed(cairo, place);
        break;
    case HEATMAP_NONE:
        heatmap_mark_empty(cairo, place);
        break;
    case HEATMAP_TOO_LARGE:
    case HEATMAP_STATUS_COUNT:
        break;
    case HEATMAP_SUCCESS:
        if (isnan(cell->value)) {
            heatmap_mark_empty(cairo, place);
            heatmap_mark_ran(cairo, place);
        }
        if (cell->overflow)
            heatmap_mark_overflow(cairo, place, ground);
        break;
    }
}

static void draw_cells(cairo_t *cairo, const struct heatmap_figure *figure,
                       const struct heatmap_layout *layout)
{
    const struct heatmap_grid *grid = figure->grid;
    for (size_t i = 0; i < grid->tp_count * grid->pp_count; i++) {
        const struct heatmap_cell *cell = &grid->cells[i];
        struct axes_rectangle place =
            heatmap_cell_place(layout, grid, i / grid->pp_count, i % grid->pp_count);
        struct colour ground = heatmap_ground(figure, cell);
        cairo_rectangle(cairo, place.left, place.top, place.width, place.height);
        colour_set(cairo, ground);
        cairo_fill(cairo);
        draw_marks(cairo, cell, place, ground);
        draw_label(cairo, figure, layout, cell, place, ground);
    }
}

/* ---- around the cells ---- */

/* The longest of several wordings that fits a length. */
static const char *wording_for(cairo_t *cairo, const char *const *forms, double length,
                               const struct text_style *style)
{
    for (size_t i = 0; i + 1 < TITLE_FORMS; i++)
        if (text_measure(cairo, forms[i], style).width <= length)
            return forms[i];
    return forms[TITLE_FORMS - 1];
}

/* Where numbers would touch, only every second, third... is written; the first always. */
static size_t number_step(cairo_t *cairo, const int64_t *values, size_t count, double room,
                          bool along_width, const struct text_style *style)
{
    double most = 0;
    for (size_t i = 0; i < count; i++) {
        char text[24];
        snprintf(text, sizeof text, "%lld", (long long)values[i]);
        struct text_extent extent = text_measure(cairo, text, style);
        most = fmax(most, along_width ? extent.width + style->size_pt / 3 : extent.ink_height + 2);
    }
    return (size_t)fmax(1, ceil(most / room));
}

static void draw_numbers(cairo_t *cairo, const struct heatmap_figure *figure,
                         const struct heatmap_layout *layout)
{
    const struct heatmap_grid *grid = figure->grid;
    struct text_style style = {.size_pt = layout->tick_pt};
    struct axes_rectangle plot = layout->plot;
    size_t step = number_step(cairo, grid->tp, grid->tp_count, layout->cell_height, false, &style);
    for (size_t i = 0; i < grid->tp_count; i += step) {
        struct axes_rectangle cell = heatmap_cell_place(layout, grid, i, 0);
        char text[24];
        snprintf(text, sizeof text, "%lld", (long long)grid->tp[i]);
        text_draw(cairo, plot.left - 3, cell.top + cell.height / 2, 1, 0.5, text, &style);
    }
    step = number_step(cairo, grid->pp, grid->pp_count, layout->cell_width, true, &style);
    for (size_t i = 0; i < grid->pp_count; i += step) {
        struct axes_rectangle cell = heatmap_cell_place(layout, grid, 0, i);
        char text[24];
        snprintf(text, sizeof text, "%lld", (long long)grid->pp[i]);
        text_draw(cairo, cell.left + cell.width / 2, plot.top + plot.height + 1, 0.5, 0, text,
                  &style);
    }
}

static void draw_titles(cairo_t *cairo, const struct heatmap_figure *figure,
                        const struct heatmap_layout *layout, double width_pt)
{
    struct text_style style = {.size_pt = TEXT_SIZE_LABEL};
    struct axes_rectangle plot = layout->plot;
    text_draw_upwards(cairo, 2, plot.top + plot.height / 2, 0.5, 0,
                      wording_for(cairo, Y_TITLES, plot.height, &style), &style);
    text_draw(cairo, plot.left + plot.width / 2,
              plot.top + plot.height + layout->tick_pt * 1.25 + 0.5, 0.5, 0,
              wording_for(cairo, X_TITLES, plot.width, &style), &style);
    if (!figure->title)
        return;
    style.bold = true;
    while (style.size_pt > TEXT_SIZE_LEAST &&
           text_measure(cairo, figure->title, &style).width > width_pt - 4)
        style.size_pt -= 0.5;
    text_draw(cairo, width_pt / 2, layout->title_top, 0.5, 0, figure->title, &style);
}

static void fill_ramp(cairo_t *cairo, struct axes_rectangle bar, bool lies)
{
    cairo_pattern_t *ramp = lies ? cairo_pattern_create_linear(bar.left, 0, bar.left + bar.width, 0)
                                 : cairo_pattern_create_linear(0, bar.top + bar.height, 0, bar.top);
    for (int i = 0; i <= RAMP_STOPS; i++) {
        double share = (double)i / RAMP_STOPS;
        struct colour colour = colour_ramp(share);
        cairo_pattern_add_color_stop_rgb(ramp, share, colour.red, colour.green, colour.blue);
    }
    cairo_rectangle(cairo, bar.left, bar.top, bar.width, bar.height);
    cairo_set_source(cairo, ramp);
    cairo_fill(cairo);
    cairo_pattern_destroy(ramp);
}

/* The scale beside the colour bar is PLplot's. */
static void draw_bar_scale(cairo_t *cairo, const struct heatmap_figure *figure,
                           const struct heatmap_layout *layout, double width_pt, double height_pt)
{
    if (!axes_begin(cairo, width_pt, height_pt))
        return;
    struct axes_range values = {0, figure->max_value}, across = {0, 1};
    struct axes_scale scale = {
        .range = values,
        .tick = layout->bar_tick,
        .sides = AXES_LINE_NEAR | AXES_LINE_FAR |
                 (layout->bar_below_grid ? AXES_NUMBERS_NEAR : AXES_NUMBERS_FAR),
    };
    struct axes_scale plain = {.range = across, .sides = AXES_LINE_NEAR | AXES_LINE_FAR};
    if (layout->bar_below_grid) {
        axes_frame(layout->bar, values, across);
        axes_draw(&scale, &plain, layout->tick_pt, COLOUR_BLACK, RULE);
    } else {
        axes_frame(layout->bar, across, values);
        axes_draw(&plain, &scale, layout->tick_pt, COLOUR_BLACK, RULE);
    }
    axes_end();
}

static void draw_bar(cairo_t *cairo, const struct heatmap_figure *figure,
                     const struct heatmap_layout *layout, double width_pt, double height_pt)
{
    struct axes_rectangle bar = layout->bar;
    fill_ramp(cairo, bar, layout->bar_below_grid);
    struct text_style style = {.size_pt =
                                   layout->bar_below_grid ? layout->tick_pt : TEXT_SIZE_LABEL};
    if (layout->bar_below_grid)
        text_draw(cairo, 2, bar.top + bar.height / 2, 0, 0.5, figure->metric->bar_titles[0],
                  &style);
    else
        text_draw_upwards(cairo, width_pt - 2, bar.top + bar.height / 2, 0.5, 1,
                          wording_for(cairo, figure->metric->bar_titles, bar.height, &style),
                          &style);
    draw_bar_scale(cairo, figure, layout, width_pt, height_pt);
}

void heatmap_draw(cairo_t *cairo, double width_pt, double height_pt, void *context)
{
    const struct heatmap_figure *figure = context;
    struct heatmap_layout layout = heatmap_layout_make(cairo, figure, width_pt, height_pt);
    draw_cells(cairo, figure, &layout);
    draw_numbers(cairo, figure, &layout);
    draw_titles(cairo, figure, &layout, width_pt);
    draw_bar(cairo, figure, &layout, width_pt, height_pt);
    struct heatmap_keys keys;
    heatmap_keys_make(&keys, figure, layout.label);
    struct text_style style = {.size_pt = layout.tick_pt};
    legend_layout(cairo, 2, layout.legend_top, width_pt - 4, keys.entries, keys.count, &style,
                  true);
}
