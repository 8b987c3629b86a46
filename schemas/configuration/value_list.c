#include "schemas/configuration/value_list.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool add(struct value_list *list, int64_t value)
{
    if (list->count == VALUE_LIST_MOST)
        return false;
    list->values[list->count++] = value;
    return true;
}

/* A whole number of at least `least`; returns behind it, or NULL. */
static const char *take_number(const char *at, int64_t least, int64_t *value)
{
    if (!isdigit((unsigned char)*at))
        return NULL;
    char *end;
    errno = 0;
    long long number = strtoll(at, &end, 10);
    if (errno != 0 || number < least)
        return NULL;
    *value = number;
    return end;
}

/* One part, up to a comma: "8", "2..64", "2-64", "2..64:2", "pow2:1..64". */
struct part {
    bool powers;
    int64_t from, to, step;
};

static const char *take_part(const char *at, int64_t least, struct part *part)
{
    static const char powers[] = "pow2:";
    *part = (struct part){.step = 1};
    if (strncmp(at, powers, strlen(powers)) == 0) {
        part->powers = true;
        at += strlen(powers);
    }
    at = take_number(at, least, &part->from);
    if (!at)
        return NULL;
    part->to = part->from;
    size_t dash = *at == '-' ? 1 : strncmp(at, "..", 2) == 0 ? 2 : 0;
    bool range = dash > 0;
    if (range)
        at = take_number(at + dash, least, &part->to);
    else if (part->powers)
        return NULL;
    if (at && *at == ':' && range && !part->powers)
        at = take_number(at + 1, 1, &part->step);
    return at && (*at == '\0' || *at == ',') ? at : NULL;
}

/* The first value; past the last one where there is none. */
static int64_t first_of(const struct part *part)
{
    int64_t value = 1;
    while (part->powers && value < part->from && value <= INT64_MAX / 2)
        value *= 2;
    return part->powers ? value : part->from;
}

static bool add_part(struct value_list *list, const struct part *part)
{
    for (int64_t value = first_of(part); value <= part->to;) {
        if (!add(list, value))
            return false;
        int64_t step = part->powers ? value : part->step;
        if (value > INT64_MAX - step)
            break;
        value += step;
    }
    return true;
}

static int compare_values(const void *a, const void *b)
{
    int64_t first = *(const int64_t *)a, second = *(const int64_t *)b;
    return (first > second) - (first < second);
}

static void sort_and_keep_one_each(struct value_list *list)
{
    qsort(list->values, list->count, sizeof *list->values, compare_values);
    size_t kept = 0;
    for (size_t i = 0; i < list->count; i++)
        if (kept == 0 || list->values[i] != list->values[kept - 1])
            list->values[kept++] = list->values[i];
    list->count = kept;
}

/* The next part; *at moves behind it, and its comma is passed over by the caller. */
static bool next_part(const char *text, const char **at, int64_t least, struct part *part,
                      struct fault *fault)
{
    const char *behind = take_part(*at, least, part);
    if (!behind)
        return fault_set(fault,
                         "'%s': expected numbers of at least %d, ranges like 0-15, 0..15, 2..64:2 "
                         "or pow2:1..64, and commas between them, found '%s'",
                         text, (int)least, *at);
    if (first_of(part) > part->to)
        return fault_set(fault, "'%s': there is nothing in the range '%.*s'", text,
                         (int)(behind - *at), *at);
    *at = behind;
    return true;
}

bool value_list_check(const char *text, int64_t least, struct fault *fault)
{
    struct part part;
    for (const char *at = text;; at++) {
        if (!next_part(text, &at, least, &part, fault))
            return false;
        if (*at == '\0')
            return true;
    }
}

bool value_list_parse(const char *text, int64_t least, struct value_list *list, struct fault *fault)
{
    *list = (struct value_list){.values = malloc(VALUE_LIST_MOST * sizeof(int64_t))};
    if (!list->values)
        return fault_set_errno(fault, ENOMEM, "'%s'", text);
    struct part part;
    for (const char *at = text; next_part(text, &at, least, &part, fault); at++) {
        if (!add_part(list, &part)) {
            fault_set(fault, "'%s': more than %d numbers", text, VALUE_LIST_MOST);
            break;
        }
        if (*at == '\0') {
            sort_and_keep_one_each(list);
            return true;
        }
    }
    value_list_free(list);
    return false;
}

static bool is_power_of_two(int64_t number)
{
    return number > 0 && (number & (number - 1)) == 0;
}

bool value_list_contains(const char *text, int64_t number)
{
    for (const char *at = text;; at++) {
        struct part part;
        at = take_part(at, 0, &part);
        if (!at)
            return false;
        if (number >= part.from && number <= part.to &&
            (part.powers ? is_power_of_two(number) : (number - part.from) % part.step == 0))
            return true;
        if (*at == '\0')
            return false;
    }
}

void value_list_free(struct value_list *list)
{
    free(list->values);
    *list = (struct value_list){0};
}
