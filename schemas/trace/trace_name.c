#include "schemas/trace/trace_name.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char PREFIX[] = "memory_trace_rank";

static const struct {
    const char *extension;
    enum trace_format format;
} FORMATS[] = {
    {".json", TRACE_FORMAT_JSON},
    {".gmtrace", TRACE_FORMAT_RECORDING},
};
enum { FORMAT_COUNT = sizeof FORMATS / sizeof *FORMATS };

/* The keys that files are named by, none before a longer one that it begins; and what older ones
 * are called today. */
static const struct {
    const char *key, *today;
} KEYS[] = {
    {"expNum", "expNum"}, {"nmbs", "nmbs"}, {"exp", "exp"}, {"gbs", "gbs"}, {"mbs", "mbs"},
    {"bs", "mbs"},        {"dp", "dp"},     {"ep", "exp"},  {"pp", "pp"},   {"tp", "tp"},
    {"ts", "ts"},         {"wd", "wd"},     {"l", "l"},
};
enum { KEY_COUNT = sizeof KEYS / sizeof *KEYS };

/* A piece of a name; it has no end mark of its own. */
struct span {
    const char *start;
    size_t length;
};

static bool span_is(struct span span, const char *text)
{
    return span.length == strlen(text) && memcmp(span.start, text, span.length) == 0;
}

/* The ASCII letters alone, whatever the locale. */
static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The whole of the text as a number. */
static bool whole_number(const char *text, int64_t *value)
{
    if (!is_digit(text[*text == '-']))
        return false;
    char *end;
    errno = 0;
    *value = strtoll(text, &end, 10);
    return errno == 0 && !*end;
}

/* How long the key at the start of a token is. A known key ends where no small letter follows:
 * "expNumNone" is expNum, "lr0.1" is not l. Otherwise the letters at the start are the key. */
static size_t key_length(struct span token)
{
    for (int i = 0; i < KEY_COUNT; i++) {
        size_t length = strlen(KEYS[i].key);
        if (length > token.length || memcmp(token.start, KEYS[i].key, length) != 0)
            continue;
        if (length == token.length ||
            !(is_letter(token.start[length]) && islower((unsigned char)token.start[length])))
            return length;
    }
    size_t length = 0;
    while (length < token.length && is_letter(token.start[length]))
        length++;
    return length;
}

/* False where the key or the value is longer than a tag can hold. */
static bool tag_set(struct name_tag *tag, struct span key, struct span value)
{
    for (int i = 0; i < KEY_COUNT; i++)
        if (span_is(key, KEYS[i].key))
            key = (struct span){KEYS[i].today, strlen(KEYS[i].today)};
    if (key.length >= sizeof tag->key || value.length >= sizeof tag->value)
        return false;
    memcpy(tag->key, key.start, key.length);
    tag->key[key.length] = '\0';
    memcpy(tag->value, value.start, value.length);
    tag->value[value.length] = '\0';
    return true;
}

/* A tag that is too long is left out whole: a part of its value would be another value. */
static void add_tag(struct trace_name *name, struct span token)
{
    if (token.length == 0 || name->tag_count == TRACE_NAME_MAX_TAGS)
        return;
    size_t length = key_length(token);
    struct span key = {token.start, length};
    struct span value = {token.start + length, token.length - length};
    if (tag_set(&name->tags[name->tag_count], key, value))
        name->tag_count++;
}

/* Takes the extension off the end of a name; false where it has none of a trace's. */
static bool take_extension(struct span *name, enum trace_format *format)
{
    for (int i = 0; i < FORMAT_COUNT; i++) {
        size_t length = strlen(FORMATS[i].extension);
        if (name->length < length ||
            memcmp(name->start + name->length - length, FORMATS[i].extension, length) != 0)
            continue;
        name->length -= length;
        *format = FORMATS[i].format;
        return true;
    }
    return false;
}

bool trace_name_parse(const char *file_name, struct trace_name *name)
{
    name->tag_count = 0;
    struct span rest = {file_name, strlen(file_name)};
    if (strncmp(file_name, PREFIX, strlen(PREFIX)) != 0 || !take_extension(&rest, &name->format))
        return false;
    const char *end = rest.start + rest.length, *rank = file_name + strlen(PREFIX);
    if (rank >= end || !is_digit(*rank))
        return false;
    char *at;
    errno = 0;
    name->rank = strtoll(rank, &at, 10);
    if (errno != 0 || (at != end && *at != '_'))
        return false;

    while (at != end) {
        const char *token = at + 1; /* after its '_' */
        at = memchr(token, '_', (size_t)(end - token));
        if (!at)
            at = (char *)end;
        add_tag(name, (struct span){token, (size_t)(at - token)});
    }
    return true;
}

