#include "visualize/tradeoff/draw.h"

#include "schemas/support/memory_text.h"
#include "schemas/support/text.h"
#include "visualize/figure/figure.h"
#include "visualize/figure/figure_style.h"
#include "visualize/figure/labels.h"
#include "visualize/figure/legend.h"
#include "visualize/figure/mark.h"
#include "visualize/figure/plot.h"
#include "visualize/figure/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const double PAD = 2, NAME_PT = TEXT_SIZE_LEAST + 0.5, TILT = 0.4;
static const double FRONT_PT = 5, POINT_PT = 4, LINE_PT = 1, RULE_PT = 0.6;
static const double ROOM_BEYOND = 1.25;
static const double WIDE_FROM_PT = 4.5 * FIGURE_POINTS_PER_INCH;
static const double WIDE_SHARE = 0.38, NARROW_SHARE = 0.68;
static const struct colour BEYOND = {0.90, 0.90, 0.90}, BEHIND = {0.62, 0.62, 0.62};

/* ---- what is drawn ---- */

/* The plot while it is drawn. */
struct view {
    cairo_t *cairo;
    const struct tradeoff *tradeoff;
    struct memory_unit unit; /* along x */
    struct plot plot;
};

static double x_of(const struct view *view, double mb)
{
    return plot_x(&view->plot, mb / view->unit.mb);
}

static double speed_of(const struct tradeoff *tradeoff, const struct tradeoff_point *point)
{
    return point->speeds[tradeoff->metric];
}

/* Those that ran out of memory stand at the model's expected peak, at the foot of the plot: how
 * fast they would be, nobody knows. */
static bool is_drawn_oom(const struct tradeoff_point *point)
{
    return point->status == HEATMAP_OOM && !isnan(point->expected_mb);
}

/* The scale ends there for them: how far beyond the limit they are tells nothing. */
static double most_oom_mb(const struct tradeoff *tradeoff)
{
    double most = tradeoff->gpu_mb;
    for (size_t i = 0; i < tradeoff->count; i++)
        if (tradeoff->points[i].compared)
            most = fmax(most, tradeoff->points[i].memory_mb);
    return ROOM_BEYOND * most;
}

static size_t count_oom(const struct tradeoff *tradeoff, size_t *beyond)
{
    size_t drawn = 0;
    *beyond = 0;
    for (size_t i = 0; i < tradeoff->count; i++) {
        if (!is_drawn_oom(&tradeoff->points[i]))
            continue;
        drawn++;
        *beyond += tradeoff->points[i].expected_mb > most_oom_mb(tradeoff);
    }
    return drawn;
}

static void find_ranges(struct view *view)
{
    const struct tradeoff *tradeoff = view->tradeoff;
    double least_x = INFINITY, most_x = 1.02 * tradeoff->gpu_mb, least_y = INFINITY, most_y = 0;
    for (size_t i = 0; i < tradeoff->count; i++) {
        const struct tradeoff_point *point = &tradeoff->points[i];
        double memory = is_drawn_oom(point) ? fmin(point->expected_mb, most_oom_mb(tradeoff))
                                            : point->memory_mb;
        if (!point->compared && !is_drawn_oom(point))
            continue;
        least_x = fmin(least_x, memory);
        most_x = fmax(most_x, memory);
        if (point->compared) {
            least_y = fmin(least_y, speed_of(tradeoff, point));
            most_y = fmax(most_y, speed_of(tradeoff, point));
        }
    }
    view->unit = figure_memory_unit(figure_style_of(view->cairo), most_x);
    view->plot.x = plot_range_around(least_x / view->unit.mb, most_x / view->unit.mb);
    view->plot.y = plot_range_around(least_y, most_y);
}

/* ---- the looks ---- */

static struct mark mark_of(cairo_t *cairo, const struct tradeoff *tradeoff,
                           const struct tradeoff_point *point)
{
    struct series_style front = series_style(cairo, 0, 2);
    if (point->on_front)
        return (struct mark){front.shape, front.colour, FRONT_PT, false};
    if (!point->fits && tradeoff->gpu_mb > 0)
        return (struct mark){MARK_DIAMOND, COLOUR_BLACK, POINT_PT, true};
    return (struct mark){MARK_SQUARE, BEHIND, POINT_PT, false};
}

