/* Passing over JSON without reading it: at the speed of memory, by the brackets alone. */
#ifndef SCHEMAS_TRACE_JSON_JSON_SKIP_H
#define SCHEMAS_TRACE_JSON_JSON_SKIP_H

#include <stdbool.h>

/* `at` stands behind an array's opening bracket. Returns behind the bracket that closes it, or NULL
 * where the text ends before. Brackets within strings do not count; nothing else is looked at. */
__attribute__((nonnull)) const char *json_skip_array(const char *at, const char *end);

/* The ways to do it, slowest first; json_skip_array takes the fastest that this processor has. Here
 * so that tests can go each of them on any machine. */
enum json_skip_way {
    JSON_SKIP_PLAIN,
    JSON_SKIP_SSE2,
    JSON_SKIP_AVX2,
    JSON_SKIP_NEON, /* of aarch64, which has none of those before */
    JSON_SKIP_FASTEST = JSON_SKIP_NEON,
};
bool json_skip_has(enum json_skip_way way);

/* As json_skip_array, by a way that this processor has. */
__attribute__((nonnull)) const char *json_skip_array_by(enum json_skip_way way, const char *at,
                                                        const char *end);

#endif
