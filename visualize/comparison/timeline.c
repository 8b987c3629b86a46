#include "visualize/comparison/timeline.h"

#include "schemas/support/units.h"
#include "visualize/comparison/style.h"
#include "visualize/comparison/summary.h"
#include "visualize/figure/figure.h"
#include "visualize/figure/legend.h"
#include "visualize/figure/steps.h"

#include <math.h>
#include <stdio.h>

static const double PAD = 2, GAP = 3, LINE = 1.25, RULE = 0.5,
                    CURVE = COMPARISON_LINE_TENTHS / 10.0;
static const double TICK_PT = TEXT_SIZE_LABEL - 1, TICK_LENGTH = 3;

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
    return range;
}

struct axes_range timeline_range(const struct timeline *timeline, double height_pt,
                                 struct memory_unit *unit, double *tick)
{
    struct axes_range figures =
        timeline->figures ? *timeline->figures : timeline_figures(timeline, 1);
    *unit = memory_unit_of(figures.most);
    figures.least /= unit->mb;
    figures.most /= unit->mb;
    double span = fmax(figures.most - figures.least, fmax(0.05 * figures.most, 1e-3));
    bool from_zero = figures.least < 0.4 * figures.most;
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

static struct axes_range time_range(const struct timeline *timeline)
{
    double end = fmax(end_of(&timeline->pair->sides[COMPARISON_REAL]),
                      end_of(&timeline->pair->sides[COMPARISON_SIMULATED]));
    return (struct axes_range){0, end > 0 ? end : 1};
}

/* ---- curves ---- */

static struct colour side_colour(int side)
{
    return side == COMPARISON_REAL ? COMPARISON_REAL_COLOUR : COMPARISON_SIMULATED_COLOUR;
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

static struct colour level_colour(enum level level)
{
    return level == LEVEL_STATIC ? COMPARISON_STATIC_COLOUR : COMPARISON_THEORY_COLOUR;
}

static void draw_level(const struct timeline *timeline, enum level level, int side,
                       struct axes_range time, double unit_mb)
{
    double value = level_mb(timeline, level, side) / unit_mb;
    if (!isnan(value))
        axes_curve(2, (double[]){time.least, time.most}, (double[]){value, value},
                   level_colour(level), 0.8, side_dash(side));
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
    axes_curve(steps.count, steps.x, steps.y, side_colour(which), CURVE, side_dash(which));
    steps_free(&steps);
}

/* ---- the peaks' labels ---- */

struct peak_label {
    bool there;
    double x, y;        /* where the curve is at its peak, on the page */
    double left, width; /* of the text */
    double top;
    struct text_style style;
    char text[80];
};

static size_t highest_sample(const struct comparison_side *side)
{
    size_t at = 0;
    for (size_t i = 1; i < side->count; i++)
        if (side->allocated_mb[i] > side->allocated_mb[at])
            at = i;
    return at;
}

static void peak_text(const struct timeline *timeline, int side, const struct memory_unit *unit,
                      char *text, size_t size)
{
    const struct comparison_pair *pair = timeline->pair;
    double value = pair->sides[side].peak_mb / unit->mb;
    char percent[COMPARISON_PERCENT_SIZE];
    comparison_percent_text(percent, pair->errors.peak_percent, true);
    if (side == COMPARISON_SIMULATED && !isnan(pair->errors.peak_percent))
        snprintf(text, size, "simulated %.2f %s (%s)", value, unit->name, percent);
    else
        snprintf(text, size, "%s %.2f %s",
                 timeline->alone           ? "peak"
                 : side == COMPARISON_REAL ? "real"
                                           : "simulated",
                 value, unit->name);
}

static double held_between(double value, double least, double most)
{
    return fmax(least, fmin(value, most));
}

static struct peak_label make_label(cairo_t *cairo, struct axes_rectangle plot,
                                    const struct timeline *timeline, int which,
                                    struct axes_range time, struct axes_range figures,
                                    const struct memory_unit *unit)
{
    const struct comparison_side *side = &timeline->pair->sides[which];
    struct peak_label label = {
        .there = !isnan(side->peak_mb),
        .style = {.size_pt = TICK_PT, .ink = colour_darker(side_colour(which), 0.35)}};
    if (!label.there)
        return label;
    peak_text(timeline, which, unit, label.text, sizeof label.text);
    label.width = text_measure(cairo, label.text, &label.style).width;
    double when = side->count > 0 ? side->time_s[highest_sample(side)] : 0;
    label.x = plot.left + plot.width * (when - time.least) / (time.most - time.least);
    label.y = plot.top + plot.height * (figures.most - side->peak_mb / unit->mb) /
                             (figures.most - figures.least);
    label.left = held_between(label.x - label.width / 2, plot.left + GAP,
                              plot.left + plot.width - label.width - GAP);
    return label;
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
    *left = lower->left;
    if (!upper->there || !is_over(upper->x, lower))
        return 0;
    double before = upper->x - 3 - lower->width, behind = upper->x + 3;
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
    double leader_x = held_between(label->x, label->left + 2, label->left + label->width - 2);
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
    for (int level = 0; level < LEVELS; level++)
        for (int side = 0; side < COMPARISON_SIDES; side++)
            draw_level(panel->timeline, (enum level)level, side, panel->time, panel->unit.mb);
    /* The dashed curve comes last, so that the solid one shows between its dashes. */
    for (int side = 0; side < COMPARISON_SIDES; side++)
        draw_curve(panel->cairo, panel->timeline, side, panel->time, panel->unit.mb,
                   panel->plot.width);
}

void timeline_draw_panel(cairo_t *cairo, struct axes_rectangle place, double page_width_pt,
                         double page_height_pt, const struct timeline *timeline, bool y_title)
{
    struct text_style style = {.size_pt = TEXT_SIZE_LABEL};
    double tick, title_line = TEXT_SIZE_LABEL * LINE, tick_line = TICK_PT * LINE;
    double top = timeline->title ? title_line : TICK_PT * 0.4;
    double bottom = TICK_LENGTH + tick_line + title_line;
    struct memory_unit unit;
    struct axes_range figures = timeline_range(timeline, place.height - top - bottom, &unit, &tick);
    struct axes_range time = time_range(timeline);
    double left = (y_title ? title_line + GAP : 0) +
                  axes_numbers_width(cairo, figures, tick, TICK_PT) + TICK_LENGTH + GAP;
    /* The last number of the time axis stands half beyond the frame. */
    double right = 1.5 * TICK_PT;
    struct axes_rectangle plot = {place.left + left, place.top + top, place.width - left - right,
                                  place.height - top - bottom};
    if (plot.width < 10 || plot.height < 10)
        return;
    struct panel panel = {cairo, timeline, plot, time, figures, tick, unit};
    axes_draw_on(cairo, page_width_pt, page_height_pt, draw_axes_and_lines, &panel);
    draw_peaks(cairo, plot, timeline, time, figures, &unit);
    if (timeline->title)
        text_draw(cairo, plot.left + plot.width / 2, place.top, 0.5, 0, timeline->title, &style);
    char words[48];
    snprintf(words, sizeof words, "%s (%s)", plot.height > 80 ? "Allocated memory" : "Memory",
             unit.name);
    if (y_title)
        text_draw_upwards(cairo, place.left, plot.top + plot.height / 2, 0.5, 0, words, &style);
    text_draw(cairo, plot.left + plot.width / 2, place.top + place.height, 0.5, 1,
              timeline->alignment == COMPARISON_ALIGN_STRETCH ? "Iteration (%)" : "Time (s)",
              &style);
}

/* ---- the legend ---- */

struct line_key {
    struct colour colour;
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
    cairo_set_line_width(cairo, CURVE);
    cairo_stroke(cairo);
    cairo_restore(cairo);
}

enum { CURVES = LEVELS, KINDS, KEYS = KINDS * COMPARISON_SIDES };

static bool has_line(const struct timeline *timelines, size_t count, int kind, int side)
{
    for (size_t i = 0; i < count; i++)
        if (kind == CURVES ? timelines[i].pair->sides[side].count > 0
                           : !isnan(level_mb(&timelines[i], (enum level)kind, side)))
            return true;
    return false;
}

static const char *line_name(int kind, int side, bool both)
{
    static const char *const names[KINDS][COMPARISON_SIDES + 1] = {
        [LEVEL_STATIC] = {"static, real", "static, simulated", "static"},
        [LEVEL_THEORY] = {"theory, real", "theory, simulated", "theory"},
        [CURVES] = {"real", "simulated", NULL},
    };
    return names[kind][kind == CURVES || both ? side : COMPARISON_SIDES];
}

double timeline_draw_legend(cairo_t *cairo, double left, double top, double width,
                            const struct timeline *timelines, size_t count, bool draw)
{
    static const int in_legend[KINDS] = {CURVES, LEVEL_STATIC, LEVEL_THEORY};
    struct line_key keys[KEYS];
    struct legend_entry entries[KEYS];
    size_t used = 0;
    for (int i = 0; i < KEYS; i++) {
        int kind = in_legend[i / COMPARISON_SIDES], side = i % COMPARISON_SIDES;
        if (!has_line(timelines, count, kind, side))
            continue;
        bool both = has_line(timelines, count, kind, !side);
        keys[used].colour = kind == CURVES ? side_colour(side) : level_colour((enum level)kind);
        keys[used].dashed = side == COMPARISON_SIMULATED;
        const char *name =
            kind == CURVES && timelines[0].alone ? "allocated" : line_name(kind, side, both);
        entries[used] = (struct legend_entry){name, draw_line_key, &keys[used]};
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
