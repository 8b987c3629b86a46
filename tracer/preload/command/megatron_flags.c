#include "tracer/preload/command/megatron_flags.h"

#include "schemas/configuration/megatron_arguments.h"
#include "schemas/support/text.h"
#include "schemas/trace/trace_name.h"

#include <stdio.h>
#include <string.h>

/* "--num-layers 96", "--num-layers=96", "--sequence-parallel"; anything else says nothing. */
static void take_flag(struct megatron_arguments *arguments, char *const *argument)
{
    char name[128], value[256];
    const char *text = *argument;
    size_t length = strcspn(text, "=");
    if (strncmp(text, "--", 2) != 0 || length >= sizeof name)
        return;
    snprintf(name, sizeof name, "%.*s", (int)length, text);
    if (text[length] == '=')
        snprintf(value, sizeof value, "%s", text + length + 1);
    else if (megatron_argument_is_switch(name))
        snprintf(value, sizeof value, "True");
    else
        snprintf(value, sizeof value, "%s",
                 argument[1] && strncmp(argument[1], "--", 2) != 0 ? argument[1] : "");
    if (*value)
        megatron_arguments_take(arguments, name, value);
}

/* The user's tags as a name has them. */
static bool parse_tags(const char *tags, struct configuration *given)
{
    char text[512];
    struct trace_name name;
    if (strchr(tags, '/') ||
        (size_t)snprintf(text, sizeof text, "memory_trace_rank0_%s.json", tags) >= sizeof text ||
        !trace_name_parse(text, &name, NULL))
        return false;
    *given = name.configuration;
    return given->written || *given->tags;
}

bool launch_name_find(char *const *command, const char *tags, struct launch_name *name)
{
    struct megatron_arguments arguments = {0};
    struct configuration found, given = {0};
    *name = (struct launch_name){0};
    if (tags && *tags && !parse_tags(tags, &given))
        return false;
    for (; *command; command++)
        take_flag(&arguments, command);
    megatron_arguments_finish(&arguments, &found);
    found.written &= ~given.written;
    /* The tracer names these two and the world size by itself. */
    if (found.written & DIMENSION_BIT(DIMENSION_TP))
        name->tp = configuration_number(&found, DIMENSION_TP);
    if (found.written & DIMENSION_BIT(DIMENSION_PP))
        name->pp = configuration_number(&found, DIMENSION_PP);
    configuration_forget(&found, DIMENSION_TP);
    configuration_forget(&found, DIMENSION_PP);
    configuration_forget(&found, DIMENSION_WORLD_SIZE);
    char of_flags[CONFIGURATION_TEXT];
    struct text text = text_begin(name->tags, sizeof name->tags);
    text_add(&text, "%s", configuration_tags(of_flags, sizeof of_flags, &found));
    if (tags && *tags)
        text_add_item(&text, "_", "%s", tags);
    return text_fits(&text);
}
