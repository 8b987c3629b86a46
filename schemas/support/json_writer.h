/* JSON written as it goes, into a stream: nothing is kept in memory, so that nothing can be missing
 * but by an error of the stream, which the stream keeps for its end (output_file_commit tells it).
 */
#ifndef SCHEMAS_SUPPORT_JSON_WRITER_H
#define SCHEMAS_SUPPORT_JSON_WRITER_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct json_writer {
    FILE *stream;
    unsigned depth;
    bool behind_value; /* a comma is due before the next one */
    uint64_t in_array; /* bit N: the value at depth N is an array */
};

struct json_writer json_writer_begin(FILE *stream);

/* A value has a key within an object, and NULL in its place within an array or at the top. At most
 * 63 levels. */
void json_object_begin(struct json_writer *json, const char *key);
void json_array_begin(struct json_writer *json, const char *key);

/* Ends the innermost object or array; behind the outermost one the line ends, too. */
void json_end(struct json_writer *json);

/* NULL, NAN and infinities are not known: nothing is written, neither key nor value. */
void json_put_text(struct json_writer *json, const char *key, const char *text);
void json_put_number(struct json_writer *json, const char *key, double number);

/* So are numbers below 0. */
void json_put_count(struct json_writer *json, const char *key, int64_t count);
void json_put_bool(struct json_writer *json, const char *key, bool value);

#endif
