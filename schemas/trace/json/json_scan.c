#include "schemas/trace/json/json_scan.h"

#include "schemas/support/json_number.h"
#include "schemas/trace/json/trace_json.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* ---- errors ---- */

static void place_of(const struct json_scan *scan, size_t *line, size_t *column)
{
    const char *line_start = scan->start;
    *line = 1;
    for (const char *next = scan->start;
         (next = memchr(next, '\n', (size_t)(scan->at - next))) != NULL; line_start = ++next)
        (*line)++;
    *column = (size_t)(scan->at - line_start) + 1;
}

bool json_refused(struct json_scan *scan, const char *what)
{
    size_t line, column;
    place_of(scan, &line, &column);
    return fault_set(scan->fault, "%s:%zu:%zu: %s", scan->name, line, column, what);
}

static void describe(const struct json_scan *scan, char *text, size_t size)
{
    if (scan->at == scan->end) {
        snprintf(text, size, "the end of the file");
        return;
    }
    unsigned char byte = (unsigned char)*scan->at;
    if (byte >= 0x20 && byte < 0x7F)
        snprintf(text, size, "'%c'", byte);
    else
        snprintf(text, size, "the byte 0x%02X", byte);
}

bool json_expected(struct json_scan *scan, const char *what)
{
    char found[32];
    char text[256];
    describe(scan, found, sizeof found);
    snprintf(text, sizeof text, "expected %s, found %s", what, found);
    return json_refused(scan, text);
}

/* ---- punctuation ---- */

char json_peek(struct json_scan *scan)
{
    json_space(scan);
    if (scan->at == scan->end)
        return '\0';
    return *scan->at;
}

bool json_take(struct json_scan *scan, char c, const char *what)
{
    json_space(scan);
    if (scan->at == scan->end || *scan->at != c)
        return json_expected(scan, what);
    scan->at++;
    return true;
}

bool json_next(struct json_scan *scan, char closing, bool *more)
{
    char c = json_peek(scan);
    if (c != ',' && c != closing)
        return json_expected(scan, closing == '}' ? "',' or '}'" : "',' or ']'");
    scan->at++;
    *more = c == ',';
    return true;
}

/* ---- strings ---- */

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* The four digits of \uXXXX, or -1. */
static int32_t hex4(const char *at, const char *end)
{
    if (end - at < 4)
        return -1;
    int32_t value = 0;
    for (int i = 0; i < 4; i++) {
        int digit = hex_digit(at[i]);
        if (digit < 0)
            return -1;
        value = value * 16 + digit;
    }
    return value;
}

static bool is_high_surrogate(int32_t unit)
{
    return unit >= 0xD800 && unit <= 0xDBFF;
}

static bool is_low_surrogate(int32_t unit)
{
    return unit >= 0xDC00 && unit <= 0xDFFF;
}

/* `at` is a backslash; returns behind the escape, or NULL. The character it stands for (0 to
 * 0x10FFFF) goes to *character. */
static const char *take_escape(const char *at, const char *end, int32_t *character)
{
    static const char NAMES[] = "\"\\/bfnrt", MEANINGS[] = "\"\\/\b\f\n\r\t";
    if (end - at < 2)
        return NULL;
    const char *name = at[1] ? strchr(NAMES, at[1]) : NULL;
    if (name) {
        *character = (unsigned char)MEANINGS[name - NAMES];
        return at + 2;
    }
    int32_t unit = at[1] == 'u' ? hex4(at + 2, end) : -1;
    if (unit < 0 || is_low_surrogate(unit))
        return NULL;
    *character = unit;
    if (!is_high_surrogate(unit))
        return at + 6;
    int32_t low = end - at >= 12 && at[6] == '\\' && at[7] == 'u' ? hex4(at + 8, end) : -1;
    if (!is_low_surrogate(low))
        return NULL;
    *character = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
    return at + 12;
}

/* `at` is a byte of 0x80 or more; returns behind the character, or NULL where it is not UTF-8 as
 * RFC 3629 has it: no overlong forms, no surrogates, nothing past U+10FFFF. */
static const char *take_utf8(const char *at, const char *end)
{
    const unsigned char *bytes = (const unsigned char *)at;
    int more = bytes[0] >= 0xF0 ? 3 : bytes[0] >= 0xE0 ? 2 : 1;
    if (bytes[0] < 0xC2 || bytes[0] > 0xF4 || end - at <= more)
        return NULL;
    for (int i = 1; i <= more; i++)
        if ((bytes[i] & 0xC0) != 0x80)
            return NULL;
    bool overlong = (bytes[0] == 0xE0 && bytes[1] < 0xA0) || (bytes[0] == 0xF0 && bytes[1] < 0x90);
    bool past_range =
        (bytes[0] == 0xED && bytes[1] > 0x9F) || (bytes[0] == 0xF4 && bytes[1] > 0x8F);
    return overlong || past_range ? NULL : at + more + 1;
}

