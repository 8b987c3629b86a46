/* The order of the ranks side by side, where the author wants another than theirs. */
#ifndef VISUALIZE_COMPARISON_ORDER_H
#define VISUALIZE_COMPARISON_ORDER_H

#include "visualize/comparison/summary.h"

/* Is it "rank=6,4,2,0" or "peak" (the largest first)? */
bool comparison_order_check(const char *order, struct fault *fault);

/* Puts the rows in that order, which comparison_order_check has let through. Ranks that it does not
 * name follow, in their own order. Fails where it names one that is not there, or one twice. */
bool comparison_order_apply(const char *order, struct comparison_row *rows, size_t count,
                            struct fault *fault);

#endif
