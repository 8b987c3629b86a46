#include "schemas/configuration/axis.h"

#include "schemas/configuration/value_list.h"
#include "schemas/support/array.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The first place whose value is not before `value`. */
static size_t place_of(const struct axis *axis, const struct dimension_value *value)
{
    size_t low = 0, high = axis->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (dimension_value_compare(axis->dimension, &axis->values[middle], value) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

size_t axis_find(const struct axis *axis, const struct dimension_value *value)
{
    size_t at = place_of(axis, value);
    bool there =
        at < axis->count && dimension_value_compare(axis->dimension, &axis->values[at], value) == 0;
    return there ? at : axis->count;
}

bool axis_add(struct axis *axis, const struct dimension_value *value)
{
    size_t at = place_of(axis, value);
    if (axis_find(axis, value) < axis->count)
        return true;
    struct dimension_value *last = ARRAY_ADD(axis->values, axis->count);
    if (!last)
        return false;
    memmove(&axis->values[at + 1], &axis->values[at], (axis->count - 1 - at) * sizeof *last);
    axis->values[at] = *value;
    return true;
}

static bool add_numbers(struct axis *axis, const char *text, struct fault *fault)
{
    struct value_list list;
    /* Only a switch, a sharing stage and a number of experts may be 0. */
    bool zero = axis->dimension == DIMENSION_ZERO ||
                DIMENSIONS[axis->dimension].kind == DIMENSION_SWITCH ||
                DIMENSIONS[axis->dimension].absent == DIMENSION_ABSENT_ZERO;
    if (!value_list_parse(text, zero ? 0 : 1, &list, fault))
        return false;
    bool added = true;
    for (size_t i = 0; added && i < list.count; i++) {
        const struct dimension_value value = {.known = true, .number = list.values[i]};
        added = axis_add(axis, &value) || fault_set_errno(fault, ENOMEM, "'%s'", text);
    }
    value_list_free(&list);
    return added;
}

static bool add_words(struct axis *axis, const char *text, struct fault *fault)
{
    for (const char *at = text;; at++) {
        struct dimension_value value;
        size_t length = strcspn(at, ",");
        if (!dimension_value_parse(axis->dimension, at, length, &value, fault))
            return false;
        if (!axis_add(axis, &value))
            return fault_set_errno(fault, ENOMEM, "'%s'", text);
        at += length;
        if (!*at)
            return true;
    }
}

bool axis_parse_values(size_t dimension, const char *values, struct axis *axis, struct fault *fault)
{
    *axis = (struct axis){.dimension = dimension};
    bool words = DIMENSIONS[dimension].kind == DIMENSION_WORD ||
                 (DIMENSIONS[dimension].kind == DIMENSION_SWITCH && !strpbrk(values, ".:-")) ||
                 strcasecmp(values, "none") == 0;
    if (words ? add_words(axis, values, fault) : add_numbers(axis, values, fault))
        return true;
    axis_free(axis);
    return false;
}

bool axis_parse(const char *text, struct axis *axis, struct fault *fault)
{
    *axis = (struct axis){0};
    const char *equals = strchr(text, '=');
    if (!equals)
        return fault_set(fault, "expected KEY=VALUES like ep=1,2,4, found '%s'", text);
    size_t dimension = dimension_by_key(text, (size_t)(equals - text));
    if (dimension == DIMENSION_COUNT)
        return dimension_key_fault(text, (size_t)(equals - text), fault);
    return axis_parse_values(dimension, equals + 1, axis, fault);
}

void axis_free(struct axis *axis)
{
    free(axis->values);
    *axis = (struct axis){0};
}