bool json_string(struct json_scan *scan, struct json_string *string, const char *what)
{
    if (!json_take(scan, '"', what))
        return false;
    *string = (struct json_string){.start = scan->at};
    while (scan->at < scan->end && *scan->at != '"') {
        unsigned char byte = (unsigned char)*scan->at;
        const char *behind = scan->at + 1;
        int32_t character;
        if (byte < 0x20)
            return json_refused(scan, "a control character in a string must be escaped");
        if (byte == '\\') {
            behind = take_escape(scan->at, scan->end, &character);
            string->has_escapes = true;
        } else if (byte >= 0x80) {
            behind = take_utf8(scan->at, scan->end);
        }
        if (!behind)
            return json_refused(scan, byte == '\\' ? "not an escape sequence of JSON"
                                                   : "not valid UTF-8");
        scan->at = behind;
    }
    string->length = (size_t)(scan->at - string->start);
    return json_take(scan, '"', "the end of the string");
}

static size_t put_utf8(char *buffer, int32_t character)
{
    if (character < 0x80) {
        buffer[0] = (char)character;
        return 1;
    }
    int more = character < 0x800 ? 1 : character < 0x10000 ? 2 : 3;
    static const int32_t FIRST[] = {0, 0xC0, 0xE0, 0xF0};
    buffer[0] = (char)(FIRST[more] | character >> (6 * more));
    for (int i = 1; i <= more; i++)
        buffer[i] = (char)(0x80 | (character >> (6 * (more - i)) & 0x3F));
    return (size_t)more + 1;
}

size_t json_string_decode(const struct json_string *string, char *buffer)
{
    const char *end = string->start + string->length;
    size_t used = 0;
    for (const char *at = string->start; at < end;) {
        int32_t character = 0;
        if (*at != '\\') {
            buffer[used++] = *at++;
            continue;
        }
        at = take_escape(at, end, &character);
        if (!at)
            break; /* the file has changed since the string was checked */
        used += put_utf8(buffer + used, character);
    }
    return used;
}

bool json_string_is(const struct json_string *string, const char *text)
{
    size_t length = strlen(text);
    if (!string->has_escapes)
        return string->length == length && memcmp(string->start, text, length) == 0;
    /* An escape is up to six times as long as what it stands for. */
    char decoded[256];
    return string->length <= sizeof decoded && string->length <= 6 * length &&
           json_string_decode(string, decoded) == length && memcmp(decoded, text, length) == 0;
}

/* ---- values ---- */

bool json_number(struct json_scan *scan, double *value)
{
    json_space(scan);
    const char *start = scan->at;
    switch (json_number_read(&scan->at, scan->end, value)) {
    case JSON_NUMBER_READ:
        return true;
    case JSON_NUMBER_TOO_LARGE:
        return json_refused(scan, "a number past the range of a double");
    case JSON_NUMBER_MALFORMED:
        break;
    }
    return json_expected(scan, scan->at == start ? "a number" : "a digit");
}

static bool take_word(struct json_scan *scan, const char *word)
{
    size_t length = strlen(word);
    if ((size_t)(scan->end - scan->at) < length || memcmp(scan->at, word, length) != 0)
        return false;
    scan->at += length;
    return true;
}

bool json_number_or_null(struct json_scan *scan, double *value, const char *what)
{
    char c = json_peek(scan);
    if (c == 'n' && take_word(scan, "null")) {
        *value = NAN;
        return true;
    }
    if (c != '-' && (c < '0' || c > '9'))
        return json_expected(scan, what);
    return json_number(scan, value);
}

static bool scalar(struct json_scan *scan)
{
    struct json_string string;
    double number;
    char c = json_peek(scan);
    if (c == '"')
        return json_string(scan, &string, "a string");
    if (c == '-' || (c >= '0' && c <= '9'))
        return json_number(scan, &number);
    if (take_word(scan, "true") || take_word(scan, "false") || take_word(scan, "null"))
        return true;
    return json_expected(scan, "a value");
}

/* After '{' or ',' in an object: the next member's key and colon. */
static bool key_and_colon(struct json_scan *scan)
{
    struct json_string key;
    return json_string(scan, &key, "a key in double quotes") && json_take(scan, ':', "':'");
}

/* Opens what begins here, down to the first scalar or empty container. `kinds` has a bit for each
 * open container: an object's is 1. */
static bool open_containers(struct json_scan *scan, uint64_t *kinds, unsigned *depth, bool *empty)
{
    *empty = false;
    for (;;) {
        char c = json_peek(scan);
        if (c != '{' && c != '[')
            return true;
        if (*depth == TRACE_JSON_MAX_NESTING)
            return json_refused(scan, "nested too deep");
        scan->at++;
        *kinds = *kinds << 1 | (c == '{');
        (*depth)++;
        if (json_peek(scan) == (c == '{' ? '}' : ']')) {
            *empty = true;
            return true;
        }
        if (c == '{' && !key_and_colon(scan))
            return false;
    }
}

/* After a value: closes what ends here, up to a container that goes on. */
static bool close_containers(struct json_scan *scan, uint64_t *kinds, unsigned *depth)
{
    while (*depth > 0) {
        bool more = false, object = *kinds & 1;
        if (!json_next(scan, object ? '}' : ']', &more))
            return false;
        if (more)
            return !object || key_and_colon(scan);
        *kinds >>= 1;
        (*depth)--;
    }
    return true;
}

bool json_value(struct json_scan *scan)
{
    uint64_t kinds = 0;
    unsigned depth = 0;
    do {
        bool empty = false;
        if (!open_containers(scan, &kinds, &depth, &empty) || (!empty && !scalar(scan)) ||
            !close_containers(scan, &kinds, &depth))
            return false;
    } while (depth > 0);
    return true;
}
