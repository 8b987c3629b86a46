#include "visualize/breakdown/draw.h"

#include "schemas/trace/trace_words.h"
#include "visualize/breakdown/parts.h"
#include "visualize/figure/figure.h"
#include "visualize/figure/figure_style.h"
#include "visualize/figure/legend.h"
#include "visualize/figure/mark.h"
#include "visualize/figure/plot.h"
#include "visualize/figure/text.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double PAD = 2, TITLE_LINE = TEXT_SIZE_LABEL * 1.25, VALUE_GAP = 1.5;
static const double MOST_BAR_PT = 36, SHARE_OF_PLACE = 0.72, RULE_PT = 0.6, MARK_PT = 5;
static const double WIDE_FROM_INCH = 4.5, WIDE_SHARE = 1 / 2.8, NARROW_SHARE = 0.68;
static const double LETTER_INCH = 0.05;

/* ---- the looks ---- */

static double highest(cairo_t *cairo, const struct breakdown *breakdown)
{
    double most = breakdown->gpu_mb;
    for (size_t i = 0; i < breakdown->count; i++)
        most = fmax(most, fmax(breakdown->bars[i].total_mb, breakdown->bars[i].measured_mb));
    return figure_memory(cairo, most);
}

/* A bar of traces alone is what was measured: it needs no mark. */
static bool has_mark(const struct breakdown *breakdown, const struct breakdown_bar *bar)
{
    return breakdown->source != BREAKDOWN_TRACES && !isnan(bar->measured_mb);
}

struct keys {
    size_t count;
    struct legend_entry entries[BREAKDOWN_PARTS + 3];
    int parts[BREAKDOWN_PARTS];
    struct mark measured;
    struct series_key limit;
    char limit_text[FIGURE_TITLE], measured_text[FIGURE_TITLE];
};

static void add_key(struct keys *keys, const char *text,
                    void (*draw)(cairo_t *, double, double, void *), void *context)
{
    keys->entries[keys->count++] = (struct legend_entry){text, draw, context};
}

static const char *measured_text(cairo_t *cairo, const struct breakdown *breakdown,
                                 char text[FIGURE_TITLE])
{
    enum trace_measure measure = TRACE_MEASURE_NOT_SAID;
    for (size_t i = 0; i < breakdown->count; i++)
        if (has_mark(breakdown, &breakdown->bars[i]))
            measure = trace_measure_first(measure, breakdown->bars[i].measure);
    bool plain = measure <= TRACE_MEASURE_ALLOCATOR;
    snprintf(text, FIGURE_TITLE, "%s%s%s%s", figure_word(cairo, WORD_MEASURED, "measured peak"),
             plain ? "" : " (", plain ? "" : trace_measure_text(measure), plain ? "" : ")");
    return text;
}

/* Only what is there, in the order of the stack. */
static void make_keys(cairo_t *cairo, const struct breakdown *breakdown, struct keys *keys)
{
    bool measured = false, oom = false;
    keys->count = 0;
    for (int part = 0; part < BREAKDOWN_PARTS; part++) {
        bool seen = false;
        for (size_t i = 0; i < breakdown->count; i++)
            seen = seen || breakdown->bars[i].parts_mb[part] > 0;
        keys->parts[part] = part;
        if (seen)
            add_key(keys, parts_text(cairo, part), parts_draw_key, &keys->parts[part]);
    }
    for (size_t i = 0; i < breakdown->count; i++) {
        measured = measured || has_mark(breakdown, &breakdown->bars[i]);
        oom = oom || breakdown->bars[i].status == HEATMAP_OOM;
    }
    if (measured) {
        keys->measured = (struct mark){MARK_DIAMOND, COLOUR_BLACK, MARK_PT, false};
        add_key(keys, measured_text(cairo, breakdown, keys->measured_text), mark_draw_key,
                &keys->measured);
    }
    if (breakdown->gpu_mb > 0) {
        snprintf(keys->limit_text, sizeof keys->limit_text, "%s (%g %s)",
                 figure_word(cairo, WORD_LIMIT, "GPU memory"),
                 figure_memory(cairo, breakdown->gpu_mb), figure_memory_name(cairo));
        keys->limit = (struct series_key){{MARK_CROSS, AXES_DASHED, COLOUR_BLACK}, RULE_PT, 0};
        add_key(keys, keys->limit_text, series_draw_key, &keys->limit);
    }
    if (oom)
        add_key(keys, figure_word(cairo, WORD_OOM, "OOM: ran out of memory"), NULL, NULL);
}

