#include "visualize/figure/words.h"

#include "schemas/support/text.h"

#include <stdlib.h>
#include <string.h>

#define WORDS_KEY(name, key, meaning) key,
static const char *const KEYS[WORDS] = {WORDS_TABLE(WORDS_KEY)};

#define WORDS_LIST(name, key, meaning) ", " key
const char *words_keys(void)
{
    return &(WORDS_TABLE(WORDS_LIST))[2];
}

const char *words_key(enum word word)
{
    return KEYS[word];
}

static int word_named(const char *key)
{
    for (int i = 0; i < WORDS; i++)
        if (strcmp(KEYS[i], key) == 0)
            return i;
    return WORDS;
}

/* Cuts the first part off at its comma, with \, and \\ made plain; returns what follows, or NULL.
 */
static char *cut_part(char *text)
{
    char *to = text;
    for (const char *from = text; *from; from++) {
        if (*from == ',') {
            *to = '\0';
            return text + (from - text) + 1;
        }
        if (*from == '\\' && (from[1] == ',' || from[1] == '\\'))
            from++;
        *to++ = *from;
    }
    *to = '\0';
    return NULL;
}

bool words_parse(char *text, struct words *words, struct fault *fault)
{
    for (char *part = text, *next; part; part = next) {
        next = cut_part(part);
        char *equals = strchr(part, '=');
        if (!equals)
            return fault_set(fault, "expected KEY=TEXT, found '%s'", part);
        *equals = '\0';
        int word = word_named(part);
        if (word == WORDS)
            return fault_set(fault, "no word '%s' on a figure; there are %s", part, words_keys());
        words->texts[word] = equals + 1;
    }
    return true;
}

static bool is_known(enum word word, const enum word *known)
{
    while (*known != WORDS && *known != word)
        known++;
    return *known == word;
}

static bool refuse(const char *key, const enum word *known, struct fault *fault)
{
    char keys[512];
    struct text list = text_begin(keys, sizeof keys);
    for (; *known != WORDS; known++)
        text_add_item(&list, ", ", "%s", KEYS[*known]);
    return fault_set(fault, "the figure has no word '%s'; it has %s", key, keys);
}

bool words_check(const char *text, const enum word *known, struct fault *fault)
{
    char *copy = strdup(text);
    bool known_all = copy != NULL;
    for (char *part = copy, *next; known_all && part; part = next) {
        next = cut_part(part);
        size_t length = strcspn(part, "=");
        if (!part[length])
            break;
        part[length] = '\0';
        int word = word_named(part);
        known_all =
            (word < WORDS && is_known((enum word)word, known)) || refuse(part, known, fault);
    }
    free(copy);
    return known_all;
}
