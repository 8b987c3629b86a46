/* Tags of file names and words of log lines: taken apart, and kept where nobody knows them. */
#include "schemas/configuration/configuration.h"

#include "schemas/configuration/tags.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* The ASCII letters alone, whatever the locale. */
static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Does the tag begin with the key, and what follows can be its value? "expNumNone" is expNum,
 * "lr0.1" is not l, and a word stands behind a dash: "rc-full". */
static bool begins_with_key(const char *tag, size_t length, const char *key,
                            enum dimension_kind kind)
{
    size_t key_length = key ? strlen(key) : 0;
    if (!key || key_length >= length || memcmp(tag, key, key_length) != 0)
        return false;
    char next = tag[key_length];
    return kind == DIMENSION_WORD ? next == '-' : !(next >= 'a' && next <= 'z');
}

/* The dimension of a tag and the length of its key; DIMENSION_COUNT: none. Of several that fit the
 * longest key counts. */
static size_t dimension_of_tag(const char *tag, size_t length, size_t *key_length)
{
    size_t found = DIMENSION_COUNT;
    *key_length = 0;
    for (size_t i = 0; i < DIMENSION_COUNT; i++) {
        const char *const keys[] = {DIMENSIONS[i].tag, DIMENSIONS[i].older_tag};
        for (int k = 0; k < 2; k++)
            if (begins_with_key(tag, length, keys[k], DIMENSIONS[i].kind) &&
                strlen(keys[k]) > *key_length) {
                *key_length = strlen(keys[k]);
                found = i;
            }
    }
    if (found < DIMENSION_COUNT && DIMENSIONS[found].kind == DIMENSION_WORD)
        ++*key_length; /* the dash */
    return found;
}

/* Keeps a tag among the others, in the alphabet's order, each once. */
static bool keep_tag(struct configuration *configuration, const char *tag, size_t length,
                     struct fault *fault)
{
    char *tags = configuration->tags, *at = tags;
    size_t used = strlen(tags);
    while (*at) {
        size_t other = strcspn(at, "_");
        int order = memcmp(at, tag, other < length ? other : length);
        if (order == 0 && other == length)
            return true;
        if (order > 0 || (order == 0 && other > length))
            break;
        at += other + (at[other] == '_');
    }
    if (used + length + 2 > sizeof configuration->tags)
        return fault_set(fault, "there is no room for the tag '%.*s'", (int)length, tag);
    if (*at) { /* before another */
        memmove(at + length + 1, at, strlen(at) + 1);
        memcpy(at, tag, length);
        at[length] = '_';
        return true;
    }
    if (used > 0)
        tags[used++] = '_';
    memcpy(tags + used, tag, length);
    tags[used + length] = '\0';
    return true;
}

bool configuration_add_tag(struct configuration *configuration, const char *tag, size_t length,
                           struct fault *fault)
{
    size_t key_length;
    struct dimension_value value;
    if (length == 0)
        return true;
    size_t dimension = dimension_of_tag(tag, length, &key_length);
    if (dimension == DIMENSION_COUNT ||
        !dimension_value_parse(dimension, tag + key_length, length - key_length, &value, NULL))
        return keep_tag(configuration, tag, length, fault);
    return configuration_set_text(configuration, dimension, tag + key_length, length - key_length,
                                  fault);
}

bool configuration_add_log_word(struct configuration *configuration, const char *key,
                                size_t key_length, const char *value, size_t value_length,
                                struct fault *fault)
{
    size_t dimension = dimension_by_log_word(key, key_length);
    if (dimension < DIMENSION_COUNT)
        return configuration_set_text(configuration, dimension, value, value_length, fault);
    char tag[CONFIGURATION_TAGS];
    if (key_length + value_length >= sizeof tag)
        return fault_set(fault, "'%.40s...': the word is too long", key);
    for (size_t i = 0; i < key_length; i++)
        tag[i] = (char)tolower((unsigned char)key[i]);
    memcpy(tag + key_length, value, value_length);
    for (size_t i = 0; i < key_length + value_length; i++)
        if (strchr("_ \t\r", tag[i]))
            tag[i] = '-';
    return keep_tag(configuration, tag, key_length + value_length, fault);
}

/* "EP8" is not "EPx"; a word stands behind a dash. */
static bool begins_with_word(const char *text, size_t length, const struct dimension *row,
                             const char *key)
{
    size_t own = strlen(key);
    if (own >= length || memcmp(text, key, own) != 0)
        return false;
    return row->kind == DIMENSION_WORD ? text[own] == '-' : !is_letter(text[own]);
}

bool configuration_add_folder_word(struct configuration *configuration, const char *word,
                                   size_t length)
{
    for (size_t i = 0; i < DIMENSION_COUNT; i++) {
        const struct dimension *row = &DIMENSIONS[i];
        const char *own_word = row->folder_word ? row->folder_word : row->log_word;
        size_t key = strlen(own_word) + (row->kind == DIMENSION_WORD);
        if (begins_with_word(word, length, row, own_word))
            return configuration_set_text(configuration, i, word + key, length - key, NULL);
    }
    return false;
}

bool configuration_add_given(struct configuration *configuration, const char *text,
                             struct fault *fault)
{
    for (const char *at = text;; at++) {
        size_t length = strcspn(at, ","), key = strcspn(at, "=,");
        if (at[key] != '=')
            return fault_set(fault, "expected KEY=VALUE like tp=2,pp=4, found '%s'", at);
        size_t dimension = dimension_by_key(at, key);
        if (dimension == DIMENSION_COUNT)
            return dimension_key_fault(at, key, fault);
        if (!configuration_set_text(configuration, dimension, at + key + 1, length - key - 1,
                                    fault))
            return false;
        at += length;
        if (!*at)
            return true;
    }
}

bool configuration_add_missing(struct configuration *configuration,
                               const struct configuration *from, struct fault *fault)
{
    for (size_t i = 0; i < DIMENSION_COUNT; i++) {
        if (!(from->written & ~configuration->written & DIMENSION_BIT(i)))
            continue;
        struct dimension_value value = configuration_value(from, i);
        if (!configuration_set_value(configuration, i, &value, fault))
            return false;
    }
    return true;
}

/* ---- walking through them ---- */

bool tags_next(const char **at, struct tag *tag)
{
    if (!**at)
        return false;
    size_t length = strcspn(*at, "_"), key = 0;
    while (key < length && is_letter((*at)[key]))
        key++;
    *tag = (struct tag){.text = *at, .length = length, .key_length = key};
    *at += length;
    *at += **at == '_';
    return true;
}

bool tags_find(const char *tags, const char *key, size_t key_length, struct tag *found)
{
    while (tags_next(&tags, found))
        if (found->key_length == key_length && memcmp(found->text, key, key_length) == 0)
            return true;
    return false;
}
