#include "visualize/estimate/messages.h"

#include "schemas/support/array.h"

#include <err.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void messages_add(struct messages *messages, const char *format, ...)
{
    char *text = NULL;
    va_list arguments;
    va_start(arguments, format);
    bool written = vasprintf(&text, format, arguments) >= 0;
    va_end(arguments);
    char **place = written ? ARRAY_ADD(messages->texts, messages->count) : NULL;
    if (place)
        *place = text;
    else if (written)
        free(text);
    messages->out_of_memory |= !place;
}

void messages_print(const struct messages *messages)
{
    for (size_t i = 0; i < messages->count; i++)
        warnx("%s", messages->texts[i]);
}

bool messages_to_json(const struct messages *messages, cJSON *object)
{
    cJSON *array = cJSON_AddBoolToObject(object, "complete", !messages->incomplete)
                       ? cJSON_AddArrayToObject(object, "messages")
                       : NULL;
    bool added = array != NULL;
    for (size_t i = 0; i < messages->count && added; i++) {
        cJSON *text = cJSON_CreateString(messages->texts[i]);
        added = text && cJSON_AddItemToArray(array, text);
    }
    return added;
}

void messages_free(struct messages *messages)
{
    for (size_t i = 0; i < messages->count; i++)
        free(messages->texts[i]);
    free(messages->texts);
    *messages = (struct messages){0};
}
