#include "visualize/comparison/peaks.h"

#include "schemas/support/memory_text.h"
#include "schemas/support/units.h"
#include "visualize/comparison/style.h"
#include "visualize/figure/legend.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const double TICK_PT = TEXT_SIZE_LABEL - 1, LINE = 1.25, GAP = 3, TICK_LENGTH = 3,
                    RULE = 0.5;
static const double STATIC_DARKER = 0.38;

enum bar { BAR_REAL, BAR_SIMULATED, BAR_THEORY, BARS };

static const struct colour *bar_colour(enum bar bar)
{
    static const struct colour colours[BARS] = {
        COMPARISON_REAL_RGB, COMPARISON_SIMULATED_RGB, {0.93, 0.72, 0.72}};
    return &colours[bar];
}

static double bar_mb(const struct comparison_row *row, enum bar bar)
{
    return bar == BAR_THEORY ? row->theory_mb : row->peak_mb[bar];
}

static bool has_bar(const struct comparison_row *rows, size_t count, enum bar bar)
{
    for (size_t i = 0; i < count; i++)
        if (!isnan(bar_mb(&rows[i], bar)))
            return true;
    return false;
}

static bool has_static(const struct comparison_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!isnan(rows[i].static_mb[COMPARISON_REAL]) ||
            !isnan(rows[i].static_mb[COMPARISON_SIMULATED]))
            return true;
    return false;
}

/* ---- the frame that both share ---- */

struct frame {
    struct axes_rectangle plot;
    struct axes_range x, y;
    double y_tick;
    double unit_mb; /* of memory on the y axis */
};

static void draw_frame_axes(void *context)
{
    const struct frame *frame = context;
    struct axes_scale across = {.range = frame->x, .sides = AXES_LINE_NEAR | AXES_LINE_FAR};
    struct axes_scale up = {.range = frame->y,
                            .tick = frame->y_tick,
                            .sides = AXES_LINE_NEAR | AXES_LINE_FAR | AXES_NUMBERS_NEAR};
    axes_frame(frame->plot, frame->x, frame->y);
    axes_draw(&across, &up, TICK_PT, COLOUR_BLACK, RULE);
}

static struct frame draw_frame(cairo_t *cairo, struct axes_rectangle place, double page_width,
                               double page_height, struct axes_range x, struct axes_range y,
                               const char *y_title, const char *x_title, bool x_numbers)
{
    struct text_style style = {.size_pt = TEXT_SIZE_LABEL};
    double title_line = TEXT_SIZE_LABEL * LINE, top = TICK_PT * 0.5;
    double bottom = (x_numbers ? TICK_PT * LINE + 1 : GAP) + title_line;
    double tick = axes_round_tick(y, (int)fmax(2, fmin(6, (place.height - bottom) / 12)));
    double left = title_line + 2 * GAP + TICK_LENGTH + axes_numbers_width(cairo, y, tick, TICK_PT);
    struct frame frame = {
        .plot = {place.left + left, place.top + top, place.width - left - GAP,
                 place.height - top - bottom},
        .x = x,
        .y = y,
        .y_tick = tick,
    };
    axes_draw_on(cairo, page_width, page_height, draw_frame_axes, &frame);
    text_draw_upwards(cairo, place.left, frame.plot.top + frame.plot.height / 2, 0.5, 0, y_title,
                      &style);
    text_draw(cairo, frame.plot.left + frame.plot.width / 2, place.top + place.height, 0.5, 1,
              x_title, &style);
    return frame;
}

static double y_on_page(const struct frame *frame, double value)
{
    return frame->plot.top +
           frame->plot.height * (frame->y.most - value) / (frame->y.most - frame->y.least);
}

/* ---- bars ---- */

static void fill(cairo_t *cairo, double left, double top, double width, double bottom,
                 struct colour colour)
{
    cairo_rectangle(cairo, left, top, width, bottom - top);
    colour_set(cairo, colour);
    cairo_fill(cairo);
}

static void draw_bar(cairo_t *cairo, const struct frame *frame, const struct comparison_row *row,
                     enum bar bar, double left, double width)
{
    double mb = bar_mb(row, bar);
    if (isnan(mb))
        return;
    double floor_y = frame->plot.top + frame->plot.height;
    fill(cairo, left, y_on_page(frame, mb / frame->unit_mb), width, floor_y, *bar_colour(bar));
    double fixed = bar == BAR_THEORY ? NAN : row->static_mb[bar];
    if (!isnan(fixed))
        fill(cairo, left, y_on_page(frame, fmin(fixed, mb) / frame->unit_mb), width, floor_y,
             colour_darker(*bar_colour(bar), STATIC_DARKER));
}

static double highest_mb(const struct comparison_row *row)
{
    double highest = 0;
    for (int bar = 0; bar < BARS; bar++)
        if (!isnan(bar_mb(row, (enum bar)bar)))
            highest = fmax(highest, bar_mb(row, (enum bar)bar));
    return highest;
}

