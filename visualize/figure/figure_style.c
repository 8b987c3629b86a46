#include "visualize/figure/figure_style.h"

#include "visualize/figure/drawing.h"
#include "visualize/figure/text.h"

#include <string.h>

const struct figure_style *figure_style_of(cairo_t *cairo)
{
    return drawing_of(cairo)->style;
}

double figure_style_scale(const struct figure_style *style)
{
    return style && style->font_size_pt > 0 ? style->font_size_pt / TEXT_SIZE_LABEL : 1;
}

const char *figure_style_word(const struct figure_style *style, enum word word, const char *usual)
{
    const char *given = style ? style->words.texts[word] : NULL;
    return given ? given : usual;
}

const char *figure_word(cairo_t *cairo, enum word word, const char *usual)
{
    return figure_style_word(figure_style_of(cairo), word, usual);
}

const struct colour_map *figure_colour_map(cairo_t *cairo, const struct colour_map *usual)
{
    const char *name = figure_style_of(cairo)->colours;
    for (int i = 0; name && COLOUR_MAP_NAMES[i]; i++)
        if (strcmp(COLOUR_MAP_NAMES[i], name) == 0)
            return colour_map_at_place(i);
    return usual;
}

struct colour figure_kind_colour(cairo_t *cairo, size_t index, size_t count, struct colour usual)
{
    /* So that the palest still shows on the page. */
    const double paler = count > 4 ? 0.8 : 0.55;
    const struct colour_map *map = figure_colour_map(cairo, NULL);
    double part = count > 1 ? (double)index / (double)(count - 1) : 0;
    return map ? colour_map_colour(map, 1 - paler * part) : usual;
}

struct memory_unit figure_memory_unit(const struct figure_style *style, double mb)
{
    struct memory_unit unit;
    return style && style->unit && memory_unit_named(style->unit, &unit) ? unit
                                                                         : memory_unit_of(mb);
}

int figure_decimals(const struct figure_style *style, int usual)
{
    return style && style->decimals_given ? style->decimals : usual;
}
