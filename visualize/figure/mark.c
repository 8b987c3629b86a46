#include "visualize/figure/mark.h"

#include "visualize/figure/figure_style.h"

#include <math.h>

static const double EDGE_PT = 0.4, LINE_PT = 0.9, KEY_EDGE_PT = 0.3;

/* Wong's palette (Points of view: Color blindness, Nature Methods 8, 441), in an order in which
 * neighbours differ in lightness, too. */
static const struct series_style STYLES[SERIES_STYLES] = {
    {MARK_CIRCLE, AXES_SOLID, {0.00, 0.36, 0.62}},
    {MARK_SQUARE, AXES_DASHED, {0.90, 0.56, 0.00}},
    {MARK_TRIANGLE, AXES_DOTTED, {0.00, 0.52, 0.36}},
    {MARK_DIAMOND, AXES_SOLID, {0.80, 0.47, 0.65}},
    {MARK_TRIANGLE_DOWN, AXES_DASHED, {0.34, 0.71, 0.91}},
    {MARK_CIRCLE, AXES_DOTTED, {0.20, 0.20, 0.20}},
};

struct series_style series_style(cairo_t *cairo, size_t index, size_t count)
{
    struct series_style style = STYLES[index % SERIES_STYLES];
    style.colour = figure_kind_colour(cairo, index, count, style.colour);
    return style;
}

void line_set_dash(cairo_t *cairo, enum axes_dash dash)
{
    static const double dashed[] = {3.1, 1.7}, dotted[] = {0.8, 1.3};
    if (dash == AXES_SOLID)
        cairo_set_dash(cairo, NULL, 0, 0);
    else
        cairo_set_dash(cairo, dash == AXES_DASHED ? dashed : dotted, 2, 0);
}

static void polygon(cairo_t *cairo, int corners, double radius, double turned)
{
    for (int i = 0; i < corners; i++) {
        double angle = turned + 2 * M_PI * i / corners;
        cairo_line_to(cairo, radius * sin(angle), -radius * cos(angle));
    }
    cairo_close_path(cairo);
}

static void outline(cairo_t *cairo, enum mark_shape shape, double radius)
{
    switch (shape) {
    case MARK_CIRCLE:
        cairo_arc(cairo, 0, 0, radius, 0, 2 * M_PI);
        cairo_close_path(cairo);
        return;
    case MARK_SQUARE:
        polygon(cairo, 4, 1.2 * radius, M_PI / 4);
        return;
    case MARK_TRIANGLE:
        polygon(cairo, 3, 1.2 * radius, 0);
        return;
    case MARK_TRIANGLE_DOWN:
        polygon(cairo, 3, 1.2 * radius, M_PI);
        return;
    case MARK_DIAMOND:
        polygon(cairo, 4, 1.2 * radius, 0);
        return;
    case MARK_CROSS:
        break;
    }
    double arm = 0.8 * radius;
    cairo_move_to(cairo, -arm, -arm);
    cairo_line_to(cairo, arm, arm);
    cairo_move_to(cairo, -arm, arm);
    cairo_line_to(cairo, arm, -arm);
}

void mark_draw(cairo_t *cairo, double x, double y, const struct mark *mark)
{
    cairo_save(cairo);
    cairo_translate(cairo, x, y);
    cairo_new_path(cairo);
    outline(cairo, mark->shape, mark->size_pt / 2);
    bool lines = mark->hollow || mark->shape == MARK_CROSS;
    colour_set(cairo, mark->shape != MARK_CROSS && mark->hollow ? COLOUR_WHITE : mark->colour);
    if (mark->shape != MARK_CROSS)
        cairo_fill_preserve(cairo);
    colour_set(cairo, lines ? mark->colour : COLOUR_WHITE);
    cairo_set_line_width(cairo, lines ? LINE_PT : EDGE_PT);
    cairo_stroke(cairo);
    cairo_restore(cairo);
}

void mark_draw_key(cairo_t *cairo, double width, double height, void *context)
{
    mark_draw(cairo, width / 2, height / 2, context);
}

void fill_draw_key(cairo_t *cairo, double width, double height, void *context)
{
    cairo_rectangle(cairo, 0, 0.1 * height, width, 0.8 * height);
    colour_set(cairo, *(const struct colour *)context);
    cairo_fill_preserve(cairo);
    colour_set(cairo, COLOUR_OUTLINE);
    cairo_set_line_width(cairo, KEY_EDGE_PT);
    cairo_stroke(cairo);
}

void series_draw_key(cairo_t *cairo, double width, double height, void *context)
{
    const struct series_key *key = context;
    const struct series_style *style = &key->style;
    cairo_save(cairo);
    if (key->line_pt > 0) {
        line_set_dash(cairo, style->dash);
        cairo_set_line_width(cairo, key->line_pt);
        colour_set(cairo, style->colour);
        cairo_move_to(cairo, 0, height / 2);
        cairo_line_to(cairo, width, height / 2);
        cairo_stroke(cairo);
    }
    cairo_restore(cairo);
    if (key->mark_pt > 0)
        mark_draw(cairo, width / 2, height / 2,
                  &(struct mark){style->shape, style->colour, key->mark_pt, false});
}
