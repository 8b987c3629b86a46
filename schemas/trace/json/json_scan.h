/* A cursor over JSON text: white space, strings, values to pass over, and errors with their place.
 * Strict: what RFC 8259 forbids is refused. */
#ifndef SCHEMAS_TRACE_JSON_JSON_SCAN_H
#define SCHEMAS_TRACE_JSON_JSON_SCAN_H

#include "schemas/support/fault.h"

#include <stdbool.h>
#include <stddef.h>

struct json_scan {
    const char *start, *at, *end;
    const char *name;    /* stands for the file in messages */
    struct fault *fault; /* set by whatever returns false */
};

/* A string's inside as it stands in the text. */
struct json_string {
    const char *start;
    size_t length;
    bool has_escapes;
};

/* "NAME:LINE:COLUMN: expected WHAT, found ..." for the cursor's place; false. */
bool json_expected(struct json_scan *scan, const char *what);

/* "NAME:LINE:COLUMN: WHAT"; false. */
bool json_refused(struct json_scan *scan, const char *what);

static inline bool json_is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static inline void json_space(struct json_scan *scan)
{
    while (scan->at < scan->end && json_is_space(*scan->at))
        scan->at++;
}

/* The next byte that is not white space, without taking it; 0 at the end. */
char json_peek(struct json_scan *scan);

/* White space, then this character; false sets the fault with `what` was expected. */
bool json_take(struct json_scan *scan, char c, const char *what);

/* After a member or element: takes a comma (*more), or the closing character (not *more). */
bool json_next(struct json_scan *scan, char closing, bool *more);

bool json_string(struct json_scan *scan, struct json_string *string, const char *what);
bool json_number(struct json_scan *scan, double *value);

/* "null" or a number; null gives NAN. `what` says whose it is. */
bool json_number_or_null(struct json_scan *scan, double *value, const char *what);

/* A value of any kind, checked and forgotten. */
bool json_value(struct json_scan *scan);

/* Compares with plain text, escapes understood. */
bool json_string_is(const struct json_string *string, const char *text);

/* Writes the string with its escapes undone, at most as long as it stands in the text; returns the
 * length. */
size_t json_string_decode(const struct json_string *string, char *buffer);

#endif