enum { MOST_KEYS = 6 };
struct keys {
    size_t count;
    struct legend_entry entries[MOST_KEYS];
    struct mark marks[MOST_KEYS];
    struct series_key front, limit;
    char limit_text[PLOT_LIMIT], oom_text[128];
};

static void add_mark_key(struct keys *keys, const char *text, struct mark mark)
{
    keys->marks[keys->count] = mark;
    keys->entries[keys->count] =
        (struct legend_entry){text, mark_draw_key, &keys->marks[keys->count]};
    keys->count++;
}

/* Only what is there. */
static void make_keys(cairo_t *cairo, const struct tradeoff *tradeoff, struct keys *keys)
{
    keys->count = 0;
    if (tradeoff->on_front > 0) {
        keys->front = (struct series_key){series_style(cairo, 0, 2), LINE_PT, FRONT_PT};
        keys->entries[keys->count++] = (struct legend_entry){
            figure_word(cairo, WORD_FRONT, "Pareto front"), series_draw_key, &keys->front};
    }
    if (tradeoff->fitting > tradeoff->on_front)
        add_mark_key(keys, figure_word(cairo, WORD_DOMINATED, "dominated"),
                     (struct mark){MARK_SQUARE, BEHIND, POINT_PT, false});
    if (tradeoff->gpu_mb > 0) {
        plot_limit_text(cairo, tradeoff->gpu_mb, keys->limit_text);
        keys->limit = (struct series_key){{MARK_CROSS, AXES_DASHED, COLOUR_BLACK}, RULE_PT, 0};
        keys->entries[keys->count++] =
            (struct legend_entry){keys->limit_text, series_draw_key, &keys->limit};
    }
    if (tradeoff->compared > tradeoff->fitting)
        add_mark_key(keys, figure_word(cairo, WORD_TOO_LARGE, "does not fit"),
                     (struct mark){MARK_DIAMOND, COLOUR_BLACK, POINT_PT, true});
    if (tradeoff->oom > 0) {
        size_t beyond, drawn = count_oom(tradeoff, &beyond);
        struct text text = text_begin(keys->oom_text, sizeof keys->oom_text);
        text_add(&text, "%s (%zu", figure_word(cairo, WORD_OOM, "out of memory"), tradeoff->oom);
        if (beyond)
            text_add(&text, ", %zu %s", beyond,
                     figure_word(cairo, WORD_BEYOND, "of them beyond the scale"));
        text_add(&text, ")");
        add_mark_key(keys, keys->oom_text,
                     (struct mark){MARK_CROSS, COLOUR_BLACK, POINT_PT, false});
        if (drawn == 0)
            keys->entries[keys->count - 1].draw_key = NULL;
    }
}

/* ---- drawing ---- */

static void draw_limit(const struct view *view)
{
    const struct axes_rectangle *inside = &view->plot.inside;
    double x = x_of(view, view->tradeoff->gpu_mb), right = inside->left + inside->width;
    if (x < right) {
        cairo_rectangle(view->cairo, x, inside->top, right - x, inside->height);
        colour_set(view->cairo, BEYOND);
        cairo_fill(view->cairo);
    }
    cairo_move_to(view->cairo, x, inside->top);
    cairo_line_to(view->cairo, x, inside->top + inside->height);
    line_set_dash(view->cairo, AXES_DASHED);
    colour_set(view->cairo, COLOUR_BLACK);
    cairo_set_line_width(view->cairo, RULE_PT);
    cairo_stroke(view->cairo);
    line_set_dash(view->cairo, AXES_SOLID);
}

/* Where the mark of a point is; false where it has none. */
static bool place_of(const struct view *view, const struct tradeoff_point *point, double *x,
                     double *y)
{
    const struct axes_rectangle *inside = &view->plot.inside;
    if (is_drawn_oom(point)) {
        *x = fmin(x_of(view, point->expected_mb), inside->left + inside->width - FRONT_PT);
        *y = inside->top + inside->height - FRONT_PT;
        return true;
    }
    *x = x_of(view, point->memory_mb);
    *y = point->compared ? plot_y(&view->plot, speed_of(view->tradeoff, point)) : NAN;
    return point->compared;
}

