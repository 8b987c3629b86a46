/* Traces given as text, for tests of their reader. */
#ifndef TESTS_UNIT_TRACE_TEXT_H
#define TESTS_UNIT_TRACE_TEXT_H

#include "schemas/trace/json/trace_json.h"
#include "tests/unit/unit.h"

/* Reads a copy that ends where the text ends, so that a sanitizer sees a byte too many. */
static inline bool parse_bytes(const char *bytes, size_t length, enum trace_depth depth,
                               struct trace *trace, struct fault *fault)
{
    char *copy = malloc(length ? length : 1);
    assert_non_null(copy);
    memcpy(copy, bytes, length);
    bool read = trace_json_parse(copy, length, "t.json", depth, trace, fault);
    free(copy);
    return read;
}

static inline bool parse(const char *text, enum trace_depth depth, struct trace *trace,
                         struct fault *fault)
{
    return parse_bytes(text, strlen(text), depth, trace, fault);
}

#endif
