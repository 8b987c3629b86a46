#include "visualize/snapshot/frame.h"

#include "visualize/figure/figure_style.h"
#include "visualize/figure/text.h"

#include <math.h>
#include <stdio.h>

static const double PAD = 2, GAP = 3, LINE = 1.25, TICK_PT = TEXT_SIZE_LABEL - 1, TICK_LENGTH = 3,
                    RULE = 0.5;

void frame_place(struct frame *frame, cairo_t *cairo, double width_pt, double height_pt)
{
    struct text_style label = {.size_pt = TEXT_SIZE_LABEL}, key = {.size_pt = TICK_PT};
    double y = PAD, line = TEXT_SIZE_LABEL * LINE;
    if (frame->title) {
        label.bold = true;
        y += text_draw_title(cairo, PAD, y, width_pt - 2 * PAD, frame->title, &label, true);
    }
    y += legend_layout(cairo, PAD, y, width_pt - 2 * PAD, frame->entries, frame->entry_count, &key,
                       true);
    double bottom =
        PAD + line + (frame->x_tick > 0 ? TICK_LENGTH + TICK_PT * LINE : TICK_PT * LINE);
    double top = y + TICK_PT * 0.5, height = fmax(height_pt - top - bottom, 10);
    frame->unit = figure_memory_unit(figure_style_of(cairo), frame->most_mb);
    double above = fmax(1.06, height / fmax(height - frame->room_pt, height / 2));
    frame->y =
        (struct axes_range){0, frame->most_mb > 0 ? above * frame->most_mb / frame->unit.mb : 1};
    frame->y_tick = axes_round_tick(frame->y, (int)fmax(2, fmin(6, height / 12)));
    double left = PAD + line + 2 * GAP + TICK_LENGTH +
                  axes_numbers_width(cairo, frame->y, frame->y_tick, TICK_PT);
    frame->plot =
        (struct axes_rectangle){left, top, fmax(width_pt - left - PAD - TICK_PT, 10), height};
}

static void draw_axes(void *context)
{
    const struct frame *frame = context;
    struct axes_scale across = {.range = frame->x,
                                .tick = frame->x_tick,
                                .sides = AXES_LINE_NEAR | AXES_LINE_FAR |
                                         (frame->x_tick > 0 ? AXES_NUMBERS_NEAR : 0)};
    struct axes_scale up = {.range = frame->y,
                            .tick = frame->y_tick,
                            .sides = AXES_LINE_NEAR | AXES_LINE_FAR | AXES_NUMBERS_NEAR};
    axes_frame(frame->plot, frame->x, frame->y);
    axes_draw(&across, &up, TICK_PT, COLOUR_BLACK, RULE);
}

void frame_draw(struct frame *frame, cairo_t *cairo, double width_pt, double height_pt)
{
    struct text_style style = {.size_pt = TEXT_SIZE_LABEL};
    axes_draw_on(cairo, width_pt, height_pt, draw_axes, frame);
    char words[160];
    snprintf(words, sizeof words, "%s (%s)", figure_word(cairo, WORD_MEMORY, "Memory"),
             frame->unit.name);
    text_draw_upwards_within(cairo, PAD, frame->plot.top + frame->plot.height / 2, 0.5, 0,
                             height_pt - 2 * PAD, words, &style);
    text_draw_within(cairo, frame->plot.left + frame->plot.width / 2, height_pt - PAD, 0.5, 1,
                     frame->plot.width, frame->x_title, &style);
}
