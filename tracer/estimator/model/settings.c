#include "tracer/estimator/model/settings.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- names ---- */

static bool same_name(const char *flag, const char *name, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (flag[i] == '\0' || flag[i] != (name[i] == '_' ? '-' : name[i]))
            return false;
    return flag[length] == '\0';
}

const struct setting *setting_find(const char *name, size_t length)
{
    for (size_t i = 0; i < SETTINGS_COUNT; i++)
        if (same_name(SETTINGS[i].flag, name, length))
            return &SETTINGS[i];
    return NULL;
}

static int smaller(int a, int b)
{
    return a < b ? a : b;
}

enum { LONGEST_NAME = 48 };

/* How many letters must change to make one of the other. */
static int distance(const char *a, const char *b)
{
    int row[LONGEST_NAME + 1];
    size_t width = strnlen(b, LONGEST_NAME);
    for (size_t i = 0; i <= width; i++)
        row[i] = (int)i;
    for (size_t y = 1; a[y - 1]; y++) {
        int diagonal = row[0]++;
        for (size_t x = 1; x <= width; x++) {
            bool same = (a[y - 1] == '_' ? '-' : a[y - 1]) == b[x - 1];
            int replaced = diagonal + !same;
            diagonal = row[x];
            row[x] = smaller(replaced, smaller(row[x], row[x - 1]) + 1);
        }
    }
    return row[width];
}

bool setting_is_near(const char *name, const char *known, int *letters)
{
    *letters = distance(name, known);
    return *letters <= (int)strlen(name) / 3;
}

const char *setting_nearest(const char *name)
{
    const char *nearest = NULL;
    int best = INT_MAX, far;
    for (size_t i = 0; i < SETTINGS_COUNT; i++) {
        if (setting_is_near(name, SETTINGS[i].flag, &far) && far < best) {
            best = far;
            nearest = SETTINGS[i].flag;
        }
    }
    return nearest;
}

/* ---- values ---- */

static bool refuse(const struct setting *setting, const char *expected, const char *text,
                   struct fault *fault)
{
    return fault_set(fault, "%s: expected %s, found '%s'", setting->dashed, expected, text);
}

/* As a script leaves a setting at its default: "None", in YAML "null". */
static bool is_none(const char *text)
{
    return strcasecmp(text, "none") == 0 || strcasecmp(text, "null") == 0;
}

static bool take_integer(const struct setting *setting, const char *text, int64_t *value,
                         struct fault *fault)
{
    char *end;
    errno = 0;
    long long number = strtoll(text, &end, 10);
    bool well = isdigit((unsigned char)*text) && !*end && !errno;
    if (is_none(text)) {
        *value = 0;
        return true;
    }
    int least = setting->kind != SETTING_COUNT;
    if (!well || number < least || number > INT32_MAX)
        return refuse(setting,
                      least ? "a whole number from 1 to 2147483647"
                            : "a whole number from 0 to 2147483647",
                      text, fault);
    *value = number;
    return true;
}

static bool take_number(const struct setting *setting, const char *text, double most, double *value,
                        struct fault *fault)
{
    char *end;
    double number = strtod(text, &end);
    if (end == text || *end || !(number >= 0 && number <= most))
        return refuse(setting, most == 1 ? "a number from 0 to 1" : "a number from 0 to 1e9", text,
                      fault);
    *value = number;
    return true;
}

static const struct setting_choice *find_choice(const struct setting *setting, const char *text,
                                                size_t length)
{
    for (const struct setting_choice *choice = setting->choices; choice->word; choice++)
        if (strlen(choice->word) == length && strncmp(choice->word, text, length) == 0)
            return choice;
    return NULL;
}

static bool take_choice(const struct setting *setting, const char *text, void *field,
                        struct fault *fault)
{
    const struct setting_choice *choice = find_choice(setting, text, strlen(text));
    if (!choice && !is_none(text))
        return refuse(setting, setting->value, text, fault);
    double value = choice ? choice->value : 0;
    switch (setting->choices->type) {
    case CHOICE_BOOL:
        *(bool *)field = value != 0;
        break;
    case CHOICE_INT:
        *(int *)field = (int)value;
        break;
    case CHOICE_BYTES:
        *(double *)field = value;
        break;
    }
    return true;
}

