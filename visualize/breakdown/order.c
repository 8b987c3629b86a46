#include "visualize/breakdown/order.h"

#include <string.h>

static const char *const NUMBERED[] = {
    [BREAKDOWN_BY_STAGE] = "stage", [BREAKDOWN_BY_RANK] = "rank"};
enum { NUMBERED_KINDS = sizeof NUMBERED / sizeof *NUMBERED };

/* "stage" or "rank": BREAKDOWN_BY_...; else BREAKDOWN_BY_CONFIGURATION. */
static enum breakdown_by by_of(const char *text, size_t length)
{
    for (int by = 0; by < NUMBERED_KINDS; by++)
        if (strlen(NUMBERED[by]) == length && strncmp(NUMBERED[by], text, length) == 0)
            return (enum breakdown_by)by;
    return BREAKDOWN_BY_CONFIGURATION;
}

bool breakdown_orders_add(struct breakdown_orders *orders, const char *text, struct fault *fault)
{
    size_t length = strcspn(text, "="), dimension = dimension_by_key(text, length);
    if (!text[length])
        return fault_set(fault, "expected KEY=VALUES like tp=8,4,2,1, found '%s'", text);
    if (orders->count == BREAKDOWN_MOST_ORDERS)
        return fault_set(fault, "at most %d can be given", BREAKDOWN_MOST_ORDERS);
    orders->texts[orders->count++] = text;
    if (by_of(text, length) != BREAKDOWN_BY_CONFIGURATION)
        return true;
    if (dimension == DIMENSION_COUNT)
        return dimension_key_fault(text, length, fault);
    for (const char *at = text + length; *at;) {
        struct dimension_value value;
        size_t part = strcspn(++at, ",");
        if (!dimension_value_parse(dimension, at, part, &value, fault))
            return false;
        at += part;
    }
    return true;
}

/* One value of an order, and the key that it is of. */
struct wanted {
    enum breakdown_by by;
    size_t dimension; /* of configurations */
    const char *key, *text;
    size_t key_length, length;
};

static bool is_wanted(const struct wanted *wanted, const struct breakdown_bar *bar)
{
    struct dimension_value value, own;
    if (wanted->by != BREAKDOWN_BY_CONFIGURATION)
        return strlen(bar->name) == wanted->length &&
               strncmp(bar->name, wanted->text, wanted->length) == 0;
    own = configuration_value(&bar->configuration, wanted->dimension);
    return dimension_value_parse(wanted->dimension, wanted->text, wanted->length, &value, NULL) &&
           dimension_value_compare(wanted->dimension, &own, &value) == 0;
}

/* Brings the bars of a value to `from`, as they follow each other; says how many. */
static size_t bring(struct breakdown *breakdown, size_t from, const struct wanted *wanted)
{
    size_t found = 0;
    for (size_t i = from; i < breakdown->count; i++) {
        struct breakdown_bar bar = breakdown->bars[i];
        size_t to = from + found;
        if (!is_wanted(wanted, &bar))
            continue;
        memmove(&breakdown->bars[to + 1], &breakdown->bars[to], (i - to) * sizeof bar);
        breakdown->bars[to] = bar;
        found++;
    }
    return found;
}

static bool is_placed(const struct breakdown *breakdown, size_t placed, const struct wanted *wanted)
{
    for (size_t i = 0; i < placed; i++)
        if (is_wanted(wanted, &breakdown->bars[i]))
            return true;
    return false;
}

static bool apply(const char *order, struct breakdown *breakdown, struct fault *fault)
{
    struct wanted wanted = {.key = order, .key_length = strcspn(order, "=")};
    wanted.by = by_of(order, wanted.key_length);
    wanted.dimension = dimension_by_key(order, wanted.key_length);
    if (wanted.by != breakdown->by)
        return fault_set(fault, "--order: a bar is a %s, which has no %.*s",
                         breakdown->by == BREAKDOWN_BY_CONFIGURATION ? "configuration"
                                                                     : NUMBERED[breakdown->by],
                         (int)wanted.key_length, order);
    size_t placed = 0;
    for (const char *at = order + wanted.key_length; *at; at += wanted.length) {
        wanted.text = ++at;
        wanted.length = strcspn(at, ",");
        size_t found = bring(breakdown, placed, &wanted);
        if (found == 0)
            return fault_set(fault, "--order: %s %.*s %.*s",
                             is_placed(breakdown, placed, &wanted) ? "named twice:"
                                                                   : "the figure has no",
                             (int)wanted.key_length, order, (int)wanted.length, at);
        placed += found;
    }
    return true;
}

bool breakdown_orders_apply(const struct breakdown_orders *orders, struct breakdown *breakdown,
                            struct fault *fault)
{
    for (size_t i = orders->count; i > 0; i--)
        if (!apply(orders->texts[i - 1], breakdown, fault))
            return false;
    return true;
}
