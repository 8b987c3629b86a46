#include "visualize/snapshot/style.h"

#include "schemas/snapshot/categories.h"
#include "visualize/figure/figure_style.h"

#include <math.h>

static const double HATCH_PT = 3.2, HATCH_LINE_PT = 0.55, EDGE_PT = 0.4;

static const struct colour CATEGORY[MEMORY_CATEGORIES] = {
    [MEMORY_PARAMETERS] = {0.20, 0.13, 0.53}, [MEMORY_GRADIENTS] = {0.53, 0.80, 0.93},
    [MEMORY_OPTIMIZER] = {0.07, 0.47, 0.20},  [MEMORY_ACTIVATIONS] = {0.87, 0.80, 0.47},
    [MEMORY_TEMPORARY] = {0.80, 0.40, 0.47},  [MEMORY_COMMUNICATION] = {0.95, 0.70, 0.78},
    [MEMORY_WORKSPACE] = {0.27, 0.55, 0.60},  [MEMORY_OTHER] = {0.82, 0.82, 0.82},
};

static const struct colour LAYERS[] = {
    {0.20, 0.13, 0.53}, {0.53, 0.80, 0.93}, {0.07, 0.47, 0.20}, {0.87, 0.80, 0.47},
    {0.80, 0.40, 0.47}, {0.95, 0.70, 0.78}, {0.53, 0.13, 0.33}, {0.60, 0.85, 0.75},
    {0.27, 0.55, 0.60}, {0.82, 0.82, 0.82},
};

struct colour style_category(cairo_t *cairo, int category)
{
    return figure_kind_colour(cairo, (size_t)category, MEMORY_CATEGORIES, CATEGORY[category]);
}

enum word style_category_word(int category)
{
    static const enum word words[MEMORY_CATEGORIES] = {
        [MEMORY_PARAMETERS] = WORD_PARAMETERS, [MEMORY_GRADIENTS] = WORD_GRADIENTS,
        [MEMORY_OPTIMIZER] = WORD_OPTIMIZER,   [MEMORY_ACTIVATIONS] = WORD_ACTIVATIONS,
        [MEMORY_TEMPORARY] = WORD_TEMPORARY,   [MEMORY_COMMUNICATION] = WORD_COMMUNICATION,
        [MEMORY_WORKSPACE] = WORD_WORKSPACE,   [MEMORY_OTHER] = WORD_OTHER,
    };
    return words[category];
}

const char *style_category_text(cairo_t *cairo, int category)
{
    return figure_word(cairo, style_category_word(category),
                       memory_category_text((enum memory_category)category));
}

struct colour style_layer(cairo_t *cairo, size_t layer)
{
    size_t count = sizeof LAYERS / sizeof *LAYERS;
    return figure_kind_colour(cairo, layer % count, count, LAYERS[layer % count]);
}

static const enum style_hatch HATCHES[] = {
    [MEMORY_GRADIENTS] = STYLE_RISING,     [MEMORY_OPTIMIZER] = STYLE_FALLING,
    [MEMORY_TEMPORARY] = STYLE_DOTS,       [MEMORY_COMMUNICATION] = STYLE_FALLING,
    [MEMORY_CATEGORIES - 1] = STYLE_PLAIN,
};

struct style_fill style_category_fill(cairo_t *cairo, int category)
{
    return (struct style_fill){style_category(cairo, category), HATCHES[category]};
}

struct style_fill style_layer_fill(cairo_t *cairo, size_t layer)
{
    size_t count = sizeof HATCHES / sizeof *HATCHES;
    return (struct style_fill){style_layer(cairo, layer), HATCHES[layer % count]};
}

/* Lines across the page, which the path clips; at the same distances everywhere, so that areas
 * beside each other match. */
static void hatch(cairo_t *cairo, enum style_hatch kind)
{
    double left, top, right, bottom;
    cairo_clip_extents(cairo, &left, &top, &right, &bottom);
    double height = bottom - top, sign = kind == STYLE_RISING ? -1 : 1;
    double from = kind == STYLE_RISING ? bottom : top;
    /* Where a line meets y = 0 it is at a whole number of distances. */
    double first = ceil((left - height + sign * from) / HATCH_PT) * HATCH_PT - sign * from;
    int lines = (int)fmax(0, ceil((right - first) / HATCH_PT));
    for (int i = 0; i < lines; i++) {
        cairo_move_to(cairo, first + i * HATCH_PT, from);
        cairo_rel_line_to(cairo, height, sign * height);
    }
    if (kind == STYLE_DOTS)
        cairo_set_dash(cairo, (double[]){0.7, HATCH_PT - 0.7}, 2, 0);
    cairo_set_line_width(cairo, kind == STYLE_DOTS ? 2 * HATCH_LINE_PT : HATCH_LINE_PT);
    cairo_stroke(cairo);
}

void style_fill_path(cairo_t *cairo, struct style_fill fill, bool edge)
{
    cairo_path_t *path = cairo_copy_path(cairo);
    colour_set(cairo, fill.colour);
    cairo_fill_preserve(cairo);
    cairo_save(cairo);
    cairo_clip(cairo);
    colour_set(cairo, colour_ink(fill.colour));
    if (fill.hatch != STYLE_PLAIN && !figure_style_of(cairo)->no_hatch)
        hatch(cairo, fill.hatch);
    cairo_restore(cairo);
    cairo_new_path(cairo);
    if (edge) {
        cairo_append_path(cairo, path);
        colour_set(cairo, COLOUR_WHITE);
        cairo_set_line_width(cairo, EDGE_PT);
        cairo_stroke(cairo);
    }
    cairo_path_destroy(path);
}

void style_draw_key(cairo_t *cairo, double width, double height, void *context)
{
    cairo_rectangle(cairo, 0, 0.1 * height, width, 0.8 * height);
    style_fill_path(cairo, *(const struct style_fill *)context, true);
}

void style_draw_line_key(cairo_t *cairo, double width, double height, void *context)
{
    (void)context;
    cairo_save(cairo);
    cairo_set_dash(cairo, (double[]){3.1, 1.7}, 2, 0);
    cairo_move_to(cairo, 0, height / 2);
    cairo_line_to(cairo, width, height / 2);
    colour_set(cairo, COLOUR_BLACK);
    cairo_set_line_width(cairo, 0.8);
    cairo_stroke(cairo);
    cairo_restore(cairo);
}
