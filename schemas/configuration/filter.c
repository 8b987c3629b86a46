#include "schemas/configuration/filter.h"

#include "schemas/configuration/tags.h"
#include "schemas/configuration/value_list.h"
#include "schemas/support/text.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

static const char RANK[] = "rank", TAG[] = "tag", UNKNOWN[] = "unknown", NONE[] = "none";

/* ---- parsing ---- */

static const char *skip_blanks(const char *at)
{
    return at + strspn(at, " \t\r\n");
}

/* Copies without blanks at both ends; false where nothing is left, or it does not fit. */
static bool copy_trimmed(char *to, size_t size, const char *from, const char *end)
{
    from = skip_blanks(from);
    while (end > from && isspace((unsigned char)end[-1]))
        end--;
    size_t length = end > from ? (size_t)(end - from) : 0;
    if (length == 0 || length >= size)
        return false;
    memcpy(to, from, length);
    to[length] = '\0';
    return true;
}

/* Where the values end: at a comma behind which KEY= follows, or at the end of the text. */
static const char *end_of_values(const char *at)
{
    for (; *at; at++)
        if (*at == ',') {
            size_t next = strcspn(at + 1, ",=");
            if (at[1 + next] == '=')
                break;
        }
    return at;
}

static bool number_values_valid(const char *values)
{
    return strcasecmp(values, UNKNOWN) == 0 || strcasecmp(values, NONE) == 0 ||
           value_list_check(values, 0, NULL);
}

static bool check_values(const struct filter_condition *condition, struct fault *fault)
{
    bool rank = strcasecmp(condition->key, RANK) == 0;
    struct dimension_value value;
    if (!rank && condition->dimension == DIMENSION_COUNT)
        return true;
    enum dimension_kind kind = rank ? DIMENSION_NUMBER : DIMENSIONS[condition->dimension].kind;
    const char *values = condition->values;
    if (kind == DIMENSION_NUMBER && !number_values_valid(values))
        return fault_set(fault,
                         "%s=%s: expected numbers, ranges like 2..16, and commas between them",
                         condition->key, values);
    if (kind == DIMENSION_SWITCH && strcasecmp(values, UNKNOWN) != 0 &&
        !dimension_value_parse(condition->dimension, values, strlen(values), &value, NULL))
        return fault_set(fault, "%s=%s: expected 0 or 1", condition->key, values);
    return true;
}

bool filter_parse(const char *text, struct filter *filter, struct fault *fault)
{
    filter->count = 0;
    const char *at = skip_blanks(text);
    while (*at) {
        if (filter->count == FILTER_MOST)
            return fault_set(fault, "more than %d conditions", FILTER_MOST);
        struct filter_condition *condition = &filter->conditions[filter->count];
        const char *equals = strchr(at, '=');
        const char *end = equals ? end_of_values(equals + 1) : NULL;
        if (!equals || !copy_trimmed(condition->key, sizeof condition->key, at, equals) ||
            !copy_trimmed(condition->values, sizeof condition->values, equals + 1, end) ||
            (*end && !*skip_blanks(end + 1))) {
            filter->count = 0;
            return fault_set(fault, "expected KEY=VALUE like wd=8192,pp=2..16, found '%s'", at);
        }
        condition->dimension = dimension_by_key(condition->key, strlen(condition->key));
        if (!check_values(condition, fault)) {
            filter->count = 0;
            return false;
        }
        filter->count++;
        at = *end ? skip_blanks(end + 1) : end;
    }
    return true;
}

char *filter_text(char *buffer, size_t size, const struct filter *filter)
{
    struct text text = text_begin(buffer, size);
    *buffer = '\0';
    for (size_t i = 0; i < filter->count; i++)
        text_add_item(&text, ",", "%s=%s", filter->conditions[i].key, filter->conditions[i].values);
    return buffer;
}

/* ---- matching ---- */

static int comparable(char c)
{
    return c == '_' ? '-' : tolower((unsigned char)c);
}

