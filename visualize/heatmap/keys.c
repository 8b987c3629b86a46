#include "visualize/heatmap/keys.h"

#include "visualize/heatmap/draw.h"
#include "visualize/heatmap/metric.h"

#include <math.h>
#include <stdio.h>

/* On the dark ground of an outcome, and on the page. */
static const struct colour OUTCOME_INK = {0.95, 0.95, 0.95}, PAGE_INK = {0.35, 0.35, 0.35};

/* Marks grow with their cell, up to a size at which they read as marks. */
static double mark_radius(struct axes_rectangle place)
{
    return fmin(4.0, 0.28 * fmin(place.width, place.height));
}

static void mark_stroke(cairo_t *cairo, struct colour ink, double width)
{
    colour_set(cairo, ink);
    cairo_set_line_width(cairo, width);
    cairo_set_line_cap(cairo, CAIRO_LINE_CAP_BUTT);
    cairo_stroke(cairo);
}

void heatmap_mark_oom(cairo_t *cairo, struct axes_rectangle place)
{
    /* An em dash, drawn as a line: it needs no font and scales with the cell. */
    double x = place.left + place.width / 2, y = place.top + place.height / 2;
    double half = mark_radius(place) * 1.1;
    cairo_move_to(cairo, x - half, y);
    cairo_line_to(cairo, x + half, y);
    mark_stroke(cairo, OUTCOME_INK, 0.9);
}

void heatmap_mark_failed(cairo_t *cairo, struct axes_rectangle place)
{
    double x = place.left + place.width / 2, y = place.top + place.height / 2;
    double half = mark_radius(place) * 0.75;
    cairo_move_to(cairo, x - half, y - half);
    cairo_line_to(cairo, x + half, y + half);
    cairo_move_to(cairo, x - half, y + half);
    cairo_line_to(cairo, x + half, y - half);
    mark_stroke(cairo, OUTCOME_INK, 0.9);
}

void heatmap_mark_ran(cairo_t *cairo, struct axes_rectangle place)
{
    double x = place.left + place.width / 2, y = place.top + place.height / 2;
    double half = mark_radius(place) * 0.8;
    cairo_move_to(cairo, x - half, y);
    cairo_line_to(cairo, x - half * 0.2, y + half * 0.7);
    cairo_line_to(cairo, x + half, y - half * 0.7);
    mark_stroke(cairo, PAGE_INK, 0.8);
}

void heatmap_mark_empty(cairo_t *cairo, struct axes_rectangle place)
{
    const double line = 0.5;
    cairo_rectangle(cairo, place.left + line / 2, place.top + line / 2, place.width - line,
                    place.height - line);
    colour_set(cairo, COLOUR_FAINT);
    cairo_set_line_width(cairo, line);
    cairo_stroke(cairo);
}

static void diagonals(cairo_t *cairo, struct axes_rectangle place, struct colour ink, double width)
{
    const double distance = 5.5;
    int lines = (int)ceil((place.width + place.height) / distance);
    for (int i = 0; i < lines; i++) {
        double at = distance * (i + 0.5) - place.height;
        cairo_move_to(cairo, place.left + at, place.top + place.height);
        cairo_line_to(cairo, place.left + at + place.height, place.top);
    }
    colour_set(cairo, ink);
    cairo_set_line_width(cairo, width);
    cairo_stroke(cairo);
}

void heatmap_mark_overflow(cairo_t *cairo, struct axes_rectangle place, struct colour ground)
{
    cairo_save(cairo);
    cairo_rectangle(cairo, place.left, place.top, place.width, place.height);
    cairo_clip(cairo);
    /* White alone would vanish on a pale cell, so that each line has a slightly darker edge. */
    diagonals(cairo, place, colour_darker(ground, 0.22), 1.9);
    diagonals(cairo, place, COLOUR_WHITE, 1.1);
    cairo_restore(cairo);
}

/* ---- the keys ---- */

static void fill_box(cairo_t *cairo, double width, double height, struct colour colour)
{
    cairo_rectangle(cairo, 0, 0, width, height);
    colour_set(cairo, colour);
    cairo_fill(cairo);
}

static void key_oom(cairo_t *cairo, double width, double height, void *context)
{
    (void)context;
    fill_box(cairo, width, height, COLOUR_OUTCOME);
    heatmap_mark_oom(cairo, (struct axes_rectangle){0, 0, width, height});
}

static void key_too_large(cairo_t *cairo, double width, double height, void *context)
{
    (void)context;
    fill_box(cairo, width, height, COLOUR_OUTCOME);
}

static void key_failed(cairo_t *cairo, double width, double height, void *context)
{
    (void)context;
    fill_box(cairo, width, height, COLOUR_OUTCOME);
    heatmap_mark_failed(cairo, (struct axes_rectangle){0, 0, width, height});
}

static void key_overflow(cairo_t *cairo, double width, double height, void *context)
{
    const struct colour *ground = context;
    fill_box(cairo, width, height, *ground);
    heatmap_mark_overflow(cairo, (struct axes_rectangle){0, 0, width, height}, *ground);
}

static void key_ran(cairo_t *cairo, double width, double height, void *context)
{
    (void)context;
    struct axes_rectangle place = {0, 0, width, height};
    heatmap_mark_empty(cairo, place);
    heatmap_mark_ran(cairo, place);
}

static void key_empty(cairo_t *cairo, double width, double height, void *context)
{
    (void)context;
    heatmap_mark_empty(cairo, (struct axes_rectangle){0, 0, width, height});
}

struct present {
    bool oom, failed, too_large, overflow, ran, empty, second, figures;
};

