/* Walks through the tags of a configuration that the table of dimensions does not know. */
#ifndef SCHEMAS_CONFIGURATION_TAGS_H
#define SCHEMAS_CONFIGURATION_TAGS_H

#include <stdbool.h>
#include <stddef.h>

/* "lr0.1": the letters at its start are its key, and the rest its value. */
struct tag {
    const char *text;
    size_t length, key_length;
};

/* Takes the tag at *at and moves behind it; false: there is none. */
bool tags_next(const char **at, struct tag *tag);

/* The tag with that key; false: there is none. */
bool tags_find(const char *tags, const char *key, size_t key_length, struct tag *found);

#endif