/* Names the words that are known. */
static bool refuse_module(const struct setting *setting, const char *word, struct fault *fault)
{
    char known[256] = "";
    size_t used = 0;
    for (const struct setting_choice *choice = setting->choices; choice->word; choice++)
        used += (size_t)snprintf(known + used, sizeof known - used, "%s%s", used ? ", " : "",
                                 choice->word);
    return refuse(setting, known, word, fault);
}

/* "core_attn moe_act", also with commas, '+' or Python's brackets between. */
static bool take_modules(const struct setting *setting, const char *text, unsigned *modules,
                         struct fault *fault)
{
    static const char between[] = " ,+[]'\"";
    *modules = 0;
    for (const char *at = text; *(at += strspn(at, between));) {
        char word[SETTING_WORD_SIZE] = "";
        size_t length = strcspn(at, between);
        for (size_t i = 0; i < length && i < sizeof word - 1; i++)
            word[i] = (char)(at[i] == '-' ? '_' : at[i]);
        const struct setting_choice *choice = find_choice(setting, word, strlen(word));
        if (!choice)
            return refuse_module(setting, word, fault);
        *modules |= (unsigned)choice->value;
        at += length;
    }
    return true;
}

static bool take_layers(const struct setting *setting, const char *text, struct layer_list *list,
                        struct fault *fault)
{
    list->every = 0;
    list->layers = 0;
    if (isdigit((unsigned char)*text))
        return take_integer(setting, text, &list->every, fault);
    if (layer_list_parse(text, list))
        return true;
    return refuse(setting, "a whole number, or a list as [0]*3+[1]*58 of at most 1023 layers", text,
                  fault);
}

static bool take_switch(const struct setting *setting, const char *text, bool *field,
                        struct fault *fault)
{
    bool on = !text || !*text || strcasecmp(text, "true") == 0;
    if (!on && strcasecmp(text, "false") != 0 && !is_none(text))
        return refuse(setting, "no value, true or false", text, fault);
    *field = on;
    return true;
}

static bool take_text(const struct setting *setting, const char *text, char *field,
                      struct fault *fault)
{
    if (strlen(text) >= setting->size)
        return refuse(setting, "a shorter text", text, fault);
    memcpy(field, text, strlen(text) + 1);
    return true;
}

/* "0.17", "core_r0.17" or "core_r0.17.0"; by the formulas, 0.13 is 0.12. */
static bool take_version(const struct setting *setting, const char *text, int64_t *minor,
                         struct fault *fault)
{
    static const char release[] = "core_r";
    const char *at = text + (strncmp(text, release, strlen(release)) == 0 ? strlen(release) : 0);
    char *end = NULL;
    if (strncmp(at, "0.", 2) == 0 && isdigit((unsigned char)at[2]))
        *minor = strtol(at + 2, &end, 10);
    if (!end || (*end && *end != '.') || *minor < GMT_MEGATRON_OLDEST ||
        *minor > GMT_MEGATRON_NEWEST)
        return refuse(setting, "a release from 0.7 to 0.19", text, fault);
    return true;
}

bool setting_take(const struct setting *setting, const char *text, struct model_settings *settings,
                  struct fault *fault)
{
    void *field = (char *)settings + setting->offset;
    if (setting->said)
        *((bool *)(void *)((char *)settings + setting->said)) = true;
    if (setting->kind == SETTING_SWITCH)
        return take_switch(setting, text, field, fault);
    if (!text || !*text)
        return refuse(setting, setting->value, "", fault);
    switch (setting->kind) {
    case SETTING_INTEGER:
    case SETTING_COUNT:
        return take_integer(setting, text, field, fault);
    case SETTING_NUMBER:
        return take_number(setting, text, 1e9, field, fault);
    case SETTING_DROPOUT:
        if (!take_number(setting, text, 1, field, fault))
            return false;
        *(double *)field -= MEGATRON_DROPOUT;
        return true;
    case SETTING_CHOICE:
        return take_choice(setting, text, field, fault);
    case SETTING_MODULES:
        return take_modules(setting, text, field, fault);
    case SETTING_LAYERS:
        return take_layers(setting, text, field, fault);
    case SETTING_TEXT:
        return take_text(setting, text, field, fault);
    case SETTING_VERSION:
        return take_version(setting, text, field, fault);
    case SETTING_SWITCH:
        break;
    }
    return false;
}