/* A stair: with so much memory, so fast at best. */
static void draw_front(const struct view *view, const size_t *order)
{
    double x, y, before = 0;
    for (size_t i = 0; i < view->tradeoff->on_front; i++) {
        place_of(view, &view->tradeoff->points[order[i]], &x, &y);
        if (i > 0)
            cairo_line_to(view->cairo, x, before);
        else
            cairo_move_to(view->cairo, x, y);
        cairo_line_to(view->cairo, x, y);
        before = y;
    }
    colour_set(view->cairo, series_style(view->cairo, 0, 2).colour);
    cairo_set_line_width(view->cairo, LINE_PT);
    cairo_stroke(view->cairo);
}

static void draw_points(const struct view *view)
{
    const struct mark cross = {MARK_CROSS, COLOUR_BLACK, POINT_PT, false};
    double x, y;
    for (int front = 0; front < 2; front++)
        for (size_t i = 0; i < view->tradeoff->count; i++) {
            const struct tradeoff_point *point = &view->tradeoff->points[i];
            struct mark mark =
                is_drawn_oom(point) ? cross : mark_of(view->cairo, view->tradeoff, point);
            if (point->on_front == front && place_of(view, point, &x, &y))
                mark_draw(view->cairo, x, y, &mark);
        }
}

/* ---- names ---- */

struct names {
    size_t count, taken_count;
    struct label *labels;         /* of the front first */
    struct axes_rectangle *taken; /* the marks, the stair of the front, the limit */
};

/* A line, as thick as text needs room from it. */
static void take_line(struct names *names, double x0, double y0, double x1, double y1)
{
    names->taken[names->taken_count++] =
        (struct axes_rectangle){fmin(x0, x1) - LINE_PT, fmin(y0, y1) - LINE_PT,
                                fabs(x1 - x0) + 2 * LINE_PT, fabs(y1 - y0) + 2 * LINE_PT};
}

static void take_lines(const struct view *view, const size_t *order, struct names *names)
{
    const struct axes_rectangle *inside = &view->plot.inside;
    double x = 0, y = 0, next_x, next_y, limit = x_of(view, view->tradeoff->gpu_mb);
    if (view->tradeoff->gpu_mb > 0)
        take_line(names, limit, inside->top, limit, inside->top + inside->height);
    for (size_t i = 0; i < view->tradeoff->on_front; i++) {
        place_of(view, &view->tradeoff->points[order[i]], &next_x, &next_y);
        if (i > 0) {
            take_line(names, x, y, next_x, y);
            take_line(names, next_x, y, next_x, next_y);
        }
        x = next_x;
        y = next_y;
    }
}

/* Names stand on the side of the front where nothing is: with less memory, and faster. */
static void add_names(const struct view *view, bool of_front, struct names *names)
{
    double x, y;
    double up = TRADEOFF_WORDS[view->tradeoff->metric].more_is_better ? TILT : -TILT;
    for (size_t i = 0; i < view->tradeoff->count; i++) {
        const struct tradeoff_point *point = &view->tradeoff->points[i];
        if (point->on_front == of_front && point->compared && place_of(view, point, &x, &y))
            names->labels[names->count++] = (struct label){.x = x,
                                                           .y = y,
                                                           .text = point->name,
                                                           .across = of_front ? -1 : 0,
                                                           .up = of_front ? up : 0};
    }
}

static bool make_names(const struct view *view, enum tradeoff_names which, const size_t *order,
                       struct names *names)
{
    double x, y;
    size_t count = view->tradeoff->count;
    *names = (struct names){.labels = calloc(count + 1, sizeof *names->labels),
                            .taken = calloc(3 * count + 1, sizeof *names->taken)};
    if (!names->labels || !names->taken)
        return false;
    take_lines(view, order, names);
    for (size_t i = 0; i < count; i++)
        if (place_of(view, &view->tradeoff->points[i], &x, &y))
            names->taken[names->taken_count++] =
                (struct axes_rectangle){x - FRONT_PT / 2, y - FRONT_PT / 2, FRONT_PT, FRONT_PT};
    if (which != TRADEOFF_NAMES_NONE)
        add_names(view, true, names);
    if (which == TRADEOFF_NAMES_ALL)
        add_names(view, false, names);
    return true;
}

