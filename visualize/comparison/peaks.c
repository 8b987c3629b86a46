#include "visualize/comparison/peaks.h"

#include "visualize/comparison/style.h"
#include "visualize/figure/figure.h"
#include "visualize/figure/figure_style.h"
#include "visualize/figure/text.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const double TICK_PT = TEXT_SIZE_LABEL - 1, LINE = 1.25, GAP = 3, TICK_LENGTH = 3,
                    RULE = 0.5;

enum bar { BAR_REAL, BAR_SIMULATED, BAR_THEORY, BARS };

static struct colour bar_colour(cairo_t *cairo, enum bar bar)
{
    return bar == BAR_THEORY
               ? comparison_theory_bar(cairo)
               : comparison_colour(cairo, bar == BAR_REAL ? KIND_REAL : KIND_SIMULATED);
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
        .plot = {place.left + left, place.top + top, place.width - left - COMPARISON_RIGHT,
                 place.height - top - bottom},
        .x = x,
        .y = y,
        .y_tick = tick,
    };
    axes_draw_on(cairo, page_width, page_height, draw_frame_axes, &frame);
    text_draw_upwards_within(cairo, place.left, frame.plot.top + frame.plot.height / 2, 0.5, 0,
                             place.height, y_title, &style);
    text_draw_within(cairo, frame.plot.left + frame.plot.width / 2, place.top + place.height, 0.5,
                     1, frame.plot.width, x_title, &style);
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
    fill(cairo, left, y_on_page(frame, mb / frame->unit_mb), width, floor_y,
         bar_colour(cairo, bar));
    double fixed = bar == BAR_THEORY ? NAN : row->static_mb[bar];
    if (!isnan(fixed))
        fill(cairo, left, y_on_page(frame, fmin(fixed, mb) / frame->unit_mb), width, floor_y,
             colour_darker(bar_colour(cairo, bar), COMPARISON_STATIC_DARKER));
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
    struct text_style style = {.size_pt = text_size_least(cairo)};
    double group = frame->plot.width / (double)count;
    if (figure_style_of(cairo)->no_values)
        return;
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
    double widest = 0;
    for (size_t i = 0; i < count; i++) {
        snprintf(text, sizeof text, "%" PRId64, rows[i].rank);
        widest = fmax(widest, text_measure(cairo, text, &style).width + 3);
    }
    size_t step = (size_t)fmax(1, ceil(widest / group));
    for (size_t i = 0; i < count; i += step) {
        snprintf(text, sizeof text, "%" PRId64, rows[i].rank);
        text_draw(cairo, frame->plot.left + group * ((double)i + 0.5),
                  frame->plot.top + frame->plot.height + 1.5, 0.5, 0, text, &style);
    }
}

double peaks_highest_mb(const struct comparison_row *rows, size_t count)
{
    double highest = 0;
    for (size_t i = 0; i < count; i++)
        highest = fmax(highest, highest_mb(&rows[i]));
    return highest;
}

