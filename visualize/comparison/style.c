#include "visualize/comparison/style.h"

#include "visualize/figure/figure_style.h"

struct colour comparison_colour(cairo_t *cairo, enum comparison_kind kind)
{
    static const struct colour usual[COMPARISON_KINDS] = {
        [KIND_REAL] = {0.00, 0.36, 0.62},
        [KIND_SIMULATED] = {0.90, 0.56, 0.00},
        [KIND_STATIC] = {0.10, 0.62, 0.42},
        [KIND_THEORY] = {0.62, 0.04, 0.08},
    };
    /* The sides are further apart in lightness than their neighbours on an author's map. */
    static const size_t place[COMPARISON_KINDS] = {
        [KIND_REAL] = 0, [KIND_STATIC] = 1, [KIND_SIMULATED] = 2, [KIND_THEORY] = 3};
    return figure_kind_colour(cairo, place[kind], COMPARISON_KINDS, usual[kind]);
}

struct colour comparison_theory_bar(cairo_t *cairo)
{
    return figure_kind_colour(cairo, COMPARISON_KINDS - 1, COMPARISON_KINDS,
                              (struct colour){0.93, 0.72, 0.72});
}
