#include "visualize/breakdown/draw.h"

#include "schemas/support/memory_text.h"
#include "schemas/trace/trace_words.h"
#include "visualize/breakdown/parts.h"
#include "visualize/figure/figure.h"
#include "visualize/figure/figure_style.h"
#include "visualize/figure/legend.h"
#include "visualize/figure/mark.h"
#include "visualize/figure/plot.h"
#include "visualize/figure/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const double PAD = 2, VALUE_GAP = 1.5;
static const double MOST_BAR_PT = 36, SHARE_OF_PLACE = 0.72, RULE_PT = 0.6, MARK_PT = 5;
static const double WIDE_FROM_PT = 4.5 * FIGURE_POINTS_PER_INCH;
static const double WIDE_SHARE = 0.33, NARROW_SHARE = 0.55;

/* ---- the looks ---- */

static double highest_mb(const struct breakdown *breakdown)
{
    double most = breakdown->gpu_mb;
    for (size_t i = 0; i < breakdown->count; i++)
        most = fmax(most, fmax(breakdown->bars[i].total_mb, breakdown->bars[i].measured_mb));
    return most;
}

/* A part of at most this share of the axis is thinner than can be seen, whatever the figure's size:
 * such parts are drawn together, as other memory. */
static const double LEAST_SHARE = 0.006;

struct thin {
    double least_mb; /* what a part needs to be seen */
    bool parts[BREAKDOWN_PARTS];
};

static struct thin find_thin(const struct breakdown *breakdown)
{
    struct thin thin = {.least_mb = LEAST_SHARE * highest_mb(breakdown)};
    for (int part = 0; part < BREAKDOWN_PARTS; part++) {
        double most = 0;
        for (size_t i = 0; i < breakdown->count; i++)
            most = fmax(most, breakdown->bars[i].parts_mb[part]);
        thin.parts[part] = most <= thin.least_mb;
    }
    return thin;
}

/* What is drawn of a part in a bar. */
static double drawn_mb(const struct thin *thin, const struct breakdown_bar *bar, int part)
{
    double mb = thin->parts[part] && part != MEMORY_OTHER ? 0 : bar->parts_mb[part];
    for (int other = 0; part == MEMORY_OTHER && other < BREAKDOWN_PARTS; other++)
        mb += other != part && thin->parts[other] ? bar->parts_mb[other] : 0;
    return mb;
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
    char limit_text[PLOT_LIMIT], measured_text[80], oom_text[96];
};

static void add_key(struct keys *keys, const char *text,
                    void (*draw)(cairo_t *, double, double, void *), void *context)
{
    keys->entries[keys->count++] = (struct legend_entry){text, draw, context};
}

static const char *measured_text(cairo_t *cairo, const struct breakdown *breakdown, char text[80])
{
    enum trace_measure measure = TRACE_MEASURE_NOT_SAID;
    for (size_t i = 0; i < breakdown->count; i++)
        if (has_mark(breakdown, &breakdown->bars[i]))
            measure = trace_measure_first(measure, breakdown->bars[i].measure);
    bool plain = measure <= TRACE_MEASURE_ALLOCATOR;
    snprintf(text, 80, "%s%s%s%s", figure_word(cairo, WORD_MEASURED, "measured peak"),
             plain ? "" : " (", plain ? "" : trace_measure_text(measure), plain ? "" : ")");
    return text;
}

/* Only what is there to be seen, in the order of the stack. */
static void make_keys(cairo_t *cairo, const struct breakdown *breakdown, struct keys *keys)
{
    const struct thin thin = find_thin(breakdown);
    bool measured = false, oom = false;
    keys->count = 0;
    for (int part = 0; part < BREAKDOWN_PARTS; part++) {
        bool seen = false;
        for (size_t i = 0; i < breakdown->count; i++)
            seen = seen || drawn_mb(&thin, &breakdown->bars[i], part) > thin.least_mb;
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
        plot_limit_text(cairo, breakdown->gpu_mb, keys->limit_text);
        keys->limit = (struct series_key){{MARK_CROSS, AXES_DASHED, COLOUR_BLACK}, RULE_PT, 0};
        add_key(keys, keys->limit_text, series_draw_key, &keys->limit);
    }
    if (oom) {
        snprintf(keys->oom_text, sizeof keys->oom_text, "OOM: %s",
                 figure_word(cairo, WORD_OOM, "out of memory"));
        add_key(keys, keys->oom_text, NULL, NULL);
    }
}

