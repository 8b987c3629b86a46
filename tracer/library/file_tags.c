#include "tracer/library/file_tags.h"

#include "schemas/configuration/configuration.h"
#include "tracer/library/environment.h"

#include <stdio.h>
#include <string.h>

static const struct {
    size_t dimension, offset;
} SIZES[] = {
    {DIMENSION_TP, offsetof(gmt_options, tp)},
    {DIMENSION_PP, offsetof(gmt_options, pp)},
    {DIMENSION_CP, offsetof(gmt_options, cp)},
    {DIMENSION_DP, offsetof(gmt_options, dp)},
    {DIMENSION_EP, offsetof(gmt_options, ep)},
    {DIMENSION_ETP, offsetof(gmt_options, etp)},
    {DIMENSION_VPP, offsetof(gmt_options, vpp)},
    {DIMENSION_WORLD_SIZE, offsetof(gmt_options, world_size)},
};

/* All that is said, by which a further dimension is judged. */
struct name {
    struct configuration all;
    struct fault *left_out; /* what is not in the name, and why */
    bool is_full;
};

/* Adds a dimension to a part of the name, unless it is said already or contradicts what is. */
static void add(struct name *name, struct configuration *part, size_t dimension,
                const struct dimension_value *value)
{
    struct fault contradiction;
    if (name->all.written & DIMENSION_BIT(dimension))
        return;
    if (!configuration_set_value(&name->all, dimension, value, NULL)) {
        name->is_full = true; /* of words */
        return;
    }
    if (configuration_check(&name->all, &contradiction)) {
        configuration_set_value(part, dimension, value, NULL);
        return;
    }
    configuration_forget(&name->all, dimension);
    char text[DIMENSION_WORD_SIZE];
    fault_set(name->left_out, "%s%s%s; %s %s is left out of the file's name", name->left_out->text,
              *name->left_out->text ? "; " : "", contradiction.text, DIMENSIONS[dimension].name,
              dimension_value_text(dimension, value, text));
}

static void add_tags(struct name *name, const char *tags)
{
    for (const char *at = tags; *at; at += *at == '_') {
        size_t length = strcspn(at, "_");
        configuration_add_tag(&name->all, at, length, NULL); /* it stands in the name as it is */
        at += length;
    }
}

static void add_sizes(struct name *name, struct configuration *part, const gmt_options *options)
{
    for (size_t i = 0; i < sizeof SIZES / sizeof *SIZES; i++) {
        int64_t number;
        memcpy(&number, (const char *)options + SIZES[i].offset, sizeof number);
        if (number > 0)
            add(name, part, SIZES[i].dimension,
                &(struct dimension_value){.known = true, .number = number});
    }
}

/* A sweep says all dimensions of a run, also those that follow from the others or say no more than
 * their absence would. */
static void add_environment(struct name *name, struct configuration *part)
{
    struct configuration said = {0};
    for (size_t i = 0; i < DIMENSION_COUNT; i++) {
        struct dimension_value value = environment_dimension(i, name->left_out);
        if (!configuration_set_value(&said, i, &value, NULL))
            name->is_full = true;
    }
    for (size_t i = 0; i < DIMENSION_COUNT; i++) {
        struct dimension_value value = configuration_value(&said, i);
        if (!configuration_is_absent(&said, i))
            add(name, part, i, &value);
    }
}

bool file_tags(char *buffer, size_t size, const gmt_options *options, struct fault *left_out)
{
    struct name name = {.left_out = left_out};
    struct configuration sizes = {0}, environment = {0};
    const char *tags = options->tags ? options->tags : "";
    char before[CONFIGURATION_TEXT], behind[CONFIGURATION_TEXT];
    left_out->text[0] = '\0';
    add_tags(&name, tags);
    add_sizes(&name, &sizes, options);
    add_environment(&name, &environment);
    configuration_tags(before, sizeof before, &sizes);
    configuration_tags(behind, sizeof behind, &environment);
    int length = snprintf(buffer, size, "%s%s%s%s%s", before, *before && *tags ? "_" : "", tags,
                          (*before || *tags) && *behind ? "_" : "", behind);
    return !name.is_full && length >= 0 && (size_t)length < size;
}