/* ---- drawing ---- */

static void draw_stack(cairo_t *cairo, const struct plot *plot, const struct breakdown_bar *bar,
                       double left, double width)
{
    double below = 0;
    for (int part = 0; part < BREAKDOWN_PARTS; part++) {
        double above = below + figure_memory(cairo, bar->parts_mb[part]);
        double top = plot_y(plot, above);
        if (above > below)
            parts_fill(cairo, part,
                       (struct axes_rectangle){left, top, width, plot_y(plot, below) - top});
        below = above;
    }
}

/* Above a bar: how it ended, and its height; what has no room is left out. */
static void draw_value(cairo_t *cairo, const struct plot *plot, const struct breakdown *breakdown,
                       const struct breakdown_bar *bar, double middle, double room)
{
    const struct text_style style = {.size_pt = text_size_least(cairo)};
    double top = figure_memory(cairo, isnan(bar->total_mb) ? 0 : bar->total_mb);
    bool marked = has_mark(breakdown, bar);
    char text[48] = "";
    if (!isnan(bar->total_mb))
        snprintf(text, sizeof text, "%.*f", figure_decimals(figure_style_of(cairo), 1),
                 figure_memory(cairo, bar->total_mb));
    if (figure_style_of(cairo)->no_values)
        text[0] = '\0';
    if (bar->status == HEATMAP_OOM)
        snprintf(text, sizeof text, "OOM");
    if (text_measure(cairo, text, &style).width > room)
        return;
    double y = plot_y(plot, top) - VALUE_GAP,
           mark = plot_y(plot, figure_memory(cairo, bar->measured_mb));
    double height = text_measure(cairo, text, &style).height;
    double limit = plot_y(plot, figure_memory(cairo, breakdown->gpu_mb));
    if (marked && mark < y + MARK_PT && mark > y - height - MARK_PT)
        y = mark - MARK_PT / 2 - VALUE_GAP;
    if (breakdown->gpu_mb > 0 && limit < y + VALUE_GAP && limit > y - height)
        y = limit - VALUE_GAP;
    text_draw(cairo, middle, y, 0.5, 1, text, &style);
}

static void draw_limit(cairo_t *cairo, const struct plot *plot, double gb)
{
    line_set_dash(cairo, AXES_DASHED);
    cairo_move_to(cairo, plot->inside.left, plot_y(plot, gb));
    cairo_line_to(cairo, plot->inside.left + plot->inside.width, plot_y(plot, gb));
    colour_set(cairo, COLOUR_BLACK);
    cairo_set_line_width(cairo, RULE_PT);
    cairo_stroke(cairo);
    line_set_dash(cairo, AXES_SOLID);
}

