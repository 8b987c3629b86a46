#include "visualize/heatmap/mixture.h"

#include <stdio.h>
#include <string.h>

static dimension_set over_set(const struct heatmap_axes *axes)
{
    dimension_set over = 0;
    for (size_t i = 0; i < axes->over_count; i++)
        over |= DIMENSION_BIT(axes->over[i].dimension);
    return over;
}

static dimension_set axes_set(const struct heatmap_axes *axes)
{
    dimension_set facet = axes->facet < DIMENSION_COUNT ? DIMENSION_BIT(axes->facet) : 0;
    return DIMENSION_BIT(axes->x) | DIMENSION_BIT(axes->y) | facet | over_set(axes);
}

/* ---- the kinds, for a message ---- */

enum { MOST_KINDS = 4, WHERE_TEXT = 320 };

struct kinds {
    size_t count;
    bool more; /* than are listed */
    struct {
        char where[WHERE_TEXT];
        size_t files;
        const char *example;
    } list[MOST_KINDS];
};

static void add_kind(struct kinds *kinds, const struct candidate *candidate, dimension_set which)
{
    char where[CONFIGURATION_TEXT];
    size_t files = candidate->cell.ranks ? candidate->cell.ranks : 1;
    configuration_where(where, sizeof where, &candidate->cell.configuration, which);
    for (size_t i = 0; i < kinds->count; i++)
        if (strcmp(kinds->list[i].where, where) == 0) {
            kinds->list[i].files += files;
            return;
        }
    if (kinds->count == MOST_KINDS || strlen(where) >= WHERE_TEXT) {
        kinds->more = true;
        return;
    }
    size_t at = kinds->count++;
    snprintf(kinds->list[at].where, WHERE_TEXT, "%.*s", WHERE_TEXT - 1, where);
    kinds->list[at].files = files;
    kinds->list[at].example = candidate->example ? candidate->example : "lines in the logs";
}

static bool plain_for_a_shell(const char *text)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "_-+=.,";
    return text[strspn(text, plain)] == '\0';
}

static void kinds_text(const struct kinds *kinds, char *text, size_t size)
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < kinds->count && used < size; i++) {
        const char *quote = plain_for_a_shell(kinds->list[i].where) ? "" : "'";
        int written =
            snprintf(text + used, size - used, "%s--where %s%s%s (%zu: %s)", i ? "; " : "", quote,
                     kinds->list[i].where, quote, kinds->list[i].files, kinds->list[i].example);
        used += written > 0 ? (size_t)written : 0;
    }
    if (kinds->more && used < size)
        snprintf(text + used, size - used, "; ...");
}

/* Options that give each its place, where dimensions of the table alone differ: "; or --facet cp".
 */
static void options_text(dimension_set differing, const struct heatmap_axes *axes, char *text,
                         size_t size)
{
    char options[200] = "";
    if (!(differing & DIMENSION_OTHER_TAGS))
        dimension_set_figure_options(options, sizeof options, differing & ~axes_set(axes),
                                     axes->facet == DIMENSION_COUNT);
    snprintf(text, size, "%s%s", *options ? "; or" : "", options);
}

/* ---- the figure ---- */

static const struct configuration *configuration_at(const void *context, size_t index)
{
    return &((const struct candidates *)context)->list[index].cell.configuration;
}

/* Tags that the table does not know count where traces have them: a log's line has none. */
static dimension_set known_differences(const struct candidates *candidates)
{
    dimension_set differing =
        configuration_known_differences(candidates->count, configuration_at, candidates);
    const char *tags = NULL;
    for (size_t i = 0; i < candidates->count; i++) {
        if (!candidates->list[i].example)
            continue;
        const char *own = candidates->list[i].cell.configuration.tags;
        if (tags && strcmp(tags, own) != 0)
            differing |= DIMENSION_OTHER_TAGS;
        tags = own;
    }
    return differing;
}

/* What was given of a run beside the axes: it makes a suggestion recognizable. */
static dimension_set telling(const struct configuration *configuration, dimension_set axes)
{
    dimension_set which = 0;
    for (size_t i = 0; i < DIMENSION_COUNT; i++)
        if (!configuration_is_absent(configuration, i) && !DIMENSIONS[i].not_compared)
            which |= DIMENSION_BIT(i);
    return which & ~(axes | CONFIGURATION_FOLLOWING);
}

bool mixture_check_figure(const struct candidates *candidates, const struct heatmap_axes *axes,
                          struct fault *fault)
{
    dimension_set may_differ = axes_set(axes) | CONFIGURATION_FOLLOWING;
    dimension_set differing = known_differences(candidates) & ~may_differ;
    if (!differing)
        return true;
    struct kinds kinds = {0};
    char names[256], list[600], options[200];
    for (size_t i = 0; i < candidates->count; i++) {
        const struct candidate *candidate = &candidates->list[i];
        add_kind(&kinds, candidate,
                 differing | telling(&candidate->cell.configuration, axes_set(axes)));
    }
    kinds_text(&kinds, list, sizeof list);
    options_text(differing, axes, options, sizeof options);
    return fault_set(fault, "runs are mixed that differ in %s; choose: %s%s",
                     dimension_set_text(names, sizeof names, differing), list, options);
}

/* ---- a cell ---- */

/* Two may stand for one cell where `over` tells them apart. */
static dimension_set not_covered(const struct configuration *a, const struct configuration *b,
                                 dimension_set over)
{
    dimension_set differing = configuration_differences(a, b);
    return differing & over ? differing & ~(over | CONFIGURATION_FOLLOWING) : differing;
}

bool mixture_check_cell(const struct candidate *const *list, size_t count,
                        const struct heatmap_axes *axes, struct fault *fault)
{
    dimension_set wrong = 0, differing = 0;
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < i; k++) {
            const struct configuration *a = &list[i]->cell.configuration;
            const struct configuration *b = &list[k]->cell.configuration;
            wrong |= not_covered(a, b, over_set(axes));
            differing |= configuration_differences(a, b);
        }
    if (!wrong)
        return true;
    struct kinds kinds = {0};
    char names[256], place[256], where[600], options[200];
    for (size_t i = 0; i < count; i++)
        add_kind(&kinds, list[i], wrong);
    kinds_text(&kinds, where, sizeof where);
    options_text(wrong, axes, options, sizeof options);
    return fault_set(fault,
                     "%zu configurations have one place (%s); they differ in %s. Choose: "
                     "%s%s",
                     count,
                     configuration_text(place, sizeof place, &list[0]->cell.configuration,
                                        axes_set(axes) & ~over_set(axes)),
                     dimension_set_text(names, sizeof names, differing), where, options);
}
