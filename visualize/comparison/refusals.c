/* Why two folders cannot be compared, and what to type instead. Each --where that is suggested was
 * tried: it chooses two runs that can be compared. */
#include "schemas/configuration/configuration.h"
#include "visualize/comparison/runs_internal.h"

#include <stdio.h>
#include <string.h>

enum { MOST_SUGGESTED = 4, MOST_NAMED = 6, WHERE_SIZE = 512 };

/* ---- what a --where would do ---- */

/* The one configuration of a folder that the filter chooses; NULL: none, or several. */
static const struct configuration *only_choice(const struct trace_set *set,
                                               const struct filter *asked)
{
    size_t found = set->configuration_count;
    for (size_t i = 0; i < set->count; i++) {
        const struct trace_name *name = &set->files[i]->name;
        if (set->configuration_of[i] == found ||
            !filter_matches(asked, &name->configuration, name->rank))
            continue;
        if (found < set->configuration_count)
            return NULL;
        found = set->configuration_of[i];
    }
    return found < set->configuration_count ? set->configurations[found] : NULL;
}

static bool is_of_help(const struct comparison_runs *runs, const char *where)
{
    const struct configuration *sides[COMPARISON_SIDES];
    dimension_set said_by_user[COMPARISON_SIDES];
    struct filter filter, asked;
    struct agreement agreement;
    struct fault ignored;
    if (!filter_parse(where, &filter, &ignored))
        return false;
    for (int side = 0; side < COMPARISON_SIDES; side++) {
        said_by_user[side] = filter_of_side(runs->listed, &filter, side, &asked);
        sides[side] = only_choice(&runs->listed[side], &asked);
        if (!sides[side])
            return false;
    }
    return agreement_make(&agreement, sides, said_by_user, &ignored);
}

/* What the user's --where asks already, but of these dimensions, and then these dimensions as the
 * configuration has them. False where it does not fit. */
static bool where_text(char where[WHERE_SIZE], const struct filter *filter,
                       const struct configuration *configuration, dimension_set which)
{
    char added[CONFIGURATION_TEXT];
    size_t used = 0;
    for (size_t i = 0; i < filter->count && used < WHERE_SIZE; i++) {
        const struct filter_condition *condition = &filter->conditions[i];
        if (condition->dimension < DIMENSION_COUNT && (which & DIMENSION_BIT(condition->dimension)))
            continue;
        used += (size_t)snprintf(where + used, WHERE_SIZE - used, "%s=%s,", condition->key,
                                 condition->values);
    }
    configuration_where(added, sizeof added, configuration, which);
    if (used < WHERE_SIZE)
        used += (size_t)snprintf(where + used, WHERE_SIZE - used, "%s", added);
    return used < WHERE_SIZE;
}

/* ---- suggestions ---- */

struct suggestions {
    size_t count;
    char texts[MOST_SUGGESTED][WHERE_SIZE];
    bool more;
};

static void suggest(struct suggestions *suggestions, const struct comparison_runs *runs,
                    const struct configuration *configuration, dimension_set which)
{
    char where[WHERE_SIZE];
    if (!where_text(where, runs->filter, configuration, which))
        return;
    for (size_t i = 0; i < suggestions->count; i++)
        if (strcmp(suggestions->texts[i], where) == 0)
            return;
    if (!is_of_help(runs, where))
        return;
    if (suggestions->count < MOST_SUGGESTED)
        memcpy(suggestions->texts[suggestions->count++], where, WHERE_SIZE);
    else
        suggestions->more = true;
}

/* For each real run and simulated run that are compatible: the dimensions that set them apart from
 * the other runs of their folders. */
static void suggest_pairs(struct suggestions *suggestions, const struct comparison_runs *runs,
                          const struct trace_set sets[COMPARISON_SIDES])
{
    const struct trace_set *real = &sets[COMPARISON_REAL], *simulated = &sets[COMPARISON_SIMULATED];
    dimension_set differing = trace_set_differences(real) | trace_set_differences(simulated);
    bool real_tags_differ = trace_set_differences(real) & DIMENSION_OTHER_TAGS;
    for (size_t i = 0; i < real->configuration_count; i++)
        for (size_t k = 0; k < simulated->configuration_count && !suggestions->more; k++) {
            struct configuration both = *real->configurations[i];
            const struct configuration *other = simulated->configurations[k];
            if (!configuration_compatible(&both, other, true, NULL) ||
                !configuration_add_missing(&both, other, NULL))
                continue;
            if (!real_tags_differ)
                memcpy(both.tags, other->tags, sizeof both.tags);
            suggest(suggestions, runs, &both, differing);
        }
}

static const char *suggestions_text(const struct suggestions *suggestions, char *text, size_t size)
{
    size_t used = 0;
    *text = '\0';
    for (size_t i = 0; i < suggestions->count && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, "%s--where '%s'", i ? " or " : "",
                                 suggestions->texts[i]);
    if (suggestions->more && used < size)
        snprintf(text + used, size - used, " or others");
    return text;
}