static const char *todays_key(const char *key)
{
    for (int i = 0; i < KEY_COUNT; i++)
        if (strcmp(key, KEYS[i].key) == 0)
            return KEYS[i].today;
    return key;
}

const char *trace_name_text(const struct trace_name *name, const char *key)
{
    key = todays_key(key);
    for (size_t i = name->tag_count; i > 0; i--)
        if (strcmp(name->tags[i - 1].key, key) == 0)
            return name->tags[i - 1].value;
    return NULL;
}

/* A tag's own number, without what may follow from others. */
static int64_t written_number(const struct trace_name *name, const char *key, int64_t otherwise)
{
    const char *text = trace_name_text(name, key);
    int64_t value;
    return text && whole_number(text, &value) ? value : otherwise;
}

static int64_t derived_dp(const struct trace_name *name, int64_t otherwise)
{
    int64_t world = written_number(name, "wd", -1);
    int64_t tp = written_number(name, "tp", -1), pp = written_number(name, "pp", -1);
    int64_t share;
    if (world < 1 || tp < 1 || pp < 1 || __builtin_mul_overflow(tp, pp, &share) ||
        world % share != 0)
        return otherwise;
    return world / share;
}

int64_t trace_name_number(const struct trace_name *name, const char *key, int64_t otherwise)
{
    if (strcmp(key, "dp") == 0 && !trace_name_text(name, key))
        return derived_dp(name, otherwise);
    return written_number(name, key, otherwise);
}

static struct span trimmed(struct span span)
{
    while (span.length > 0 && isspace((unsigned char)*span.start)) {
        span.start++;
        span.length--;
    }
    while (span.length > 0 && isspace((unsigned char)span.start[span.length - 1]))
        span.length--;
    return span;
}

/* "key=value" of a filter. */
static bool filter_add(struct tag_filter *filter, struct span item)
{
    const char *equals = memchr(item.start, '=', item.length);
    if (!equals || filter->count == TRACE_NAME_MAX_TAGS)
        return false;
    size_t before = (size_t)(equals - item.start);
    struct span key = trimmed((struct span){item.start, before});
    struct span value = trimmed((struct span){equals + 1, item.length - before - 1});
    return key.length > 0 && tag_set(&filter->tags[filter->count++], key, value);
}

bool tag_filter_parse(const char *text, struct tag_filter *filter)
{
    filter->count = 0;
    if (text[strspn(text, " \t\r\n")] == '\0')
        return true;
    for (;;) {
        size_t length = strcspn(text, ",");
        if (!filter_add(filter, (struct span){text, length})) {
            filter->count = 0;
            return false;
        }
        if (text[length] == '\0')
            return true;
        text += length + 1;
    }
}

static bool tag_matches(const struct name_tag *tag, const struct trace_name *name)
{
    const char *text = trace_name_text(name, tag->key);
    if (text && strcmp(text, tag->value) == 0)
        return true;
    int64_t wanted, found;
    if (!whole_number(tag->value, &wanted))
        return false;
    if (strcmp(tag->key, "rank") == 0)
        found = name->rank;
    else
        found = trace_name_number(name, tag->key, wanted == 0 ? 1 : 0);
    return found == wanted;
}

bool tag_filter_matches(const struct tag_filter *filter, const struct trace_name *name)
{
    for (size_t i = 0; i < filter->count; i++)
        if (!tag_matches(&filter->tags[i], name))
            return false;
    return true;
}

bool trace_name_format(char *buffer, size_t size, int64_t rank, const char *tags,
                       enum trace_format format)
{
    const char *extension = "";
    for (int i = 0; i < FORMAT_COUNT; i++)
        if (FORMATS[i].format == format)
            extension = FORMATS[i].extension;
    int length = snprintf(buffer, size, "%s%" PRId64 "%s%s%s", PREFIX, rank, *tags ? "_" : "", tags,
                          extension);
    return rank >= 0 && length >= 0 && (size_t)length < size;
}

int64_t trace_name_stage(int64_t rank, int64_t world_size, int64_t pp)
{
    if (pp < 2 || world_size < pp || world_size % pp != 0 || rank < 0 || rank >= world_size)
        return -1;
    return rank / (world_size / pp);
}
