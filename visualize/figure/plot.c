#include "visualize/figure/plot.h"

#include "visualize/figure/figure_style.h"
#include "visualize/figure/text.h"

#include <math.h>
#include <stdio.h>

static const double GAP = 3, LINE = 1.25, TICK_LENGTH = 3, RULE = 0.5;
static const double HEADROOM = 1.06, ROOM_AROUND = 0.12, DECADE_ROOM = 1.25;
static const double NUMBER_PT = TEXT_SIZE_LABEL - 1;
static const double POINTS_A_NUMBER_ACROSS = 26, POINTS_A_NUMBER_UP = 14;
enum { FEWEST_PARTS = 2, MOST_PARTS = 8, FEWEST_NUMBERS = 4 };
static const double NEAR = 1.1;
static const double ROUNDING = 1e-9;

struct axes_range plot_range_to(double most)
{
    return (struct axes_range){0, most > 0 ? HEADROOM * most : 1};
}

struct axes_range plot_range_to_number(double most)
{
    struct axes_range range = plot_range_to(most);
    double tick = axes_round_tick(range, FEWEST_NUMBERS);
    double number = tick > 0 ? ceil(range.most / tick) * tick : range.most;
    return number <= NEAR * range.most ? (struct axes_range){0, number} : range;
}

struct axes_range plot_range_around(double least, double most)
{
    double room = most > least ? ROOM_AROUND * (most - least) : ROOM_AROUND * most;
    if (least < most / 2 || !(most > 0))
        return plot_range_to(most);
    return (struct axes_range){fmax(0, least - room), most + room};
}

struct axes_range plot_range_of_decades(double least, double most)
{
    return (struct axes_range){least / DECADE_ROOM, most * DECADE_ROOM};
}

/* Where a value lies in a range, as a share of it. */
static double share_of(const struct plot *plot, struct axes_range range, double value)
{
    if (plot->logarithmic)
        return value > 0 ? log(value / range.least) / log(range.most / range.least) : -1;
    return (value - range.least) / (range.most - range.least);
}

double plot_x(const struct plot *plot, double value)
{
    return plot->inside.left + plot->inside.width * share_of(plot, plot->x, value);
}

double plot_y(const struct plot *plot, double value)
{
    return plot->inside.top + plot->inside.height * (1 - share_of(plot, plot->y, value));
}

const char *plot_limit_text(cairo_t *cairo, double limit_mb, char text[PLOT_LIMIT])
{
    struct memory_unit unit = figure_memory_unit(figure_style_of(cairo), limit_mb);
    double limit = limit_mb / unit.mb;
    snprintf(text, PLOT_LIMIT, limit < 1000 ? "%s (%.3g %s)" : "%s (%.0f %s)",
             figure_word(cairo, WORD_LIMIT, "GPU memory"), limit, unit.name);
    return text;
}

void plot_clip(cairo_t *cairo, const struct plot *plot)
{
    cairo_rectangle(cairo, plot->inside.left, plot->inside.top, plot->inside.width,
                    plot->inside.height);
    cairo_clip(cairo);
}

/* ---- placing ---- */

static double widest_name(cairo_t *cairo, const struct plot *plot)
{
    const struct text_style style = {.size_pt = NUMBER_PT};
    double widest = 0;
    for (size_t i = 0; i < plot->name_count; i++)
        widest = fmax(widest, text_measure(cairo, plot->names[i], &style).width);
    return widest;
}

static double tick_for(const struct plot *plot, struct axes_range range, double length,
                       double a_number)
{
    return plot->logarithmic
               ? 0
               : axes_round_tick(range,
                                 (int)fmax(FEWEST_PARTS, fmin(MOST_PARTS, length / a_number)));
}

/* In a narrow plot numbers that are short stand nearer to each other, so that they are not too few.
 */
static double tick_across(cairo_t *cairo, const struct plot *plot, double width)
{
    double tick = tick_for(plot, plot->x, width, POINTS_A_NUMBER_ACROSS);
    double span = plot->x.most - plot->x.least;
    double finer = axes_round_tick(plot->x, FEWEST_NUMBERS);
    if (!(tick > 0) || span / tick >= FEWEST_NUMBERS - 1 || finer >= tick)
        return tick;
    double number = axes_numbers_width(cairo, plot->x, finer, NUMBER_PT) + 2 * GAP;
    return number * (span / finer) <= width ? finer : tick;
}

/* ---- logarithmic axes: numbers at 1, 2 and 5 of each decade ---- */

enum { NUMBERS_A_DECADE = 3, NUMBER_TEXT = 32 };

/* The numbers of a range, counted over the decades; 0 behind the last. */
static double number_at(struct axes_range range, int index)
{
    static const double steps[NUMBERS_A_DECADE] = {1, 2, 5};
    int decade = (int)floor(log10(range.least)) + index / NUMBERS_A_DECADE;
    double number = steps[index % NUMBERS_A_DECADE] * pow(10, decade);
    return number <= range.most * (1 + ROUNDING) ? number : 0;
}

static bool is_within(struct axes_range range, double number)
{
    return number >= range.least * (1 - ROUNDING);
}

static const char *number_text(char text[NUMBER_TEXT], double number)
{
    snprintf(text, NUMBER_TEXT, "%g", number);
    return text;
}

