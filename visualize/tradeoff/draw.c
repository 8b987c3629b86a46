#include "visualize/tradeoff/draw.h"

#include "visualize/figure/figure.h"
#include "visualize/figure/figure_style.h"
#include "visualize/figure/labels.h"
#include "visualize/figure/legend.h"
#include "visualize/figure/mark.h"
#include "visualize/figure/plot.h"
#include "visualize/figure/text.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const double PAD = 2, TITLE_LINE = TEXT_SIZE_LABEL * 1.25;
static const double FRONT_PT = 5, POINT_PT = 4, LINE_PT = 1, RULE_PT = 0.6;
static const double ROOM_BEYOND = 1.25;
static const double WIDE_FROM_INCH = 4.5, WIDE_SHARE = 1 / 2.4, NARROW_SHARE = 0.8;
static const struct colour BEYOND = {0.90, 0.90, 0.90}, BEHIND = {0.62, 0.62, 0.62};

double tradeoff_natural_height(const struct tradeoff_figure *figure, double width_inch)
{
    double title = figure->title ? TITLE_LINE / FIGURE_POINTS_PER_INCH : 0;
    return title + width_inch * (width_inch >= WIDE_FROM_INCH ? WIDE_SHARE : NARROW_SHARE);
}

/* ---- what is drawn ---- */

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

static void find_ranges(cairo_t *cairo, const struct tradeoff *tradeoff, struct plot *plot)
{
    double least_x = INFINITY, most_x = figure_memory(cairo, 1.02 * tradeoff->gpu_mb);
    double least_y = INFINITY, most_y = 0;
    for (size_t i = 0; i < tradeoff->count; i++) {
        const struct tradeoff_point *point = &tradeoff->points[i];
        double memory = figure_memory(cairo, is_drawn_oom(point)
                                                 ? fmin(point->expected_mb, most_oom_mb(tradeoff))
                                                 : point->memory_mb);
        if (!point->compared && !is_drawn_oom(point))
            continue;
        least_x = fmin(least_x, memory);
        most_x = fmax(most_x, memory);
        if (point->compared) {
            least_y = fmin(least_y, speed_of(tradeoff, point));
            most_y = fmax(most_y, speed_of(tradeoff, point));
        }
    }
    plot->x = plot_range_around(least_x, most_x);
    plot->y = plot_range_around(least_y, most_y);
}

/* ---- the looks ---- */

static struct mark mark_of(cairo_t *cairo, const struct tradeoff *tradeoff,
                           const struct tradeoff_point *point)
{
    struct series_style front = series_style(cairo, 0);
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
    char limit_text[FIGURE_TITLE], oom_text[96];
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
        keys->front = (struct series_key){series_style(cairo, 0), LINE_PT, FRONT_PT};
        keys->entries[keys->count++] =
            (struct legend_entry){"Pareto front", series_draw_key, &keys->front};
    }
    if (tradeoff->fitting > tradeoff->on_front)
        add_mark_key(keys, "dominated", (struct mark){MARK_SQUARE, BEHIND, POINT_PT, false});
    if (tradeoff->gpu_mb > 0) {
        snprintf(keys->limit_text, sizeof keys->limit_text, "%s (%g %s)",
                 figure_word(cairo, WORD_LIMIT, "GPU memory"),
                 figure_memory(cairo, tradeoff->gpu_mb), figure_memory_name(cairo));
        keys->limit = (struct series_key){{MARK_CROSS, AXES_DASHED, COLOUR_BLACK}, RULE_PT, 0};
        keys->entries[keys->count++] =
            (struct legend_entry){keys->limit_text, series_draw_key, &keys->limit};
    }
    if (tradeoff->compared > tradeoff->fitting)
        add_mark_key(keys, figure_word(cairo, WORD_TOO_LARGE, "does not fit"),
                     (struct mark){MARK_DIAMOND, COLOUR_BLACK, POINT_PT, true});
    if (tradeoff->oom > 0) {
        size_t beyond, drawn = count_oom(tradeoff, &beyond);
        snprintf(keys->oom_text, sizeof keys->oom_text,
                 beyond ? "%zu ran out of memory, %zu of them beyond the scale"
                        : "%zu ran out of memory",
                 tradeoff->oom, beyond);
        add_mark_key(keys, keys->oom_text,
                     (struct mark){MARK_CROSS, COLOUR_BLACK, POINT_PT, false});
        if (drawn == 0)
            keys->entries[keys->count - 1].draw_key = NULL;
    }
}

/* ---- drawing ---- */

