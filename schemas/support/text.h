/* Small questions about text, and texts made of parts. */
#ifndef SCHEMAS_SUPPORT_TEXT_H
#define SCHEMAS_SUPPORT_TEXT_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Does the text end so, with something before it? */
static inline bool text_ends_with(const char *text, const char *ending)
{
    size_t length = strlen(text), end = strlen(ending);
    return length > end && strcmp(text + length - end, ending) == 0;
}

/* A text in a buffer of the caller's, always ended by a zero. What does not fit is cut, and that it
 * was is told at the end, so that nothing need be checked on the way. */
struct text {
    char *buffer;
    size_t size;
    size_t length; /* as it would be with room enough, as snprintf counts */
};

struct text text_begin(char *buffer, size_t size);
void text_add(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* As above, behind a separator where it is not the first part. */
void text_add_item(struct text *text, const char *separator, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static inline bool text_fits(const struct text *text)
{
    return text->length < text->size;
}

/* A text in memory that grows, written through a stream. */
struct growing_text {
    FILE *stream; /* write here; NULL when out of memory, and then there is nothing to end */
    char *text;
    size_t length;
};

bool growing_text_begin(struct growing_text *text);

/* The text, to be freed; NULL where anything of it was lost for want of memory. */
char *growing_text_end(struct growing_text *text);

#endif
