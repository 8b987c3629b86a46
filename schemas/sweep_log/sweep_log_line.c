/* One line of a sweep log: taken apart and put together. */
#include "schemas/support/text.h"
#include "schemas/sweep_log/sweep_log.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char BLANKS[] = " \t\r";

static const char *skip_space(const char *at)
{
    return at + strspn(at, BLANKS);
}

static bool is_blank(char c)
{
    return c != '\0' && strchr(BLANKS, c) != NULL;
}

/* A whole number that is not negative; returns behind it or NULL. */
static const char *take_number(const char *at, int64_t *value)
{
    if (!isdigit((unsigned char)*at))
        return NULL;
    char *end;
    errno = 0;
    long long number = strtoll(at, &end, 10);
    if (errno != 0)
        return NULL;
    *value = number;
    return end;
}

/* A part of a line, without blanks around it. */
struct words {
    const char *start;
    size_t length;
};

static struct words trimmed(const char *start, size_t length)
{
    while (length > 0 && is_blank(*start)) {
        start++;
        length--;
    }
    while (length > 0 && is_blank(start[length - 1]))
        length--;
    return (struct words){start, length};
}

static const char *refuse_word(const char *at, struct fault *fault)
{
    fault_set(fault, "expected KEY=value, found '%.40s'", at);
    return NULL;
}

/* "KEY=value"; a key that the table of dimensions does not know becomes a tag. Returns behind it,
 * or NULL with the fault set. */
static const char *take_word(const char *at, struct configuration *configuration,
                             struct fault *fault)
{
    const char *equals = at + strcspn(at, "=,");
    if (*equals != '=')
        return refuse_word(at, fault);
    /* A value ends at the comma or the outcome's dash; there may be none before them. */
    const char *end = equals + 1;
    while (*end && *end != ',' && strncmp(end, " - ", 3) != 0)
        end++;
    const struct words key = trimmed(at, (size_t)(equals - at));
    const struct words value = trimmed(equals + 1, (size_t)(end - equals - 1));
    if (key.length + value.length == 0) /* a tag that does not begin with a letter has no key */
        return refuse_word(at, fault);
    struct fault why;
    struct dimension_value number;
    if (configuration_add_log_word(configuration, key.start, key.length, value.start, value.length,
                                   &why))
        return end;
    size_t dimension = dimension_by_log_word(key.start, key.length);
    if (dimension < DIMENSION_COUNT && DIMENSIONS[dimension].kind == DIMENSION_NUMBER &&
        !dimension_value_parse(dimension, value.start, value.length, &number, NULL))
        fault_set(fault, "expected a whole number after '%s=', found '%.40s'",
                  DIMENSIONS[dimension].log_word, value.start);
    else
        fault_set(fault, "%s", why.text);
    return NULL;
}

/* Puts a text into the cause; one that is too long ends in "...", so that what is left of it says
 * nothing else. */
static void keep_cause(struct sweep_entry *entry, const char *text, size_t length)
{
    static const char cut[] = "...";
    size_t room = sizeof entry->cause - 1;
    bool fits = length <= room;
    size_t kept = fits ? length : room - strlen(cut);
    snprintf(entry->cause, sizeof entry->cause, "%.*s%s", (int)kept, text, fits ? "" : cut);
}

static bool is_oom(struct words words)
{
    return words.length == 3 && strncasecmp(words.start, "oom", 3) == 0;
}

/* What stands in brackets at `at`, brackets within it being its own: "(theory (300 GB))". Nothing
 * where there is none. */
static struct words in_brackets(const char *at)
{
    at = skip_space(at);
    if (*at != '(')
        return (struct words){at, 0};
    int depth = 0;
    for (const char *c = at; *c; c++) {
        depth += (*c == '(') - (*c == ')');
        if (depth == 0)
            return trimmed(at + 1, (size_t)(c - at - 1));
    }
    const char *last = strrchr(at, ')'); /* one was forgotten */
    return trimmed(at + 1, last ? (size_t)(last - at - 1) : strlen(at + 1));
}

/* "NAME: number", all of the words; false where they are not that. */
static bool take_named_number(struct words words, const char *name, int64_t *value)
{
    size_t length = strlen(name);
    if (words.length <= length || strncmp(words.start, name, length) != 0)
        return false;
    const char *colon = skip_space(words.start + length);
    int64_t number = 0;
    const char *behind = *colon == ':' ? take_number(skip_space(colon + 1), &number) : NULL;
    if (behind != words.start + words.length)
        return false;
    *value = number;
    return true;
}

/* "(status: 1, oom)" or nothing. All but the status is the cause, and one word of it may be "oom":
 * "(oom, signal: 9)" is what the kernel does to a host that runs out. Old logs end a failure bare
 * or with its status alone, and their users read out of memory too. */
