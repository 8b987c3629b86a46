#include "schemas/support/json_writer.h"

#include "schemas/support/json_string.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

struct json_writer json_writer_begin(FILE *stream)
{
    return (struct json_writer){.stream = stream};
}

static bool is_array(const struct json_writer *json)
{
    return json->in_array >> json->depth & 1;
}

static void put_line(const struct json_writer *json)
{
    fputc('\n', json->stream);
    for (unsigned i = 0; i < json->depth; i++)
        fputc('\t', json->stream);
}

/* An object's values have a line each; an array's stand side by side. */
static void begin_value(struct json_writer *json, const char *key)
{
    if (json->behind_value)
        fputs(is_array(json) ? ", " : ",", json->stream);
    json->behind_value = true;
    if (json->depth > 0 && !is_array(json))
        put_line(json);
    if (!key)
        return;
    json_string_write(json->stream, key);
    fputs(":\t", json->stream);
}

static void begin_nested(struct json_writer *json, const char *key, bool array)
{
    begin_value(json, key);
    fputc(array ? '[' : '{', json->stream);
    json->depth++;
    json->in_array &= ~((uint64_t)1 << json->depth);
    json->in_array |= (uint64_t)array << json->depth;
    json->behind_value = false;
}

void json_object_begin(struct json_writer *json, const char *key)
{
    begin_nested(json, key, false);
}

void json_array_begin(struct json_writer *json, const char *key)
{
    begin_nested(json, key, true);
}

void json_end(struct json_writer *json)
{
    bool array = is_array(json);
    json->depth--;
    if (!array)
        put_line(json);
    fputc(array ? ']' : '}', json->stream);
    json->behind_value = true;
    if (json->depth == 0)
        fputc('\n', json->stream);
}

void json_put_text(struct json_writer *json, const char *key, const char *text)
{
    if (!text)
        return;
    begin_value(json, key);
    json_string_write(json->stream, text);
}

/* 15 digits where they read back the same, else 17. */
void json_put_number(struct json_writer *json, const char *key, double number)
{
    char text[32];
    if (!isfinite(number))
        return;
    begin_value(json, key);
    snprintf(text, sizeof text, "%1.15g", number);
    if (strtod(text, NULL) != number)
        snprintf(text, sizeof text, "%1.17g", number);
    fputs(text, json->stream);
}

void json_put_count(struct json_writer *json, const char *key, int64_t count)
{
    if (count < 0)
        return;
    begin_value(json, key);
    fprintf(json->stream, "%" PRId64, count);
}

void json_put_bool(struct json_writer *json, const char *key, bool value)
{
    begin_value(json, key);
    fputs(value ? "true" : "false", json->stream);
}
