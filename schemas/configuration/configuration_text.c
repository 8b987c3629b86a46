/* A configuration in words: for people, file names, logs, folders and --where. */
#include "schemas/configuration/configuration.h"

#include "schemas/configuration/tags.h"
#include "schemas/support/text.h"

#include <string.h>

char *configuration_text(char *buffer, size_t size, const struct configuration *configuration,
                         dimension_set which)
{
    struct text out = text_begin(buffer, size);
    char text[DIMENSION_WORD_SIZE];
    for (size_t i = 0; i < DIMENSION_COUNT; i++) {
        struct dimension_value value = configuration_value(configuration, i);
        if ((which & DIMENSION_BIT(i)) && value.known)
            text_add_item(&out, ", ", "%s %s", DIMENSIONS[i].name,
                          dimension_value_text(i, &value, text));
    }
    struct tag tag;
    for (const char *at = configuration->tags;
         (which & DIMENSION_OTHER_TAGS) && tags_next(&at, &tag);)
        text_add_item(&out, ", ", "%.*s", (int)tag.length, tag.text);
    return buffer;
}

char *configuration_where(char *buffer, size_t size, const struct configuration *configuration,
                          dimension_set which)
{
    struct text out = text_begin(buffer, size);
    char text[DIMENSION_WORD_SIZE];
    for (size_t i = 0; i < DIMENSION_COUNT; i++) {
        struct dimension_value value = configuration_value(configuration, i);
        if (which & DIMENSION_BIT(i))
            text_add_item(&out, ",", "%s=%s", DIMENSIONS[i].tag,
                          dimension_value_key_text(i, &value, text));
    }
    struct tag tag;
    for (const char *at = configuration->tags;
         (which & DIMENSION_OTHER_TAGS) && tags_next(&at, &tag);)
        text_add_item(&out, ",", "tag=%.*s", (int)tag.length, tag.text);
    if ((which & DIMENSION_OTHER_TAGS) && !*configuration->tags)
        text_add_item(&out, ",", "tag=none");
    return buffer;
}

char *configuration_tags(char *buffer, size_t size, const struct configuration *configuration)
{
    struct text out = text_begin(buffer, size);
    char text[DIMENSION_WORD_SIZE];
    for (size_t i = 0; i < DIMENSION_COUNT; i++) {
        struct dimension_value value = configuration_value(configuration, i);
        if (configuration->written & DIMENSION_BIT(i))
            text_add_item(&out, "_", "%s%s%s", DIMENSIONS[i].tag,
                          DIMENSIONS[i].kind == DIMENSION_WORD ? "-" : "",
                          dimension_value_key_text(i, &value, text));
    }
    if (*configuration->tags)
        text_add_item(&out, "_", "%s", configuration->tags);
    return buffer;
}

/* Those that older logs had come first, since older readers look for them there. */
static void put_given(struct text *out, const struct configuration *configuration,
                      bool in_older_logs, bool folder)
{
    char text[DIMENSION_WORD_SIZE];
    for (size_t i = 0; i < DIMENSION_COUNT; i++) {
        const struct dimension *row = &DIMENSIONS[i];
        if (row->in_older_logs != in_older_logs || !(configuration->written & DIMENSION_BIT(i)))
            continue;
        struct dimension_value value = configuration_value(configuration, i);
        const char *word = folder && row->folder_word ? row->folder_word : row->log_word;
        const char *between = !folder ? "=" : row->kind == DIMENSION_WORD ? "-" : "";
        text_add_item(out, folder ? "_" : ", ", "%s%s%s", word, between,
                      dimension_value_key_text(i, &value, text));
    }
}

char *configuration_log_words(char *buffer, size_t size, const struct configuration *configuration)
{
    struct text out = text_begin(buffer, size);
    put_given(&out, configuration, true, false);
    put_given(&out, configuration, false, false);
    struct tag tag;
    for (const char *at = configuration->tags; tags_next(&at, &tag);) {
        /* A log's key is read in small letters: others belong to the value. */
        size_t key = strspn(tag.text, "abcdefghijklmnopqrstuvwxyz");
        text_add_item(&out, ", ", "%.*s=%.*s", (int)key, tag.text, (int)(tag.length - key),
                      tag.text + key);
    }
    return buffer;
}

char *configuration_folder(char *buffer, size_t size, const struct configuration *configuration)
{
    struct text out = text_begin(buffer, size);
    put_given(&out, configuration, true, true);
    put_given(&out, configuration, false, true);
    return buffer;
}

char *dimension_set_text(char *buffer, size_t size, dimension_set which)
{
    struct text out = text_begin(buffer, size);
    for (size_t i = 0; i <= DIMENSION_ROOM; i++) {
        if (!(which & DIMENSION_BIT(i)))
            continue;
        which &= ~DIMENSION_BIT(i);
        text_add_item(&out, which ? ", " : " and ", "%s",
                      i < DIMENSION_COUNT ? DIMENSIONS[i].name : "other tags");
    }
    return buffer;
}

char *dimension_set_figure_options(char *buffer, size_t size, dimension_set which, bool facet)
{
    struct text out = text_begin(buffer, size);
    which &= ~(CONFIGURATION_FOLLOWING | DIMENSION_OTHER_TAGS);
    for (size_t i = 0; i < DIMENSION_COUNT; i++) {
        if (!(which & DIMENSION_BIT(i)))
            continue;
        text_add_item(&out, "", facet ? " --facet %s" : " --over %s=best", DIMENSIONS[i].tag);
        facet = false;
    }
    return buffer;
}
