/* What an author decides of a figure's looks. A figure carries it, and what draws asks for it by
 * the cairo context that it draws into, or measures in. */
#ifndef VISUALIZE_FIGURE_FIGURE_STYLE_H
#define VISUALIZE_FIGURE_FIGURE_STYLE_H

#include "schemas/support/memory_text.h"
#include "visualize/figure/colour_map.h"
#include "visualize/figure/words.h"

#include <stdbool.h>

/* All zero bytes: as the kit and the figure have it. Texts are borrowed. */
struct figure_style {
    const char *font;         /* a family */
    const char *missing_font; /* that a paper's template has, and that is not here; or NULL */
    double font_size_pt;      /* of labels; everything else grows or shrinks with them */
    const char *colours;      /* one of COLOUR_MAP_NAMES */
    struct words words;       /* in place of the figure's own */
    bool decimals_given;      /* behind the point of the figures that are written out */
    int decimals;
    const char *unit; /* of memory: one of MEMORY_UNIT_NAMES */
    bool no_legend, no_colorbar, no_hatch, no_values;
    bool transparent; /* no white page below the figure */
};

/* Never NULL. */
const struct figure_style *figure_style_of(cairo_t *cairo);

/* How many points of the page a point of the drawing is: the figures are laid out for labels of 8
 * points, and their page is scaled for others. */
double figure_style_scale(const struct figure_style *style);

/* The text for a word: the author's, else the figure's own. A style may be NULL. */
const char *figure_style_word(const struct figure_style *style, enum word word, const char *usual);
const char *figure_word(cairo_t *cairo, enum word word, const char *usual);

/* The map that the author chose, else the usual one. */
const struct colour_map *figure_colour_map(cairo_t *cairo, const struct colour_map *usual);

/* The colour of kind `index` of `count`, which are told apart: where the author chose a map, evenly
 * spread over it, the first the darkest. */
struct colour figure_kind_colour(cairo_t *cairo, size_t index, size_t count, struct colour usual);

/* The author's unit of memory, else the one that fits. */
struct memory_unit figure_memory_unit(const struct figure_style *style, double mb);

/* The author's decimals, else the usual ones. */
int figure_decimals(const struct figure_style *style, int usual);

#endif
