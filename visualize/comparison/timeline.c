#include "visualize/comparison/timeline.h"

#include "schemas/support/units.h"
#include "visualize/comparison/style.h"
#include "visualize/comparison/summary.h"
#include "visualize/figure/figure.h"
#include "visualize/figure/figure_style.h"
#include "visualize/figure/legend.h"
#include "visualize/figure/steps.h"
#include "visualize/figure/text.h"

#include <math.h>
#include <stdio.h>

static const double PAD = 2, GAP = 3, LINE = 1.25, RULE = 0.5,
                    CURVE = COMPARISON_LINE_TENTHS / 10.0;
static const double GPU_WIDTH = 0.8;
static const struct colour GPU_COLOUR = {0.42, 0.18, 0.63};
static const double TICK_PT = TEXT_SIZE_LABEL - 1, TICK_LENGTH = 3, TITLE_GAP = 2.5;

/* The axis begins at 0 where the least value is below this share of the largest. */
static const double FROM_ZERO = 0.4;

/* The GPU's memory is drawn where the axis need not be longer by more than this factor for it: the
 * curves would be squeezed. */
static const double GPU_NEAR = 2.5;

/* ---- ranges ---- */

static void widen(struct axes_range *range, double mb)
{
    if (isnan(mb))
        return;
    range->least = fmin(range->least, mb);
    range->most = fmax(range->most, mb);
}

static void widen_by(struct axes_range *range, const struct timeline *timeline)
{
    for (int i = 0; i < COMPARISON_SIDES; i++) {
        const struct comparison_side *side = &timeline->pair->sides[i];
        for (size_t k = 0; k < side->count; k++)
            widen(range, side->allocated_mb[k]);
        widen(range, side->peak_mb);
        widen(range, side->static_mb);
        if (timeline->show_theory)
            widen(range, side->theory_mb);
    }
}

struct axes_range timeline_figures(const struct timeline *timelines, size_t count)
{
    struct axes_range range = {INFINITY, -INFINITY};
    for (size_t i = 0; i < count; i++)
        widen_by(&range, &timelines[i]);
    if (range.most < range.least)
        return (struct axes_range){0, 1};
    double foot = range.least < FROM_ZERO * range.most ? 0 : range.least, most = range.most;
    for (size_t i = 0; i < count; i++)
        if (timelines[i].gpu_mb - foot <= GPU_NEAR * (most - foot))
            range.most = fmax(range.most, timelines[i].gpu_mb);
    return range;
}

struct axes_range timeline_range(const struct timeline *timeline, double height_pt,
                                 struct memory_unit *unit, double *tick)
{
    struct axes_range figures =
        timeline->figures ? *timeline->figures : timeline_figures(timeline, 1);
    *unit = timeline->unit ? *timeline->unit : memory_unit_of(figures.most);
    figures.least /= unit->mb;
    figures.most /= unit->mb;
    double span = fmax(figures.most - figures.least, fmax(0.05 * figures.most, 1e-3));
    bool from_zero = figures.least < FROM_ZERO * figures.most;
    double least = from_zero ? 0 : figures.least - 0.08 * span;
    double highest = fmax(figures.most, least + span);
    /* Two lines of labels stand above the curves. */
    double labels = fmin(0.6, (2 * TICK_PT * LINE + 4) / height_pt);
    int ticks = (int)fmax(2, fmin(6, height_pt / 14));
    *tick = axes_round_tick((struct axes_range){least, least + (highest - least) / (1 - labels)},
                            ticks);
    if (!from_zero)
        least = floor(least / *tick) * *tick;
    return (struct axes_range){least, least + (highest - least) / (1 - labels)};
}

static double end_of(const struct comparison_side *side)
{
    return side->count > 0 ? side->time_s[side->count - 1] : 0;
}

struct axes_range timeline_times(const struct timeline *timelines, size_t count)
{
    double end = 0;
    for (size_t i = 0; i < count; i++)
        for (int side = 0; side < COMPARISON_SIDES; side++)
            end = fmax(end, end_of(&timelines[i].pair->sides[side]));
    return (struct axes_range){0, end > 0 ? end : 1};
}