static void draw_limit(cairo_t *cairo, const struct plot *plot, double limit_gb)
{
    double x = plot_x(plot, limit_gb), right = plot->inside.left + plot->inside.width;
    if (x < right) {
        cairo_rectangle(cairo, x, plot->inside.top, right - x, plot->inside.height);
        colour_set(cairo, BEYOND);
        cairo_fill(cairo);
    }
    cairo_move_to(cairo, x, plot->inside.top);
    cairo_line_to(cairo, x, plot->inside.top + plot->inside.height);
    line_set_dash(cairo, AXES_DASHED);
    colour_set(cairo, COLOUR_BLACK);
    cairo_set_line_width(cairo, RULE_PT);
    cairo_stroke(cairo);
    line_set_dash(cairo, AXES_SOLID);
}

/* A stair: with so much memory, so fast at best. */
static void draw_front(cairo_t *cairo, const struct plot *plot, const struct tradeoff *tradeoff,
                       const size_t *order)
{
    for (size_t i = 0; i < tradeoff->on_front; i++) {
        const struct tradeoff_point *point = &tradeoff->points[order[i]];
        double x = plot_x(plot, figure_memory(cairo, point->memory_mb));
        double before;
        if (i > 0 && cairo_has_current_point(cairo)) {
            cairo_get_current_point(cairo, NULL, &before);
            cairo_line_to(cairo, x, before);
        } else {
            cairo_move_to(cairo, x, plot_y(plot, speed_of(tradeoff, point)));
        }
        cairo_line_to(cairo, x, plot_y(plot, speed_of(tradeoff, point)));
    }
    colour_set(cairo, series_style(cairo, 0).colour);
    cairo_set_line_width(cairo, LINE_PT);
    cairo_stroke(cairo);
}

/* Where the mark of a point is; false where it has none. */
static bool place_of(cairo_t *cairo, const struct plot *plot, const struct tradeoff *tradeoff,
                     const struct tradeoff_point *point, double *x, double *y)
{
    if (is_drawn_oom(point)) {
        double edge = plot->inside.left + plot->inside.width - FRONT_PT;
        *x = fmin(plot_x(plot, figure_memory(cairo, point->expected_mb)), edge);
        *y = plot->inside.top + plot->inside.height - FRONT_PT;
        return true;
    }
    *x = plot_x(plot, figure_memory(cairo, point->memory_mb));
    *y = point->compared ? plot_y(plot, speed_of(tradeoff, point)) : NAN;
    return point->compared;
}

