/* The two relations between configurations: the same, and compatible. */
#include "schemas/configuration/configuration.h"

#include "schemas/configuration/tags.h"

#include <string.h>

static int compare_in(const struct configuration *a, const struct configuration *b,
                      size_t dimension)
{
    if (DIMENSIONS[dimension].kind != DIMENSION_WORD) {
        int64_t first = configuration_number(a, dimension);
        int64_t second = configuration_number(b, dimension);
        return (first > second) - (first < second);
    }
    struct dimension_value first = configuration_value(a, dimension);
    struct dimension_value second = configuration_value(b, dimension);
    return dimension_value_compare(dimension, &first, &second);
}

int configuration_compare(const struct configuration *a, const struct configuration *b)
{
    for (size_t i = 0; i < DIMENSION_COUNT; i++) {
        int order = DIMENSIONS[i].not_compared ? 0 : compare_in(a, b, i);
        if (order)
            return order;
    }
    int order = strcmp(a->tags, b->tags);
    return (order > 0) - (order < 0);
}

/* A size that equals another by its absence is no difference of its own. */
static bool follows_in_both(const struct configuration *a, const struct configuration *b,
                            size_t dimension)
{
    return DIMENSIONS[dimension].absent == DIMENSION_ABSENT_TP &&
           configuration_is_absent(a, dimension) && configuration_is_absent(b, dimension);
}

dimension_set configuration_differences(const struct configuration *a,
                                        const struct configuration *b)
{
    dimension_set differing = strcmp(a->tags, b->tags) ? DIMENSION_OTHER_TAGS : 0;
    for (size_t i = 0; i < DIMENSION_COUNT; i++)
        if (!DIMENSIONS[i].not_compared && compare_in(a, b, i) != 0 && !follows_in_both(a, b, i))
            differing |= DIMENSION_BIT(i);
    return differing;
}

/* One that equals TP wherever it is absent differs only where it was given. */
static bool known_values_differ(size_t dimension, size_t count, configuration_at_fn at,
                                const void *context)
{
    struct dimension_value first = {0};
    bool given = DIMENSIONS[dimension].absent != DIMENSION_ABSENT_TP, differ = false;
    for (size_t i = 0; i < count; i++) {
        struct dimension_value value = configuration_value(at(context, i), dimension);
        if (!value.known)
            continue;
        given |= !configuration_is_absent(at(context, i), dimension);
        differ |= first.known && dimension_value_compare(dimension, &first, &value) != 0;
        first = value;
    }
    return given && differ;
}

dimension_set configuration_known_differences(size_t count, configuration_at_fn at,
                                              const void *context)
{
    dimension_set differing = 0;
    for (size_t i = 0; i < DIMENSION_COUNT; i++)
        if (!DIMENSIONS[i].not_compared && known_values_differ(i, count, at, context))
            differing |= DIMENSION_BIT(i);
    return differing;
}

/* Tags that both have must be equal. */
static bool tags_compatible(const struct configuration *a, const struct configuration *b)
{
    struct tag tag, other;
    for (const char *at = a->tags; tags_next(&at, &tag);)
        if (tags_find(b->tags, tag.text, tag.key_length, &other) &&
            (tag.length != other.length || memcmp(tag.text, other.text, tag.length) != 0))
            return false;
    return true;
}

/* Sizes that follow from others are as good as given ones, in a lenient comparison too. */
static bool knows(const struct configuration *configuration, size_t dimension, bool strict)
{
    bool derived = DIMENSIONS[dimension].absent == DIMENSION_ABSENT_DERIVED;
    return (strict || derived || (configuration->written & DIMENSION_BIT(dimension))) &&
           (DIMENSIONS[dimension].kind == DIMENSION_WORD
                ? configuration_word(configuration, dimension) != NULL
                : configuration_number(configuration, dimension) >= 0);
}

/* What either wrote of a dimension; -1: neither. */
static int64_t written_in_either(const struct configuration *a, const struct configuration *b,
                                 size_t dimension)
{
    const struct configuration *which = a->written & DIMENSION_BIT(dimension) ? a : b;
    return which->written & DIMENSION_BIT(dimension) ? configuration_number(which, dimension) : -1;
}

/* Is there a CP with which the sizes that both wrote fill the world? */
static bool fills_with_some_cp(const struct configuration *a, const struct configuration *b)
{
    int64_t world = written_in_either(a, b, DIMENSION_WORLD_SIZE);
    int64_t cp = written_in_either(a, b, DIMENSION_CP), product = cp > 0 ? cp : 1;
    static const size_t factors[] = {DIMENSION_TP, DIMENSION_PP, DIMENSION_DP};
    for (size_t i = 0; i < sizeof factors / sizeof *factors; i++) {
        int64_t factor = written_in_either(a, b, factors[i]);
        if (world < 1 || factor < 1 || __builtin_mul_overflow(product, factor, &product))
            return true; /* not all is known */
    }
    return cp > 0 ? product == world : world % product == 0;
}

bool configuration_compatible(const struct configuration *a, const struct configuration *b,
                              bool strict, dimension_set *not_known)
{
    dimension_set one_knows = strcmp(a->tags, b->tags) ? DIMENSION_OTHER_TAGS : 0;
    for (size_t i = 0; i < DIMENSION_COUNT; i++) {
        if (DIMENSIONS[i].not_compared)
            continue;
        bool first = knows(a, i, strict), second = knows(b, i, strict);
        if (first && second && compare_in(a, b, i) != 0) {
            /* A derived size rests on the others; a lenient one may rest on a wrong CP. */
            bool rests = DIMENSIONS[i].absent == DIMENSION_ABSENT_DERIVED && !strict &&
                         !(a->written & b->written & DIMENSION_BIT(i));
            if (!rests)
                return false;
        }
        if (first != second)
            one_knows |= DIMENSION_BIT(i);
    }
    if (!tags_compatible(a, b) || !fills_with_some_cp(a, b))
        return false;
    if (not_known)
        *not_known = one_knows;
    return true;
}

static int count_of(dimension_set set)
{
    return __builtin_popcount(set);
}

/* Takes one more that matches. Leniently, one of which more is known stands before others. */
static void take_match(struct configuration_matching *matching, size_t index,
                       dimension_set not_known, dimension_set difference, bool strict)
{
    if (!strict && count_of(not_known) > count_of(matching->not_known))
        return;
    if (!strict && count_of(not_known) < count_of(matching->not_known))
        *matching = (struct configuration_matching){.index = index, .not_known = not_known};
    else
        matching->differing |= difference;
}

enum configuration_match configuration_find(const struct configuration *wanted, size_t count,
                                            configuration_at_fn at, const void *context,
                                            struct configuration_matching *matching)
{
    for (int strict = 1; strict >= 0; strict--) {
        bool found = false;
        *matching = (struct configuration_matching){0};
        for (size_t i = 0; i < count; i++) {
            dimension_set not_known;
            if (!configuration_compatible(wanted, at(context, i), strict, &not_known))
                continue;
            if (found)
                take_match(matching, i, not_known,
                           configuration_differences(at(context, matching->index), at(context, i)),
                           strict);
            else
                *matching = (struct configuration_matching){.index = i, .not_known = not_known};
            found = true;
        }
        if (found)
            return matching->differing ? CONFIGURATION_SEVERAL : CONFIGURATION_ONE;
    }
    return CONFIGURATION_NONE;
}
