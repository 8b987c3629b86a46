#include "visualize/heatmap/axes_options.h"

#include <string.h>

enum option_key {
    OPTION_X = 0x300, /* past the letters, and past those of the commands */
    OPTION_Y,
    OPTION_FACET,
    OPTION_OVER,
};

static const struct argp_option OPTIONS[] = {
    /* Group 1 is what the command reads and writes; its heading is the command's own. */
    {"x", OPTION_X, "KEY", 0, "what lies to the right: pp (default), ep, cp, mbs, recompute, ...",
     1},
    {"y", OPTION_Y, "KEY", 0, "what lies upwards (default: tp)", 0},
    {"facet", OPTION_FACET, "KEY", 0, "a panel for each of its values, with common axes", 0},
    {"over", OPTION_OVER, "KEY=best|worst", 0,
     "of runs that differ in KEY alone, show the best or the worst; may be given several times", 0},
    {0},
};

const char *const HEATMAP_AXES_FLAGS[] = {"x", "y", "facet", "over", NULL};

static size_t take_dimension(struct argp_state *state, const char *option, const char *text,
                             size_t length)
{
    struct fault fault = {0};
    size_t dimension = dimension_by_key(text, length);
    if (dimension == DIMENSION_COUNT || DIMENSIONS[dimension].not_compared) {
        dimension_key_fault(text, length, &fault);
        argp_error(state, "%s: %s", option, fault.text);
    }
    return dimension;
}

/* "ep=best". */
static void take_over(struct argp_state *state, struct heatmap_axes *axes, const char *text)
{
    size_t length = strcspn(text, "=");
    const char *which = text[length] ? text + length + 1 : "";
    bool worst = strcmp(which, "worst") == 0;
    if (!worst && strcmp(which, "best") != 0)
        argp_error(state, "--over: expected KEY=best or KEY=worst, found '%s'", text);
    if (axes->over_count == HEATMAP_MOST_OVER)
        argp_error(state, "--over: at most %d can be given", HEATMAP_MOST_OVER);
    size_t dimension = take_dimension(state, "--over", text, length);
    axes->over[axes->over_count++] = (struct heatmap_over){dimension, worst};
}

/* Each dimension has one place. */
static void check_axes(struct argp_state *state, const struct heatmap_axes *axes)
{
    dimension_set seen = 0;
    size_t used[HEATMAP_MOST_OVER + 3] = {axes->x, axes->y, axes->facet}, count = 3;
    for (size_t i = 0; i < axes->over_count; i++)
        used[count++] = axes->over[i].dimension;
    for (size_t i = 0; i < count; i++) {
        if (used[i] == DIMENSION_COUNT)
            continue; /* no facet */
        if (seen & DIMENSION_BIT(used[i]))
            argp_error(state, "--x, --y, --facet, --over: %s is given twice",
                       DIMENSIONS[used[i]].tag);
        seen |= DIMENSION_BIT(used[i]);
    }
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct heatmap_axes *axes = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        *axes = heatmap_usual_axes();
        return 0;
    case ARGP_KEY_END:
        check_axes(state, axes);
        return 0;
    case OPTION_X:
        axes->x = take_dimension(state, "--x", argument, strlen(argument));
        return 0;
    case OPTION_Y:
        axes->y = take_dimension(state, "--y", argument, strlen(argument));
        return 0;
    case OPTION_FACET:
        axes->facet = take_dimension(state, "--facet", argument, strlen(argument));
        return 0;
    case OPTION_OVER:
        take_over(state, axes, argument);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

const struct argp heatmap_axes_argp = {.options = OPTIONS, .parser = parse};
