#include "visualize/breakdown/parts.h"

#include "visualize/breakdown/breakdown.h"
#include "visualize/figure/figure_style.h"
#include "visualize/snapshot/style.h"

#include <math.h>

static const double HATCH_PT = 3.2, HATCH_LINE_PT = 0.55, EDGE_PT = 0.4;

enum hatch { HATCH_NONE, HATCH_RISING, HATCH_FALLING, HATCH_DOTS };

/* The categories' colours come in pairs of one lightness: of each pair one is hatched. */
static const enum hatch HATCHES[BREAKDOWN_PARTS] = {
    [MEMORY_GRADIENTS] = HATCH_RISING,
    [MEMORY_OPTIMIZER] = HATCH_FALLING,
    [MEMORY_COMMUNICATION] = HATCH_FALLING,
    [MEMORY_TEMPORARY] = HATCH_DOTS,
};

static struct colour colour_of(cairo_t *cairo, int part)
{
    return style_category(cairo, part < MEMORY_CATEGORIES   ? part
                                 : part == BREAKDOWN_STATIC ? MEMORY_PARAMETERS
                                                            : MEMORY_ACTIVATIONS);
}

const char *parts_text(cairo_t *cairo, int part)
{
    if (part < MEMORY_CATEGORIES)
        return style_category_text(cairo, part);
    return part == BREAKDOWN_STATIC ? figure_word(cairo, WORD_STATIC, breakdown_part_text(part))
                                    : breakdown_part_text(part);
}

/* Lines from one edge of the piece to the next, which clips them; at the same distances in every
 * piece, so that pieces beside each other match. */
static void hatch(cairo_t *cairo, struct axes_rectangle piece, enum hatch kind)
{
    double reach = piece.width + piece.height, sign = kind == HATCH_RISING ? -1 : 1;
    double y = kind == HATCH_RISING ? piece.top + piece.height : piece.top;
    int lines = (int)ceil(reach / HATCH_PT);
    for (int i = -lines; i < lines; i++) {
        cairo_move_to(cairo, piece.left + i * HATCH_PT, y);
        cairo_rel_line_to(cairo, reach, sign * reach);
    }
    if (kind == HATCH_DOTS)
        cairo_set_dash(cairo, (double[]){0.7, HATCH_PT - 0.7}, 2, 0);
    cairo_set_line_width(cairo, kind == HATCH_DOTS ? 2 * HATCH_LINE_PT : HATCH_LINE_PT);
    cairo_stroke(cairo);
}

void parts_fill(cairo_t *cairo, int part, struct axes_rectangle piece)
{
    struct colour colour = colour_of(cairo, part);
    cairo_save(cairo);
    cairo_rectangle(cairo, piece.left, piece.top, piece.width, piece.height);
    colour_set(cairo, colour);
    cairo_fill_preserve(cairo);
    cairo_clip_preserve(cairo);
    cairo_new_path(cairo);
    colour_set(cairo, colour_ink(colour));
    if (HATCHES[part] != HATCH_NONE && !figure_style_of(cairo)->no_hatch)
        hatch(cairo, piece, HATCHES[part]);
    cairo_restore(cairo);
    cairo_rectangle(cairo, piece.left, piece.top, piece.width, piece.height);
    colour_set(cairo, COLOUR_WHITE);
    cairo_set_line_width(cairo, EDGE_PT);
    cairo_stroke(cairo);
}

void parts_draw_key(cairo_t *cairo, double width, double height, void *context)
{
    parts_fill(cairo, *(const int *)context,
               (struct axes_rectangle){0, 0.1 * height, width, 0.8 * height});
}
