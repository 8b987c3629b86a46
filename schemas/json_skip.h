/* Passing over JSON without reading it: at the speed of memory, by the brackets alone. */
#ifndef SCHEMAS_JSON_SKIP_H
#define SCHEMAS_JSON_SKIP_H

/* `at` stands behind an array's opening bracket. Returns behind the bracket that closes it, or NULL
 * where the text ends before. Brackets within strings do not count; nothing else is looked at. */
__attribute__((nonnull)) const char *json_skip_array(const char *at, const char *end);

#endif