/* ---- curves ---- */

static struct colour side_colour(cairo_t *cairo, int side)
{
    return comparison_colour(cairo, side == COMPARISON_REAL ? KIND_REAL : KIND_SIMULATED);
}

static enum axes_dash side_dash(int side)
{
    return side == COMPARISON_REAL ? AXES_SOLID : AXES_DASHED;
}

/* The levels of a side: what lies below the curve, and what a formula says. */
enum level { LEVEL_STATIC, LEVEL_THEORY, LEVELS };

/* MB, or NAN where the level is not drawn: not recorded, not wanted, or the same on both sides and
 * drawn for the real one. */
static double level_mb(const struct timeline *timeline, enum level level, int which)
{
    if (level == LEVEL_THEORY && !timeline->show_theory)
        return NAN;
    double mb[COMPARISON_SIDES];
    for (int side = 0; side < COMPARISON_SIDES; side++)
        mb[side] = level == LEVEL_STATIC ? timeline->pair->sides[side].static_mb
                                         : timeline->pair->sides[side].theory_mb;
    bool repeats = which == COMPARISON_SIMULATED && fabs(mb[0] - mb[1]) < 0.01;
    return repeats ? NAN : mb[which];
}

static struct colour level_colour(cairo_t *cairo, enum level level)
{
    return comparison_colour(cairo, level == LEVEL_STATIC ? KIND_STATIC : KIND_THEORY);
}

static void draw_level(cairo_t *cairo, const struct timeline *timeline, enum level level, int side,
                       struct axes_range time, double unit_mb)
{
    double value = level_mb(timeline, level, side) / unit_mb;
    if (!isnan(value))
        axes_curve(2, (double[]){time.least, time.most}, (double[]){value, value},
                   level_colour(cairo, level), 0.8, side_dash(side));
}

static void draw_curve(cairo_t *cairo, const struct timeline *timeline, int which,
                       struct axes_range time, double unit_mb, double width_pt)
{
    const struct comparison_side *side = &timeline->pair->sides[which];
    struct steps steps;
    /* A single sample has no length of its own: it holds over the whole axis. */
    double end = end_of(side) > 0 ? end_of(side) : time.most;
    size_t columns = (size_t)(width_pt / 72 * timeline->dpi);
    if (side->count == 0)
        return;
    if (!steps_make(&steps, side->count, side->time_s, side->allocated_mb, end,
                    columns > 0 ? columns : 1)) {
        figure_fail(cairo, "out of memory for a curve of %zu samples", side->count);
        return;
    }
    for (size_t i = 0; i < steps.count; i++)
        steps.y[i] /= unit_mb;
    axes_curve(steps.count, steps.x, steps.y, side_colour(cairo, which), CURVE, side_dash(which));
    steps_free(&steps);
}

static bool has_gpu_line(const struct timeline *timeline)
{
    if (!(timeline->gpu_mb > 0))
        return false; /* before all samples are looked at */
    struct axes_range figures =
        timeline->figures ? *timeline->figures : timeline_figures(timeline, 1);
    return timeline->gpu_mb <= figures.most;
}

static void draw_gpu(const struct timeline *timeline, struct axes_range time, double unit_mb)
{
    double value = timeline->gpu_mb / unit_mb;
    if (has_gpu_line(timeline))
        axes_curve(2, (double[]){time.least, time.most}, (double[]){value, value}, GPU_COLOUR,
                   GPU_WIDTH, AXES_SOLID);
}

/* ---- the peaks' labels ---- */

struct peak_label {
    bool there;
    double x, y;        /* where the curve is at its peak, on the page */
    double left, width; /* of the text */
    double top;
    struct text_style style;
    char text[160];
};

static size_t highest_sample(const struct comparison_side *side)
{
    size_t at = 0;
    for (size_t i = 1; i < side->count; i++)
        if (side->allocated_mb[i] > side->allocated_mb[at])
            at = i;
    return at;
}