/* How far the simulation is off, above the two bars that it compares; only where all ranks have
 * room for theirs. `middle`: of the two, from the group's left; `room`: between neighbours. */
static void draw_differences(cairo_t *cairo, const struct frame *frame,
                             const struct comparison_row *rows, size_t count, double middle,
                             double room)
{
    struct text_style style = {.size_pt = TEXT_SIZE_LEAST};
    double group = frame->plot.width / (double)count;
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < count; i++) {
            char text[COMPARISON_PERCENT_SIZE];
            if (isnan(rows[i].errors.peak_percent))
                continue;
            comparison_percent_text(text, rows[i].errors.peak_percent, true);
            if (pass == 0 && text_measure(cairo, text, &style).width > room)
                return;
            double higher =
                fmax(rows[i].peak_mb[COMPARISON_REAL], rows[i].peak_mb[COMPARISON_SIMULATED]);
            if (pass == 1)
                text_draw(cairo, frame->plot.left + group * (double)i + middle,
                          y_on_page(frame, higher / frame->unit_mb) - 0.5, 0.5, 1, text, &style);
        }
}

static void draw_rank_numbers(cairo_t *cairo, const struct frame *frame,
                              const struct comparison_row *rows, size_t count, double group)
{
    struct text_style style = {.size_pt = TICK_PT};
    char text[32];
    snprintf(text, sizeof text, "%" PRId64, rows[count - 1].rank);
    double widest = text_measure(cairo, text, &style).width + 3;
    size_t step = (size_t)fmax(1, ceil(widest / group));
    for (size_t i = 0; i < count; i += step) {
        snprintf(text, sizeof text, "%" PRId64, rows[i].rank);
        text_draw(cairo, frame->plot.left + group * ((double)i + 0.5),
                  frame->plot.top + frame->plot.height + 1.5, 0.5, 0, text, &style);
    }
}

void peaks_draw_bars(cairo_t *cairo, struct axes_rectangle place, double page_width_pt,
                     double page_height_pt, const struct comparison_row *rows, size_t count)
{
    double highest = 0;
    for (size_t i = 0; i < count; i++)
        highest = fmax(highest, highest_mb(&rows[i]));
    struct memory_unit unit = memory_unit_of(highest > 0 ? highest : UNITS_MB_PER_GB);
    struct axes_range y = {0, highest > 0 ? 1.14 * highest / unit.mb : 1};
    char words[48];
    snprintf(words, sizeof words, "Peak memory (%s)", unit.name);
    struct frame frame = draw_frame(cairo, place, page_width_pt, page_height_pt,
                                    (struct axes_range){0, (double)count}, y, words, "Rank", true);
    frame.unit_mb = unit.mb;
    bool shown[BARS];
    int bars = 0;
    for (int bar = 0; bar < BARS; bar++) {
        shown[bar] = has_bar(rows, count, (enum bar)bar);
        bars += shown[bar];
    }
    double group = frame.plot.width / (double)count;
    double bar_width = fmin(0.8 * group / fmax(bars, 1), 16);
    for (size_t i = 0; i < count; i++) {
        double left = frame.plot.left + group * ((double)i + 0.5) - bar_width * bars / 2;
        for (int bar = 0; bar < BARS; bar++)
            if (shown[bar]) {
                draw_bar(cairo, &frame, &rows[i], (enum bar)bar, left, bar_width * 0.94);
                left += bar_width;
            }
    }
    /* A third bar, the theory's, may be higher than the two before it. */
    double middle = group / 2 - bar_width * bars / 2 + bar_width;
    draw_differences(cairo, &frame, rows, count, middle, bars > 2 ? 2 * bar_width - 1 : group - 2);
    draw_rank_numbers(cairo, &frame, rows, count, group);
}

/* ---- errors ---- */

static int compare_errors(const void *a, const void *b)
{
    const struct comparison_row *first = a, *second = b;
    double left = first->errors.peak_percent, right = second->errors.peak_percent;
    if (left != right)
        return left < right ? -1 : 1;
    return (first->rank > second->rank) - (first->rank < second->rank);
}

struct dots {
    struct comparison_row *sorted; /* ascending error */
    size_t count;
};

static bool sort_errors(struct dots *dots, const struct comparison_row *rows, size_t count)
{
    dots->count = 0;
    dots->sorted = calloc(count + 1, sizeof *dots->sorted);
    if (!dots->sorted)
        return false;
    for (size_t i = 0; i < count; i++)
        if (!isnan(rows[i].errors.peak_percent))
            dots->sorted[dots->count++] = rows[i];
    qsort(dots->sorted, dots->count, sizeof *dots->sorted, compare_errors);
    return true;
}

enum { NAMED_OUTLIERS = 3 };

/* The ends of the order hold the outliers; both ends go inwards while the next one there is among
 * the largest. */
