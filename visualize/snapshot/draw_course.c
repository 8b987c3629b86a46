#include "visualize/snapshot/draw_course.h"

#include "schemas/snapshot/categories.h"
#include "schemas/support/units.h"
#include "visualize/figure/figure_style.h"
#include "visualize/figure/text.h"
#include "visualize/snapshot/frame.h"
#include "visualize/snapshot/style.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static struct style_fill fill_of(cairo_t *cairo, const struct course *course, size_t layer)
{
    return course->categories[layer] >= 0 ? style_category_fill(cairo, course->categories[layer])
                                          : style_layer_fill(cairo, layer);
}

/* A layer that is nowhere to be seen needs no key. */
static bool is_seen(const struct course *course, size_t layer)
{
    for (size_t column = 0; column < course->columns; column++)
        if (course->bytes[column * course->layers + layer] > 0)
            return true;
    return false;
}

/* Entries point into `fills`. */
static size_t make_keys(cairo_t *cairo, const struct course *course, struct style_fill *fills,
                        struct legend_entry *entries)
{
    size_t count = 0;
    for (size_t layer = 0; layer < course->layers; layer++) {
        int category = course->categories[layer];
        const char *text = course->labels[layer];
        if (!is_seen(course, layer))
            continue;
        if (category >= 0 && strcmp(text, memory_category_text(category)) == 0)
            text = style_category_text(cairo, category);
        fills[layer] = fill_of(cairo, course, layer);
        entries[count++] = (struct legend_entry){text, style_draw_key, &fills[layer]};
    }
    entries[count++] = (struct legend_entry){figure_word(cairo, WORD_RESERVED, "reserved"),
                                             style_draw_line_key, NULL};
    return count;
}

static double highest_mb(const struct device_analysis *device)
{
    return mb_from_bytes(device->allocated.peak > device->reserved.peak ? device->allocated.peak
                                                                        : device->reserved.peak);
}

/* ---- areas ---- */

/* Where column `column` begins on the page; one past the last: where it ends. */
static double column_x(const struct frame *frame, const struct course *course, size_t column)
{
    return frame->plot.left + frame->plot.width * (double)column / (double)course->columns;
}

static uint64_t sum_up_to(const struct course *course, size_t column, size_t layers)
{
    uint64_t sum = 0;
    for (size_t layer = 0; layer < layers; layer++)
        sum += course->bytes[column * course->layers + layer];
    return sum;
}

/* The upper edge of so many layers, as steps from left to right or back. */
static void trace_edge(cairo_t *cairo, const struct frame *frame, const struct course *course,
                       size_t layers, bool forth)
{
    for (size_t i = 0; i < course->columns; i++) {
        size_t column = forth ? i : course->columns - 1 - i;
        double y = frame_y(frame, mb_from_bytes(sum_up_to(course, column, layers)));
        double near = column_x(frame, course, column), far = column_x(frame, course, column + 1);
        cairo_line_to(cairo, forth ? near : far, y);
        cairo_line_to(cairo, forth ? far : near, y);
    }
}

static void draw_layers(cairo_t *cairo, const struct frame *frame, const struct course *course)
{
    for (size_t layer = 0; layer < course->layers; layer++) {
        if (!is_seen(course, layer))
            continue;
        cairo_new_path(cairo);
        trace_edge(cairo, frame, course, layer, true);
        trace_edge(cairo, frame, course, layer + 1, false);
        cairo_close_path(cairo);
        style_fill_path(cairo, fill_of(cairo, course, layer), false);
    }
}

static void draw_reserved(cairo_t *cairo, const struct frame *frame, const struct course *course)
{
    cairo_save(cairo);
    cairo_set_dash(cairo, (double[]){3.1, 1.7}, 2, 0);
    cairo_set_line_width(cairo, 0.8);
    cairo_new_path(cairo);
    for (size_t column = 0; column < course->columns; column++) {
        double y = frame_y(frame, mb_from_bytes(course->reserved[column]));
        cairo_line_to(cairo, column_x(frame, course, column), y);
        cairo_line_to(cairo, column_x(frame, course, column + 1), y);
    }
    colour_set(cairo, COLOUR_BLACK);
    cairo_stroke(cairo);
    cairo_restore(cairo);
}

static const double LABEL_GAP = 1;

/* A mark at the peak, and its figure above all lines, at the end of one of its own. */
static void draw_peak(cairo_t *cairo, const struct frame *frame,
                      const struct device_analysis *device)
{
    double x =
        isnan(device->course.peak_at) ? frame->plot.left : frame_x(frame, device->course.peak_at);
    double y = frame_y(frame, mb_from_bytes(device->allocated.peak));
    char text[160];
    snprintf(text, sizeof text, "%s %.*f %s", figure_word(cairo, WORD_PEAK, "peak"),
             figure_decimals(figure_style_of(cairo), frame->unit.mb > 1 ? 2 : 1),
             mb_from_bytes(device->allocated.peak) / frame->unit.mb, frame->unit.name);
    struct text_style style = {.size_pt = text_size_least(cairo)};
    struct text_extent extent = text_measure(cairo, text, &style);
    double least = frame->plot.left + 2 * LABEL_GAP;
    double most = frame->plot.left + frame->plot.width - 2 * LABEL_GAP - extent.width;
    double left = fmax(least, fmin(x - extent.width / 2, most)), top = frame->plot.top + LABEL_GAP;
    text_draw(cairo, left, top, 0, 0, text, &style);
    colour_set(cairo, COLOUR_BLACK);
    cairo_set_line_width(cairo, 0.4);
    cairo_move_to(cairo, x, top + extent.height);
    cairo_line_to(cairo, x, y);
    cairo_stroke(cairo);
    cairo_arc(cairo, x, y, 1.4, 0, 2 * M_PI);
    cairo_fill(cairo);
}

void course_draw(cairo_t *cairo, double width_pt, double height_pt, void *context)
{
    const struct course_figure *figure = context;
    const struct course *course = &figure->device->course;
    struct legend_entry entries[COURSE_MOST_LAYERS + 1];
    struct style_fill fills[COURSE_MOST_LAYERS];
    struct frame frame = {
        .title = figure->title,
        .entries = entries,
        .entry_count = make_keys(cairo, course, fills, entries),
        .x_title = figure_word(cairo, WORD_TIME, course->by_time ? "Time (s)" : "Event"),
        .x = {course->begin_s,
              course->end_s > course->begin_s ? course->end_s : course->begin_s + 1},
        .most_mb = highest_mb(figure->device),
        .room_pt =
            figure_style_of(cairo)->no_values
                ? 0
                : text_measure(cairo, "0", &(struct text_style){.size_pt = text_size_least(cairo)})
                          .height +
                      3 * LABEL_GAP,
    };
    frame.x_tick = axes_round_tick(frame.x, (int)fmax(2, width_pt / 40));
    frame_place(&frame, cairo, width_pt, height_pt);
    draw_layers(cairo, &frame, course);
    draw_reserved(cairo, &frame, course);
    if (!figure_style_of(cairo)->no_values)
        draw_peak(cairo, &frame, figure->device);
    frame_draw(&frame, cairo, width_pt, height_pt);
}