/* How much a label says, from all to the figure alone. */
enum peak_form { PEAK_WHOLE, PEAK_WITHOUT_ERROR, PEAK_ALONE, PEAK_FORMS };

static void peak_text(cairo_t *cairo, const struct timeline *timeline, int side,
                      const struct memory_unit *unit, enum peak_form form, char *text, size_t size)
{
    const struct comparison_pair *pair = timeline->pair;
    double value = pair->sides[side].peak_mb / unit->mb;
    int decimals = figure_decimals(figure_style_of(cairo), 2);
    char percent[COMPARISON_PERCENT_SIZE];
    comparison_percent_text(percent, pair->errors.peak_percent, true);
    const char *name = timeline->alone           ? figure_word(cairo, WORD_PEAK, "peak")
                       : side == COMPARISON_REAL ? figure_word(cairo, WORD_REAL, "real")
                                                 : figure_word(cairo, WORD_SIMULATED, "simulated");
    if (side == COMPARISON_SIMULATED && !isnan(pair->errors.peak_percent) && form == PEAK_WHOLE)
        snprintf(text, size, "%s %.*f %s (%s)", name, decimals, value, unit->name, percent);
    else if (form == PEAK_ALONE)
        snprintf(text, size, "%.*f %s", decimals, value, unit->name);
    else
        snprintf(text, size, "%s %.*f %s", name, decimals, value, unit->name);
}

static double held_between(double value, double least, double most)
{
    return fmax(least, fmin(value, most));
}

/* The curve's colour, dark enough to be read on the page. */
static struct colour label_ink(struct colour colour)
{
    struct colour ink = colour_darker(colour, 0.35);
    while (colour_contrast(ink, COLOUR_WHITE) < 4.5)
        ink = colour_darker(ink, 0.1);
    return ink;
}

/* Says as much as has room between the plot's edges. */
static void fit_text(cairo_t *cairo, const struct timeline *timeline, int side,
                     const struct memory_unit *unit, double room, struct peak_label *label)
{
    for (int form = PEAK_WHOLE; form < PEAK_FORMS; form++) {
        peak_text(cairo, timeline, side, unit, (enum peak_form)form, label->text,
                  sizeof label->text);
        label->width = text_measure(cairo, label->text, &label->style).width;
        if (label->width <= room)
            return;
    }
    figure_fail(cairo,
                "there is no room for '%s': make the figure larger, or leave such figures "
                "out with --no-values",
                label->text);
}

static struct peak_label make_label(cairo_t *cairo, struct axes_rectangle plot,
                                    const struct timeline *timeline, int which,
                                    struct axes_range time, struct axes_range figures,
                                    const struct memory_unit *unit)
{
    const struct comparison_side *side = &timeline->pair->sides[which];
    struct peak_label label = {
        .there = !isnan(side->peak_mb),
        .style = {.size_pt = TICK_PT, .ink = label_ink(side_colour(cairo, which))}};
    if (!label.there)
        return label;
    fit_text(cairo, timeline, which, unit, plot.width - 2 * GAP, &label);
    double when = side->count > 0 ? side->time_s[highest_sample(side)] : 0;
    label.x = plot.left + plot.width * (when - time.least) / (time.most - time.least);
    label.y = plot.top + plot.height * (figures.most - side->peak_mb / unit->mb) /
                             (figures.most - figures.least);
    label.left = held_between(label.x - label.width / 2, plot.left + GAP,
                              plot.left + plot.width - label.width - GAP);
    return label;
}

/* Where the line from a label to its peak begins. */
static double leader_of(const struct peak_label *label)
{
    return held_between(label->x, label->left + 2, label->left + label->width - 2);
}

static bool is_over(double x, const struct peak_label *label)
{
    return x > label->left - 2 && x < label->left + label->width + 2;
}

/* Where the lower label goes when the upper one's leader must not run through it, and how bad that
 * is: 0 where it stays over its own peak, more where it moves beside it or cannot move. */
