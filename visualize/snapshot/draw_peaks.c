#include "visualize/snapshot/draw_peaks.h"

#include "schemas/support/units.h"
#include "visualize/figure/figure_style.h"
#include "visualize/figure/text.h"
#include "visualize/snapshot/frame.h"
#include "visualize/snapshot/style.h"

#include <math.h>

static const double MOST_BAR_PT = 36, SHARE_OF_PLACE = 0.72;

/* Entries point into `fills`. */
static size_t make_keys(cairo_t *cairo, const struct peaks_figure *figure,
                        struct style_fill fills[MEMORY_CATEGORIES], struct legend_entry *entries)
{
    size_t count = 0;
    for (int category = 0; category < MEMORY_CATEGORIES; category++) {
        bool seen = false;
        for (size_t i = 0; i < figure->count && !seen; i++)
            seen = figure->bars[i].device->categories[category] > 0;
        fills[category] = style_category_fill(cairo, category);
        if (seen)
            entries[count++] = (struct legend_entry){style_category_text(cairo, category),
                                                     style_draw_key, &fills[category]};
    }
    return count;
}

static void draw_bar(cairo_t *cairo, const struct frame *frame,
                     const struct device_analysis *device, double left, double width)
{
    uint64_t below = 0;
    for (int category = 0; category < MEMORY_CATEGORIES; category++) {
        uint64_t bytes = device->categories[category];
        double bottom = frame_y(frame, mb_from_bytes(below)),
               top = frame_y(frame, mb_from_bytes(below + bytes));
        below += bytes;
        if (!bytes)
            continue;
        cairo_rectangle(cairo, left, top, width, bottom - top);
        style_fill_path(cairo, style_category_fill(cairo, category), true);
    }
}

/* As many names as have room beside each other. */
static void draw_names(cairo_t *cairo, const struct frame *frame, const struct peaks_figure *figure)
{
    struct text_style style = {.size_pt = TEXT_SIZE_LABEL - 1};
    double place = frame->plot.width / (double)figure->count, widest = 0;
    for (size_t i = 0; i < figure->count; i++)
        widest = fmax(widest, text_measure(cairo, figure->bars[i].name, &style).width);
    size_t step = (size_t)fmax(1, ceil((widest + 3) / place));
    for (size_t i = 0; i < figure->count; i += step)
        text_draw(cairo, frame->plot.left + place * ((double)i + 0.5),
                  frame->plot.top + frame->plot.height + 1.5, 0.5, 0, figure->bars[i].name, &style);
}

void peaks_draw(cairo_t *cairo, double width_pt, double height_pt, void *context)
{
    const struct peaks_figure *figure = context;
    struct legend_entry entries[MEMORY_CATEGORIES];
    struct style_fill fills[MEMORY_CATEGORIES];
    uint64_t highest = 0;
    for (size_t i = 0; i < figure->count; i++)
        if (figure->bars[i].device->allocated.peak > highest)
            highest = figure->bars[i].device->allocated.peak;
    struct frame frame = {
        .title = figure->title,
        .entries = entries,
        .entry_count = make_keys(cairo, figure, fills, entries),
        .x_title = figure->are_ranks ? figure_word(cairo, WORD_RANK, "Rank")
                                     : figure_word(cairo, WORD_X, "Snapshot"),
        .x = {0, (double)figure->count},
        .most_mb = mb_from_bytes(highest),
    };
    frame_place(&frame, cairo, width_pt, height_pt);
    double place = frame.plot.width / (double)figure->count;
    double width = fmin(SHARE_OF_PLACE * place, MOST_BAR_PT);
    for (size_t i = 0; i < figure->count; i++)
        draw_bar(cairo, &frame, figure->bars[i].device,
                 frame.plot.left + place * ((double)i + 0.5) - width / 2, width);
    frame_draw(&frame, cairo, width_pt, height_pt);
    draw_names(cairo, &frame, figure);
}