/* ---- several configurations on one side ---- */

static const char *configurations_text(const struct trace_set *set, dimension_set differing,
                                       char *text, size_t size)
{
    char where[CONFIGURATION_TEXT];
    size_t used = 0;
    *text = '\0';
    for (size_t i = 0; i < set->configuration_count && i < MOST_NAMED && used < size; i++) {
        dimension_set which = differing;
        for (size_t k = 0; k < DIMENSION_COUNT; k++)
            if (k <= DIMENSION_DP && configuration_value(set->configurations[i], k).known)
                which |= DIMENSION_BIT(k); /* the world's size, TP, PP and DP are always of help */
        used += (size_t)snprintf(
            text + used, size - used, "%s%s", i ? "; " : "",
            configuration_where(where, sizeof where, set->configurations[i], which));
    }
    if (set->configuration_count > MOST_NAMED && used < size)
        snprintf(text + used, size - used, "; ...");
    return text;
}

bool refuse_several(const struct comparison_runs *runs, int side, struct fault *fault)
{
    const struct trace_set *set = &runs->chosen[side];
    dimension_set differing = trace_set_differences(set);
    char names[256], mixed[400], advice[600];
    struct suggestions suggestions = {0};
    suggest_pairs(&suggestions, runs, runs->chosen);
    configurations_text(set, differing, mixed, sizeof mixed);
    suggestions_text(&suggestions, advice, sizeof advice);
    return fault_set(fault, "%s: %zu configurations are mixed (%s); they differ in %s%s%s",
                     runs->folders[side], set->configuration_count, mixed,
                     dimension_set_text(names, sizeof names, differing),
                     suggestions.count ? ". Choose two that can be compared, with: "
                                       : ", and none of them is compatible with a run in ",
                     suggestions.count ? advice : runs->folders[!side]);
}

/* ---- two that are not compatible ---- */

static const struct configuration *side_at(const void *context, size_t index)
{
    return (const struct configuration *)context + index;
}

/* The dimensions in which both know different values. */
static dimension_set contradictions(const struct agreement *agreement)
{
    struct configuration tags[COMPARISON_SIDES];
    for (int side = 0; side < COMPARISON_SIDES; side++) {
        tags[side] = agreement->sides[side];
        configuration_keep(&tags[side], DIMENSION_OTHER_TAGS);
    }
    bool tags_differ = !configuration_compatible(&tags[0], &tags[1], true, NULL);
    return configuration_known_differences(COMPARISON_SIDES, side_at, agreement->sides) |
           (tags_differ ? DIMENSION_OTHER_TAGS : 0);
}

/* A size that one side's names leave out, and that means 1 then: perhaps the other's is meant. */
static void suggest_unwritten(struct suggestions *suggestions, const struct comparison_runs *runs,
                              dimension_set contradicting)
{
    struct configuration both = runs->agreement.sides[COMPARISON_REAL];
    const struct configuration *simulated = &runs->agreement.sides[COMPARISON_SIMULATED];
    dimension_set unwritten =
        agreement_unwritten(&both, simulated) | agreement_unwritten(simulated, &both);
    if ((contradicting & unwritten) && configuration_add_missing(&both, simulated, NULL))
        suggest(suggestions, runs, &both, contradicting & unwritten);
}

bool refuse_incompatible(const struct comparison_runs *runs, struct fault *fault)
{
    const struct agreement *agreement = &runs->agreement;
    dimension_set differing = contradictions(agreement);
    char names[256], texts[COMPARISON_SIDES][300], advice[600];
    struct suggestions suggestions = {0};
    struct fault why = {0};
    struct configuration both = agreement->sides[COMPARISON_REAL];
    if (!differing &&
        configuration_add_missing(&both, &agreement->sides[COMPARISON_SIMULATED], &why))
        configuration_check(&both, &why);
    if (!differing)
        return fault_set(fault,
                         "%s and %s cannot be of one configuration: what their names say together "
                         "is that %s. Give two folders of one configuration",
                         runs->folders[0], runs->folders[1], why.text);
    for (int side = 0; side < COMPARISON_SIDES; side++)
        configuration_text(texts[side], sizeof texts[side], &agreement->sides[side], differing);
    suggest_unwritten(&suggestions, runs, differing);
    bool unwritten = suggestions.count > 0;
    if (!unwritten)
        suggest_pairs(&suggestions, runs, runs->listed);
    suggestions_text(&suggestions, advice, sizeof advice);
    return fault_set(
        fault, "the runs differ in %s: %s has %s, %s has %s. %s%s",
        dimension_set_text(names, sizeof names, differing), runs->folders[COMPARISON_REAL],
        texts[COMPARISON_REAL], runs->folders[COMPARISON_SIMULATED], texts[COMPARISON_SIMULATED],
        unwritten ? "If they are equal in this, and the names of one side leave it out, add "
        : suggestions.count ? "Choose two that can be compared, with: "
                            : "Give two folders of one configuration",
        advice);
}