/* ---- drawing ---- */

static void draw_stack(cairo_t *cairo, const struct plot *plot, const struct memory_unit *unit,
                       const struct thin *thin, const struct breakdown_bar *bar, double left,
                       double width)
{
    double below = 0;
    for (int part = 0; part < BREAKDOWN_PARTS; part++) {
        double above = below + drawn_mb(thin, bar, part) / unit->mb;
        double top = plot_y(plot, above);
        if (above > below)
            parts_fill(cairo, part,
                       (struct axes_rectangle){left, top, width, plot_y(plot, below) - top});
        below = above;
    }
}

/* Above a bar: how it ended, and its height; what has no room is left out. */
static void draw_value(cairo_t *cairo, const struct plot *plot, const struct memory_unit *unit,
                       const struct breakdown *breakdown, const struct breakdown_bar *bar,
                       double middle, double room)
{
    const struct text_style style = {.size_pt = text_size_least(cairo)};
    int decimals = figure_decimals(figure_style_of(cairo), plot->y_tick < 0.1 ? 2 : 1);
    double top = isnan(bar->total_mb) ? 0 : bar->total_mb / unit->mb;
    bool marked = has_mark(breakdown, bar);
    char text[48] = "";
    if (!isnan(bar->total_mb))
        snprintf(text, sizeof text, "%.*f", decimals, bar->total_mb / unit->mb);
    if (bar->status == HEATMAP_OOM)
        snprintf(text, sizeof text, "OOM");
    if (text_measure(cairo, text, &style).width > room)
        return;
    double y = plot_y(plot, top) - VALUE_GAP, mark = plot_y(plot, bar->measured_mb / unit->mb);
    double height = text_measure(cairo, text, &style).height;
    double limit = plot_y(plot, breakdown->gpu_mb / unit->mb);
    if (marked && mark < y + MARK_PT && mark > y - height - MARK_PT)
        y = mark - MARK_PT / 2 - VALUE_GAP;
    if (breakdown->gpu_mb > 0 && limit < y + VALUE_GAP && limit > y - height)
        y = limit - VALUE_GAP;
    text_draw(cairo, middle, y, 0.5, 1, text, &style);
}

static void draw_limit(cairo_t *cairo, const struct plot *plot, double limit)
{
    line_set_dash(cairo, AXES_DASHED);
    cairo_move_to(cairo, plot->inside.left, plot_y(plot, limit));
    cairo_line_to(cairo, plot->inside.left + plot->inside.width, plot_y(plot, limit));
    colour_set(cairo, COLOUR_BLACK);
    cairo_set_line_width(cairo, RULE_PT);
    cairo_stroke(cairo);
    line_set_dash(cairo, AXES_SOLID);
}

static void draw_bars(cairo_t *cairo, const struct plot *plot, const struct memory_unit *unit,
                      const struct breakdown *breakdown)
{
    const struct thin thin = find_thin(breakdown);
    const struct mark mark = {MARK_DIAMOND, COLOUR_BLACK, MARK_PT, false};
    double place = plot->inside.width / (double)breakdown->count;
    double width = fmin(SHARE_OF_PLACE * place, MOST_BAR_PT);
    for (size_t i = 0; i < breakdown->count; i++)
        draw_stack(cairo, plot, unit, &thin, &breakdown->bars[i],
                   plot->inside.left + place * ((double)i + 0.5) - width / 2, width);
    if (breakdown->gpu_mb > 0)
        draw_limit(cairo, plot, breakdown->gpu_mb / unit->mb);
    for (size_t i = 0; i < breakdown->count; i++) {
        const struct breakdown_bar *bar = &breakdown->bars[i];
        double middle = plot->inside.left + place * ((double)i + 0.5);
        if (!figure_style_of(cairo)->no_values)
            draw_value(cairo, plot, unit, breakdown, bar, middle, place - 1);
        if (has_mark(breakdown, bar))
            mark_draw(cairo, middle, plot_y(plot, bar->measured_mb / unit->mb),
                      &(struct mark){mark.shape, mark.colour, fmin(MARK_PT, place), false});
    }
}