static bool same_word(const char *a, const char *b, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (comparable(a[i]) != comparable(b[i]))
            return false;
    return true;
}

/* Is the text one of the values between commas? In any case, '_' and '-' alike. */
static bool has_word(const char *values, const char *text, size_t length)
{
    while (*values) {
        size_t span = strcspn(values, ",");
        if (span == length && same_word(values, text, length))
            return true;
        values += span;
        values += *values == ',';
    }
    return false;
}

static bool has_value(const struct filter_condition *condition, const struct dimension_value *value)
{
    const char *values = condition->values;
    struct dimension_value wanted;
    if (!value->known)
        return has_word(values, UNKNOWN, strlen(UNKNOWN));
    switch (DIMENSIONS[condition->dimension].kind) {
    case DIMENSION_WORD:
        return has_word(values, value->word, strlen(value->word));
    case DIMENSION_SWITCH:
        return dimension_value_parse(condition->dimension, values, strlen(values), &wanted, NULL) &&
               wanted.number == value->number;
    case DIMENSION_NUMBER:
        break;
    }
    if (strcasecmp(values, NONE) == 0)
        return dimension_value_parse(condition->dimension, values, strlen(values), &wanted, NULL) &&
               wanted.number == value->number;
    return value_list_contains(values, value->number);
}

/* A tag that the table does not know: by its key, or as a whole. */
static bool has_tag(const struct filter_condition *condition, const char *tags)
{
    struct tag tag;
    if (strcasecmp(condition->key, TAG) == 0) {
        if (strcasecmp(condition->values, NONE) == 0)
            return !*tags;
        while (tags_next(&tags, &tag))
            if (has_word(condition->values, tag.text, tag.length))
                return true;
        return false;
    }
    if (!tags_find(tags, condition->key, strlen(condition->key), &tag))
        return has_word(condition->values, UNKNOWN, strlen(UNKNOWN));
    return has_word(condition->values, tag.text + tag.key_length, tag.length - tag.key_length);
}

static bool is_rank(const struct filter_condition *condition)
{
    return condition->dimension == DIMENSION_COUNT && strcasecmp(condition->key, RANK) == 0;
}

static bool holds(const struct filter_condition *condition,
                  const struct configuration *configuration, int64_t rank)
{
    if (is_rank(condition))
        return rank < 0 || value_list_contains(condition->values, rank);
    if (condition->dimension == DIMENSION_COUNT)
        return has_tag(condition, configuration->tags);
    struct dimension_value value = configuration_value(configuration, condition->dimension);
    return has_value(condition, &value);
}

bool filter_matches(const struct filter *filter, const struct configuration *configuration,
                    int64_t rank)
{
    for (size_t i = 0; i < filter->count; i++)
        if (!holds(&filter->conditions[i], configuration, rank))
            return false;
    return true;
}

bool filter_may_match(const struct filter *filter, const struct configuration *configuration)
{
    for (size_t i = 0; i < filter->count; i++) {
        const struct filter_condition *condition = &filter->conditions[i];
        bool told = condition->dimension == DIMENSION_COUNT
                        ? *configuration->tags != '\0'
                        : configuration_value(configuration, condition->dimension).known;
        if (told && !holds(condition, configuration, -1))
            return false;
    }
    return true;
}

bool filter_check_keys(const struct filter *filter, size_t count, configuration_at_fn at,
                       const void *context, struct fault *fault)
{
    for (size_t i = 0; i < filter->count; i++) {
        const struct filter_condition *condition = &filter->conditions[i];
        bool known = condition->dimension < DIMENSION_COUNT || is_rank(condition) ||
                     strcasecmp(condition->key, TAG) == 0;
        struct tag tag;
        for (size_t k = 0; k < count && !known; k++)
            known = tags_find(at(context, k)->tags, condition->key, strlen(condition->key), &tag);
        if (!known)
            return dimension_key_fault(condition->key, strlen(condition->key), fault);
    }
    return true;
}
