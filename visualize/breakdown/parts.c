#include "visualize/breakdown/parts.h"

#include "visualize/breakdown/breakdown.h"
#include "visualize/figure/figure_style.h"
#include "visualize/snapshot/style.h"

enum word parts_word(int part)
{
    return part < MEMORY_CATEGORIES   ? style_category_word(part)
           : part == BREAKDOWN_STATIC ? WORD_STATIC
                                      : WORD_ABOVE_STATIC;
}

const char *parts_text(cairo_t *cairo, int part)
{
    return figure_word(cairo, parts_word(part), breakdown_part_text(part));
}

void parts_fill(cairo_t *cairo, int part, struct axes_rectangle piece)
{
    cairo_rectangle(cairo, piece.left, piece.top, piece.width, piece.height);
    int category = part < MEMORY_CATEGORIES   ? part
                   : part == BREAKDOWN_STATIC ? MEMORY_PARAMETERS
                                              : MEMORY_ACTIVATIONS;
    style_fill_path(cairo, style_category_fill(cairo, category), true);
}

void parts_draw_key(cairo_t *cairo, double width, double height, void *context)
{
    parts_fill(cairo, *(const int *)context,
               (struct axes_rectangle){0, 0.1 * height, width, 0.8 * height});
}
