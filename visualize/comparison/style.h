/* How the sides of a comparison look, in every figure of it: told apart by line style as well as by
 * colour, and in grey print by lightness. */
#ifndef VISUALIZE_COMPARISON_STYLE_H
#define VISUALIZE_COMPARISON_STYLE_H

#include "visualize/figure/axes.h"

#define COMPARISON_REAL_RGB                                                                        \
    {                                                                                              \
        0.00, 0.36, 0.62                                                                           \
    }
#define COMPARISON_SIMULATED_RGB                                                                   \
    {                                                                                              \
        0.90, 0.56, 0.00                                                                           \
    }

#define COMPARISON_REAL_COLOUR      ((struct colour)COMPARISON_REAL_RGB)
#define COMPARISON_SIMULATED_COLOUR ((struct colour)COMPARISON_SIMULATED_RGB)
#define COMPARISON_STATIC_COLOUR    ((struct colour){0.00, 0.52, 0.36})
#define COMPARISON_THEORY_COLOUR    ((struct colour){0.80, 0.12, 0.12})

enum { COMPARISON_LINE_TENTHS = 11 }; /* width of a curve: 1.1 points */

#endif
