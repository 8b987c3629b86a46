#include "schemas/configuration/megatron_arguments.h"
#include "tracer/gmtrace.h"

#include <string.h>

gmt_status gmt_argument_tags(const gmt_argument *arguments, size_t count, char *tags, size_t size)
{
    struct megatron_arguments taken = {0};
    struct configuration configuration;
    char text[CONFIGURATION_TEXT];
    if (!tags || size == 0 || (!arguments && count > 0))
        return GMT_INVALID;
    tags[0] = '\0';
    for (size_t i = 0; i < count; i++)
        if (arguments[i].name && arguments[i].value)
            megatron_arguments_take_any(&taken, arguments[i].name, arguments[i].value);
    megatron_arguments_finish(&taken, &configuration);
    configuration_tags(text, sizeof text, &configuration);
    if (strlen(text) >= size || strchr(text, '/'))
        return GMT_INVALID;
    memcpy(tags, text, strlen(text) + 1);
    return GMT_OK;
}
