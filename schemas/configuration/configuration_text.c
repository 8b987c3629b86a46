/* A configuration in words: for people, file names, logs, folders and --where. */
#include "schemas/configuration/configuration.h"

#include "schemas/configuration/tags.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct writer {
    char *buffer;
    size_t size, used;
    const char *separator;
};

static struct writer writer_begin(char *buffer, size_t size, const char *separator)
{
    if (size > 0)
        *buffer = '\0';
    return (struct writer){.buffer = buffer, .size = size, .separator = separator};
}

/* One more item, behind a separator where it is not the first. */
__attribute__((format(printf, 2, 3))) static void put(struct writer *writer, const char *format,
                                                      ...)
{
    size_t at = writer->used < writer->size ? writer->used : writer->size;
    int length = snprintf(writer->buffer + at, writer->size - at, "%s",
                          writer->used ? writer->separator : "");
    writer->used += length > 0 ? (size_t)length : 0;
    at = writer->used < writer->size ? writer->used : writer->size;
    va_list arguments;
    va_start(arguments, format);
    length = vsnprintf(writer->buffer + at, writer->size - at, format, arguments);
    va_end(arguments);
    writer->used += length > 0 ? (size_t)length : 0;
}

char *configuration_text(char *buffer, size_t size, const struct configuration *configuration,
                         dimension_set which)
{
    struct writer writer = writer_begin(buffer, size, ", ");
    char text[DIMENSION_WORD_SIZE];
    for (size_t i = 0; i < DIMENSION_COUNT; i++) {
        struct dimension_value value = configuration_value(configuration, i);
        if ((which & DIMENSION_BIT(i)) && value.known)
            put(&writer, "%s %s", DIMENSIONS[i].name, dimension_value_text(i, &value, text));
    }
    struct tag tag;
    for (const char *at = configuration->tags;
         (which & DIMENSION_OTHER_TAGS) && tags_next(&at, &tag);)
        put(&writer, "%.*s", (int)tag.length, tag.text);
    return buffer;
}

char *configuration_where(char *buffer, size_t size, const struct configuration *configuration,
                          dimension_set which)
{
    struct writer writer = writer_begin(buffer, size, ",");
    char text[DIMENSION_WORD_SIZE];
    for (size_t i = 0; i < DIMENSION_COUNT; i++) {
        struct dimension_value value = configuration_value(configuration, i);
        if (which & DIMENSION_BIT(i))
            put(&writer, "%s=%s", DIMENSIONS[i].tag, dimension_value_key_text(i, &value, text));
    }
    struct tag tag;
    for (const char *at = configuration->tags;
         (which & DIMENSION_OTHER_TAGS) && tags_next(&at, &tag);)
        put(&writer, "tag=%.*s", (int)tag.length, tag.text);
    if ((which & DIMENSION_OTHER_TAGS) && !*configuration->tags)
        put(&writer, "tag=none");
    return buffer;
}

char *configuration_tags(char *buffer, size_t size, const struct configuration *configuration)
{
    struct writer writer = writer_begin(buffer, size, "_");
    char text[DIMENSION_WORD_SIZE];
    for (size_t i = 0; i < DIMENSION_COUNT; i++) {
        struct dimension_value value = configuration_value(configuration, i);
        if (configuration->written & DIMENSION_BIT(i))
            put(&writer, "%s%s%s", DIMENSIONS[i].tag,
                DIMENSIONS[i].kind == DIMENSION_WORD ? "-" : "",
                dimension_value_key_text(i, &value, text));
    }
    if (*configuration->tags)
        put(&writer, "%s", configuration->tags);
    return buffer;
}

/* Those that older logs had come first, since older readers look for them there. */
static void put_given(struct writer *writer, const struct configuration *configuration,
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
        put(writer, "%s%s%s", word, between, dimension_value_key_text(i, &value, text));
    }
}

char *configuration_log_words(char *buffer, size_t size, const struct configuration *configuration)
{
    struct writer writer = writer_begin(buffer, size, ", ");
    put_given(&writer, configuration, true, false);
    put_given(&writer, configuration, false, false);
    struct tag tag;
    for (const char *at = configuration->tags; tags_next(&at, &tag);) {
        /* A log's key is read in small letters: others belong to the value. */
        size_t key = strspn(tag.text, "abcdefghijklmnopqrstuvwxyz");
        put(&writer, "%.*s=%.*s", (int)key, tag.text, (int)(tag.length - key), tag.text + key);
    }
    return buffer;
}

char *configuration_folder(char *buffer, size_t size, const struct configuration *configuration)
{
    struct writer writer = writer_begin(buffer, size, "_");
    put_given(&writer, configuration, true, true);
    put_given(&writer, configuration, false, true);
    return buffer;
}

char *dimension_set_text(char *buffer, size_t size, dimension_set which)
{
    struct writer writer = writer_begin(buffer, size, ", ");
    for (size_t i = 0; i < DIMENSION_COUNT; i++)
        if (which & DIMENSION_BIT(i)) {
            which &= ~DIMENSION_BIT(i);
            if (!which && writer.used > 0)
                writer.separator = " and ";
            put(&writer, "%s", DIMENSIONS[i].name);
        }
    if (which & DIMENSION_OTHER_TAGS) {
        if (writer.used > 0)
            writer.separator = " and ";
        put(&writer, "other tags");
    }
    return buffer;
}

char *dimension_set_figure_options(char *buffer, size_t size, dimension_set which, bool facet)
{
    struct writer writer = writer_begin(buffer, size, "");
    which &= ~(CONFIGURATION_FOLLOWING | DIMENSION_OTHER_TAGS);
    for (size_t i = 0; i < DIMENSION_COUNT; i++) {
        if (!(which & DIMENSION_BIT(i)))
            continue;
        put(&writer, facet ? " --facet %s" : " --over %s=best", DIMENSIONS[i].tag);
        facet = false;
    }
    return buffer;
}
