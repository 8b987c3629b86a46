#include "tracer/estimator/model/layer_list.h"

#include <ctype.h>
#include <stdlib.h>

enum { DEEPEST = 16 };

static const char *skip_blanks(const char *at)
{
    while (isspace((unsigned char)*at))
        at++;
    return at;
}

static bool take(const char **at, char sign)
{
    *at = skip_blanks(*at);
    if (**at != sign)
        return false;
    ++*at;
    return true;
}

static bool take_number(const char **at, int64_t *number)
{
    *at = skip_blanks(*at);
    if (!isdigit((unsigned char)**at))
        return false;
    char *end;
    *number = strtoll(*at, &end, 10);
    *at = end;
    return *number <= INT32_MAX;
}

static bool take_layers(const char **at, struct layer_list *list)
{
    do {
        int64_t experts;
        if (!take_number(at, &experts) || experts > 1)
            return false;
        list->layers++;
        list->with_experts += experts;
    } while (take(at, ','));
    return take(at, ']');
}

/* What stands before the next sign, within each pair of parentheses. */
struct nesting {
    struct layer_list sum, last;
};

static bool within_bounds(const struct layer_list *list)
{
    return list->layers <= INT32_MAX;
}

static bool add_last(struct nesting *level)
{
    level->sum.layers += level->last.layers;
    level->sum.with_experts += level->last.with_experts;
    level->last = (struct layer_list){0};
    return within_bounds(&level->sum);
}

static bool multiply_last(const char **at, struct nesting *level)
{
    int64_t times;
    if (!take_number(at, &times))
        return false;
    level->last.layers *= times;
    level->last.with_experts *= times;
    return within_bounds(&level->last);
}

/* "(((" and the list behind them. */
static bool take_operand(const char **at, struct nesting *levels, int *depth)
{
    while (take(at, '('))
        if (++*depth == DEEPEST)
            return false;
        else
            levels[*depth] = (struct nesting){0};
    return take(at, '[') && take_layers(at, &levels[*depth].last);
}

bool layer_list_parse(const char *text, struct layer_list *list)
{
    struct nesting levels[DEEPEST] = {0};
    int depth = 0;
    bool well = take_operand(&text, levels, &depth);
    while (well && *skip_blanks(text)) {
        if (take(&text, '*')) {
            well = multiply_last(&text, &levels[depth]);
        } else if (take(&text, '+')) {
            well = add_last(&levels[depth]) && take_operand(&text, levels, &depth);
        } else {
            well = depth > 0 && take(&text, ')') && add_last(&levels[depth]);
            if (well) {
                depth--;
                levels[depth].last = levels[depth + 1].sum;
            }
        }
    }
    well = well && depth == 0 && add_last(&levels[0]);
    *list = levels[0].sum;
    return well && list->layers > 0;
}