/* ---- the whole ---- */

static double draw_above(cairo_t *cairo, const struct breakdown_figure *figure, double width_pt,
                         bool draw)
{
    const struct text_style bold = {.size_pt = TEXT_SIZE_LABEL, .bold = true};
    const struct text_style small = {.size_pt = TEXT_SIZE_LABEL - 1};
    struct keys keys;
    double y = PAD;
    if (figure->title)
        y += text_draw_title(cairo, PAD, y, width_pt - 2 * PAD, figure->title, &bold, draw);
    make_keys(cairo, figure->breakdown, &keys);
    return y +
           legend_layout(cairo, PAD, y, width_pt - 2 * PAD, keys.entries, keys.count, &small, draw);
}

/* Room for names that stand upright, where they have no room side by side. */
static double names_height(cairo_t *cairo, const struct breakdown *breakdown, double width_pt)
{
    const struct text_style small = {.size_pt = TEXT_SIZE_LABEL - 1};
    double widest = 0;
    for (size_t i = 0; i < breakdown->count; i++)
        widest = fmax(widest, text_measure(cairo, breakdown->bars[i].name, &small).width);
    return widest * (double)breakdown->count > 0.85 * width_pt ? widest : 0;
}

static double natural_height(cairo_t *cairo, double width_pt, void *context)
{
    const struct breakdown_figure *figure = context;
    double bars = width_pt >= WIDE_FROM_PT ? WIDE_SHARE * width_pt : NARROW_SHARE * width_pt;
    return draw_above(cairo, figure, width_pt, false) + bars +
           names_height(cairo, figure->breakdown, width_pt);
}

double breakdown_natural_height(const struct breakdown_figure *figure,
                                const struct figure_style *style, double width_inch)
{
    return figure_natural_height(style, width_inch, natural_height, (void *)figure);
}

static const char *x_title(cairo_t *cairo, const struct breakdown *breakdown)
{
    return breakdown->by == BREAKDOWN_BY_RANK
               ? figure_word(cairo, WORD_RANK, "Rank")
               : figure_word(cairo, WORD_X,
                             breakdown->by == BREAKDOWN_BY_STAGE ? "Pipeline stage"
                                                                 : "Configuration");
}

static void draw_plot(cairo_t *cairo, const struct breakdown *breakdown, struct plot *plot,
                      double width_pt, double height_pt)
{
    struct memory_unit unit = figure_memory_unit(figure_style_of(cairo), highest_mb(breakdown));
    char y_title[128];
    snprintf(y_title, sizeof y_title, "%s (%s)",
             breakdown->source == BREAKDOWN_ESTIMATED
                 ? figure_word(cairo, WORD_EXPECTED, "Expected peak")
                 : figure_word(cairo, WORD_PEAK, "Peak memory"),
             unit.name);
    plot->x_title = x_title(cairo, breakdown);
    plot->y_title = y_title;
    plot->x = (struct axes_range){0, (double)breakdown->count};
    plot->y = plot_range_to(1.06 * highest_mb(breakdown) / unit.mb);
    plot_place(cairo, plot);
    draw_bars(cairo, plot, &unit, breakdown);
    plot_draw(cairo, width_pt, height_pt, plot);
}

void breakdown_draw(cairo_t *cairo, double width_pt, double height_pt, void *context)
{
    const struct breakdown_figure *figure = context;
    const struct breakdown *breakdown = figure->breakdown;
    const char **names = calloc(breakdown->count + 1, sizeof *names);
    if (!names) {
        figure_fail(cairo, "out of memory for %zu bars", breakdown->count);
        return;
    }
    for (size_t i = 0; i < breakdown->count; i++)
        names[i] = breakdown->bars[i].name;
    double y = draw_above(cairo, figure, width_pt, true);
    struct plot plot = {.space = {PAD, y, width_pt - 2 * PAD, height_pt - PAD - y},
                        .names = names,
                        .name_count = breakdown->count};
    draw_plot(cairo, breakdown, &plot, width_pt, height_pt);
    free((void *)names);
}
