#include "schemas/trace/trace_name.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char PREFIX[] = TRACE_NAME_PREFIX "rank";

static const struct {
    const char *extension;
    enum trace_format format;
} FORMATS[] = {
    {".json", TRACE_FORMAT_JSON},
    {".gmtrace", TRACE_FORMAT_RECORDING},
};
enum { FORMAT_COUNT = sizeof FORMATS / sizeof *FORMATS };

/* Where the name's extension begins; NULL where it has none of a trace's. */
static const char *find_extension(const char *file_name, enum trace_format *format)
{
    size_t length = strlen(file_name);
    for (int i = 0; i < FORMAT_COUNT; i++) {
        size_t extension = strlen(FORMATS[i].extension);
        if (length < extension || strcmp(file_name + length - extension, FORMATS[i].extension) != 0)
            continue;
        *format = FORMATS[i].format;
        return file_name + length - extension;
    }
    return NULL;
}

bool trace_name_parse(const char *file_name, struct trace_name *name, struct fault *fault)
{
    *name = (struct trace_name){0};
    if (fault)
        fault->text[0] = '\0';
    if (strncmp(file_name, PREFIX, strlen(PREFIX)) != 0)
        return false;
    const char *end = find_extension(file_name, &name->format);
    const char *rank = file_name + strlen(PREFIX);
    if (!end || rank >= end || *rank < '0' || *rank > '9')
        return false;
    char *at;
    errno = 0;
    name->rank = strtoll(rank, &at, 10);
    if (errno != 0 || (at != end && *at != '_'))
        return false;
    for (const char *tag = at; tag != end;) {
        tag++; /* the '_' before it */
        const char *behind = memchr(tag, '_', (size_t)(end - tag));
        if (!behind)
            behind = end;
        if (!configuration_add_tag(&name->configuration, tag, (size_t)(behind - tag), fault))
            return false;
        tag = behind;
    }
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
