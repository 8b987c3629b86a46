#include "visualize/estimate/pasted.h"

#include "tracer/estimator/model/megatron_flags.h"

#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* A flag as it stands in the command line. */
struct flag {
    const char *name; /* without dashes and value */
    size_t length;
    const char *value; /* in the same word, or NULL */
    bool dashed;
};

enum class { CLASS_OWN, CLASS_SETTING, CLASS_HARMLESS, CLASS_UNMODELLED, CLASS_UNKNOWN };

/* What a flag is. `off`: it says that a switch is off. */
struct meaning {
    enum class class;
    const struct setting *setting;
    bool off;
};

/* The job's environment, as far as memory depends on it. */
static const struct {
    const char *variable, *flag;
} VARIABLES[] = {{"CUBLAS_WORKSPACE_CONFIG", "cublas-workspace-config"},
                 {"PYTORCH_CUDA_ALLOC_CONF", "pytorch-cuda-alloc-conf"},
                 {"PYTORCH_ALLOC_CONF", "pytorch-cuda-alloc-conf"}};

/* What the scripts that generate text take, and no training does. */
static const char *const GENERATING[] = {
    "num-tokens-to-generate",    "num-tokens-from-file",      "prompts", "prompt-file",
    "incoming-requests-per-sec", "incoming-requests-per-step"};

/* ---- what a flag is ---- */

static bool find_known(const char *name, size_t length, struct meaning *meaning)
{
    const char *reason;
    meaning->setting = setting_find(name, length);
    if (meaning->setting)
        meaning->class = CLASS_SETTING;
    else if (megatron_flag_find(name, length, &reason))
        meaning->class = reason ? CLASS_HARMLESS : CLASS_UNMODELLED;
    else
        return false;
    return true;
}

/* "no-sequence-parallel" of "sequence-parallel", and the other way round. */
static bool find_opposite(const char *name, size_t length, struct meaning *meaning)
{
    static const char no[] = "no-";
    char with[128] = "no-";
    if (length > strlen(no) && (strncmp(name, "no-", 3) == 0 || strncmp(name, "no_", 3) == 0)) {
        meaning->off = true;
        return find_known(name + strlen(no), length - strlen(no), meaning) &&
               (!meaning->setting || meaning->setting->kind == SETTING_SWITCH);
    }
    if (length + strlen(no) >= sizeof with)
        return false;
    memcpy(with + strlen(no), name, length);
    return find_known(with, length + strlen(no), meaning) && !meaning->setting;
}

static struct meaning meaning_of(const struct option_table *own, const struct flag *flag)
{
    struct meaning meaning = {.class = CLASS_UNKNOWN};
    if (flag->dashed && options_find(own, flag->name, flag->length))
        meaning.class = CLASS_OWN;
    else if (!find_known(flag->name, flag->length, &meaning) &&
             !find_opposite(flag->name, flag->length, &meaning))
        meaning = (struct meaning){.class = CLASS_UNKNOWN};
    return meaning;
}

static bool is_variable(const char *name, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (!isupper((unsigned char)name[i]) && !isdigit((unsigned char)name[i]) && name[i] != '_')
            return false;
    return length > 1 && isupper((unsigned char)name[0]);
}

static const char *flag_of_variable(const struct flag *flag)
{
    for (size_t i = 0; i < sizeof VARIABLES / sizeof *VARIABLES; i++)
        if (strlen(VARIABLES[i].variable) == flag->length &&
            strncmp(VARIABLES[i].variable, flag->name, flag->length) == 0)
            return VARIABLES[i].flag;
    return NULL;
}

/* Reads a word as a flag; without dashes it is one only where the name is known. */
static bool read_flag(const char *word, struct flag *flag)
{
    struct meaning meaning;
    flag->dashed = strncmp(word, "--", 2) == 0 && word[2] != '\0';
    flag->name = word + (flag->dashed ? 2 : 0);
    size_t whole = strlen(flag->name);
    flag->length = strcspn(flag->name, "=");
    flag->value = flag->length < whole ? flag->name + flag->length + 1 : NULL;
    bool colon = !flag->value && whole > 1 && flag->name[whole - 1] == ':';
    if (colon)
        flag->length--;
    if (flag->dashed)
        return true;
    return (flag->value || colon) && (is_variable(flag->name, flag->length) ||
                                      find_known(flag->name, flag->length, &meaning) ||
                                      find_opposite(flag->name, flag->length, &meaning));
}

/* ---- mistyped ones ---- */