void peaks_draw_bars(cairo_t *cairo, struct axes_rectangle place, double page_width_pt,
                     double page_height_pt, const struct comparison_row *rows, size_t count,
                     const struct memory_unit *unit)
{
    double highest = peaks_highest_mb(rows, count);
    struct axes_range y = {0, highest > 0 ? 1.14 * highest / unit->mb : 1};
    char words[160];
    snprintf(words, sizeof words, "%s (%s)", figure_word(cairo, WORD_PEAK, "Peak memory"),
             unit->name);
    struct frame frame = draw_frame(cairo, place, page_width_pt, page_height_pt,
                                    (struct axes_range){0, (double)count}, y, words,
                                    figure_word(cairo, WORD_RANK, "Rank"), true);
    frame.unit_mb = unit->mb;
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

static const double DOT = 1.1, LABEL_LINE = TEXT_SIZE_LEAST * 1.25;

static double x_of_dot(const struct frame *frame, const struct dots *dots, size_t at)
{
    return frame->plot.left + frame->plot.width * ((double)at + 0.5) / (double)dots->count;
}

static double y_of_dot(const struct frame *frame, const struct dots *dots, size_t at)
{
    return y_on_page(frame, dots->sorted[at].errors.peak_percent);
}

/* The lowest point of the page (`below`), or the highest, that dots reach in that span. */
static double reach(const struct frame *frame, const struct dots *dots, double left, double right,
                    bool below)
{
    double edge = below ? -INFINITY : INFINITY;
    for (size_t i = 0; i < dots->count; i++) {
        double x = x_of_dot(frame, dots, i), y = y_of_dot(frame, dots, i);
        if (x >= left - DOT && x <= right + DOT)
            edge = below ? fmax(edge, y) : fmin(edge, y);
    }
    return edge;
}

/* The dots rise from left to right, so that the outliers at their low end have room for a name at
 * the right below all dots, and those at the high end at the left above them. `bound`: where the
 * name before stands. */
static double name_outlier(cairo_t *cairo, const struct frame *frame, const struct dots *dots,
                           size_t at, bool is_low, double bound)
{
    const double aside = 10;
    struct text_style style = {.size_pt = text_size_least(cairo)};
    char text[160], percent[COMPARISON_PERCENT_SIZE];
    const struct comparison_row *row = &dots->sorted[at];
    comparison_percent_text(percent, row->errors.peak_percent, true);
    const char *word = figure_word(cairo, WORD_RANK, "rank");
    snprintf(text, sizeof text, "%s %" PRId64 ": %s", word, row->rank, percent);
    double width = text_measure(cairo, text, &style).width;
    double x = x_of_dot(frame, dots, at), y = y_of_dot(frame, dots, at);
    double left = is_low ? x + aside : x - aside - width, clear = DOT + LABEL_LINE / 2;
    double edge = reach(frame, dots, left, left + width, is_low);
    double middle = is_low ? fmax(fmax(y, edge + clear), bound + LABEL_LINE)
                           : fmin(fmin(y, edge - clear), bound - LABEL_LINE);
    text_draw(cairo, left, middle, 0, 0.5, text, &style);
    colour_set(cairo, COLOUR_OUTLINE);
    cairo_set_line_width(cairo, 0.4);
    cairo_move_to(cairo, is_low ? x + DOT : x - DOT, y);
    cairo_line_to(cairo, is_low ? left - 1 : left + width + 1, middle);
    cairo_stroke(cairo);
    return middle;
}

/* From the innermost outwards, each at least a line further from the dots. */
static void name_outliers(cairo_t *cairo, const struct frame *frame, const struct dots *dots)
{
    size_t low, high;
    find_outliers(dots, &low, &high);
    double bound = -INFINITY;
    for (size_t i = low; i > 0; i--)
        bound = name_outlier(cairo, frame, dots, i - 1, true, bound);
    bound = INFINITY;
    for (size_t i = high; i < dots->count; i++)
        bound = name_outlier(cairo, frame, dots, i, false, bound);
}

/* Room for three names below and above all dots. */
static struct axes_range error_range(const struct dots *dots, double height_pt)
{
    double least = dots->count ? fmin(0, dots->sorted[0].errors.peak_percent) : 0;
    double most = dots->count ? fmax(0, dots->sorted[dots->count - 1].errors.peak_percent) : 0;
    double span = fmax(most - least, 0.01);
    double names = fmin(0.6, 2 * (NAMED_OUTLIERS + 0.5) * LABEL_LINE / height_pt);
    double room = span * names / (1 - names) / 2;
    return (struct axes_range){least - room, most + room};
}

void peaks_draw_errors(cairo_t *cairo, struct axes_rectangle place, double page_width_pt,
                       double page_height_pt, const struct comparison_row *rows, size_t count)
{
    struct dots dots;
    if (!sort_errors(&dots, rows, count)) {
        figure_fail(cairo, "out of memory for %zu ranks", count);
        return;
    }
    char y_title[160];
    snprintf(y_title, sizeof y_title, "%s (%%)",
             figure_word(cairo, WORD_ERROR, "Error of the peak"));
    struct frame frame = draw_frame(
        cairo, place, page_width_pt, page_height_pt, (struct axes_range){0, (double)dots.count},
        error_range(&dots, place.height - 2 * TEXT_SIZE_LABEL), y_title,
        figure_word(cairo, WORD_X, "Ranks, by the error of their simulated peak"), false);
    cairo_move_to(cairo, frame.plot.left, y_on_page(&frame, 0));
    cairo_rel_line_to(cairo, frame.plot.width, 0);
    colour_set(cairo, COLOUR_OUTLINE);
    cairo_set_line_width(cairo, RULE);
    cairo_stroke(cairo);
    if (!figure_style_of(cairo)->no_values)
        name_outliers(cairo, &frame, &dots);
    colour_set(cairo, (struct colour){0.2, 0.2, 0.2});
    for (size_t i = 0; i < dots.count; i++) {
        cairo_arc(cairo, x_of_dot(&frame, &dots, i), y_of_dot(&frame, &dots, i), DOT, 0, 2 * M_PI);
        cairo_fill(cairo);
    }
    free(dots.sorted);
}
