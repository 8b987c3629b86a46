#include "visualize/heatmap/axes_options.h"

#include "visualize/heatmap/order.h"

#include <string.h>

static bool find_dimension(const char *text, size_t length, size_t *dimension, struct fault *fault)
{
    *dimension = dimension_by_key(text, length);
    if (*dimension != DIMENSION_COUNT && !DIMENSIONS[*dimension].not_compared)
        return true;
    dimension_key_fault(text, length, fault);
    return false;
}

static bool take_dimension(const struct option_row *row, void *target, const char *text,
                           struct fault *fault)
{
    (void)row;
    return find_dimension(text, strlen(text), target, fault);
}

/* "ep=best". */
static bool take_over(const struct option_row *row, void *target, const char *text,
                      struct fault *fault)
{
    struct heatmap_axes *axes = target;
    size_t length = strcspn(text, "="), dimension;
    const char *which = text[length] ? text + length + 1 : "";
    bool worst = strcmp(which, "worst") == 0;
    (void)row;
    if (!worst && strcmp(which, "best") != 0)
        return fault_set(fault, "expected KEY=best or KEY=worst, found '%s'", text);
    if (axes->over_count == HEATMAP_MOST_OVER)
        return fault_set(fault, "at most %d can be given", HEATMAP_MOST_OVER);
    if (!find_dimension(text, length, &dimension, fault))
        return false;
    axes->over[axes->over_count++] = (struct heatmap_over){dimension, worst};
    return true;
}

static bool take_order(const struct option_row *row, void *target, const char *text,
                       struct fault *fault)
{
    (void)row;
    return heatmap_order_parse(text, target, fault);
}

#define AXIS_ROW(option, text)                                                                     \
    {                                                                                              \
        .name = #option, .kind = OPTION_TAKEN, .target = offsetof(struct heatmap_axes, option),    \
        .take = take_dimension, .argument = "KEY", .help = (text)                                  \
    }

const struct option_row HEATMAP_AXES_OPTIONS[] = {
    {.kind = OPTION_HEADING, .help = "The heatmap's axes:"},
    AXIS_ROW(x, "what lies to the right: pp (default), ep, cp, mbs, recompute, ..."),
    AXIS_ROW(y, "what lies upwards (default: tp)"),
    AXIS_ROW(facet, "a panel for each of its values, with common axes"),
    {.name = "over",
     .kind = OPTION_TAKEN,
     .take = take_over,
     .argument = "KEY=best|worst",
     .help = "of runs that differ in KEY alone, show the best or the worst; may be given several "
             "times"},
    {.name = "order",
     .kind = OPTION_TAKEN,
     .take = take_order,
     .argument = "KEY=VALUES",
     .help = "the values along an axis, from the left or from below, e.g. tp=8,4,2,1; others "
             "follow; may be given several times"},
    {0},
};

void heatmap_axes_check(const struct heatmap_axes *axes)
{
    dimension_set seen = 0;
    size_t used[HEATMAP_MOST_OVER + 3] = {axes->x, axes->y, axes->facet}, count = 3;
    for (size_t i = 0; i < axes->over_count; i++)
        used[count++] = axes->over[i].dimension;
    for (size_t i = 0; i < axes->order_count; i++) {
        size_t dimension = axes->orders[i].dimension;
        if (dimension != axes->x && dimension != axes->y && dimension != axes->facet)
            options_error("--order: %s is along no axis of the figure", DIMENSIONS[dimension].tag);
    }
    for (size_t i = 0; i < count; i++) {
        if (used[i] == DIMENSION_COUNT)
            continue; /* no facet */
        if (seen & DIMENSION_BIT(used[i]))
            options_error("--x, --y, --facet, --over: %s is given twice", DIMENSIONS[used[i]].tag);
        seen |= DIMENSION_BIT(used[i]);
    }
}