/* A letter in five, but one at least. */
static bool is_nearer(const char *name, const char *known, int *best)
{
    int letters, most = (int)strlen(name) / 5;
    setting_is_near(name, known, &letters);
    if (letters >= *best || letters > (most > 1 ? most : 1))
        return false;
    *best = letters;
    return true;
}

static const char *nearest(const struct option_table *own, const char *name)
{
    const char *found = NULL;
    int best = INT_MAX;
    for (; own->rows; own++)
        for (const struct option_row *row = own->rows; row->name || row->help; row++)
            if (row->name && is_nearer(name, row->name, &best))
                found = row->name;
    for (size_t i = 0; i < SETTINGS_COUNT; i++)
        if (is_nearer(name, SETTINGS[i].flag, &best))
            found = SETTINGS[i].flag;
    const char *known;
    for (size_t i = 0; (known = megatron_flag_at(i)); i++)
        if (is_nearer(name, known, &best))
            found = known;
    return found;
}

static bool check_unknown(const struct option_table *own, const struct flag *flag,
                          struct fault *fault)
{
    char name[64] = "";
    if (flag->length < 3 || flag->length >= sizeof name)
        return true;
    memcpy(name, flag->name, flag->length);
    const char *near = nearest(own, name);
    return !near || fault_set(fault, "--%s: there is no such flag; is it --%s?", name, near);
}

static bool check_training(const struct flag *flag, struct fault *fault)
{
    for (size_t i = 0; i < sizeof GENERATING / sizeof *GENERATING; i++)
        if (strlen(GENERATING[i]) == flag->length &&
            strncmp(GENERATING[i], flag->name, flag->length) == 0)
            return fault_set(fault,
                             "--%s: this job generates text, and what is estimated is the memory "
                             "of training",
                             GENERATING[i]);
    return true;
}

/* ---- sorting ---- */

/* One of the command's short options, -q; not a number below 0. */
static bool is_short_option(const char *word)
{
    return word[0] == '-' && isalpha((unsigned char)word[1]);
}

/* The words behind a flag up to the next one, joined by blanks; NULL with no words. False when out
 * of memory. */
static bool join_values(const struct flag *flag, int argc, char **argv, int *at, char **joined)
{
    struct flag next;
    size_t size = flag->value ? strlen(flag->value) + 1 : 0;
    int end = *at;
    for (;
         !flag->value && end < argc && !is_short_option(argv[end]) && !read_flag(argv[end], &next);
         end++)
        size += strlen(argv[end]) + 1;
    char *text = *joined = size > 0 ? calloc(1, size) : NULL;
    if (!text)
        return size == 0;
    if (flag->value)
        memcpy(text, flag->value, size);
    for (size_t used = 0; *at < end; used += strlen(text + used)) {
        if (used > 0)
            text[used++] = ' ';
        memcpy(text + used, argv[*at], strlen(argv[*at]));
        ++*at;
    }
    return true;
}

static bool is_truth(const char *word)
{
    static const char *const words[] = {"true", "false", "none", "null"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcasecmp(words[i], word) == 0)
            return true;
    return false;
}

static void add_value(struct pasted *pasted, const struct meaning *meaning, char *text)
{
    if (meaning->off) { /* --no-X, or --no-X false */
        bool on = text && (strcasecmp(text, "false") == 0 || strcasecmp(text, "none") == 0);
        free(text);
        text = strdup(on ? "true" : "false");
    }
    pasted->values[pasted->value_count++] =
        (struct pasted_value){.setting = meaning->setting, .text = text};
}

/* Takes a flag that is not the command's own, and its values. */
static bool take_flag(struct pasted *pasted, const struct option_table *own,
                      const struct flag *flag, const char *word, int argc, char **argv, int *at,
                      struct fault *fault)
{
    struct meaning meaning = meaning_of(own, flag);
    const char *of_variable = flag->dashed ? NULL : flag_of_variable(flag);
    if (of_variable)
        meaning =
            (struct meaning){CLASS_SETTING, setting_find(of_variable, strlen(of_variable)), false};
    else if (!flag->dashed && is_variable(flag->name, flag->length))
        meaning.class = CLASS_HARMLESS;
    if (meaning.class == CLASS_UNKNOWN &&
        (!check_training(flag, fault) || !check_unknown(own, flag, fault)))
        return false;

