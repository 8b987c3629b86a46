#include "visualize/comparison/agreement.h"

#include "schemas/configuration/tags.h"

const char *const COMPARISON_SIDE_NAMES[COMPARISON_SIDES] = {"real", "simulated"};

dimension_set agreement_unwritten(const struct configuration *side,
                                  const struct configuration *other)
{
    dimension_set unwritten = 0;
    for (size_t i = 0; i < DIMENSION_COUNT; i++)
        if (!DIMENSIONS[i].not_compared)
            unwritten |= other->written & ~side->written & DIMENSION_BIT(i);
    return unwritten;
}

/* Takes dimensions over from another configuration. */
static bool take_over(struct configuration *to, const struct configuration *from,
                      dimension_set which, struct fault *fault)
{
    struct configuration taken = *from;
    configuration_keep(&taken, which);
    return configuration_add_missing(to, &taken, fault);
}

static bool lacks_a_tag(const struct configuration *side, const struct configuration *other)
{
    struct tag tag, found;
    for (const char *at = other->tags; tags_next(&at, &tag);)
        if (!tags_find(side->tags, tag.text, tag.key_length, &found))
            return true;
    return false;
}

/* What this side does not know and the other one's names say. Sizes that follow from others are not
 * named: those others are. */
static dimension_set not_known_by(const struct configuration *side,
                                  const struct configuration *other)
{
    dimension_set unknown = lacks_a_tag(side, other) ? DIMENSION_OTHER_TAGS : 0;
    for (size_t i = 0; i < DIMENSION_COUNT; i++)
        if (!configuration_value(side, i).known)
            unknown |= other->written & DIMENSION_BIT(i);
    return unknown;
}

/* A stamp keeps names apart, and is no part of a configuration. */
static void forget_stamps(struct configuration *configuration)
{
    for (size_t i = 0; i < DIMENSION_COUNT; i++)
        if (DIMENSIONS[i].not_compared)
            configuration_forget(configuration, i);
}

/* What either knows: the other one's dimensions and tags beside those that are there. */
static bool join(struct configuration *both, const struct configuration *other, struct fault *fault)
{
    struct tag tag, found;
    if (!configuration_add_missing(both, other, fault))
        return false;
    for (const char *at = other->tags; tags_next(&at, &tag);)
        if (!tags_find(both->tags, tag.text, tag.key_length, &found) &&
            !configuration_add_tag(both, tag.text, tag.length, fault))
            return false;
    return true;
}

bool agreement_make(struct agreement *agreement,
                    const struct configuration *const sides[COMPARISON_SIDES],
                    const dimension_set said_by_user[COMPARISON_SIDES], struct fault *fault)
{
    *agreement = (struct agreement){0};
    fault->text[0] = '\0';
    struct configuration completed[COMPARISON_SIDES];
    for (int side = 0; side < COMPARISON_SIDES; side++) {
        agreement->sides[side] = *sides[side];
        forget_stamps(&agreement->sides[side]);
    }
    for (int side = 0; side < COMPARISON_SIDES; side++) {
        const struct configuration *other = &agreement->sides[!side];
        completed[side] = agreement->sides[side];
        agreement->by_where[side] = agreement_unwritten(sides[side], other) & said_by_user[side];
        if (!take_over(&completed[side], other, agreement->by_where[side], fault))
            return false;
    }
    if (!configuration_compatible(&completed[COMPARISON_REAL], &completed[COMPARISON_SIMULATED],
                                  true, NULL))
        return false;
    for (int side = 0; side < COMPARISON_SIDES; side++)
        agreement->not_known[side] = not_known_by(&completed[side], &completed[!side]);
    agreement->both = completed[COMPARISON_REAL];
    return join(&agreement->both, &completed[COMPARISON_SIMULATED], fault);
}

dimension_set agreement_to_print(const struct agreement *agreement)
{
    dimension_set printed = CONFIGURATION_USUAL | DIMENSION_OTHER_TAGS;
    for (size_t i = 0; i < DIMENSION_COUNT; i++)
        if (!configuration_is_absent(&agreement->both, i))
            printed |= DIMENSION_BIT(i);
    return printed;
}
