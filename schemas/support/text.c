#include "schemas/support/text.h"

#include <stdarg.h>
#include <stdlib.h>

struct text text_begin(char *buffer, size_t size)
{
    if (size > 0)
        *buffer = '\0';
    return (struct text){.buffer = buffer, .size = size};
}

static void add(struct text *text, const char *format, va_list arguments)
{
    size_t at = text->length < text->size ? text->length : text->size;
    int length =
        vsnprintf(at < text->size ? text->buffer + at : NULL, text->size - at, format, arguments);
    text->length += length > 0 ? (size_t)length : 0;
}

void text_add(struct text *text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    add(text, format, arguments);
    va_end(arguments);
}

void text_add_item(struct text *text, const char *separator, const char *format, ...)
{
    if (text->length > 0)
        text_add(text, "%s", separator);
    va_list arguments;
    va_start(arguments, format);
    add(text, format, arguments);
    va_end(arguments);
}

bool growing_text_begin(struct growing_text *text)
{
    *text = (struct growing_text){0};
    text->stream = open_memstream(&text->text, &text->length);
    return text->stream != NULL;
}

char *growing_text_end(struct growing_text *text)
{
    bool whole = !ferror(text->stream);
    whole = fclose(text->stream) == 0 && whole;
    text->stream = NULL;
    if (whole)
        return text->text;
    free(text->text);
    return NULL;
}
