/* Are a real and a simulated run of one configuration, as far as the names of their traces say? */
#ifndef VISUALIZE_COMPARISON_AGREEMENT_H
#define VISUALIZE_COMPARISON_AGREEMENT_H

#include "schemas/configuration/configuration.h"
#include "visualize/comparison/pair.h"

struct agreement {
    struct configuration sides[COMPARISON_SIDES];
    struct configuration both;                 /* what either side knows */
    dimension_set not_known[COMPARISON_SIDES]; /* by this side; the other one knows it */
    dimension_set by_where[COMPARISON_SIDES];  /* the same, but --where says it of both sides */
};

/* False where the two are not compatible: what both know must be equal, what one side does not know
 * agrees with anything, and no CP is CP 1 (the strict sense of configuration_compatible). The
 * fault's text is "" then; otherwise the names' tags have no room beside each other.
 * `said_by_user`: dimensions of the user's --where; those that a side's names leave out are taken
 * as the other side has them. */
bool agreement_make(struct agreement *agreement,
                    const struct configuration *const sides[COMPARISON_SIDES],
                    const dimension_set said_by_user[COMPARISON_SIDES], struct fault *fault);

/* Dimensions that the other side's names have, and this side's leave out. */
dimension_set agreement_unwritten(const struct configuration *side,
                                  const struct configuration *other);

/* The dimensions of `both` that people want to read: those that say more than their absence would,
 * and always TP, PP and DP. */
dimension_set agreement_to_print(const struct agreement *agreement);

/* "real" and "simulated". */
extern const char *const COMPARISON_SIDE_NAMES[COMPARISON_SIDES];

#endif