static void find_outliers(const struct dots *dots, size_t *low, size_t *high)
{
    *low = 0;
    *high = dots->count;
    for (int found = 0; found < NAMED_OUTLIERS && *low < *high; found++) {
        if (fabs(dots->sorted[*high - 1].errors.peak_percent) >=
            fabs(dots->sorted[*low].errors.peak_percent))
            --*high;
        else
            ++*low;
    }
}

static double x_of_dot(const struct frame *frame, const struct dots *dots, size_t at)
{
    return frame->plot.left + frame->plot.width * ((double)at + 0.5) / (double)dots->count;
}

static void name_outlier(cairo_t *cairo, const struct comparison_row *row, double x, double y,
                         double align)
{
    struct text_style style = {.size_pt = TEXT_SIZE_LEAST};
    char text[64], percent[COMPARISON_PERCENT_SIZE];
    comparison_percent_text(percent, row->errors.peak_percent, true);
    snprintf(text, sizeof text, "rank %" PRId64 ": %s", row->rank, percent);
    text_draw(cairo, x, y, align, 0.5, text, &style);
}

/* Names stand beside the innermost of their end's dots, so that none covers another dot, and at
 * least a line apart. */
static void name_outliers(cairo_t *cairo, const struct frame *frame, const struct dots *dots)
{
    const double aside = 4, line = TEXT_SIZE_LEAST * LINE;
    size_t low, high;
    find_outliers(dots, &low, &high);
    double bound = INFINITY;
    for (size_t i = 0; i < low; i++) {
        double y = fmin(y_on_page(frame, dots->sorted[i].errors.peak_percent), bound);
        name_outlier(cairo, &dots->sorted[i], x_of_dot(frame, dots, low - 1) + aside, y, 0);
        bound = y - line;
    }
    bound = -INFINITY;
    for (size_t i = dots->count; i > high; i--) {
        double y = fmax(y_on_page(frame, dots->sorted[i - 1].errors.peak_percent), bound);
        name_outlier(cairo, &dots->sorted[i - 1], x_of_dot(frame, dots, high) - aside, y, 1);
        bound = y + line;
    }
}

void peaks_draw_errors(cairo_t *cairo, struct axes_rectangle place, double page_width_pt,
                       double page_height_pt, const struct comparison_row *rows, size_t count)
{
    struct dots dots;
    if (!sort_errors(&dots, rows, count))
        return;
    double least = dots.count ? fmin(0, dots.sorted[0].errors.peak_percent) : 0;
    double most = dots.count ? fmax(0, dots.sorted[dots.count - 1].errors.peak_percent) : 0;
    double room = fmax(0.12 * (most - least), 0.01);
    struct frame frame = draw_frame(
        cairo, place, page_width_pt, page_height_pt, (struct axes_range){0, (double)dots.count},
        (struct axes_range){least - room, most + room}, "Error of the peak (%)",
        "Ranks, by the error of their simulated peak", false);
    cairo_move_to(cairo, frame.plot.left, y_on_page(&frame, 0));
    cairo_rel_line_to(cairo, frame.plot.width, 0);
    colour_set(cairo, COLOUR_OUTLINE);
    cairo_set_line_width(cairo, RULE);
    cairo_stroke(cairo);
    colour_set(cairo, COMPARISON_REAL_COLOUR);
    for (size_t i = 0; i < dots.count; i++) {
        cairo_arc(cairo, x_of_dot(&frame, &dots, i),
                  y_on_page(&frame, dots.sorted[i].errors.peak_percent), 1.1, 0, 2 * M_PI);
        cairo_fill(cairo);
    }
    name_outliers(cairo, &frame, &dots);
    free(dots.sorted);
}

/* ---- the legend ---- */

static void draw_bar_key(cairo_t *cairo, double width, double height, void *context)
{
    fill(cairo, 0, 0, width, height, *(const struct colour *)context);
}

static void draw_static_key(cairo_t *cairo, double width, double height, void *context)
{
    (void)context;
    fill(cairo, 0, 0, width / 2, height, colour_darker(*bar_colour(BAR_REAL), STATIC_DARKER));
    fill(cairo, width / 2, 0, width / 2, height,
         colour_darker(*bar_colour(BAR_SIMULATED), STATIC_DARKER));
}

double peaks_draw_legend(cairo_t *cairo, double left, double top, double width,
                         const struct comparison_row *rows, size_t count, bool draw)
{
    static const char *const names[BARS] = {"real", "simulated", "theory"};
    struct legend_entry entries[BARS + 1];
    size_t used = 0;
    for (int bar = 0; bar < BARS; bar++)
        if (has_bar(rows, count, (enum bar)bar))
            entries[used++] = (struct legend_entry){
                names[bar], draw_bar_key, (void *)bar_colour((enum bar)bar)}; /* only read */
    if (has_static(rows, count))
        entries[used++] = (struct legend_entry){"static part", draw_static_key, NULL};
    struct text_style style = {.size_pt = TICK_PT};
    return legend_layout(cairo, left, top, width, entries, used, &style, draw);
}
