#include "tracer/estimator/model/layer_list.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { DEEPEST = 16 };

/* Where in the text we are, and the list so far. A part of it is known by where it begins. */
struct reader {
    const char *at;
    struct layer_list *list;
    int depth;
};

static void skip_blanks(struct reader *reader)
{
    while (isspace((unsigned char)*reader->at))
        reader->at++;
}

static bool take(struct reader *reader, char sign)
{
    skip_blanks(reader);
    if (*reader->at != sign)
        return false;
    reader->at++;
    return true;
}

/* "0, 1, 1]" */
static bool take_layers(struct reader *reader)
{
    struct layer_list *list = reader->list;
    do {
        skip_blanks(reader);
        if ((*reader->at != '0' && *reader->at != '1') || list->layers == LAYER_LIST_MOST)
            return false;
        list->digits[list->layers++] = *reader->at++;
    } while (take(reader, ','));
    return take(reader, ']');
}

/* "*3" behind the part that begins at `begin`. */
static bool multiply(struct reader *reader, size_t begin)
{
    struct layer_list *list = reader->list;
    size_t length = list->layers - begin;
    skip_blanks(reader);
    if (!isdigit((unsigned char)*reader->at))
        return false;
    char *end;
    unsigned long times = strtoul(reader->at, &end, 10);
    reader->at = end;
    if (times == 0 || length == 0) {
        list->layers = begin;
        return true;
    }
    if (times > LAYER_LIST_MOST || length * times > LAYER_LIST_MOST - begin)
        return false;
    for (unsigned long i = 1; i < times; i++)
        memcpy(list->digits + begin + i * length, list->digits + begin, length);
    list->layers = begin + length * times;
    return true;
}

/* The depth is bounded by DEEPEST. NOLINTBEGIN(misc-no-recursion) */
static bool take_sum(struct reader *reader);

/* "[...]" or "(...)", and "*3" as often as it stands behind. */
static bool take_product(struct reader *reader)
{
    size_t begin = reader->list->layers;
    if (take(reader, '(')) {
        if (++reader->depth == DEEPEST || !take_sum(reader) || !take(reader, ')'))
            return false;
        reader->depth--;
    } else if (!take(reader, '[') || !take_layers(reader)) {
        return false;
    }
    while (take(reader, '*'))
        if (!multiply(reader, begin))
            return false;
    return true;
}

static bool take_sum(struct reader *reader)
{
    do {
        if (!take_product(reader))
            return false;
    } while (take(reader, '+'));
    return true;
}
/* NOLINTEND(misc-no-recursion) */

bool layer_list_parse(const char *text, struct layer_list *list)
{
    list->layers = 0;
    struct reader reader = {.at = text, .list = list};
    bool well = take_sum(&reader);
    skip_blanks(&reader);
    list->digits[list->layers] = '\0';
    return well && !*reader.at && list->layers > 0;
}
