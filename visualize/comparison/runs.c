#include "visualize/comparison/runs.h"

#include "visualize/comparison/runs_internal.h"

/* Does any trace of a folder meet the condition? */
static bool meets(const struct trace_set *set, const struct filter_condition *condition)
{
    struct filter alone = {.count = 1};
    alone.conditions[0] = *condition;
    for (size_t i = 0; i < set->count; i++)
        if (filter_matches(&alone, &set->files[i]->name.configuration, -1))
            return true;
    return false;
}

dimension_set filter_of_side(const struct trace_set listed[COMPARISON_SIDES],
                             const struct filter *filter, int side, struct filter *asked)
{
    dimension_set left_out = 0;
    asked->count = 0;
    for (size_t i = 0; i < filter->count; i++) {
        const struct filter_condition *condition = &filter->conditions[i];
        if (meets(&listed[side], condition) || !meets(&listed[!side], condition))
            asked->conditions[asked->count++] = *condition;
        else if (condition->dimension < DIMENSION_COUNT)
            left_out |= DIMENSION_BIT(condition->dimension);
    }
    return left_out;
}

bool comparison_runs_list(struct comparison_runs *runs, char *const folders[COMPARISON_SIDES],
                          const struct filter *filter, struct fault *fault)
{
    *runs = (struct comparison_runs){.filter = filter};
    for (int side = 0; side < COMPARISON_SIDES; side++) {
        runs->folders[side] = folders[side];
        if (!trace_set_list(&runs->listed[side], &folders[side], 1, NULL, fault))
            return false;
    }
    for (int side = 0; side < COMPARISON_SIDES; side++) {
        struct filter asked;
        filter_of_side(runs->listed, filter, side, &asked);
        if (!trace_set_list(&runs->chosen[side], &folders[side], 1, &asked, fault))
            return false;
    }
    return true;
}

bool comparison_runs_check(struct comparison_runs *runs, struct fault *fault)
{
    const struct configuration *sides[COMPARISON_SIDES];
    dimension_set said_by_user[COMPARISON_SIDES];
    for (int side = 0; side < COMPARISON_SIDES; side++)
        if (runs->chosen[side].count == 0)
            return fault_set(fault, TRACE_SET_EMPTY, runs->chosen[side].folders[0].path,
                             runs->listed[side].count ? TRACE_SET_CHOSEN : "");
    for (int side = 0; side < COMPARISON_SIDES; side++) {
        struct filter asked;
        if (runs->chosen[side].configuration_count > 1)
            return refuse_several(runs, side, fault);
        sides[side] = runs->chosen[side].configurations[0];
        said_by_user[side] = filter_of_side(runs->listed, runs->filter, side, &asked);
    }
    if (agreement_make(&runs->agreement, sides, said_by_user, fault))
        return true;
    return fault->text[0] ? false : refuse_incompatible(runs, fault);
}

void comparison_runs_free(struct comparison_runs *runs)
{
    for (int side = 0; side < COMPARISON_SIDES; side++) {
        trace_set_free(&runs->listed[side]);
        trace_set_free(&runs->chosen[side]);
    }
    *runs = (struct comparison_runs){0};
}