static void draw_points(cairo_t *cairo, const struct plot *plot, const struct tradeoff *tradeoff)
{
    const struct mark cross = {MARK_CROSS, COLOUR_BLACK, POINT_PT, false};
    double x, y;
    for (int front = 0; front < 2; front++)
        for (size_t i = 0; i < tradeoff->count; i++) {
            const struct tradeoff_point *point = &tradeoff->points[i];
            struct mark mark = is_drawn_oom(point) ? cross : mark_of(cairo, tradeoff, point);
            if (point->on_front == front && place_of(cairo, plot, tradeoff, point, &x, &y))
                mark_draw(cairo, x, y, &mark);
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

static bool take_lines(cairo_t *cairo, struct names *names, const struct plot *plot,
                       const struct tradeoff *tradeoff)
{
    size_t *order = calloc(tradeoff->on_front + 1, sizeof *order);
    double x = 0, y = 0, next_x, next_y,
           limit = plot_x(plot, figure_memory(cairo, tradeoff->gpu_mb));
    if (!order)
        return false;
    if (tradeoff->gpu_mb > 0)
        take_line(names, limit, plot->inside.top, limit, plot->inside.top + plot->inside.height);
    tradeoff_front(tradeoff, order);
    for (size_t i = 0; i < tradeoff->on_front; i++) {
        place_of(cairo, plot, tradeoff, &tradeoff->points[order[i]], &next_x, &next_y);
        if (i > 0) {
            take_line(names, x, y, next_x, y);
            take_line(names, next_x, y, next_x, next_y);
        }
        x = next_x;
        y = next_y;
    }
    free(order);
    return true;
}

/* Names stand on the side of the front where nothing is: with less memory, and faster. */
static void add_names(cairo_t *cairo, struct names *names, const struct plot *plot,
                      const struct tradeoff *tradeoff, bool of_front)
{
    double x, y, up = TRADEOFF_WORDS[tradeoff->metric].more_is_better ? 0.4 : -0.4;
    for (size_t i = 0; i < tradeoff->count; i++) {
        const struct tradeoff_point *point = &tradeoff->points[i];
        if (point->on_front == of_front && point->compared &&
            place_of(cairo, plot, tradeoff, point, &x, &y))
            names->labels[names->count++] = (struct label){.x = x,
                                                           .y = y,
                                                           .text = point->name,
                                                           .across = of_front ? -1 : 0,
                                                           .up = of_front ? up : 0};
    }
}

static bool make_names(cairo_t *cairo, struct names *names, const struct plot *plot,
                       const struct tradeoff_figure *figure)
{
    const struct tradeoff *tradeoff = figure->tradeoff;
    double x, y;
    *names = (struct names){.labels = calloc(tradeoff->count + 1, sizeof *names->labels),
                            .taken = calloc(3 * tradeoff->count + 1, sizeof *names->taken)};
    if (!names->labels || !names->taken || !take_lines(cairo, names, plot, tradeoff))
        return false;
    for (size_t i = 0; i < tradeoff->count; i++)
        if (place_of(cairo, plot, tradeoff, &tradeoff->points[i], &x, &y))
            names->taken[names->taken_count++] =
                (struct axes_rectangle){x - FRONT_PT / 2, y - FRONT_PT / 2, FRONT_PT, FRONT_PT};
    if (figure->names != TRADEOFF_NAMES_NONE)
        add_names(cairo, names, plot, tradeoff, true);
    if (figure->names == TRADEOFF_NAMES_ALL)
        add_names(cairo, names, plot, tradeoff, false);
    return true;
}

static void draw_names(cairo_t *cairo, const struct plot *plot,
                       const struct tradeoff_figure *figure)
{
    const struct text_style style = {.size_pt = text_size_least(cairo) + 0.5};
    struct names names;
    if (!make_names(cairo, &names, plot, figure)) {
        figure_fail(cairo, "out of memory for %zu names", figure->tradeoff->count);
    } else {
        size_t homeless = labels_place(cairo, names.labels, names.count, &style, plot->inside,
                                       names.taken, names.taken_count);
        if (homeless > 0)
            figure_fail(cairo,
                        "%zu of %zu names have no room beside their points: --figsize makes "
                        "room, --names front or none leaves names out",
                        homeless, names.count);
        labels_draw(cairo, names.labels, names.count, &style);
    }
    free(names.labels);
    free(names.taken);
}

/* ---- the whole ---- */

static void draw_inside(cairo_t *cairo, const struct plot *plot, const struct tradeoff *tradeoff)
{
    size_t *order = calloc(tradeoff->on_front + 1, sizeof *order);
    cairo_save(cairo);
    plot_clip(cairo, plot);
    if (tradeoff->gpu_mb > 0)
        draw_limit(cairo, plot, figure_memory(cairo, tradeoff->gpu_mb));
    if (order) {
        tradeoff_front(tradeoff, order);
        draw_front(cairo, plot, tradeoff, order);
    } else {
        figure_fail(cairo, "out of memory for the front");
    }
    cairo_restore(cairo);
    free(order);
}

void tradeoff_draw(cairo_t *cairo, double width_pt, double height_pt, void *context)
{
    const struct tradeoff_figure *figure = context;
    const struct tradeoff *tradeoff = figure->tradeoff;
    const struct text_style bold = {.size_pt = TEXT_SIZE_LABEL, .bold = true};
    const struct text_style small = {.size_pt = TEXT_SIZE_LABEL - 1};
    struct keys keys;
    char memory[FIGURE_TITLE];
    double y = PAD;
    if (figure->title)
        y += text_draw_title(cairo, PAD, y, width_pt - 2 * PAD, figure->title, &bold, true);
    make_keys(cairo, tradeoff, &keys);
    y += legend_layout(cairo, PAD, y, width_pt - 2 * PAD, keys.entries, keys.count, &small, true);
    struct plot plot = {
        .space = {PAD, y, width_pt - 2 * PAD, height_pt - PAD - y},
        .x_title = figure_memory_title(cairo, WORD_PEAK, "Peak memory", memory),
        .y_title = figure_word(cairo, WORD_THROUGHPUT, TRADEOFF_WORDS[tradeoff->metric].title)};
    find_ranges(cairo, tradeoff, &plot);
    plot_place(cairo, &plot);
    draw_inside(cairo, &plot, tradeoff);
    plot_draw(cairo, width_pt, height_pt, &plot);
    draw_points(cairo, &plot, tradeoff);
    if (!figure_style_of(cairo)->no_values)
        draw_names(cairo, &plot, figure);
}