static void take_failure(struct words causes, struct sweep_entry *entry)
{
    char text[256] = ""; /* longer than a cause, which notices that it is cut */
    size_t used = 0;
    bool oom = false;
    const char *end = causes.start + causes.length;
    for (const char *at = causes.start; at < end;) {
        const char *comma = memchr(at, ',', (size_t)(end - at));
        struct words words = trimmed(at, (size_t)((comma ? comma : end) - at));
        at = comma ? comma + 1 : end;
        if (words.length == 0 || take_named_number(words, "status", &entry->status))
            continue;
        take_named_number(words, "signal", &entry->signal);
        oom |= is_oom(words);
        if (used < sizeof text - 1)
            used += (size_t)snprintf(text + used, sizeof text - used, "%s%.*s", used ? ", " : "",
                                     (int)words.length, words.start);
    }
    entry->outcome = oom || used == 0 ? SWEEP_OOM : SWEEP_FAILED;
    if (used < sizeof entry->cause || (!oom && entry->signal < 0)) {
        keep_cause(entry, text, strlen(text));
        return;
    }
    /* A cut must not take the words that mean something. */
    used = (size_t)snprintf(entry->cause, sizeof entry->cause, "%s", oom ? "oom" : "");
    if (entry->signal >= 0)
        snprintf(entry->cause + used, sizeof entry->cause - used, "%ssignal: %" PRId64,
                 oom ? ", " : "", entry->signal);
}

/* " - SUCCESS", " - FAILED (...)", " - SKIPPED (...)", or nothing. */
static bool take_outcome(const char *at, struct sweep_entry *entry, struct fault *fault)
{
    at = skip_space(at);
    if (*at == '\0')
        return true;
    if (*at != '-')
        return fault_set(fault, "expected ' - SUCCESS' or ' - FAILED', found '%.40s'", at);
    at = skip_space(at + 1);
    if (strncasecmp(at, "SUCCESS", 7) == 0) {
        entry->outcome = SWEEP_SUCCESS;
        return true;
    }
    bool failed = strncasecmp(at, "FAILED", 6) == 0;
    if (!failed && strncasecmp(at, "SKIPPED", 7) != 0)
        return fault_set(fault, "expected SUCCESS, FAILED or SKIPPED, found '%.40s'", at);
    if (failed) {
        take_failure(in_brackets(at + 6), entry);
    } else {
        struct words reason = in_brackets(at + 7); /* why one was left out, as it stands */
        keep_cause(entry, reason.start, reason.length);
        entry->outcome = SWEEP_SKIPPED;
    }
    return true;
}

bool sweep_log_parse_line(const char *line, struct sweep_entry *entry, struct fault *fault)
{
    *entry = (struct sweep_entry){.status = -1, .signal = -1};
    if (fault)
        fault->text[0] = '\0';
    const char *at = skip_space(line);
    if (strncasecmp(at, "Config", 6) != 0 || !is_blank(at[6]))
        return false;
    at = take_number(skip_space(at + 6), &entry->number);
    if (!at)
        return false; /* "Config list", say */
    at = skip_space(at);
    if (*at != ':')
        return fault_set(fault, "expected ':' after the configuration's number, found '%.40s'", at);
    do {
        at = take_word(skip_space(at + 1), &entry->configuration, fault);
        if (!at)
            return false;
        at = skip_space(at);
    } while (*at == ',');
    if (configuration_number(&entry->configuration, DIMENSION_TP) < 1 ||
        configuration_number(&entry->configuration, DIMENSION_PP) < 1)
        return fault_set(fault, "expected TP and PP of at least 1");
    return take_outcome(at, entry, fault);
}

static void append_failure(struct text *line, const struct sweep_entry *entry)
{
    text_add(line, " - FAILED (");
    if (entry->status >= 0)
        text_add(line, "status: %" PRId64 ", ", entry->status);
    /* A bare status is what old logs say of an OOM, so that what is not one needs a word. */
    if (entry->cause[0])
        text_add(line, "%s)", entry->cause);
    else if (entry->outcome == SWEEP_OOM)
        text_add(line, "oom)");
    else if (entry->signal >= 0)
        text_add(line, "signal: %" PRId64 ")", entry->signal);
    else
        text_add(line, "error)");
}

int sweep_log_format_line(char *buffer, size_t size, const struct sweep_entry *entry)
{
    struct text line = text_begin(buffer, size);
    text_add(&line, "Config %" PRId64 ":", entry->number);
    char words[CONFIGURATION_TEXT];
    text_add(&line, " %s", configuration_log_words(words, sizeof words, &entry->configuration));
    switch (entry->outcome) {
    case SWEEP_PLANNED:
        break;
    case SWEEP_SUCCESS:
        text_add(&line, " - SUCCESS");
        break;
    case SWEEP_SKIPPED:
        text_add(&line, " - SKIPPED");
        if (entry->cause[0])
            text_add(&line, " (%s)", entry->cause);
        break;
    case SWEEP_OOM:
    case SWEEP_FAILED:
        append_failure(&line, entry);
        break;
    }
    return (int)line.length;
}

/* ---- outcomes in words ---- */

static const struct {
    const char *word, *text;
} OUTCOMES[] = {
    [SWEEP_PLANNED] = {"PLANNED", "planned"},
    [SWEEP_SUCCESS] = {"SUCCESS", "success"},
    [SWEEP_OOM] = {"OOM", "oom"},
    [SWEEP_FAILED] = {"FAILED", "failed"},
    [SWEEP_SKIPPED] = {"SKIPPED", "skipped"},
};

const char *sweep_outcome_word(enum sweep_outcome outcome)
{
    return OUTCOMES[outcome].word;
}

const char *sweep_outcome_text(enum sweep_outcome outcome)
{
    return OUTCOMES[outcome].text;
}

bool sweep_outcome_parse(const char *text, enum sweep_outcome *outcome)
{
    for (size_t i = 0; i < sizeof OUTCOMES / sizeof *OUTCOMES; i++)
        if (strcasecmp(text, OUTCOMES[i].word) == 0) {
            *outcome = (enum sweep_outcome)i;
            return true;
        }
    return false;
}