    bool alone = meaning.class == CLASS_SETTING && meaning.setting->kind == SETTING_SWITCH &&
                 !flag->value && (*at == argc || !is_truth(argv[*at]));
    char *text = NULL;
    if (!alone && !join_values(flag, argc, argv, at, &text))
        return fault_set(fault, "out of memory");
    if (meaning.class == CLASS_SETTING) {
        if (text && !megatron_value_is_modelled(flag->name, flag->length, text))
            pasted->unmodelled[pasted->unmodelled_count++] = word;
        add_value(pasted, &meaning, text);
        return true;
    }
    bool harmless =
        meaning.class == CLASS_HARMLESS ||
        (meaning.class == CLASS_UNMODELLED &&
         (meaning.off || (text && megatron_flag_is_harmless(flag->name, flag->length, text))));
    if (harmless)
        pasted->harmless[pasted->harmless_count++] = word;
    else if (meaning.class == CLASS_UNMODELLED)
        pasted->unmodelled[pasted->unmodelled_count++] = word;
    else
        pasted->unknown[pasted->unknown_count++] = word;
    free(text);
    return true;
}

static bool make_room(int argc, struct pasted *pasted)
{
    size_t room = (size_t)argc + 1;
    *pasted = (struct pasted){.argv = calloc(room, sizeof *pasted->argv),
                              .values = calloc(room, sizeof *pasted->values),
                              .harmless = calloc(room, sizeof *pasted->harmless),
                              .unmodelled = calloc(room, sizeof *pasted->unmodelled),
                              .unknown = calloc(room, sizeof *pasted->unknown)};
    return pasted->argv && pasted->values && pasted->harmless && pasted->unmodelled &&
           pasted->unknown;
}

/* Of an own flag. It may look like "key=value", but where it can be left out. */
static bool is_value(const struct option_row *row, const char *word)
{
    struct flag next;
    return row->kind != OPTION_FLAG && !(read_flag(word, &next) && (next.dashed || row->bare));
}

bool pasted_sort(int argc, char **argv, const struct option_table *own, struct pasted *pasted,
                 struct fault *fault)
{
    if (!make_room(argc, pasted)) {
        pasted_free(pasted);
        return fault_set(fault, "out of memory");
    }
    if (argc > 0)
        pasted->argv[pasted->argc++] = argv[0];
    for (int i = 1; i < argc;) {
        struct flag flag;
        char *word = argv[i++];
        if (!read_flag(word, &flag)) {
            pasted->argv[pasted->argc++] = word;
        } else if (flag.dashed && options_find(own, flag.name, flag.length)) {
            pasted->argv[pasted->argc++] = word;
            if (!flag.value && i < argc &&
                is_value(options_find(own, flag.name, flag.length), argv[i]))
                pasted->argv[pasted->argc++] = argv[i++];
        } else if (!take_flag(pasted, own, &flag, word, argc, argv, &i, fault)) {
            pasted_free(pasted);
            return false;
        }
    }
    return true;
}

bool pasted_apply(const struct pasted *pasted, struct model_settings *settings, struct fault *fault)
{
    for (size_t i = 0; i < pasted->value_count; i++)
        if (!setting_take(pasted->values[i].setting, pasted->values[i].text, settings, fault))
            return false;
    return true;
}

/* ---- telling ---- */

static void report(struct messages *messages, const char *what, const char *const *flags,
                   size_t count)
{
    size_t size = 1, used = 0;
    for (size_t i = 0; i < count; i++)
        size += strlen(flags[i]) + 2;
    char *list = count > 0 ? calloc(1, size) : NULL;
    for (size_t i = 0; list && i < count; i++) {
        size_t length = strcspn(flags[i], "=");
        if (!flags[i][length] && length > 0 && flags[i][length - 1] == ':')
            length--;
        int printed =
            snprintf(list + used, size - used, "%s%.*s", i > 0 ? ", " : "", (int)length, flags[i]);
        used += printed > 0 ? (size_t)printed : 0;
    }
    if (list)
        messages_add(messages, "%s: %s", what, list);
    else if (count > 0)
        messages->out_of_memory = true;
    free(list);
}

void pasted_report(const struct pasted *pasted, struct messages *messages)
{
    report(messages, "these do not touch memory, and are passed over", pasted->harmless,
           pasted->harmless_count);
    report(messages,
           "these change memory and are not modelled, so that expected memory is not "
           "complete",
           pasted->unmodelled, pasted->unmodelled_count);
    report(messages, "not known, and passed over, though they may touch memory", pasted->unknown,
           pasted->unknown_count);
    messages->incomplete =
        messages->incomplete || pasted->unmodelled_count > 0 || pasted->unknown_count > 0;
}

void pasted_free(struct pasted *pasted)
{
    for (size_t i = 0; i < pasted->value_count; i++)
        free(pasted->values[i].text);
    free(pasted->argv);
    free(pasted->values);
    free(pasted->harmless);
    free(pasted->unmodelled);
    free(pasted->unknown);
    *pasted = (struct pasted){0};
}