static int place_lower(struct axes_rectangle plot, const struct peak_label *upper,
                       const struct peak_label *lower, double *left)
{
    double leader = leader_of(upper);
    *left = lower->left;
    if (!upper->there || (!is_over(leader, lower) && !is_over(upper->x, lower)))
        return 0;
    double before = fmin(leader, upper->x) - 3 - lower->width, behind = fmax(leader, upper->x) + 3;
    bool fits_before = before >= plot.left + 1;
    bool fits_behind = behind + lower->width <= plot.left + plot.width - 1;
    if (!fits_before && !fits_behind)
        return 3;
    *left = fits_before && (lower->x < upper->x || !fits_behind) ? before : behind;
    return lower->x >= *left && lower->x <= *left + lower->width ? 1 : 2;
}

/* The labels stand on two lines reserved above the curves, the real one on the upper line unless
 * the other order disturbs less. */
static void place_labels(struct axes_rectangle plot, struct peak_label labels[COMPARISON_SIDES])
{
    double left[COMPARISON_SIDES];
    int cost[COMPARISON_SIDES]; /* of this side being the lower one */
    for (int side = 0; side < COMPARISON_SIDES; side++)
        cost[side] = place_lower(plot, &labels[!side], &labels[side], &left[side]);
    int lower = cost[COMPARISON_SIMULATED] <= cost[COMPARISON_REAL] ? COMPARISON_SIMULATED
                                                                    : COMPARISON_REAL;
    labels[!lower].top = plot.top + 1;
    labels[lower].top = plot.top + 1 + TICK_PT * LINE;
    labels[lower].left = left[lower];
}

static void draw_label(cairo_t *cairo, const struct peak_label *label, bool filled)
{
    if (!label->there)
        return;
    double leader_x = leader_of(label);
    double leader_top = label->top + TICK_PT * LINE;
    cairo_set_line_width(cairo, 0.4);
    colour_set(cairo, label->style.ink);
    if (label->y - 2 > leader_top) {
        cairo_move_to(cairo, leader_x, leader_top);
        cairo_line_to(cairo, label->x, label->y - 2);
        cairo_stroke(cairo);
    }
    cairo_arc(cairo, label->x, label->y, 1.5, 0, 2 * M_PI);
    colour_set(cairo, filled ? label->style.ink : COLOUR_WHITE);
    cairo_fill_preserve(cairo);
    colour_set(cairo, label->style.ink);
    cairo_set_line_width(cairo, 0.6);
    cairo_stroke(cairo);
    text_draw(cairo, label->left, label->top, 0, 0, label->text, &label->style);
}

static void draw_peaks(cairo_t *cairo, struct axes_rectangle plot, const struct timeline *timeline,
                       struct axes_range time, struct axes_range figures,
                       const struct memory_unit *unit)
{
    struct peak_label labels[COMPARISON_SIDES];
    for (int side = 0; side < COMPARISON_SIDES; side++)
        labels[side] = make_label(cairo, plot, timeline, side, time, figures, unit);
    place_labels(plot, labels);
    for (int side = 0; side < COMPARISON_SIDES; side++)
        draw_label(cairo, &labels[side], side == COMPARISON_REAL);
}

/* ---- the panel ---- */

struct panel {
    cairo_t *cairo;
    const struct timeline *timeline;
    struct axes_rectangle plot;
    struct axes_range time, figures; /* in the unit */
    double tick;
    struct memory_unit unit;
};

static void draw_axes(const struct panel *panel)
{
    const unsigned all = AXES_LINE_NEAR | AXES_LINE_FAR | AXES_NUMBERS_NEAR;
    int ticks = (int)fmax(2, fmin(10, panel->plot.width / 24));
    struct axes_scale x = {
        .range = panel->time, .tick = axes_round_tick(panel->time, ticks), .sides = all};
    struct axes_scale y = {.range = panel->figures, .tick = panel->tick, .sides = all};
    axes_frame(panel->plot, panel->time, panel->figures);
    axes_draw(&x, &y, TICK_PT, COLOUR_BLACK, RULE);
}

