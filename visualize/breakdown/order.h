/* The order of the bars, where the author wants another than their own. */
#ifndef VISUALIZE_BREAKDOWN_ORDER_H
#define VISUALIZE_BREAKDOWN_ORDER_H

#include "visualize/breakdown/breakdown.h"

enum { BREAKDOWN_MOST_ORDERS = 8 };

struct breakdown_orders {
    size_t count;
    const char *texts[BREAKDOWN_MOST_ORDERS]; /* "stage=3,2,1,0", "rank=...", "tp=8,4"; borrowed */
};

/* Adds one. Fails where it is none. */
bool breakdown_orders_add(struct breakdown_orders *orders, const char *text, struct fault *fault);

/* Sorts the bars by the first of the orders, those that are equal in it by the next, and so on.
 * What an order does not name follows, as it was. Fails where it names what no bar has, something
 * twice, or a key that bars like these do not have. */
bool breakdown_orders_apply(const struct breakdown_orders *orders, struct breakdown *breakdown,
                            struct fault *fault);

#endif