static void draw_names(const struct view *view, enum tradeoff_names which, const size_t *order)
{
    const struct text_style style = {.size_pt = fmax(NAME_PT, text_size_least(view->cairo))};
    struct names names;
    if (!make_names(view, which, order, &names)) {
        figure_fail(view->cairo, "out of memory for %zu names", view->tradeoff->count);
    } else {
        size_t homeless = labels_place(view->cairo, names.labels, names.count, &style,
                                       view->plot.inside, names.taken, names.taken_count);
        if (homeless > 0)
            figure_fail(view->cairo,
                        "%zu of %zu names have no room beside their points: --figsize makes "
                        "room, --names front or none leaves names out",
                        homeless, names.count);
        labels_draw(view->cairo, names.labels, names.count, &style);
    }
    free(names.labels);
    free(names.taken);
}

/* ---- the whole ---- */

static double draw_above(cairo_t *cairo, const struct tradeoff_figure *figure, double width_pt,
                         bool draw)
{
    const struct text_style bold = {.size_pt = TEXT_SIZE_LABEL, .bold = true};
    const struct text_style small = {.size_pt = TEXT_SIZE_LABEL - 1};
    struct keys keys;
    double y = PAD;
    if (figure->title)
        y += text_draw_title(cairo, PAD, y, width_pt - 2 * PAD, figure->title, &bold, draw);
    make_keys(cairo, figure->tradeoff, &keys);
    return y +
           legend_layout(cairo, PAD, y, width_pt - 2 * PAD, keys.entries, keys.count, &small, draw);
}

static double natural_height(cairo_t *cairo, double width_pt, void *context)
{
    return draw_above(cairo, context, width_pt, false) +
           width_pt * (width_pt >= WIDE_FROM_PT ? WIDE_SHARE : NARROW_SHARE);
}

double tradeoff_natural_height(const struct tradeoff_figure *figure,
                               const struct figure_style *style, double width_inch)
{
    return figure_natural_height(style, width_inch, natural_height, (void *)figure);
}

static void draw_all(struct view *view, const struct tradeoff_figure *figure, const size_t *order,
                     double width_pt, double height_pt)
{
    cairo_save(view->cairo);
    plot_clip(view->cairo, &view->plot);
    if (view->tradeoff->gpu_mb > 0)
        draw_limit(view);
    draw_front(view, order);
    cairo_restore(view->cairo);
    plot_draw(view->cairo, width_pt, height_pt, &view->plot);
    draw_points(view);
    draw_names(view, figure->names, order);
}

void tradeoff_draw(cairo_t *cairo, double width_pt, double height_pt, void *context)
{
    const struct tradeoff_figure *figure = context;
    const struct tradeoff *tradeoff = figure->tradeoff;
    double y = draw_above(cairo, figure, width_pt, true);
    size_t *order = calloc(tradeoff->on_front + 1, sizeof *order);
    struct view view = {.cairo = cairo,
                        .tradeoff = tradeoff,
                        .plot = {.space = {PAD, y, width_pt - 2 * PAD, height_pt - PAD - y}}};
    char x_title[128];
    if (!order) {
        figure_fail(cairo, "out of memory for the front");
        return;
    }
    tradeoff_front(tradeoff, order);
    find_ranges(&view);
    snprintf(x_title, sizeof x_title, "%s (%s)", figure_word(cairo, WORD_PEAK, "Peak memory"),
             view.unit.name);
    view.plot.x_title = x_title;
    view.plot.y_title =
        figure_word(cairo, tradeoff->metric == TRADEOFF_MS ? WORD_TIME : WORD_THROUGHPUT,
                    TRADEOFF_WORDS[tradeoff->metric].title);
    plot_place(cairo, &view.plot);
    draw_all(&view, figure, order, width_pt, height_pt);
    free(order);
}