static struct present present_in(const struct heatmap_grid *grid)
{
    struct present present = {0};
    for (size_t i = 0; i < grid->cell_count; i++) {
        const struct heatmap_cell *cell = &grid->cells[i];
        bool success = cell->status == HEATMAP_SUCCESS;
        present.oom |= cell->status == HEATMAP_OOM;
        present.failed |= cell->status == HEATMAP_FAILED;
        present.too_large |= cell->status == HEATMAP_TOO_LARGE;
        present.empty |= cell->status == HEATMAP_NONE && !cell->impossible;
        present.overflow |= cell->overflow;
        present.ran |= success && isnan(cell->value);
        present.figures |= !isnan(cell->value) && (success || cell->status == HEATMAP_TOO_LARGE);
        present.second |= success && !isnan(cell->second);
    }
    return present;
}

static void add_key(struct heatmap_keys *keys, void (*draw_key)(cairo_t *, double, double, void *),
                    const char *text)
{
    size_t at = keys->count++;
    snprintf(keys->texts[at], HEATMAP_KEY_TEXT, "%s", text);
    keys->entries[at] = (struct legend_entry){
        .text = keys->texts[at], .draw_key = draw_key, .context = &keys->sample};
}

/* The author's word for a kind of cells, else ours. */
static void add_kind(cairo_t *cairo, struct heatmap_keys *keys,
                     void (*draw_key)(cairo_t *, double, double, void *), enum word word,
                     const char *usual)
{
    add_key(keys, draw_key, figure_word(cairo, word, usual));
}

/* What the figures in the cells are, once neither they nor the colour bar say so. False: they do.
 */
static bool values_text(cairo_t *cairo, const struct heatmap_figure *figure,
                        enum heatmap_label label, bool second, char text[HEATMAP_KEY_TEXT])
{
    const struct heatmap_metric *metric = figure->metric;
    /* A single figure has no name in its cell, whatever its form. */
    bool named = label == HEATMAP_LABEL_NAMED;
    bool with_unit = named || label == HEATMAP_LABEL_UNITS || label == HEATMAP_LABEL_UNITS_STACKED;
    bool stacked = label == HEATMAP_LABEL_STACKED || label == HEATMAP_LABEL_UNITS_STACKED;
    bool has_bar = !figure_style_of(cairo)->no_colorbar;
    if ((named && second) || label == HEATMAP_LABEL_NONE || (!second && has_bar))
        return false;
    const char *first = figure_word(cairo, metric->first, metric->key_word);
    const char *then = figure_word(cairo, WORD_THEORY, metric->second_key_word);
    char words[HEATMAP_KEY_TEXT / 2];
    if (!second || label == HEATMAP_LABEL_ACTUAL || label == HEATMAP_LABEL_ALONE)
        snprintf(words, sizeof words, "%s", first);
    else if (stacked)
        snprintf(words, sizeof words, "%s: %s, %s: %s", figure_word(cairo, WORD_UPPER, "upper"),
                 first, figure_word(cairo, WORD_LOWER, "lower"), then);
    else
        snprintf(words, sizeof words, "%s / %s", first, then);
    snprintf(text, HEATMAP_KEY_TEXT, "%s%s%s", words, with_unit ? "" : ", ",
             with_unit ? "" : metric->unit);
    return true;
}

/* Of several configurations, which one a cell shows. */
static void add_over_key(cairo_t *cairo, struct heatmap_keys *keys, const struct heatmap_axes *axes,
                         bool worst)
{
    dimension_set which = 0;
    char names[HEATMAP_KEY_TEXT / 2], text[HEATMAP_KEY_TEXT];
    for (size_t i = 0; i < axes->over_count; i++)
        if (axes->over[i].worst == worst)
            which |= DIMENSION_BIT(axes->over[i].dimension);
    if (!which)
        return;
    snprintf(text, sizeof text, "%s %s",
             worst ? figure_word(cairo, WORD_WORST, "each cell: the worst")
                   : figure_word(cairo, WORD_BEST, "each cell: the best"),
             dimension_set_text(names, sizeof names, which));
    add_key(keys, NULL, text);
}

void heatmap_keys_make(cairo_t *cairo, struct heatmap_keys *keys,
                       const struct heatmap_figure *figure, enum heatmap_label label)
{
    keys->count = 0;
    keys->sample = colour_map_colour(heatmap_map(cairo, figure), 0.7);
    struct present present = present_in(figure->grid);
    char text[HEATMAP_KEY_TEXT];
    if (present.figures && values_text(cairo, figure, label, present.second, text))
        add_key(keys, NULL, text);
    add_over_key(cairo, keys, &figure->grid->axes, false);
    add_over_key(cairo, keys, &figure->grid->axes, true);
    snprintf(text, sizeof text, "does not fit: \xE2\x89\xA5 %.4g %s", figure->limit,
             figure->metric->unit);
    if (present.too_large)
        add_kind(cairo, keys, key_too_large, WORD_TOO_LARGE, text);
    snprintf(text, sizeof text, "ran, though theory \xE2\x89\xA5 %.4g %s", figure->limit,
             figure->metric->unit);
    if (present.overflow && !figure_style_of(cairo)->no_hatch)
        add_kind(cairo, keys, key_overflow, WORD_OVERFLOW, text);
    if (present.oom)
        add_kind(cairo, keys, key_oom, WORD_OOM, "out of memory");
    if (present.failed)
        add_kind(cairo, keys, key_failed, WORD_FAILED, "failed otherwise");
    if (present.ran)
        add_kind(cairo, keys, key_ran, WORD_RAN, "ran, no figure");
    if (present.empty)
        add_kind(cairo, keys, key_empty, WORD_EMPTY, "no data");
}
