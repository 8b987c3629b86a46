#include "tracer/estimator/layout.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { DEEPEST = 8, MOST_LETTERS = 100000, MOST_TIMES = 100000 };

/* Walks through a layout, letter by letter, with repetitions written out. */
struct walk {
    int64_t wanted;
    struct layout_piece *found; /* the piece that is wanted, or NULL */
    int64_t piece, layer, letters;
    bool trailing; /* nothing stands behind the last '|' */
    bool bad;
};

static void take_letter(struct walk *walk, char letter)
{
    struct layout_piece *here = walk->piece == walk->wanted ? walk->found : NULL;
    if (++walk->letters > MOST_LETTERS) {
        walk->bad = true;
        return;
    }
    walk->trailing = letter == '|';
    if (letter == '|') {
        walk->piece++;
        return;
    }
    if (letter == 't') {
        if (here && here->layers++ == 0)
            here->from = walk->layer;
        walk->layer++;
    } else if (letter == 'E' && here) {
        here->embedding = true;
    } else if (letter == 'L' && here) {
        here->output = true;
    } else if (letter == 'm' && here) {
        here->further = true;
    }
    walk->bad = walk->bad || !strchr("tELm", letter);
}

/* Where the parenthesis that opens at `at` closes; `end` where it does not. */
static const char *closing(const char *at, const char *end)
{
    int depth = 0;
    for (; at < end; at++) {
        depth += *at == '(';
        depth -= *at == ')';
        if (depth == 0)
            return at;
    }
    return end;
}

/* A shell's backslash before '|' and parentheses is as good as none. */
static bool is_between(char letter)
{
    return isspace((unsigned char)letter) || letter == ',' || letter == '\\';
}

/* The depth is bounded by DEEPEST. NOLINTNEXTLINE(misc-no-recursion) */
static void walk_through(struct walk *walk, const char *at, const char *end, int depth)
{
    while (at < end && !walk->bad) {
        const char *begin = at, *last = *at == '(' ? closing(at, end) : at;
        if (last == end || (*begin == '(' && depth == DEEPEST)) {
            walk->bad = true;
            return;
        }
        at = last + 1;
        long times = 1;
        if (at < end && *at == '*') {
            char *behind = NULL;
            times = isdigit((unsigned char)at[1]) ? strtol(at + 1, &behind, 10) : -1;
            walk->bad = times < 0 || times > MOST_TIMES;
            at = behind ? behind : end;
        }
        for (long i = 0; i < times && !walk->bad; i++) {
            if (*begin == '(')
                walk_through(walk, begin + 1, last, depth + 1);
            else if (!is_between(*begin))
                take_letter(walk, *begin);
            else
                break;
        }
    }
}

struct layout_piece layout_piece(const char *text, int64_t index)
{
    struct layout_piece piece = {0};
    struct walk walk = {.wanted = index, .found = &piece};
    walk_through(&walk, text, text + strlen(text), 0);
    return piece;
}

bool layout_count(const char *text, int64_t *pieces, int64_t *layers)
{
    struct walk walk = {.trailing = true}; /* no piece is wanted */
    walk_through(&walk, text, text + strlen(text), 0);
    *pieces = walk.piece + !walk.trailing;
    *layers = walk.layer;
    return !walk.bad && *pieces > 0;
}