static void draw_axes_and_lines(void *context)
{
    const struct panel *panel = context;
    draw_axes(panel);
    draw_gpu(panel->timeline, panel->time, panel->unit.mb);
    for (int level = 0; level < LEVELS; level++)
        for (int side = 0; side < COMPARISON_SIDES; side++)
            draw_level(panel->cairo, panel->timeline, (enum level)level, side, panel->time,
                       panel->unit.mb);
    /* The dashed curve comes last, so that the solid one shows between its dashes. */
    for (int side = 0; side < COMPARISON_SIDES; side++)
        draw_curve(panel->cairo, panel->timeline, side, panel->time, panel->unit.mb,
                   panel->plot.width);
}

static void draw_titles(cairo_t *cairo, const struct panel *panel, struct axes_rectangle place,
                        bool y_title)
{
    const struct timeline *timeline = panel->timeline;
    struct text_style style = {.size_pt = TEXT_SIZE_LABEL};
    struct axes_rectangle plot = panel->plot;
    double middle = plot.left + plot.width / 2;
    char words[160];
    if (timeline->title)
        text_draw_title(cairo, plot.left, place.top, plot.width, timeline->title, &style, true);
    snprintf(words, sizeof words, "%s (%s)",
             figure_word(cairo, WORD_MEMORY, plot.height > 80 ? "Allocated memory" : "Memory"),
             panel->unit.name);
    if (y_title)
        text_draw_upwards_within(cairo, place.left, plot.top + plot.height / 2, 0.5, 0,
                                 place.height, words, &style);
    text_draw_within(
        cairo, middle, place.top + place.height, 0.5, 1, plot.width,
        figure_word(cairo, WORD_TIME,
                    timeline->alignment == COMPARISON_ALIGN_STRETCH ? "Iteration (%)" : "Time (s)"),
        &style);
}

double timeline_title_room(void)
{
    return TEXT_SIZE_LABEL * LINE + GAP;
}

double timeline_title_height(cairo_t *cairo, const char *title, double width, bool y_title)
{
    const struct text_style style = {.size_pt = TEXT_SIZE_LABEL};
    return text_draw_title(cairo, 0, 0, width - COMPARISON_RIGHT - (y_title ? 40 : 26), title,
                           &style, false);
}

void timeline_draw_panel(cairo_t *cairo, struct axes_rectangle place, double page_width_pt,
                         double page_height_pt, const struct timeline *wanted, bool y_title)
{
    double tick, title_line = TEXT_SIZE_LABEL * LINE, tick_line = TICK_PT * LINE;
    double top =
        wanted->title
            ? TITLE_GAP + fmax(wanted->title_pt,
                               timeline_title_height(cairo, wanted->title, place.width, y_title))
            : TICK_PT * 0.4;
    double bottom = TICK_LENGTH + tick_line + title_line;
    struct axes_range own = wanted->figures ? *wanted->figures : timeline_figures(wanted, 1);
    struct memory_unit unit = figure_memory_unit(figure_style_of(cairo), own.most);
    struct timeline timeline = *wanted;
    timeline.unit = wanted->unit ? wanted->unit : &unit;
    struct panel panel = {
        .cairo = cairo,
        .timeline = &timeline,
        .time = timeline.times ? *timeline.times : timeline_times(&timeline, 1),
    };
    panel.figures = timeline_range(&timeline, place.height - top - bottom, &panel.unit, &tick);
    panel.tick = tick;
    double left = (y_title ? timeline_title_room() : 0) +
                  axes_numbers_width(cairo, panel.figures, tick, TICK_PT) + TICK_LENGTH + GAP;
    panel.plot =
        (struct axes_rectangle){place.left + left, place.top + top,
                                place.width - left - COMPARISON_RIGHT, place.height - top - bottom};
    if (panel.plot.width < 10 || panel.plot.height < 10) {
        figure_fail(cairo, "there is no room for its curves: make the figure larger");
        return;
    }
    axes_draw_on(cairo, page_width_pt, page_height_pt, draw_axes_and_lines, &panel);
    if (!figure_style_of(cairo)->no_values)
        draw_peaks(cairo, panel.plot, &timeline, panel.time, panel.figures, &panel.unit);
    draw_titles(cairo, &panel, place, y_title);
}