static double numbers_width(cairo_t *cairo, const struct plot *plot)
{
    const struct text_style style = {.size_pt = NUMBER_PT};
    char text[NUMBER_TEXT];
    double widest = 0;
    if (!plot->logarithmic)
        return axes_numbers_width(cairo, plot->y, plot->y_tick, NUMBER_PT);
    double at;
    for (int i = 0; (at = number_at(plot->y, i)) > 0; i++)
        widest = fmax(widest, text_measure(cairo, number_text(text, at), &style).width);
    return widest;
}

/* Those that have no room beside the one before are ticks alone. */
static void draw_decades(cairo_t *cairo, const struct plot *plot, bool up)
{
    const struct text_style style = {.size_pt = NUMBER_PT};
    struct axes_range range = up ? plot->y : plot->x;
    double bottom = plot->inside.top + plot->inside.height, behind = -INFINITY;
    char text[NUMBER_TEXT];
    colour_set(cairo, COLOUR_BLACK);
    cairo_set_line_width(cairo, RULE);
    double at;
    for (int i = 0; (at = number_at(range, i)) > 0; i++) {
        if (!is_within(range, at))
            continue;
        double place = up ? plot_y(plot, at) : plot_x(plot, at);
        double room = up ? NUMBER_PT * LINE
                         : text_measure(cairo, number_text(text, at), &style).width + 2 * GAP;
        cairo_move_to(cairo, up ? plot->inside.left : place, up ? place : bottom);
        cairo_rel_line_to(cairo, up ? -TICK_LENGTH : 0, up ? 0 : TICK_LENGTH);
        cairo_stroke(cairo);
        if (fabs(place - behind) < room)
            continue;
        behind = place;
        number_text(text, at);
        if (up)
            text_draw(cairo, plot->inside.left - TICK_LENGTH - GAP / 2, place, 1, 0.5, text,
                      &style);
        else
            text_draw(cairo, place, bottom + TICK_LENGTH, 0.5, 0, text, &style);
    }
}

void plot_place(cairo_t *cairo, struct plot *plot)
{
    const struct axes_rectangle *space = &plot->space;
    double title = TEXT_SIZE_LABEL * LINE, number = NUMBER_PT * LINE;
    double above = number / 2;
    double below = title + number + (plot->names ? GAP : GAP + TICK_LENGTH);
    double height = fmax(space->height - above - below, 10);
    plot->y_tick = tick_for(plot, plot->y, height, POINTS_A_NUMBER_UP);
    double left = title + GAP + TICK_LENGTH + numbers_width(cairo, plot) + GAP;
    double width = fmax(space->width - left - NUMBER_PT, 10);
    plot->x_tick = plot->names ? 0 : tick_across(cairo, plot, width);
    plot->names_upright = false;
    if (plot->names) {
        double widest = widest_name(cairo, plot);
        plot->names_upright = widest + GAP > width / (double)plot->name_count;
        if (plot->names_upright)
            height = fmax(height + number - widest, 10);
    }
    plot->inside = (struct axes_rectangle){space->left + left, space->top + above, width, height};
}

/* ---- drawing ---- */

static void draw_axes(void *context)
{
    const struct plot *plot = context;
    struct axes_scale across = {.range = plot->x,
                                .tick = plot->x_tick,
                                .sides = AXES_LINE_NEAR | AXES_LINE_FAR |
                                         (plot->x_tick > 0 ? AXES_NUMBERS_NEAR : 0)};
    struct axes_scale up = {.range = plot->y,
                            .tick = plot->y_tick,
                            .sides = AXES_LINE_NEAR | AXES_LINE_FAR |
                                     (plot->y_tick > 0 ? AXES_NUMBERS_NEAR : 0)};
    axes_frame(plot->inside, plot->x, plot->y);
    axes_draw(&across, &up, NUMBER_PT, COLOUR_BLACK, RULE);
}

/* As many as have room beside each other. */
static void draw_names(cairo_t *cairo, const struct plot *plot)
{
    const struct text_style style = {.size_pt = NUMBER_PT};
    double room = plot->inside.width / (double)plot->name_count;
    double needed = plot->names_upright ? NUMBER_PT * LINE : widest_name(cairo, plot) + GAP;
    size_t step = (size_t)fmax(1, ceil(needed / room));
    double y = plot->inside.top + plot->inside.height + GAP;
    for (size_t i = 0; i < plot->name_count; i += step) {
        double x = plot->inside.left + room * ((double)i + 0.5);
        if (plot->names_upright)
            text_draw_upwards(cairo, x, y, 1, 0.5, plot->names[i], &style);
        else
            text_draw(cairo, x, y, 0.5, 0, plot->names[i], &style);
    }
}

void plot_draw(cairo_t *cairo, double page_width, double page_height, const struct plot *plot)
{
    const struct text_style label = {.size_pt = TEXT_SIZE_LABEL};
    double middle = plot->inside.left + plot->inside.width / 2;
    struct plot drawn = *plot;
    axes_draw_on(cairo, page_width, page_height, draw_axes, &drawn);
    if (plot->names)
        draw_names(cairo, plot);
    for (int up = 0; up < 2 && plot->logarithmic; up++)
        draw_decades(cairo, plot, up);
    text_draw_upwards_within(cairo, plot->space.left, plot->inside.top + plot->inside.height / 2,
                             0.5, 0, plot->space.height, plot->y_title, &label);
    text_draw_within(cairo, middle, plot->space.top + plot->space.height, 0.5, 1, plot->space.width,
                     plot->x_title, &label);
}
