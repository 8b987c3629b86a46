/* How the sides of a comparison look, in every figure of it: told apart by line style as well as by
 * colour, and in grey print by lightness. */
#ifndef VISUALIZE_COMPARISON_STYLE_H
#define VISUALIZE_COMPARISON_STYLE_H

#include "visualize/figure/axes.h"

enum { COMPARISON_LINE_TENTHS = 11 }; /* width of a curve: 1.1 points */

/* Right of every frame, in points: the last number of a time axis stands half beyond it. */
enum { COMPARISON_RIGHT = 11 };

/* Darker by this share: the static part of a bar. */
#define COMPARISON_STATIC_DARKER 0.38

/* The sides and levels, in the order in which an author's colours go to them. */
enum comparison_kind { KIND_REAL, KIND_SIMULATED, KIND_STATIC, KIND_THEORY, COMPARISON_KINDS };

struct colour comparison_colour(cairo_t *cairo, enum comparison_kind kind);

/* A bar of theory is paler than its line. */
struct colour comparison_theory_bar(cairo_t *cairo);

#endif
