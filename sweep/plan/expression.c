#include "sweep/plan/expression.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Brackets and signs within each other; a text of "((((..." must not use up the stack. */
enum { MOST_DEPTH = 64 };

struct parser {
    const char *text, *at;
    const struct expression_name *names;
    size_t name_count;
    unsigned depth;
    enum expression_end end;
    struct fault *fault;
};

static bool parse_sum(struct parser *parser, int64_t *value);

static char peek(struct parser *parser)
{
    while (isspace((unsigned char)*parser->at))
        parser->at++;
    return *parser->at;
}

static bool expected(struct parser *parser, const char *what)
{
    parser->end = EXPRESSION_MALFORMED;
    if (*parser->at == '\0')
        return fault_set(parser->fault, "'%.60s': expected %s at the end", parser->text, what);
    return fault_set(parser->fault, "'%.60s': expected %s, found '%.60s'", parser->text, what,
                     parser->at);
}

static bool parse_number(struct parser *parser, int64_t *value)
{
    char *end;
    errno = 0;
    long long number = strtoll(parser->at, &end, 10);
    if (errno != 0)
        return expected(parser, "a number below 2^63");
    parser->at = end;
    *value = number;
    return true;
}

static bool parse_name(struct parser *parser, int64_t *value)
{
    size_t length = 0;
    while (isalnum((unsigned char)parser->at[length]) || parser->at[length] == '_')
        length++;
    for (size_t i = 0; i < parser->name_count; i++) {
        const struct expression_name *name = &parser->names[i];
        if (strlen(name->name) != length || strncmp(name->name, parser->at, length) != 0)
            continue;
        if (name->value < 0) {
            parser->end = EXPRESSION_MALFORMED;
            return fault_set(parser->fault, "'%.60s': %s is not known", parser->text, name->name);
        }
        parser->at += length;
        *value = name->value;
        return true;
    }
    return expected(parser, "a number or one of the names");
}

/* Brackets within brackets: the depth is bounded by MOST_DEPTH. */
/* NOLINTBEGIN(misc-no-recursion) */

static bool parse_operand(struct parser *parser, int64_t *value)
{
    *value = 0;
    char c = peek(parser);
    if (isdigit((unsigned char)c))
        return parse_number(parser, value);
    if (isalpha((unsigned char)c))
        return parse_name(parser, value);
    if (c != '(' && c != '-')
        return expected(parser, "a number, a name or '('");
    if (++parser->depth > MOST_DEPTH)
        return expected(parser, "fewer brackets");
    parser->at++;
    if (c == '-') {
        if (!parse_operand(parser, value))
            return false;
        *value = -*value; /* the least number cannot arise: numbers begin positive */
    } else {
        if (!parse_sum(parser, value))
            return false;
        if (peek(parser) != ')')
            return expected(parser, "an operator or ')'");
        parser->at++;
    }
    parser->depth--;
    return true;
}

static bool no_value(struct parser *parser, int64_t left, char operator, int64_t right,
                     const char *why)
{
    parser->end = EXPRESSION_NO_VALUE;
    return fault_set(parser->fault, "%.60s: %" PRId64 " %c %" PRId64 " %s", parser->text,
                     left, operator, right, why);
}

static bool apply(struct parser *parser, char operator, int64_t right, int64_t *value)
{
    int64_t left = *value;
    bool too_large = false;
    switch (operator) {
    case '+':
        too_large = __builtin_add_overflow(left, right, value);
        break;
    case '-':
        too_large = __builtin_sub_overflow(left, right, value);
        break;
    case '*':
        too_large = __builtin_mul_overflow(left, right, value);
        break;
    default:
        if (right == 0)
            return no_value(parser, left, operator, right, "has no value");
        if (left % right != 0)
            return no_value(parser, left, operator, right, "leaves a rest");
        *value = left / right;
    }
    /* The least number has no negative. */
    if (too_large || *value == INT64_MIN)
        return no_value(parser, left, operator, right, "is too large");
    return true;
}

static bool parse_product(struct parser *parser, int64_t *value)
{
    if (!parse_operand(parser, value))
        return false;
    for (char c = peek(parser); c == '*' || c == '/'; c = peek(parser)) {
        parser->at++;
        int64_t right;
        if (!parse_operand(parser, &right) || !apply(parser, c, right, value))
            return false;
    }
    return true;
}

static bool parse_sum(struct parser *parser, int64_t *value)
{
    if (!parse_product(parser, value))
        return false;
    for (char c = peek(parser); c == '+' || c == '-'; c = peek(parser)) {
        parser->at++;
        int64_t right;
        if (!parse_product(parser, &right) || !apply(parser, c, right, value))
            return false;
    }
    return true;
}

/* NOLINTEND(misc-no-recursion) */

enum expression_end expression_evaluate(const char *text, const struct expression_name *names,
                                        size_t name_count, int64_t *value, struct fault *fault)
{
    struct parser parser = {
        .text = text, .at = text, .names = names, .name_count = name_count, .fault = fault};
    if (parse_sum(&parser, value) && peek(&parser) != '\0')
        expected(&parser, "an operator");
    return parser.end;
}