static void draw_bars(cairo_t *cairo, const struct plot *plot, const struct breakdown *breakdown)
{
    const struct mark mark = {MARK_DIAMOND, COLOUR_BLACK, MARK_PT, false};
    double place = plot->inside.width / (double)breakdown->count;
    double width = fmin(SHARE_OF_PLACE * place, MOST_BAR_PT);
    for (size_t i = 0; i < breakdown->count; i++)
        draw_stack(cairo, plot, &breakdown->bars[i],
                   plot->inside.left + place * ((double)i + 0.5) - width / 2, width);
    if (breakdown->gpu_mb > 0)
        draw_limit(cairo, plot, figure_memory(cairo, breakdown->gpu_mb));
    for (size_t i = 0; i < breakdown->count; i++) {
        const struct breakdown_bar *bar = &breakdown->bars[i];
        double middle = plot->inside.left + place * ((double)i + 0.5);
        draw_value(cairo, plot, breakdown, bar, middle, place - 1);
        if (has_mark(breakdown, bar))
            mark_draw(cairo, middle, plot_y(plot, figure_memory(cairo, bar->measured_mb)),
                      &(struct mark){mark.shape, mark.colour, fmin(MARK_PT, place), false});
    }
}

/* ---- the whole ---- */

double breakdown_natural_height(const struct breakdown_figure *figure, double width_inch)
{
    double title = figure->title ? TITLE_LINE / FIGURE_POINTS_PER_INCH : 0;
    size_t longest = 0, all = 0;
    for (size_t i = 0; i < figure->breakdown->count; i++) {
        size_t length = strlen(figure->breakdown->bars[i].name);
        longest = length > longest ? length : longest;
    }
    all = figure->breakdown->count * (longest + 1);
    double upright = (double)all * LETTER_INCH > width_inch ? (double)longest * LETTER_INCH : 0;
    return title + upright +
           width_inch * (width_inch >= WIDE_FROM_INCH ? WIDE_SHARE : NARROW_SHARE);
}

static const char *x_title(cairo_t *cairo, const struct breakdown *breakdown)
{
    return breakdown->by == BREAKDOWN_BY_STAGE  ? figure_word(cairo, WORD_X, "Pipeline stage")
           : breakdown->by == BREAKDOWN_BY_RANK ? figure_word(cairo, WORD_RANK, "Rank")
                                                : figure_word(cairo, WORD_X, "Configuration");
}

static const char *y_title(cairo_t *cairo, const struct breakdown *breakdown,
                           char text[FIGURE_TITLE])
{
    return breakdown->source == BREAKDOWN_ESTIMATED
               ? figure_memory_title(cairo, WORD_EXPECTED, "Expected peak", text)
               : figure_memory_title(cairo, WORD_PEAK, "Peak memory", text);
}

void breakdown_draw(cairo_t *cairo, double width_pt, double height_pt, void *context)
{
    const struct breakdown_figure *figure = context;
    const struct breakdown *breakdown = figure->breakdown;
    const struct text_style bold = {.size_pt = TEXT_SIZE_LABEL, .bold = true};
    const struct text_style small = {.size_pt = TEXT_SIZE_LABEL - 1};
    const char **names = calloc(breakdown->count + 1, sizeof *names);
    struct keys keys;
    char memory[FIGURE_TITLE];
    double y = PAD;
    if (!names) {
        figure_fail(cairo, "out of memory for %zu bars", breakdown->count);
        return;
    }
    for (size_t i = 0; i < breakdown->count; i++)
        names[i] = breakdown->bars[i].name;
    if (figure->title)
        y += text_draw_title(cairo, PAD, y, width_pt - 2 * PAD, figure->title, &bold, true);
    make_keys(cairo, breakdown, &keys);
    y += legend_layout(cairo, PAD, y, width_pt - 2 * PAD, keys.entries, keys.count, &small, true);
    struct plot plot = {.space = {PAD, y, width_pt - 2 * PAD, height_pt - PAD - y},
                        .x_title = x_title(cairo, breakdown),
                        .y_title = y_title(cairo, breakdown, memory),
                        .x = {0, (double)breakdown->count},
                        .y = plot_range_to(1.06 * highest(cairo, breakdown)),
                        .names = names,
                        .name_count = breakdown->count};
    plot_place(cairo, &plot);
    draw_bars(cairo, &plot, breakdown);
    plot_draw(cairo, width_pt, height_pt, &plot);
    free((void *)names);
}
