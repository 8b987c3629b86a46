#include "visualize/figure/colour_bar.h"

#include "visualize/figure/text.h"

#include <math.h>
#include <stdio.h>

enum { STOPS = 64, MOST_TICKS = 32 };
static const double RULE = 0.5, TICK_LENGTH = 2.2, NUMBER_GAP = 2.3; /* points */

struct tick {
    double value;
    char text[AXES_NUMBER];
};

static void set_end(struct tick *tick, double value, double distance)
{
    tick->value = value;
    double ticks = value / distance;
    if (!(distance > 0) || fabs(ticks - round(ticks)) > 1e-6)
        snprintf(tick->text, sizeof tick->text, "%.6g", value);
    else
        axes_number_text(value, distance, tick->text);
}

/* Both ends, and of the round numbers between them those that are not too close to one. */
static size_t make_ticks(const struct colour_bar *bar, struct tick ticks[MOST_TICKS])
{
    double least = bar->range.least, most = bar->range.most, apart = 0.6 * bar->tick;
    size_t count = 0;
    set_end(&ticks[count++], least, bar->tick);
    double first = bar->tick > 0 ? ceil(least / bar->tick) : 0;
    for (int i = 0; bar->tick > 0 && count + 1 < MOST_TICKS; i++) {
        double value = (first + i) * bar->tick;
        if (value > most - apart)
            break;
        if (value > least + apart)
            set_end(&ticks[count++], value, bar->tick);
    }
    set_end(&ticks[count++], most, bar->tick);
    return count;
}

static void fill(cairo_t *cairo, struct axes_rectangle place, const struct colour_bar *bar)
{
    cairo_pattern_t *ramp =
        bar->lies ? cairo_pattern_create_linear(place.left, 0, place.left + place.width, 0)
                  : cairo_pattern_create_linear(0, place.top + place.height, 0, place.top);
    for (int i = 0; i <= STOPS; i++) {
        double share = (double)i / STOPS;
        struct colour colour = colour_map_colour(bar->map, share);
        cairo_pattern_add_color_stop_rgb(ramp, share, colour.red, colour.green, colour.blue);
    }
    cairo_rectangle(cairo, place.left, place.top, place.width, place.height);
    cairo_set_source(cairo, ramp);
    cairo_fill_preserve(cairo);
    cairo_pattern_destroy(ramp);
    colour_set(cairo, COLOUR_BLACK);
    cairo_set_line_width(cairo, RULE);
    cairo_stroke(cairo);
}

void colour_bar_draw(cairo_t *cairo, struct axes_rectangle place, const struct colour_bar *bar)
{
    struct tick ticks[MOST_TICKS];
    struct text_style style = {.size_pt = bar->size_pt};
    size_t count = make_ticks(bar, ticks);
    double right = place.left + place.width, bottom = place.top + place.height;
    fill(cairo, place, bar);
    for (size_t i = 0; i < count; i++) {
        double share = (ticks[i].value - bar->range.least) / (bar->range.most - bar->range.least);
        double x = place.left + place.width * share, y = bottom - place.height * share;
        cairo_move_to(cairo, bar->lies ? x : right, bar->lies ? bottom : y);
        cairo_rel_line_to(cairo, bar->lies ? 0 : TICK_LENGTH, bar->lies ? TICK_LENGTH : 0);
        cairo_stroke(cairo);
        if (bar->lies)
            text_draw(cairo, x, bottom + TICK_LENGTH, 0.5, 0, ticks[i].text, &style);
        else
            text_draw(cairo, right + TICK_LENGTH + NUMBER_GAP, y, 0, 0.5, ticks[i].text, &style);
    }
}

/* Numbers side by side need more room than numbers above each other. */
double colour_bar_tick(const struct colour_bar *bar, double length)
{
    int parts = (int)fmax(1, length / (bar->lies ? 28 : 16));
    return axes_round_tick(bar->range, parts < 5 ? parts : 5);
}

double colour_bar_room(cairo_t *cairo, const struct colour_bar *bar)
{
    struct tick ticks[MOST_TICKS];
    struct text_style style = {.size_pt = bar->size_pt};
    size_t count = make_ticks(bar, ticks);
    double widest = 0;
    for (size_t i = 0; i < count; i++)
        widest = fmax(widest, text_measure(cairo, ticks[i].text, &style).width);
    return TICK_LENGTH + NUMBER_GAP + widest;
}