/* ---- the legend ---- */

struct line_key {
    struct colour colour;
    double width;
    bool dashed;
};

static void draw_line_key(cairo_t *cairo, double width, double height, void *context)
{
    const struct line_key *key = context;
    cairo_save(cairo);
    if (key->dashed)
        cairo_set_dash(cairo, (double[]){3.2, 1.6}, 2, 0);
    cairo_move_to(cairo, 0, height / 2);
    cairo_line_to(cairo, width, height / 2);
    colour_set(cairo, key->colour);
    cairo_set_line_width(cairo, key->width);
    cairo_stroke(cairo);
    cairo_restore(cairo);
}

enum { CURVES = LEVELS, KINDS, KEYS = KINDS * COMPARISON_SIDES + 1, LINE_NAME = 160 };

static bool has_line(const struct timeline *timelines, size_t count, int kind, int side)
{
    for (size_t i = 0; i < count; i++)
        if (kind == CURVES ? timelines[i].pair->sides[side].count > 0
                           : !isnan(level_mb(&timelines[i], (enum level)kind, side)))
            return true;
    return false;
}

/* `both`: of a level, whether the sides' differ. */
static void write_line_name(cairo_t *cairo, int kind, int side, bool both, char text[LINE_NAME])
{
    const char *of = side == COMPARISON_REAL ? figure_word(cairo, WORD_REAL, "real")
                                             : figure_word(cairo, WORD_SIMULATED, "simulated");
    const char *level = kind == LEVEL_STATIC ? figure_word(cairo, WORD_STATIC, "static")
                                             : figure_word(cairo, WORD_THEORY, "theory");
    if (kind == CURVES)
        snprintf(text, LINE_NAME, "%s", of);
    else
        snprintf(text, LINE_NAME, both ? "%s, %s" : "%s", level, of);
}

double timeline_draw_legend(cairo_t *cairo, double left, double top, double width,
                            const struct timeline *timelines, size_t count, bool draw)
{
    static const int in_legend[KINDS] = {CURVES, LEVEL_STATIC, LEVEL_THEORY};
    struct line_key keys[KEYS];
    struct legend_entry entries[KEYS];
    char names[KEYS][LINE_NAME];
    size_t used = 0;
    for (int i = 0; i < KINDS * COMPARISON_SIDES; i++) {
        int kind = in_legend[i / COMPARISON_SIDES], side = i % COMPARISON_SIDES;
        if (!has_line(timelines, count, kind, side))
            continue;
        bool both = has_line(timelines, count, kind, !side);
        keys[used].colour =
            kind == CURVES ? side_colour(cairo, side) : level_colour(cairo, (enum level)kind);
        keys[used].dashed = side == COMPARISON_SIMULATED;
        keys[used].width = CURVE;
        if (kind == CURVES && timelines[0].alone)
            snprintf(names[used], LINE_NAME, "allocated");
        else
            write_line_name(cairo, kind, side, both, names[used]);
        entries[used] = (struct legend_entry){names[used], draw_line_key, &keys[used]};
        used++;
    }
    if (has_gpu_line(&timelines[0])) {
        keys[used] = (struct line_key){GPU_COLOUR, GPU_WIDTH, false};
        snprintf(names[used], LINE_NAME, "%s", figure_word(cairo, WORD_LIMIT, "the GPU's memory"));
        entries[used] = (struct legend_entry){names[used], draw_line_key, &keys[used]};
        used++;
    }
    struct text_style style = {.size_pt = TICK_PT};
    return legend_layout(cairo, left, top, width, entries, used, &style, draw);
}

void timeline_draw(cairo_t *cairo, double width_pt, double height_pt, void *context)
{
    const struct timeline *timeline = context;
    double legend = timeline_draw_legend(cairo, PAD, PAD, width_pt - 2 * PAD, timeline, 1, true);
    struct axes_rectangle place = {PAD, PAD + legend, width_pt - 2 * PAD,
                                   height_pt - legend - 2 * PAD};
    timeline_draw_panel(cairo, place, width_pt, height_pt, timeline, true);
}
