#include "visualize/snapshot/style.h"

#include "schemas/snapshot/categories.h"
#include "visualize/figure/figure_style.h"

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

const char *style_category_text(cairo_t *cairo, int category)
{
    static const enum word words[MEMORY_CATEGORIES] = {
        [MEMORY_PARAMETERS] = WORD_PARAMETERS, [MEMORY_GRADIENTS] = WORD_GRADIENTS,
        [MEMORY_OPTIMIZER] = WORD_OPTIMIZER,   [MEMORY_ACTIVATIONS] = WORD_ACTIVATIONS,
        [MEMORY_TEMPORARY] = WORD_TEMPORARY,   [MEMORY_COMMUNICATION] = WORD_COMMUNICATION,
        [MEMORY_WORKSPACE] = WORD_WORKSPACE,   [MEMORY_OTHER] = WORD_OTHER,
    };
    return figure_word(cairo, words[category],
                       memory_category_text((enum memory_category)category));
}

struct colour style_layer(cairo_t *cairo, size_t layer)
{
    size_t count = sizeof LAYERS / sizeof *LAYERS;
    return figure_kind_colour(cairo, layer % count, count, LAYERS[layer % count]);
}

void style_draw_key(cairo_t *cairo, double width, double height, void *context)
{
    const struct colour *colour = context;
    cairo_rectangle(cairo, 0, 0.1 * height, width, 0.8 * height);
    colour_set(cairo, *colour);
    cairo_fill_preserve(cairo);
    colour_set(cairo, COLOUR_OUTLINE);
    cairo_set_line_width(cairo, 0.3);
    cairo_stroke(cairo);
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
